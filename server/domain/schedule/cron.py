"""A cron expression as sets of minutes, hours and days.

croniter reads the fields (names, ranges, steps); what it would also accept and a schedule must not is refused
here first: random `R` and hashed `H` fields, seconds, years. Its own stepping is not used, because it fires twice
in the hour that a clock change repeats (rule E12 wants once) and cannot count ticks without walking them.
"""

from __future__ import annotations

import calendar
import re
from datetime import date
from functools import lru_cache

from croniter import CroniterError, croniter

from server.domain.values import value

_ALIASES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_FIELD_NAMES = ("minute", "hour", "day of month", "month", "day of week")
_FIELDS_ALLOWED = (
    r"[\d*/,-]+",
    r"[\d*/,-]+",
    r"[\d*/,lL-]+",
    r"(?:[\d*/,-]|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)+",
    r"(?:[\d*/,#lL-]|sun|mon|tue|wed|thu|fri|sat)+",
)
_EVERY = ["*"]
"""What croniter makes of a field that restricts nothing."""
_YEAR = re.compile(r"^(\*|\d{4}([-,/]\d+)*)$")


class CronError(ValueError):
    """The expression is no schedule; `hint` holds the nearest one that is, or an empty text."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@value
class Cron:
    """A parsed expression. Minutes and hours are sorted; a day matches by `matches`."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    month_days: frozenset[int] | None
    month_ends: bool
    months: frozenset[int] | None
    week_days: frozenset[int] | None
    nth_week_days: frozenset[tuple[int, int]]
    keeps_elapsed_time: bool
    """True where the hour field has `*`, `/` or `-`: such a schedule knows no clock change (E12)."""

    def matches(self, day: date) -> bool:
        """Tell whether the schedule fires on that day. Both day fields given means either of them, as in cron."""
        if self.months is not None and day.month not in self.months:
            return False
        by_month_day = self.month_days is not None or self.month_ends
        by_week_day = self.week_days is not None or bool(self.nth_week_days)
        if by_month_day and by_week_day:
            return self._matches_month_day(day) or self._matches_week_day(day)
        if by_month_day:
            return self._matches_month_day(day)
        return not by_week_day or self._matches_week_day(day)

    def _matches_month_day(self, day: date) -> bool:
        if self.month_days is not None and day.day in self.month_days:
            return True
        return self.month_ends and day.day == _days_in_month(day.year, day.month)

    def _matches_week_day(self, day: date) -> bool:
        week_day = day.isoweekday() % 7
        if self.week_days is not None and week_day in self.week_days:
            return True
        if not self.nth_week_days:
            return False
        is_last = day.day + 7 > _days_in_month(day.year, day.month)
        return (week_day, (day.day + 6) // 7) in self.nth_week_days or (
            is_last and (week_day, -1) in self.nth_week_days
        )


@lru_cache(maxsize=1024)
def parse_cron(expression: str) -> Cron:
    """Parse five fields or one of @hourly, @daily, @weekly, @monthly, @yearly.

    :raises CronError: with the nearest five-field form as its hint, where there is one
    """
    text = expression.strip().lower()
    if text.startswith("@"):
        text = _expand_alias(text)
    fields = text.split()
    if len(fields) != len(_FIELD_NAMES):
        raise CronError(
            f"{len(fields)} fields, where a schedule has five (minute hour day month weekday)", _nearest(fields)
        )
    _refuse_odd_fields(fields)
    return _parsed(fields)


def _expand_alias(text: str) -> str:
    if text not in _ALIASES:
        raise CronError(f"{text} is not known; known are {', '.join(sorted(_ALIASES))}", "@daily")
    return _ALIASES[text]


def _refuse_odd_fields(fields: list[str]) -> None:
    for name, field, allowed in zip(_FIELD_NAMES, fields, _FIELDS_ALLOWED, strict=True):
        if not re.fullmatch(allowed, field):
            hint = _nearest(fields) if "?" in field else ""
            raise CronError(f"{field!r} is not a {name}; numbers, names, and * , - / are", hint)


def _parsed(fields: list[str]) -> Cron:
    try:
        (minutes, hours, month_days, months, week_days, *_), nth = croniter.expand(" ".join(fields))
    except (CroniterError, ValueError, KeyError) as error:
        raise CronError(str(error).replace("[", "").replace("]", "")) from error
    plain_month_days = {day for day in month_days if isinstance(day, int)}
    plain_week_days = None if week_days == _EVERY else frozenset(_numbers(week_days, range(7))) - set(nth)
    return Cron(
        minutes=_numbers(minutes, range(60)),
        hours=_numbers(hours, range(24)),
        month_days=None if month_days == _EVERY else frozenset(plain_month_days) or None,
        month_ends="l" in month_days,
        months=None if months == _EVERY else frozenset(_numbers(months, range(1, 13))),
        week_days=plain_week_days or None,
        nth_week_days=frozenset(
            (day, -1 if number == "l" else int(number)) for day, numbers in nth.items() for number in numbers
        ),
        keeps_elapsed_time=any(mark in fields[1] for mark in "*/-"),
    )


def _numbers(values: list[int | str], every: range) -> tuple[int, ...]:
    return tuple(every) if values == _EVERY else tuple(sorted(int(value) for value in values))


def _nearest(fields: list[str]) -> str:
    """Guess the five-field form that was meant: Quartz writes seconds first, some write a year last, `?` for `*`."""
    if not fields:
        return ""
    guess = ["*" if field == "?" else field for field in fields]
    if len(guess) > 5 and _YEAR.match(guess[-1]) and guess[-1] != "*":
        guess = guess[:-1]
    if len(guess) == 7:
        guess = guess[:-1]
    if len(guess) == 6:
        guess = guess[1:]
    guess += ["*"] * (5 - len(guess))
    try:
        _refuse_odd_fields(guess)
        _parsed(guess)
    except CronError:
        return ""
    return " ".join(guess)


@lru_cache(maxsize=512)
def _days_in_month(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]
