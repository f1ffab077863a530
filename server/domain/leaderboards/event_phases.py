"""The phases of an event leaderboard as the periods of a board (B10): a period lasts as long as the phase is played."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from server.domain.event_leaderboards.definition import Phase
from server.domain.event_leaderboards.timeline import Timeline
from server.domain.instants import BEGINNING, NEVER
from server.domain.schedule import PhaseBounds
from server.domain.values import value


@value
class EventPhases:
    """A `Recurrence` that follows the timeline of an event, its edits and pinned phases included, within its own bounds."""

    timeline: Timeline
    start_time: datetime = BEGINNING
    end_time: datetime = NEVER

    def starting_no_earlier(self, moment: datetime) -> EventPhases:
        """Return the same phases, clipped to begin at the moment."""
        return self if moment <= self.start_time else replace(self, start_time=moment)

    def phase_at(self, moment: datetime) -> PhaseBounds | None:
        """Return the period that holds the moment."""
        bounds = self._bounds_of(self.timeline.phase_at(moment))
        return bounds if bounds is not None and bounds.start <= moment < bounds.expiry else None

    def first_phase_from(self, moment: datetime) -> PhaseBounds | None:
        """Return the first period that starts at or after the moment."""
        wanted = max(moment, self.start_time)
        running = self.phase_at(wanted)
        if running is not None and running.start >= moment:
            return running
        return self._bounds_of(self.timeline.next_phase(wanted))

    def last_phase_before(self, moment: datetime) -> PhaseBounds | None:
        """Return the last period that starts before the moment."""
        bound = min(moment, self.end_time)
        return self._bounds_of(self.timeline.last_phase_before(bound)) if bound > self.start_time else None

    def count_starts(self, start: datetime, end: datetime) -> int:
        """Count the periods that start in [start, end)."""
        first = self.first_phase_from(start)
        if first is None or first.start >= end:
            return 0
        running = self.timeline.phase_at(first.start)
        begin = first.expiry if running is None else running.expiry
        return 1 + sum(run.length for run in self.timeline.phases_between(begin, min(end, self.end_time)))

    def _bounds_of(self, phase: Phase | None) -> PhaseBounds | None:
        if phase is None:
            return None
        start, end = max(phase.start, self.start_time), min(phase.active_end, self.end_time)
        return PhaseBounds(start, end, end) if start < end else None
