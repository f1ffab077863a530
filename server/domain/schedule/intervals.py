"""Instants at equal distances on elapsed time (B10): no calendar, no zone, no clock changes."""

from __future__ import annotations

from datetime import datetime, timedelta

from server.domain.values import value


@value
class Intervals:
    """The anchor and every `every` after it; nothing before it. Asked the same way as `Ticks`.

    :raises ValueError: if `every` is not positive
    """

    anchor: datetime
    every: timedelta

    def __post_init__(self) -> None:
        if self.every <= timedelta():
            raise ValueError(f"instants that are {self.every} apart never end")

    def index_at(self, moment: datetime) -> int:
        """Return the number of the interval that holds the moment, negative before the anchor."""
        return (moment - self.anchor) // self.every

    def tick(self, index: int) -> datetime | None:
        """Return the instant of that number, or None where there is none or the calendar ends before."""
        if index < 0:
            return None
        try:
            return self.anchor + index * self.every
        except OverflowError:
            return None

    def first_from(self, moment: datetime) -> datetime | None:
        """Return the first instant at or after the moment."""
        return self.tick(max(-((self.anchor - moment) // self.every), 0))

    def last_until(self, moment: datetime) -> datetime | None:
        """Return the last instant at or before the moment."""
        return self.tick(self.index_at(moment))

    def first_after(self, moment: datetime) -> datetime | None:
        """Return the first instant after the moment."""
        return self.tick(max(self.index_at(moment) + 1, 0))

    def count(self, start: datetime, end: datetime) -> int:
        """Count the instants in [start, end)."""
        return max(self._count_before(end) - self._count_before(start), 0)

    def _count_before(self, moment: datetime) -> int:
        return max(-((self.anchor - moment) // self.every), 0)
