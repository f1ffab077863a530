"""When an event runs: phases from arithmetic (E10, E11, E13), so that any moment, past or future, can be asked about.

A phase is [start, active_end) for play, then [active_end, expiry) as the claim window. All intervals are half-open.
No timer is involved: a server that was down over a boundary computes the same phases as one that was not.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from server.domain.instants import BEGINNING, NEVER, after
from server.domain.schedule.intervals import Intervals
from server.domain.schedule.ticks import Ticks
from server.domain.values import value


@value
class PhaseBounds:
    """One run of an event: active in [start, active_end), over at expiry, when the next may start."""

    start: datetime
    active_end: datetime
    expiry: datetime


@value
class Schedule:
    """What a definition says about time. `ticks` is None for what runs once.

    `start_time` and `end_time` clip; `duration` None fills the interval up to the next tick. `expires_at_end`: a phase is
    over when its active span is, with no claim window up to the next tick (B10: the period of a leaderboard).
    """

    ticks: Ticks | Intervals | None = None
    start_time: datetime = BEGINNING
    end_time: datetime = NEVER
    duration: timedelta | None = None
    expires_at_end: bool = False

    def starting_no_earlier(self, moment: datetime) -> Schedule:
        """Return the same schedule, clipped to begin at the moment (a definition that takes over, E8)."""
        if moment <= self.start_time:
            return self
        return replace(self, start_time=moment, duration=self.duration_from(moment))

    def duration_from(self, moment: datetime) -> timedelta | None:
        """Return the duration to keep when the start is moved to `moment`: a single run still ends when it would have."""
        if self.ticks is not None or self.duration is None:
            return self.duration
        return max(after(self.start_time, self.duration) - moment, timedelta())

    def phase_at(self, moment: datetime) -> PhaseBounds | None:
        """Return the phase whose [start, expiry) holds the moment, or None."""
        if self.ticks is None:
            phase = self._single()
        else:
            tick = self.ticks.last_until(moment)
            phase = None if tick is None else self._phase_of(tick)
        return phase if phase is not None and phase.start <= moment < phase.expiry else None

    def first_phase_from(self, moment: datetime) -> PhaseBounds | None:
        """Return the first phase that starts at or after the moment."""
        if self.ticks is None:
            phase = self._single()
            return phase if phase is not None and phase.start >= moment else None
        wanted = max(moment, self.start_time)
        running = self.phase_at(wanted)
        if running is not None and running.start >= moment:
            return running
        tick = self.ticks.first_from(wanted)
        return None if tick is None else self._phase_of(tick)

    def last_phase_before(self, moment: datetime) -> PhaseBounds | None:
        """Return the last phase that starts before the moment."""
        if self.ticks is None:
            phase = self._single()
            return phase if phase is not None and phase.start < moment else None
        bound = min(moment, self.end_time)
        if bound <= self.start_time:
            return None
        tick = self.ticks.last_until(bound - timedelta(microseconds=1))
        return None if tick is None else self._phase_of(tick)

    def count_starts(self, start: datetime, end: datetime) -> int:
        """Count the phases that start in [start, end)."""
        first = self.first_phase_from(start)
        if first is None or first.start >= end:
            return 0
        if self.ticks is None:
            return 1
        return 1 + self.ticks.count(first.expiry, min(end, self.end_time))

    def _single(self) -> PhaseBounds | None:
        end = self.end_time if self.duration is None else min(after(self.start_time, self.duration), self.end_time)
        return PhaseBounds(self.start_time, end, end) if self.start_time < end else None

    def _phase_of(self, tick: datetime) -> PhaseBounds | None:
        """Return the phase that belongs to a tick, clipped by E11, or None where the bounds leave nothing of it."""
        assert self.ticks is not None
        expiry = self.ticks.first_after(tick) or NEVER
        active_end = min(expiry, self.end_time)
        if self.duration is not None:
            active_end = min(active_end, after(tick, self.duration))
        start = max(tick, self.start_time)
        if self.expires_at_end:
            expiry = active_end
        return PhaseBounds(start, active_end, expiry) if start < active_end else None
