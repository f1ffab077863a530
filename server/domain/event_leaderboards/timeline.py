"""Which phase runs when, and under which definition (E8).

Definitions change while events run. An *activation* says from when a definition is the one in force; a phase takes the
definition that is in force when it starts and keeps it. Phases that somebody rolled in are *pinned*: written down with
their bounds, so that neither an edit nor a new time-zone database moves them. All other phases, past and future, follow
from the activations by arithmetic: that is how missed phases are counted, and why a server that was down missed nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from server.domain.event_leaderboards.definition import Definition, Phase
from server.domain.instants import BEGINNING, NEVER
from server.domain.schedule import PhaseBounds, Schedule
from server.domain.values import value


@value
class Activation:
    """From `activated_at` on, new phases take this definition; None: the event was removed and starts no phase."""

    activated_at: datetime
    definition: Definition | None


class PhaseRun(NamedTuple):
    """So many phases in a row under one definition."""

    definition: Definition
    length: int


@value
class _Reign:
    """The stretch in which one activation decides which phases start: in [schedule.start_time, until)."""

    definition: Definition
    schedule: Schedule
    until: datetime

    def phase(self, bounds: PhaseBounds | None) -> Phase | None:
        if bounds is None or bounds.start >= self.until:
            return None
        return Phase(bounds.start, bounds.active_end, bounds.expiry, self.definition)


@value
class Timeline:
    """All phases of one event. Activations and pinned phases are in order of time; there is at least one activation."""

    activations: tuple[Activation, ...]
    pinned: tuple[Phase, ...] = ()

    @property
    def current(self) -> Definition | None:
        """The definition that designers see now, or None once the event is removed."""
        return self.activations[-1].definition

    @property
    def latest(self) -> Definition:
        """The current definition, or the last one the event had."""
        for activation in reversed(self.activations):
            if activation.definition is not None:
                return activation.definition
        raise LookupError("an event begins its history with a definition")

    def with_pinned(self, phase: Phase) -> Timeline:
        """Return the timeline with one more phase written down."""
        others = [other for other in self.pinned if other.start != phase.start]
        return replace(self, pinned=tuple(sorted([*others, phase], key=lambda one: one.start)))

    def phase_at(self, moment: datetime) -> Phase | None:
        """Return the phase whose [start, expiry) holds the moment, or None."""
        pinned = self._pinned_until(moment)
        if pinned is not None and moment < pinned.expiry:
            return pinned
        for reign in self._reigns(BEGINNING if pinned is None else pinned.expiry, moment):
            phase = reign.phase(reign.schedule.phase_at(moment))
            if phase is not None:
                return phase
        return None

    def phase_starting(self, start: datetime) -> Phase | None:
        """Return the phase that starts exactly then: a cohort knows its phase by this key."""
        phase = self.phase_at(start)
        return phase if phase is not None and phase.start == start else None

    def next_phase(self, moment: datetime) -> Phase | None:
        """Return the first phase that starts after the moment, as far as today's definitions tell."""
        running = self.phase_at(moment)
        begin = moment if running is None else running.expiry
        found = self.phase_at(begin)
        if found is not None and found.start > moment:
            return found
        for reign in self._reigns(begin, NEVER):
            phase = reign.phase(reign.schedule.first_phase_from(begin))
            if phase is not None and phase.start > moment:
                return phase
        return None

    def phases_between(self, start: datetime, end: datetime) -> Iterator[PhaseRun]:
        """Yield, in order, the phases that start in [start, end), runs under one definition counted together."""
        cursor = start
        for phase in self.pinned[bisect_right(self.pinned, start, key=lambda one: one.expiry) :]:
            if phase.start >= end:
                break
            if phase.start >= start:
                yield from self._computed_between(cursor, phase.start)
                yield PhaseRun(phase.definition, 1)
            cursor = max(cursor, phase.expiry)
        yield from self._computed_between(cursor, end)

    def _computed_between(self, start: datetime, end: datetime) -> Iterator[PhaseRun]:
        if start >= end:
            return
        for reign in self._reigns(start, end):
            count = reign.schedule.count_starts(max(start, reign.schedule.start_time), min(end, reign.until))
            if count:
                yield PhaseRun(reign.definition, count)

    def _pinned_until(self, moment: datetime) -> Phase | None:
        index = bisect_right(self.pinned, moment, key=lambda phase: phase.start)
        return self.pinned[index - 1] if index else None

    def _reigns(self, begin: datetime, moment: datetime) -> Iterator[_Reign]:
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
                yield _Reign(definition, schedule, until)
                final = None if last else schedule.last_phase_before(until)
                cursor = cursor if final is None else max(cursor, final.expiry)
            if until > moment:
                return
            cursor = max(cursor, until)
            index += 1
