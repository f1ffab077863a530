"""A kind of bot (L1), and who one of them is: a name and an avatar, drawn once for its seed."""

from __future__ import annotations

from typing import NamedTuple

from server.domain.bots.behavior import Behavior
from server.domain.bots.variety import Spread, varied
from server.domain.dice import Dice
from server.domain.values import value


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


def identity_of(bot: Bot, seed: bytes) -> Identity:
    """Return who the bot of a seed is: always the same, on every node."""
    return Identity(_drawn(bot.names, seed, "name"), _drawn(bot.avatars, seed, "avatar"))


def _drawn(pool: tuple[str, ...], seed: bytes, what: str) -> str:
    return pool[Dice(seed, what).below(len(pool))] if pool else ""
