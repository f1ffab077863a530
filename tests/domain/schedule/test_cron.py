"""Reading cron expressions: five fields, refusals that name the nearest right form (E1, E10)."""

from datetime import UTC, datetime, timedelta

import pytest
from croniter import croniter
from hypothesis import given
from hypothesis import strategies as st

from server.domain.schedule import CronError, Ticks, parse_cron


def field(low: int, high: int) -> st.SearchStrategy[str]:
    numbers = st.integers(low, high)
    spans = st.tuples(numbers, numbers).map(sorted).map(lambda pair: f"{pair[0]}-{pair[1]}")
    steps = st.integers(1, 7).map(lambda step: f"*/{step}")
    part = st.one_of(numbers.map(str), spans, steps)
    return st.one_of(st.just("*"), st.lists(part, min_size=1, max_size=3).map(",".join))


expressions = st.tuples(field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 6)).map(" ".join)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)).map(lambda one: one.replace(tzinfo=UTC))


@given(expressions, moments)
def test_in_utc_the_next_tick_is_the_one_that_croniter_finds(expression: str, moment: datetime) -> None:
    expected = croniter(expression, moment).get_next(datetime)
    assert Ticks(parse_cron(expression)).first_after(moment) == expected


@given(expressions, moments)
def test_in_utc_the_last_tick_is_the_one_that_croniter_finds(expression: str, moment: datetime) -> None:
    expected = croniter(expression, moment + timedelta(microseconds=1)).get_prev(datetime)
    assert Ticks(parse_cron(expression)).last_until(moment) == expected


@given(expressions, moments, st.integers(0, 60 * 24 * 20))
def test_counting_ticks_agrees_with_walking_them(expression: str, start: datetime, minutes: int) -> None:
    ticks, end = Ticks(parse_cron(expression)), start + timedelta(minutes=minutes)
    walked, tick = 0, ticks.first_from(start)
    while tick is not None and tick < end and walked < 500:
        walked, tick = walked + 1, ticks.first_after(tick)
    assert min(ticks.count(start, end), 500) == walked


@pytest.mark.parametrize(
    ("expression", "hint"),
    [
        ("0 0 0 * * 1", "0 0 * * 1"),
        ("0 0 12 ? * MON", "0 12 * * mon"),
        ("0 0 12 * * ? 2026", "0 12 * * *"),
        ("0 0 * * 1 2026", "0 0 * * 1"),
        ("0 0 ? * 1", "0 0 * * 1"),
        ("0 0 *", "0 0 * * *"),
        ("@fortnightly", "@daily"),
        ("R 0 * * *", ""),
        ("H 0 * * *", ""),
        ("0 24 * * *", ""),
        ("60 0 * * *", ""),
        ("0 0 32 * *", ""),
        ("0 0 * 13 *", ""),
        ("0 0 * * mo", ""),
        ("every monday", ""),
        ("", ""),
    ],
)
def test_e1_what_is_no_schedule_is_refused_with_the_nearest_form(expression: str, hint: str) -> None:
    with pytest.raises(CronError) as caught:
        parse_cron(expression)
    assert caught.value.hint == hint
    assert str(caught.value)


@pytest.mark.parametrize(
    ("alias", "fields"),
    [
        ("@hourly", "0 * * * *"),
        ("@daily", "0 0 * * *"),
        ("@weekly", "0 0 * * 0"),
        ("@monthly", "0 0 1 * *"),
        ("@yearly", "0 0 1 1 *"),
    ],
)
def test_e10_the_five_aliases_are_what_they_stand_for(alias: str, fields: str) -> None:
    assert parse_cron(alias) == parse_cron(fields)


def test_e1_a_day_that_never_comes_never_fires() -> None:
    assert Ticks(parse_cron("0 0 31 2 *")).first_from(datetime(2026, 1, 1, tzinfo=UTC)) is None


def test_a_leap_day_is_waited_for() -> None:
    leap = Ticks(parse_cron("0 0 29 2 *"))
    assert leap.first_from(datetime(2097, 1, 1, tzinfo=UTC)) == datetime(2104, 2, 29, tzinfo=UTC)


def test_last_days_and_nth_weekdays_are_understood() -> None:
    start = datetime(2026, 2, 1, tzinfo=UTC)
    assert Ticks(parse_cron("0 0 L * *")).first_from(start) == datetime(2026, 2, 28, tzinfo=UTC)
    assert Ticks(parse_cron("0 0 * * 5#2")).first_from(start) == datetime(2026, 2, 13, tzinfo=UTC)
    assert Ticks(parse_cron("0 0 * * L5")).first_from(start) == datetime(2026, 2, 27, tzinfo=UTC)
