"""A kind of bot (L1), and who one of them is: a name and an avatar, drawn once for its seed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from server.domain.bots.behavior import Behavior
from server.domain.bots.variety import Spread, varied
from server.domain.dice import Dice
from server.domain.ids import CHANCE_BITS, PlayerId, id_text, timed
from server.domain.values import value

SEEMS_OLDER = timedelta(days=90)
"""How much older than its joining a bot's account seems at most."""


@value
class Bot:
    """What a designer wrote about a kind of bot."""

    behavior: Behavior
    names: tuple[str, ...] = ()
    avatars: tuple[str, ...] = ()
    spread: Spread = Spread()

    def behavior_of(self, seed: bytes) -> Behavior:
        """Return what the bot of a seed does: as its kind does, in its own way."""
        return varied(self.behavior, self.spread, seed)


class Identity(NamedTuple):
    """How a bot is shown; empty where there is nothing to draw from."""

    name: str
    avatar: str


def identity_of(bot: Bot, seed: bytes, taken: Collection[str] = ()) -> Identity:
    """Return who the bot of a seed is: always the same, on every node.

    `taken` are the names that others of its board have: it gets another, as long as its pool has one.
    """
    names = tuple(name for name in bot.names if name not in taken) or bot.names
    return Identity(_drawn(names, seed, "name"), _drawn(bot.avatars, seed, "avatar"))


def bot_id_of(seed: bytes, joined: datetime) -> PlayerId:
    """Return the id of a bot that joined at a moment: as players have it, of an account that seems to be older (L7)."""
    dice = Dice(seed, "id")
    seems = joined - timedelta(milliseconds=1 + dice.below(SEEMS_OLDER // timedelta(milliseconds=1)))
    return PlayerId(id_text(timed(seems, dice.below(1 << CHANCE_BITS))))


def _drawn(pool: tuple[str, ...], seed: bytes, what: str) -> str:
    return pool[Dice(seed, what).below(len(pool))] if pool else ""
