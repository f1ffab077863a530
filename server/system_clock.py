"""The only real clock: the machine's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from server.ports.clock import MovableClock


class SystemClock(MovableClock):
    """The machine's clock, with game time ahead of it by the store's offset."""

    def __init__(self, offset: timedelta) -> None:
        self._offset = offset

    @property
    def offset(self) -> timedelta:
        """By how much game time is ahead."""
        return self._offset

    def move_to_offset(self, offset: timedelta) -> None:
        """Set by how much game time is ahead."""
        self._offset = offset

    def now(self) -> datetime:
        """Return game time."""
        return self.wall() + self._offset

    def wall(self) -> datetime:
        """Return real time."""
        return datetime.now(UTC)  # noqa: TID251 - the one place
