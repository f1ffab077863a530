"""Which phase runs when, and under which definition (E8).

Definitions change while what they define runs: event leaderboards in phases, leaderboards in periods. An *activation* says
from when a definition is the one in force; a phase takes the definition that is in force when it starts and keeps it. Phases
that somebody took part in are *pinned*: written down with their bounds, so that neither an edit nor a new time-zone database
moves them. All other phases, past and future, follow from the activations by arithmetic: that is how missed phases are
counted, and why a server that was down missed nothing. An activation may *cut*: then the phase that runs, pinned or not, ends
at that instant instead of living on.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Generic, NamedTuple, TypeVar

from server.domain.instants import BEGINNING, NEVER
from server.domain.schedule.phases import PhaseBounds
from server.domain.schedule.recurrence import Recurrence, Scheduled
from server.domain.values import value

D = TypeVar("D", bound=Scheduled)


@value
class Phase(Generic[D]):
    """One run, with the definition that it pinned (E8). Active in [start, active_end)."""

    start: datetime
    active_end: datetime
    expiry: datetime
    definition: D

    def is_active(self, now: datetime) -> bool:
        """Tell whether scores count at this moment."""
        return self.start <= now < self.active_end


@value
class Activation(Generic[D]):
    """From `activated_at` on, new phases take this definition; None: it was removed and starts no phase.

    `cuts`: the phase that runs then ends at that instant (B2: a board is archived, or begun anew).
    """

    activated_at: datetime
    definition: D | None
    cuts: bool = False


class PhaseRun(NamedTuple, Generic[D]):
    """So many phases in a row under one definition."""

    definition: D
    length: int


@value
class _Reign(Generic[D]):
    """The stretch in which one activation decides which phases start: in [schedule.start_time, until)."""

    definition: D
    schedule: Recurrence
    until: datetime


@value
class Timeline(Generic[D]):
    """All phases of one thing. Activations and pinned phases are in order of time; there is at least one activation."""

    activations: tuple[Activation[D], ...]
    pinned: tuple[Phase[D], ...] = ()

    @property
    def current(self) -> D | None:
        """The definition that designers see now, or None once it is removed."""
        return self.activations[-1].definition

    @property
    def latest(self) -> D:
        """The current definition, or the last one there was."""
        for activation in reversed(self.activations):
            if activation.definition is not None:
                return activation.definition
        raise LookupError("a history begins with a definition")

    def with_pinned(self, phase: Phase[D]) -> Timeline[D]:
        """Return the timeline with one more phase written down."""
        others = [other for other in self.pinned if other.start != phase.start]
        return replace(self, pinned=tuple(sorted([*others, phase], key=lambda one: one.start)))

    def phase_at(self, moment: datetime) -> Phase[D] | None:
        """Return the phase whose [start, expiry) holds the moment, or None."""
        pinned = self._pinned_until(moment)
        if pinned is not None and moment < pinned.expiry:
            return pinned
        for reign in self._reigns(BEGINNING if pinned is None else pinned.expiry, moment):
            phase = self._phase_of(reign, reign.schedule.phase_at(moment))
            if phase is not None and moment < phase.expiry:
                return phase
        return None

    def phase_starting(self, start: datetime) -> Phase[D] | None:
        """Return the phase that starts exactly then: a cohort knows its phase by this key."""
        phase = self.phase_at(start)
        return phase if phase is not None and phase.start == start else None

    def next_phase(self, moment: datetime) -> Phase[D] | None:
        """Return the first phase that starts after the moment, as far as today's definitions tell."""
        running = self.phase_at(moment)
        begin = moment if running is None else running.expiry
        found = self.phase_at(begin)
        if found is not None and found.start > moment:
            return found
        for reign in self._reigns(begin, NEVER):
            phase = self._phase_of(reign, reign.schedule.first_phase_from(begin))
            if phase is not None and phase.start > moment:
                return phase
        return None

    def last_phase_before(self, moment: datetime) -> Phase[D] | None:
        """Return the last phase that starts before the moment."""
        found = self._pinned_until(moment - timedelta(microseconds=1))
        for reign in self._reigns(BEGINNING if found is None else found.expiry, moment):
            phase = self._phase_of(reign, reign.schedule.last_phase_before(min(moment, reign.until)))
            if phase is not None:
                found = phase
        return found

    def phases_between(self, start: datetime, end: datetime) -> Iterator[PhaseRun[D]]:
        """Yield, in order, the phases that start in [start, end), runs under one definition counted together.

        No phase runs over `start`, though one may begin there.
        """
        cursor = start
        for phase in self.pinned[bisect_right(self.pinned, start, key=lambda one: one.expiry) :]:
            if phase.start >= end:
                break
            if phase.start >= start:
                yield from self._computed_between(cursor, phase.start)
                yield PhaseRun(phase.definition, 1)
            cursor = max(cursor, self._cut(phase).expiry)
        yield from self._computed_between(cursor, end)

    def _computed_between(self, start: datetime, end: datetime) -> Iterator[PhaseRun[D]]:
        if start >= end:
            return
        for reign in self._reigns(start, end):
            count = reign.schedule.count_starts(max(start, reign.schedule.start_time), min(end, reign.until))
            if count:
                yield PhaseRun(reign.definition, count)

    def _pinned_until(self, moment: datetime) -> Phase[D] | None:
        index = bisect_right(self.pinned, moment, key=lambda phase: phase.start)
        return self._cut(self.pinned[index - 1]) if index else None

    def _phase_of(self, reign: _Reign[D], bounds: PhaseBounds | None) -> Phase[D] | None:
        if bounds is None or bounds.start >= reign.until:
            return None
        return self._cut(Phase(bounds.start, bounds.active_end, bounds.expiry, reign.definition))

    def _cut(self, phase: Phase[D]) -> Phase[D]:
        """Return the phase as it ends where an activation cuts it. The first has nothing before it to cut."""
        first = max(bisect_right(self.activations, phase.start, key=lambda one: one.activated_at), 1)
        for activation in self.activations[first:]:
            at = activation.activated_at
            if at >= phase.expiry:
                break
            if activation.cuts:
                return replace(phase, active_end=min(phase.active_end, at), expiry=at)
        return phase

    def _reigns(self, begin: datetime, moment: datetime) -> Iterator[_Reign[D]]:
        """Yield the reigns from `begin`, where no phase runs, up to those that may hold the moment.

        A definition that takes over while a phase runs begins its schedule at that phase's expiry.
        """
        index = max(bisect_right(self.activations, begin, key=lambda one: one.activated_at) - 1, 0)
        cursor = begin
        while index < len(self.activations):
            last = index + 1 == len(self.activations)
            until = NEVER if last else self.activations[index + 1].activated_at
            definition = self.activations[index].definition
            if definition is not None and cursor < until:
                schedule = definition.schedule.starting_no_earlier(cursor)
                reign = _Reign(definition, schedule, until)
                yield reign
                final = None if last else self._phase_of(reign, schedule.last_phase_before(until))
                cursor = cursor if final is None else max(cursor, final.expiry)
            if until > moment:
                return
            cursor = max(cursor, until)
            index += 1
