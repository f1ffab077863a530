"""What a period is called: `2025-11-18`, `2025-11`, `c7`, `all` (B11).

A name is made from the period's start as people on the board's clock read it. Two periods can come to the same name: the hour
that a clock repeats, a board begun anew within a month. The first then has the plain name, the next `~2` (see `calendar`).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from server.domain.instants import BEGINNING, NEVER
from server.domain.leaderboards.definition import Leaderboard, TimeframeType
from server.domain.schedule import Intervals, Schedule

ALL = "all"
_HOUR = timedelta(hours=1)
_MICROSECOND = timedelta(microseconds=1)
_EVERYTHING = (BEGINNING, NEVER)
_DIGITS_MAX = 15


def plain_key(start: datetime, board: Leaderboard) -> str:
    """Return the name of a period of the board that starts then, without regard to others of the same name."""
    timeframe = board.timeframe
    match timeframe.type:
        case TimeframeType.NEVER:
            return ALL
        case TimeframeType.CUSTOM:
            intervals = _intervals(board)
            return f"c{intervals.index_at(start) if intervals is not None else 0}"
        case TimeframeType.CRON | TimeframeType.EVENT:
            return instant_text(start)
        case _:
            local = start.astimezone(ZoneInfo(timeframe.timezone)).replace(tzinfo=None)
            return local.isoformat()[: _LOCAL_LENGTHS[timeframe.type]]


def starts_named(key: str, board: Leaderboard) -> tuple[datetime, datetime] | None:
    """Return a range [from, to) in which all starts lie that the board would call by this plain name; None: no start can be.

    Some starts in it may have another name: the hour at either end makes room for clock changes.
    """
    match board.timeframe.type:
        case TimeframeType.NEVER:
            return _EVERYTHING if key == ALL else None
        case TimeframeType.CUSTOM:
            return _custom_starts(key, board)
        case TimeframeType.CRON | TimeframeType.EVENT:
            moment = instant_of(key)
            return None if moment is None else (moment, moment + _MICROSECOND)
        case _:
            return _local_starts(key, board)


def instant_text(moment: datetime) -> str:
    """Write a moment in UTC, with no more digits than it needs: `2025-11-18T12:00:00Z`."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def instant_of(text: str) -> datetime | None:
    """Read what `instant_text` writes, and nothing else."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is UTC and instant_text(moment) == text else None


_LOCAL_LENGTHS = {
    TimeframeType.HOURLY: len("2025-11-18T12"),
    TimeframeType.DAILY: len("2025-11-18"),
    TimeframeType.WEEKLY: len("2025-11-18"),
    TimeframeType.MONTHLY: len("2025-11"),
}


def whole_number(digits: str) -> int | None:
    """Read a number as this file writes numbers: no sign, no zero in front, and not so long that it could be none of them."""
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= _DIGITS_MAX):
        return None
    return int(digits) if str(int(digits)) == digits else None


def _local_starts(key: str, board: Leaderboard) -> tuple[datetime, datetime] | None:
    kind = board.timeframe.type
    if len(key) != _LOCAL_LENGTHS[kind]:
        return None
    zone = ZoneInfo(board.timeframe.timezone)
    try:
        first = datetime.fromisoformat(key + "-01" if kind is TimeframeType.MONTHLY else key)
        start = min(_readings(first, zone)) - _HOUR
        end = max(_readings(first + _SPANS[kind], zone)) + _HOUR
    except (ValueError, OverflowError):
        return None
    return (start, end) if first.isoformat()[: len(key)] == key else None


_SPANS = {
    TimeframeType.HOURLY: _HOUR,
    TimeframeType.DAILY: timedelta(days=1),
    TimeframeType.WEEKLY: timedelta(days=1),
    TimeframeType.MONTHLY: timedelta(days=31),
}


def _readings(local: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the instants that a local time can mean, before and after a clock change near it."""
    early, late = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return early, late


def _custom_starts(key: str, board: Leaderboard) -> tuple[datetime, datetime] | None:
    digits = key[1:]
    if not key.startswith("c") or whole_number(digits) is None:
        return None
    intervals = _intervals(board)
    if intervals is None:
        return _EVERYTHING if digits == "0" else None
    start = intervals.tick(int(digits))
    return None if start is None else (start, intervals.first_after(start) or NEVER)


def _intervals(board: Leaderboard) -> Intervals | None:
    """Return what numbers the periods of a custom board; one that does not repeat has a single number."""
    schedule = board.schedule
    return schedule.ticks if isinstance(schedule, Schedule) and isinstance(schedule.ticks, Intervals) else None
