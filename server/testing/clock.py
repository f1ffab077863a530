"""A clock that stands still until it is moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from server.ports.clock import MovableClock

A_MONDAY = datetime(2026, 1, 5, tzinfo=UTC)


class ManualClock(MovableClock):
    """Game time and real time of a test: both stand still, and are moved together."""

    def __init__(self, now: datetime = A_MONDAY) -> None:
        self.real = now
        self._offset = timedelta()

    @property
    def offset(self) -> timedelta:
        """By how much game time is ahead."""
        return self._offset

    def move_to_offset(self, offset: timedelta) -> None:
        """Set by how much game time is ahead."""
        self._offset = offset

    def now(self) -> datetime:
        """Return game time."""
        return self.real + self._offset

    def wall(self) -> datetime:
        """Return real time."""
        return self.real

    def advance(self, span: timedelta) -> None:
        """Let time pass."""
        self.real += span
