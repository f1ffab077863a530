"""Cron ticks as instants: how local time becomes UTC when clocks change (E12).

Two readings of one local calendar. A schedule with fixed hours lives by the wall clock: an hour that a clock change
skips fires at the first instant after the gap, an hour that it repeats fires once, the first time, and ticks that
fall together are one. A schedule with `*`, `/` or `-` in its hours runs on elapsed time: it is read in the zone's
standard offset, which knows no summer, so that `0 */6 * * *` is six hours apart on every day of the year.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from server.domain.schedule.cron import Cron
from server.domain.values import value

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_DAYS_SEARCHED_MAX = 12 * 366
"""Leap days that fall on a century are eight years apart; what has not fired in twelve never will."""
_DAYS = range(date.min.toordinal() + 3, date.max.toordinal() - 2)
"""The days that tick. Next to the ends of the calendar a day has no neighbours to tell a clock change by."""


@value
class Ticks:
    """The instants at which a cron expression fires in a time zone."""

    cron: Cron
    zone: str = "UTC"

    def first_from(self, moment: datetime) -> datetime | None:
        """Return the first tick at or after the moment, or None if there is none in twelve years."""
        for instants in self._days(moment, forward=True):
            index = bisect_left(instants, moment)
            if index < len(instants):
                return instants[index]
        return None

    def last_until(self, moment: datetime) -> datetime | None:
        """Return the last tick at or before the moment, or None if there was none in twelve years."""
        for instants in self._days(moment, forward=False):
            index = bisect_right(instants, moment)
            if index:
                return instants[index - 1]
        return None

    def first_after(self, moment: datetime) -> datetime | None:
        """Return the first tick after the moment."""
        return self.first_from(moment + timedelta(microseconds=1))

    def count(self, start: datetime, end: datetime) -> int:
        """Count the ticks in [start, end)."""
        return _count(self, start, end)

    def _days(self, moment: datetime, *, forward: bool) -> Iterator[tuple[datetime, ...]]:
        """Yield the ticks of each matching local day, outward from the moment.

        It begins two days early: a gap may throw a day's ticks into the next (Samoa skipped a whole day).
        """
        step = 1 if forward else -1
        try:
            first = (moment - 2 * step * _DAY).toordinal()
        except OverflowError:
            return
        for ordinal in range(first, first + step * _DAYS_SEARCHED_MAX, step):
            if ordinal not in _DAYS:
                return
            day = date.fromordinal(ordinal)
            if self.cron.matches(day):
                yield _instants_of(self.cron, self.zone, day)


@lru_cache(maxsize=4096)
def _count(ticks: Ticks, start: datetime, end: datetime) -> int:
    """Count a day at a time; of a day on which no clock changes, only the number of its ticks is of interest.

    Everybody who was away since the same phase asks the same question, so answers are remembered.
    """
    cron, zone = ticks.cron, ticks.zone
    offset_at = _offset_at(cron, zone)
    of_a_day = timedelta(hours=cron.hours[-1], minutes=cron.minutes[-1])
    total, last = 0, start - _SECOND
    first_day, last_day = start.toordinal(), end.toordinal()
    for ordinal in range(max(first_day - 2, _DAYS.start), min(last_day + 3, _DAYS.stop)):
        day = date.fromordinal(ordinal)
        if not cron.matches(day):
            continue
        if first_day + 3 < ordinal < last_day - 3:
            midnight = datetime.combine(day, time(), UTC)
            offset = offset_at(midnight - _DAY)
            if offset == offset_at(midnight + 2 * _DAY):
                total += len(cron.hours) * len(cron.minutes)
                last = midnight + of_a_day - offset
                continue
        instants = _instants_of(cron, zone, day)
        first = max(bisect_left(instants, start), bisect_right(instants, last))
        stop = bisect_left(instants, end)
        if stop > first:
            total += stop - first
            last = instants[stop - 1]
    return total


@lru_cache(maxsize=1024)
def _spans_of(cron: Cron) -> tuple[timedelta, ...]:
    """Return the ticks of a day as spans from its midnight."""
    return tuple(timedelta(hours=hour, minutes=minute) for hour in cron.hours for minute in cron.minutes)


@lru_cache(maxsize=4096)
def _instants_of(cron: Cron, zone: str, day: date) -> tuple[datetime, ...]:
    """Return the day's ticks as ascending instants without repetition."""
    offset_at = _offset_at(cron, zone)
    midnight = datetime.combine(day, time(), UTC)
    earlier, later = offset_at(midnight - _DAY), offset_at(midnight + 2 * _DAY)
    spans = _spans_of(cron)
    if earlier == later:
        return tuple(midnight + span - earlier for span in spans)
    found = {_instant_of(midnight + span, earlier, later, offset_at) for span in spans}
    if cron.keeps_elapsed_time:  # what a zone that changes its standard offset skips has no elapsed time of its own
        found = {one for one in found if one + offset_at(one) - midnight in _spans_of(cron)}
    return tuple(sorted(found))


def _instant_of(
    local: datetime, earlier: timedelta, later: timedelta, offset_at: Callable[[datetime], timedelta]
) -> datetime:
    """Place a local time (written as if it were UTC) near a change from the `earlier` to the `later` offset."""
    if offset_at(local - earlier) == earlier:
        return local - earlier
    if offset_at(local - later) == later:
        return local - later
    return _change_between(local - max(earlier, later), local - min(earlier, later), offset_at)


def _change_between(low: datetime, high: datetime, offset_at: Callable[[datetime], timedelta]) -> datetime:
    """Find the instant of the clock change, to the second, by halving."""
    before = offset_at(low)
    while high - low > _SECOND:
        middle = low + _SECOND * ((high - low) // _SECOND // 2)
        low, high = (middle, high) if offset_at(middle) == before else (low, middle)
    return high


def _offset_at(cron: Cron, zone: str) -> Callable[[datetime], timedelta]:
    return _standard_offset_at(zone) if cron.keeps_elapsed_time else _wall_offset_at(zone)


def _wall_offset_at(zone: str) -> Callable[[datetime], timedelta]:
    tz = ZoneInfo(zone)
    return lambda moment: moment.astimezone(tz).utcoffset() or timedelta()


def _standard_offset_at(zone: str) -> Callable[[datetime], timedelta]:
    tz = ZoneInfo(zone)

    def offset(moment: datetime) -> timedelta:
        local = moment.astimezone(tz)
        return (local.utcoffset() or timedelta()) - (local.dst() or timedelta())

    return offset
