"""The bots of one segment of a leaderboard: who they are, and where each stands at a second (L3, L8).

All of it follows from the seed, the binding and what was seen, so nothing is kept but how many have joined. Seconds count
from the period's start. Scores are whole points.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from server.domain.bots.behavior import Behavior
from server.domain.bots.binding import BotBinding
from server.domain.bots.definition import Identity, bot_id_of, identity_of
from server.domain.bots.runner import Runner
from server.domain.bots.score import BotScore, seed_of
from server.domain.bots.sightings import Lookout, Sighting, lookouts_of
from server.domain.dice import Dice
from server.domain.ids import PlayerId
from server.domain.values import value

_SECOND = timedelta(seconds=1)
_MICROSECONDS = 1_000_000
PACE_MIN, PACE_MAX = 15, 90
"""Seconds between two contributions that a bot seems to make; which of them, its seed says."""
FIRST_GENERATION = 0
"""Nobody takes a bot's slot on a leaderboard: there is room for all."""


@value
class Ground:
    """Where bots stand: which board, period and segment, when it began, and which way its scores go.

    `period` is any text that no other period of the board has. `secret` is the installation's.
    """

    secret: bytes
    board: str
    period: str
    segment: str
    start: datetime
    direction: int


class Watched(NamedTuple):
    """At this second of the period, whoever was looked at had so many points."""

    second: int
    points: int


class Standing(NamedTuple):
    """A bot's points, the second at which it came to have them, and with the how manyth contribution, as it seems."""

    points: int
    reached_second: int
    samples: int


class Seat:
    """One bot. It remembers where it stood when it was asked last, so that the next second costs little."""

    def __init__(self, ground: Ground, binding: BotBinding, slot: int, taken: Sequence[str]) -> None:
        joined = binding.fill.joins_at(slot)
        kind = binding.kind_of(slot)
        seed = seed_of(ground.secret, ground.board, ground.period, ground.segment, slot, FIRST_GENERATION)
        self._seed = seed
        self._start = ground.start
        self._behavior: Behavior = kind.bot.behavior_of(seed)
        self._anchor = binding.anchor_of(joined, 0)
        self._course = binding.course_of(self._behavior, ground.direction, joined, 0)
        self._runner = Runner(self._behavior, seed, self._course)
        self._last: tuple[int, Standing] | None = None
        self._seen: dict[Lookout, list[Sighting]] = {}
        self._pace = Dice(seed, "pace").between(PACE_MIN, PACE_MAX)
        self.kind_id = kind.bot_id
        self.slot = slot
        self.joined_second = joined
        self.lookouts = lookouts_of(self._behavior)
        self.identity: Identity = identity_of(kind.bot, seed, taken)
        self.player_id: PlayerId = bot_id_of(seed, ground.start + joined * _SECOND)

    @property
    def is_reactive(self) -> bool:
        """Whether it looks at others."""
        return bool(self.lookouts)

    def at(self, second: int, seen: Mapping[Lookout, Sequence[Watched]]) -> Standing:
        """Return where it stands at a second of the period, no earlier than its joining."""
        own = self._own(seen)
        points = self._score(second, own).score
        last = self._last if self._last is not None and self._last[0] <= second else None
        if last is not None and last[1].points == points:
            standing = last[1]
        else:
            reached = self._reached(points, self.joined_second if last is None else last[0] + 1, second, own)
            standing = Standing(points, reached, 1 + (reached - self.joined_second) // self._pace)
        self._last = second, standing
        return standing

    def moment_of(self, second: int) -> datetime:
        """Return when it did what it did in a second: at some instant before it was over, always the same (L7)."""
        early = Dice(self._seed, f"at/{second}").below(_MICROSECONDS)
        return max(self._start, self._start + second * _SECOND - timedelta(microseconds=early))

    def _score(self, second: int, own: Mapping[Lookout, Sequence[Sighting]]) -> BotScore:
        return self._runner.at(second - self._anchor, own)

    def _reached(self, points: int, earliest: int, latest: int, own: Mapping[Lookout, Sequence[Sighting]]) -> int:
        """Return the first second at which it had so many points. They never go back, so it is found by halving."""
        while earliest < latest:
            middle = (earliest + latest) // 2
            if self._score(middle, own).score == points:
                latest = middle
            else:
                earliest = middle + 1
        return latest

    def _own(self, seen: Mapping[Lookout, Sequence[Watched]]) -> Mapping[Lookout, Sequence[Sighting]]:
        """Return what was seen as the bot counts it: from its own beginning, and in its own direction.

        Sightings are only ever added, so those that were counted before are.
        """
        start, way = self._behavior.start_score, self._course.direction
        for lookout in self.lookouts:
            told, known = seen.get(lookout, ()), self._seen.setdefault(lookout, [])
            known += [Sighting(one.second - self._anchor, (one.points - start) * way) for one in told[len(known) :]]
        return self._seen


class Field:
    """The bots of a segment, in the order of their slots."""

    def __init__(self, ground: Ground, binding: BotBinding) -> None:
        self._ground = ground
        self._binding = binding
        self.looks = any(lookouts_of(kind.bot.behavior) for kind in binding.kinds)
        self._names: list[str] = []
        self._seats: list[Seat] = []

    def first(self, count: int) -> list[Seat]:
        """Return the bots that have joined by the time there were so many."""
        for slot in range(len(self._seats), count):
            seat = Seat(self._ground, self._binding, slot, self._names)
            self._names.append(seat.identity.name)
            self._seats.append(seat)
        return self._seats[:count]
