"""How many bots keep players company, and who makes room for a human (L2)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from server.domain.values import value


@value
class Fill:
    """Drips bots in until there are `to` participants: the first after so many seconds, then one in every so many."""

    to: int
    after_seconds: int = 0
    every_seconds: int = 0

    def joins_at(self, slot: int) -> int:
        """Return the second at which the bot of a slot drips in; slots count from 0."""
        return self.after_seconds + slot * self.every_seconds


class SeatedBot(NamedTuple):
    """A bot in its place. `has_led`: it stood first at some time, so everybody would see it vanish."""

    slot: int
    rank: int
    has_led: bool


class Joined(NamedTuple):
    """How many bots have joined. `is_full`: no other ever will."""

    bots: int
    is_full: bool


def joined_by(fill: Fill, humans: Sequence[int], bots: int, second: int) -> Joined:
    """Return how many bots have joined a board by a second, of one that had `bots` and whose humans never leave.

    `humans` are the seconds at which they came, in order; more than `fill.to` of them say nothing more. Each bot joins at
    its own second of the drip, or never: what came after that second cannot keep it out. So it is the same whenever
    somebody asks.
    """
    for slot in range(bots, fill.to):
        drips = fill.joins_at(slot)
        if drips > second:
            return Joined(slot, is_full=False)
        if bisect_right(humans, drips) + slot >= fill.to:
            return Joined(slot, is_full=True)
    return Joined(max(bots, fill.to), is_full=True)


def next_drip(fill: Fill, humans: int, bots: int, seconds: int) -> int | None:
    """Return at which second the next bot joins, if nothing else changes; None: there are enough.

    Those that are there stay: a human who joins takes a bot's place, he does not send one away who was not in it.
    """
    if humans + bots >= fill.to:
        return None
    if not fill.every_seconds:
        return max(fill.after_seconds, seconds)
    return max(fill.after_seconds + bots * fill.every_seconds, seconds)


def yielding(bots: Iterable[SeatedBot]) -> SeatedBot | None:
    """Return the bot that makes room for a human: the lowest of those that never led, or None where all have."""
    return max((one for one in bots if not one.has_led), key=lambda one: one.rank, default=None)
