"""All periods of a leaderboard, past and to come (B3, B10 to B13): found by moment, by start, by name.

Which definitions were in force when is history; everything else is arithmetic on it, so a server that was down over a
thousand boundaries knows the same periods as one that saw each of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple, TypeAlias

from server.domain.event_leaderboards.timeline import Timeline as EventTimeline
from server.domain.ids import EventId
from server.domain.instants import BEGINNING, NEVER
from server.domain.leaderboards.definition import Leaderboard, Status
from server.domain.leaderboards.periods import Period, period_of
from server.domain.leaderboards.timeframes import schedule_of
from server.domain.leaderboards.window_keys import plain_key, starts_named, whole_number
from server.domain.schedule.timeline import Activation, Phase, Timeline
from server.domain.values import value

BoardTimeline: TypeAlias = Timeline[Leaderboard]

_SECOND = 2
"""The first of a name is called by the plain one."""


class Activated(NamedTuple):
    """From this moment on the board was defined so; None: it was gone from the files.

    `restarts`: an operator ended the running period there and began the next (`laurel leaderboards restart`).
    """

    at: datetime
    board: Leaderboard | None
    restarts: bool = False


class _Span(NamedTuple):
    """A stretch of history under one timeframe: the periods that start in [start, end) are named alike."""

    start: datetime
    end: datetime
    board: Leaderboard


def calendar_of(
    history: Iterable[Activated], pinned: Iterable[Period] = (), events: Mapping[EventId, EventTimeline] | None = None
) -> Calendar:
    """Return the calendar of a board from its activations and stored periods, both in order of time.

    A board that is archived, or gone, has no periods; the one that runs then ends at that instant (B2).
    """
    records = list(history)
    first = records[0].at
    activations = tuple(_activation(record, first, events or {}) for record in records)
    phases = tuple(
        Phase(one.start, one.end, one.end, _scheduled(one.definition, first, events or {})) for one in pinned
    )
    return Calendar(BoardTimeline(activations, phases))


def _activation(record: Activated, first: datetime, events: Mapping[EventId, EventTimeline]) -> Activation[Leaderboard]:
    if record.board is None or record.board.status is Status.ARCHIVED:
        return Activation(record.at, None, cuts=True)
    return Activation(record.at, _scheduled(record.board, first, events), cuts=record.restarts)


def _scheduled(board: Leaderboard, first: datetime, events: Mapping[EventId, EventTimeline]) -> Leaderboard:
    return replace(board, schedule=schedule_of(board.timeframe, first, events))


@value
class Calendar:
    """The periods of one board."""

    timeline: BoardTimeline

    def period_at(self, moment: datetime) -> Period | None:
        """Return the period that holds the moment: a contribution's period is arithmetic on its time (B12)."""
        phase = self.timeline.phase_at(moment)
        return None if phase is None else period_of(phase)

    def period_starting(self, start: datetime) -> Period | None:
        """Return the period that starts exactly then: its start is its identity (B11)."""
        phase = self.timeline.phase_starting(start)
        return None if phase is None else period_of(phase)

    def period_named(self, window_key: str) -> Period | None:
        """Return the period of that name, in the past or to come."""
        plain, mark, digits = window_key.partition("~")
        number = (whole_number(digits) or 0) if mark else 1
        if mark and number < _SECOND:
            return None
        namesakes = self._namesakes(plain)
        return namesakes[number - 1] if number <= len(namesakes) else None

    def window_key_of(self, period: Period) -> str:
        """Return the unique name of one of the board's periods."""
        plain = plain_key(period.start, period.definition)
        number = 1 + sum(other.start < period.start for other in self._namesakes(plain))
        return plain if number == 1 else f"{plain}~{number}"

    def next_period(self, moment: datetime) -> Period | None:
        """Return the first period that starts after the moment, as far as today's definitions tell."""
        phase = self.timeline.next_phase(moment)
        return None if phase is None else period_of(phase)

    def newest_first(self, before: datetime) -> Iterator[Period]:
        """Yield the periods that start before the moment, going back as far as one asks."""
        phase = self.timeline.last_phase_before(before)
        while phase is not None:
            yield period_of(phase)
            phase = self.timeline.last_phase_before(phase.start)

    def ended_between(self, start: datetime, end: datetime) -> int:
        """Count the periods that end in (start, end], whoever took part in them, without walking them."""
        if start >= end:
            return 0
        running = self._running_over(start)
        if running is not None and running.end > end:
            return 0
        begin = start if running is None else running.end
        started = sum(run.length for run in self.timeline.phases_between(begin, end))
        return (running is not None) + started - (self._running_over(end) is not None)

    def _running_over(self, moment: datetime) -> Period | None:
        """Return the period that began before the moment and ends after it."""
        phase = self.timeline.last_phase_before(moment)
        return period_of(phase) if phase is not None and phase.expiry > moment else None

    def _namesakes(self, plain: str) -> list[Period]:
        """Return all periods of a plain name, the oldest first: one, but for repeated hours and boards begun anew."""
        found: dict[datetime, Period] = {}
        for span in self._spans():
            named = starts_named(plain, span.board)
            if named is None:
                continue
            for period in self._starting_in(max(named[0], span.start), min(named[1], span.end)):
                if plain_key(period.start, period.definition) == plain:
                    found[period.start] = period
        return [found[start] for start in sorted(found)]

    def _starting_in(self, start: datetime, end: datetime) -> Iterator[Period]:
        phase = self.timeline.phase_at(start)
        if phase is None or phase.start < start:
            phase = self.timeline.next_phase(start)
        while phase is not None and phase.start < end:
            yield period_of(phase)
            phase = self.timeline.next_phase(phase.start)

    def _spans(self) -> list[_Span]:
        """Return the history, edits that left the timeframe alone put together."""
        spans: list[_Span] = []
        activations = self.timeline.activations
        for number, activation in enumerate(activations):
            board = activation.definition
            if board is None:
                continue
            start = activation.activated_at if number else BEGINNING
            end = activations[number + 1].activated_at if number + 1 < len(activations) else NEVER
            last = spans[-1] if spans else None
            if last is not None and last.end == start and last.board.timeframe == board.timeframe:
                spans[-1] = last._replace(end=end)
            else:
                spans.append(_Span(start, end, board))
        return spans
