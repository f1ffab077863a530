"""Local time under clock changes (E12)."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.schedule import Ticks, parse_cron
from tests.builders import at

ZONES = [
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "Pacific/Apia",
]


def ticks_between(expression: str, zone: str, start: datetime, end: datetime) -> list[datetime]:
    ticks = Ticks(parse_cron(expression), zone)
    found, tick = [], ticks.first_from(start)
    while tick is not None and tick < end:
        found.append(tick)
        tick = ticks.first_after(tick)
    return found


def local(moment: datetime, zone: str) -> str:
    return moment.astimezone(ZoneInfo(zone)).isoformat(timespec="minutes")


def test_e12_a_repeated_hour_fires_once_the_first_time() -> None:
    found = ticks_between("30 1 * * *", "America/New_York", at("2026-10-31"), at("2026-11-03"))
    assert [local(one, "America/New_York") for one in found] == [
        "2026-10-31T01:30-04:00",
        "2026-11-01T01:30-04:00",
        "2026-11-02T01:30-05:00",
    ]


def test_e12_a_skipped_hour_fires_at_the_first_instant_after_the_gap() -> None:
    found = ticks_between("30 2 * * *", "America/New_York", at("2026-03-08"), at("2026-03-10"))
    assert [local(one, "America/New_York") for one in found] == ["2026-03-08T03:00-04:00", "2026-03-09T02:30-04:00"]


def test_e12_ticks_that_fall_together_are_one() -> None:
    found = ticks_between("0,30 2,3 * * *", "America/New_York", at("2026-03-08"), at("2026-03-09"))
    assert [local(one, "America/New_York") for one in found] == ["2026-03-08T03:00-04:00", "2026-03-08T03:30-04:00"]


def test_e12_a_day_that_samoa_skipped_fires_when_the_next_begins() -> None:
    found = ticks_between("0 0 * * *", "Pacific/Apia", at("2011-12-29T00:00"), at("2012-01-01T12:00"))
    assert [local(one, "Pacific/Apia") for one in found] == [
        "2011-12-29T00:00-10:00",
        "2011-12-31T00:00+14:00",
        "2012-01-01T00:00+14:00",
        "2012-01-02T00:00+14:00",
    ]


def test_e12_lord_howe_gains_and_loses_half_an_hour() -> None:
    spring = ticks_between("15 2 * * *", "Australia/Lord_Howe", at("2026-10-03"), at("2026-10-05"))
    assert [local(one, "Australia/Lord_Howe") for one in spring] == ["2026-10-04T02:30+11:00", "2026-10-05T02:15+11:00"]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(("expression", "hours"), [("0 * * * *", 1), ("0 */6 * * *", 6), ("15 */2 * * *", 2)])
def test_e12_a_schedule_on_elapsed_time_knows_no_clock_change(zone: str, expression: str, hours: int) -> None:
    found = ticks_between(expression, zone, at("2026-01-01"), at("2027-01-01"))
    assert {later - earlier for earlier, later in pairwise(found)} == {timedelta(hours=hours)}


@pytest.mark.parametrize(("expression", "hours"), [("20 * * * *", 1), ("0 */6 * * *", 6)])
def test_e12_a_schedule_on_elapsed_time_does_not_fire_for_hours_that_a_zone_left_out(
    expression: str, hours: int
) -> None:
    found = ticks_between(expression, "Pacific/Apia", at("2011-12-27"), at("2012-01-04"))
    assert {later - earlier for earlier, later in pairwise(found)} == {timedelta(hours=hours)}


def test_e12_a_range_of_hours_is_read_in_the_standard_offset() -> None:
    found = ticks_between("0 9-10 * * *", "America/New_York", at("2026-07-01T00:00"), at("2026-07-02T00:00"))
    assert [local(one, "America/New_York") for one in found] == ["2026-07-01T10:00-04:00", "2026-07-01T11:00-04:00"]


@given(
    zone=st.sampled_from(ZONES),
    hour=st.integers(0, 23),
    minute=st.integers(0, 59),
    start=st.datetimes(datetime(2010, 1, 1), datetime(2030, 1, 1)),
)
def test_e12_fixed_hours_agree_with_a_scan_of_every_instant(zone: str, hour: int, minute: int, start: datetime) -> None:
    """The oracle looks at each minute: the first instant of a local day at or after the wanted wall-clock time."""
    begin = start.replace(tzinfo=UTC, second=0, microsecond=0)
    end = begin + timedelta(days=3)
    tz = ZoneInfo(zone)
    expected = []
    moment = begin - timedelta(days=2)
    due = moment.astimezone(tz).date()
    while moment < end:
        here = moment.astimezone(tz)
        wall = here.replace(tzinfo=None)
        fired = False
        while datetime(due.year, due.month, due.day, hour, minute) <= wall:
            if not fired and datetime(due.year, due.month, due.day, hour, minute) > wall - timedelta(days=2):
                expected.append(moment)
                fired = True
            due += timedelta(days=1)
        moment += timedelta(minutes=1)
    expected = [one for one in expected if one >= begin]
    assert ticks_between(f"{minute} {hour} * * *", zone, begin, end) == expected


@given(
    zone=st.sampled_from(ZONES),
    expression=st.sampled_from(
        ["0 0 * * *", "30 2 * * *", "0 */4 * * *", "0,30 1-3 * * *", "59 23 31 12 *", "0 0 1 * *"]
    ),
    moment=st.datetimes(datetime(2010, 1, 1), datetime(2030, 1, 1)),
)
def test_e13_the_last_tick_and_the_next_enclose_the_moment(zone: str, expression: str, moment: datetime) -> None:
    ticks, when = Ticks(parse_cron(expression), zone), moment.replace(tzinfo=UTC)
    last, following = ticks.last_until(when), ticks.first_after(when)
    assert last is not None
    assert following is not None
    assert last <= when < following
    assert ticks.first_after(last) == following
    assert ticks.last_until(following) == following
    assert ticks.count(last, following) == 1
