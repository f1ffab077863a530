"""What a timeline asks of whatever decides when phases run: a `Schedule`, or the phases of something else."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from server.domain.schedule.phases import PhaseBounds


class Recurrence(Protocol):
    """Phases in order that never overlap, all of which start at or after `start_time`."""

    @property
    def start_time(self) -> datetime:
        """Nothing starts before this."""

    def starting_no_earlier(self, moment: datetime) -> Recurrence:
        """Return the same phases, clipped to begin at the moment."""

    def phase_at(self, moment: datetime) -> PhaseBounds | None:
        """Return the phase whose [start, expiry) holds the moment."""

    def first_phase_from(self, moment: datetime) -> PhaseBounds | None:
        """Return the first phase that starts at or after the moment."""

    def last_phase_before(self, moment: datetime) -> PhaseBounds | None:
        """Return the last phase that starts before the moment."""

    def count_starts(self, start: datetime, end: datetime) -> int:
        """Count the phases that start in [start, end)."""


class Scheduled(Protocol):
    """A definition of something that runs in phases."""

    @property
    def schedule(self) -> Recurrence:
        """When it runs."""
