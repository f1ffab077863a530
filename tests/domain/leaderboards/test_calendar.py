"""All periods of a board: bounds, names, history, downtime (B3, B10 to B13)."""

from datetime import datetime, time, timedelta
from itertools import islice, pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.domain.ids import EventId
from server.domain.instants import BEGINNING, NEVER
from server.domain.leaderboards.calendar import Activated, Calendar, calendar_of
from server.domain.leaderboards.definition import Leaderboard, Status, Timeframe, TimeframeType
from server.domain.leaderboards.periods import Period
from server.domain.leaderboards.timeframes import boundaries
from server.domain.schedule import Ticks, parse_cron
from tests.builders import DAY, HOUR, MINUTE, MONDAY, SECOND, WEEK, at, definition, schedule, timeline
from tests.domain.leaderboards.boards import board

ZONES = [
    "UTC",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "Pacific/Apia",
]
TICKING = [TimeframeType.HOURLY, TimeframeType.DAILY, TimeframeType.WEEKLY, TimeframeType.MONTHLY]


def ticking(kind: TimeframeType, zone: str = "UTC", reset: time = time(), day: int = 1, **options: Any) -> Leaderboard:
    return board(timeframe=Timeframe(kind, zone, ticks=boundaries(kind, zone, reset, day), **options))


def custom(every: timedelta, **options: Any) -> Leaderboard:
    return board(timeframe=Timeframe(TimeframeType.CUSTOM, every=every, **options))


def cron(expression: str, zone: str = "UTC", **options: Any) -> Leaderboard:
    return board(timeframe=Timeframe(TimeframeType.CRON, zone, ticks=Ticks(parse_cron(expression), zone), **options))


def calendar(*boards: Leaderboard | tuple[datetime, Leaderboard | None], **more: Any) -> Calendar:
    """A history; a bare board was first activated on a Monday at noon."""
    return calendar_of([Activated(*one) if isinstance(one, tuple) else Activated(NOON, one) for one in boards], **more)


NOON = MONDAY + 12 * HOUR
EVERLASTING = board()


def names(of: Calendar, start: datetime, end: datetime) -> list[str]:
    return [of.window_key_of(one) for one in between(of, start, end)]


def between(of: Calendar, start: datetime, end: datetime) -> list[Period]:
    found = []
    period = of.next_period(start - SECOND)
    while period is not None and period.start < end:
        found.append(period)
        period = of.next_period(period.start)
    return found


def bounds(period: Period | None) -> tuple[datetime, datetime] | None:
    return None if period is None else (period.start, period.end)


def test_b10_weekly_begins_on_its_day_at_its_time_in_its_zone() -> None:
    weekly = calendar(ticking(TimeframeType.WEEKLY, "America/New_York", time(5, 30), day=2))
    found = weekly.period_at(at("2026-11-04"))
    assert bounds(found) == (at("2026-11-03T10:30"), at("2026-11-10T10:30"))


def test_b10_hourly_begins_at_its_minute_on_elapsed_time() -> None:
    hourly = calendar(ticking(TimeframeType.HOURLY, "Australia/Lord_Howe", time(0, 15)))
    assert bounds(hourly.period_at(at("2026-07-01T12:00"))) == (at("2026-07-01T11:45"), at("2026-07-01T12:45"))
    assert bounds(hourly.period_at(at("2026-12-01T12:00"))) == (at("2026-12-01T11:45"), at("2026-12-01T12:45"))


def test_b10_custom_counts_from_its_first_activation_to_the_second_for_ever() -> None:
    first = NOON + timedelta(microseconds=7)
    renamed = calendar_of([Activated(first, custom(7 * HOUR)), Activated(first + DAY, custom(7 * HOUR))])
    assert bounds(renamed.period_at(NOON + 70 * HOUR)) == (NOON + 70 * HOUR, NOON + 77 * HOUR)
    assert renamed.period_at(NOON - SECOND) is None


def test_b10_custom_may_have_a_single_period() -> None:
    once = calendar(custom(7 * HOUR, repeat=False, start_time=MONDAY))
    assert names(once, MONDAY - DAY, MONDAY + WEEK) == ["c0"]
    assert bounds(once.period_named("c0")) == (MONDAY, MONDAY + 7 * HOUR)
    assert once.period_at(MONDAY + 7 * HOUR) is None


def test_b10_bounds_clip_any_timeframe() -> None:
    weekly = calendar(ticking(TimeframeType.WEEKLY, start_time=MONDAY + DAY, end_time=MONDAY + 9 * DAY))
    assert [bounds(one) for one in between(weekly, MONDAY, MONDAY + 5 * WEEK)] == [
        (MONDAY + DAY, MONDAY + WEEK),
        (MONDAY + WEEK, MONDAY + 9 * DAY),
    ]


def test_b10_an_event_board_follows_the_phases_of_its_event_while_they_are_played() -> None:
    event = definition(times=schedule("0 0 * * 1", duration=2 * DAY))
    follower = board(timeframe=Timeframe(TimeframeType.EVENT, event_id=EventId("weekly")))
    following = calendar((MONDAY - WEEK, follower), events={EventId("weekly"): timeline(event)})
    assert bounds(following.period_at(MONDAY + DAY)) == (MONDAY, MONDAY + 2 * DAY)
    assert following.period_at(MONDAY + 3 * DAY) is None
    assert names(following, MONDAY, MONDAY + 2 * WEEK) == ["2026-11-02T00:00:00Z", "2026-11-09T00:00:00Z"]
    assert following.ended_between(MONDAY, MONDAY + 10 * WEEK) == 10


def test_b10_a_board_of_an_event_that_nobody_knows_has_no_periods() -> None:
    orphan = board(timeframe=Timeframe(TimeframeType.EVENT, event_id=EventId("gone")))
    assert calendar(orphan).period_at(MONDAY) is None
    assert calendar(orphan).next_period(MONDAY) is None


@pytest.mark.parametrize(
    ("chosen", "key", "start"),
    [
        (EVERLASTING, "all", NOON),
        (ticking(TimeframeType.HOURLY, "Asia/Kathmandu"), "2026-11-18T12", at("2026-11-18T06:15")),
        (ticking(TimeframeType.DAILY, "Africa/Cairo"), "2026-11-18", at("2026-11-17T22:00")),
        (ticking(TimeframeType.WEEKLY), "2026-11-16", at("2026-11-16")),
        (ticking(TimeframeType.MONTHLY, "Pacific/Apia"), "2026-12", at("2026-11-30T11:00")),
        (custom(HOUR), "c5", NOON + 5 * HOUR),
        (cron("30 3 * * *"), "2026-11-18T03:30:00Z", at("2026-11-18T03:30")),
    ],
)
def test_b11_every_timeframe_has_its_names(chosen: Leaderboard, key: str, start: datetime) -> None:
    found = calendar(chosen).period_named(key)
    assert found is not None
    assert (found.start, calendar(chosen).window_key_of(found)) == (start, key)


@pytest.mark.parametrize(
    "key", ["", "~", "all~1", "all~02", "all~x", "ALL", "2026-11-18T12:00", "2026-11-3", "c01", "c-1", "c", "2026-02-30",
            "0001-01-01", "9999-12-31", "9999-12", "c" + "9" * 15, "c" + "9" * 5000, "all~" + "9" * 5000, "2026-11-18T12:00:00+00:00",
            "2026-W47", "２０２６-11"]
)  # fmt: skip
@pytest.mark.parametrize(
    "chosen", [EVERLASTING, custom(HOUR), cron("5 * * * *"), *(ticking(kind, "Pacific/Apia") for kind in TICKING)]
)
def test_b11_what_is_no_name_names_nothing(chosen: Leaderboard, key: str) -> None:
    found = calendar(chosen).period_named(key)
    assert found is None or calendar(chosen).window_key_of(found) == key


def test_b11_the_hour_that_a_clock_repeats_has_the_second_name() -> None:
    hourly = calendar(ticking(TimeframeType.HOURLY, "America/New_York"))
    assert names(hourly, at("2026-11-01T04:00"), at("2026-11-01T08:00")) == [
        "2026-11-01T00",
        "2026-11-01T01",
        "2026-11-01T01~2",
        "2026-11-01T02",
    ]


def test_b11_half_an_hour_repeats_no_hour() -> None:
    hourly = calendar(ticking(TimeframeType.HOURLY, "Australia/Lord_Howe"))
    assert not [key for key in names(hourly, at("2026-04-04"), at("2026-04-06")) if "~" in key]


def test_b11_the_day_that_samoa_skipped_has_no_period() -> None:
    daily = calendar((at("2011-01-01"), ticking(TimeframeType.DAILY, "Pacific/Apia")))
    assert names(daily, at("2011-12-28T10:00"), at("2011-12-31T09:00")) == ["2011-12-28", "2011-12-29", "2011-12-31"]
    assert daily.period_named("2011-12-30") is None
    assert bounds(daily.period_named("2011-12-29")) == (at("2011-12-29T10:00"), at("2011-12-30T10:00"))


def test_b11_hours_go_on_where_samoa_skipped_a_day() -> None:
    hourly = calendar((at("2011-01-01"), ticking(TimeframeType.HOURLY, "Pacific/Apia")))
    found = names(hourly, at("2011-12-30T08:00"), at("2011-12-30T12:00"))
    assert found == ["2011-12-29T22", "2011-12-29T23", "2011-12-31T00", "2011-12-31T01"]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("kind", TICKING)
@pytest.mark.parametrize("reset", [time(0, 0), time(2, 30), time(23, 45)])
def test_b10_b11_a_year_in_every_zone(zone: str, kind: TimeframeType, reset: time) -> None:
    """Periods touch, their names are unique and find them again, and each name begins with what the wall clock showed."""
    of = calendar((at("2010-01-01"), ticking(kind, zone, reset, day=5)))
    length = {TimeframeType.HOURLY: 3 * DAY}.get(kind, 60 * DAY)
    for change in (at("2011-12-20"), at("2026-03-05"), at("2026-10-28")):
        periods = between(of, change, change + length + 6 * DAY)
        keys = [of.window_key_of(one) for one in periods]
        assert all(earlier.end == later.start for earlier, later in pairwise(periods))
        assert len(set(keys)) == len(keys)
        for period, key in zip(periods, keys, strict=True):
            wall = period.start.astimezone(ZoneInfo(zone)).replace(tzinfo=None).isoformat()
            assert wall.startswith(key.partition("~")[0])
        for period, key in islice(zip(periods, keys, strict=True), 0, None, 5):
            assert bounds(of.period_named(key)) == bounds(period)


@pytest.mark.parametrize("zone", ZONES)
def test_b10_hourly_periods_last_an_hour_all_year(zone: str) -> None:
    of = calendar((at("2010-01-01"), ticking(TimeframeType.HOURLY, zone, time(0, 20))))
    for change in (at("2011-12-29"), at("2026-03-07"), at("2026-03-28"), at("2026-04-04"), at("2026-10-31")):
        assert {one.end - one.start for one in between(of, change, change + 2 * DAY)} == {HOUR}


def test_b3_a_changed_timeframe_takes_over_at_the_running_periods_end() -> None:
    weekly, daily = ticking(TimeframeType.WEEKLY), ticking(TimeframeType.DAILY)
    changed = calendar((MONDAY - WEEK, weekly), (MONDAY + DAY, daily))
    assert bounds(changed.period_at(MONDAY + 5 * DAY)) == (MONDAY, MONDAY + WEEK)
    assert bounds(changed.period_at(MONDAY + WEEK)) == (MONDAY + WEEK, MONDAY + 8 * DAY)


def test_b3_a_pinned_period_keeps_its_bounds_and_its_definition() -> None:
    weekly = ticking(TimeframeType.WEEKLY)
    pinned = Period(MONDAY - HOUR, MONDAY + WEEK - HOUR, weekly)
    changed = calendar((MONDAY - WEEK, ticking(TimeframeType.DAILY)), pinned=[pinned])
    found = changed.period_at(MONDAY + 3 * DAY)
    assert found is not None
    assert (bounds(found), found.definition.timeframe) == (bounds(pinned), weekly.timeframe)
    assert bounds(changed.period_at(MONDAY + WEEK - HOUR)) == (MONDAY + WEEK - HOUR, MONDAY + WEEK)


def test_b3_an_everlasting_period_is_not_ended_by_edits() -> None:
    edited = calendar((NOON, EVERLASTING), (NOON + DAY, board(name="new")), (NOON + WEEK, board(name="newer")))
    assert names(edited, BEGINNING + DAY, NOON + 10 * WEEK) == ["all"]


def test_b3_a_restart_ends_the_run_and_begins_the_next() -> None:
    again = calendar_of([Activated(NOON, EVERLASTING), Activated(NOON + DAY, EVERLASTING, restarts=True)])
    assert bounds(again.period_named("all")) == (NOON, NOON + DAY)
    second = again.period_named("all~2")
    assert second is not None
    assert (second.start, again.window_key_of(second)) == (NOON + DAY, "all~2")
    assert again.period_named("all~3") is None


@pytest.mark.parametrize("is_gone", [False, True])
def test_b2_archived_or_gone_ends_the_period_and_coming_back_opens_a_new_one(is_gone: bool) -> None:
    monthly = ticking(TimeframeType.MONTHLY)
    archived = None if is_gone else archived_copy(monthly)
    back = calendar((MONDAY - WEEK, monthly), (MONDAY + DAY, archived), (MONDAY + 3 * DAY, monthly))
    assert bounds(back.period_at(MONDAY)) == (at("2026-11-01"), MONDAY + DAY)
    assert back.period_at(MONDAY + 2 * DAY) is None
    assert bounds(back.period_at(MONDAY + WEEK)) == (MONDAY + 3 * DAY, at("2026-12-01"))
    assert names(back, at("2026-11-01"), at("2027-01-01")) == ["2026-11", "2026-11~2", "2026-12"]


def archived_copy(of: Leaderboard) -> Leaderboard:
    return board(timeframe=of.timeframe, status=Status.ARCHIVED)


def test_b10_inactive_stops_no_calendar() -> None:
    daily = ticking(TimeframeType.DAILY)
    paused = calendar(daily, (NOON + DAY, board(timeframe=daily.timeframe, status=Status.INACTIVE)))
    assert bounds(paused.period_at(MONDAY + 5 * DAY)) == (MONDAY + 5 * DAY, MONDAY + 6 * DAY)


def test_b11_names_come_back_when_a_timeframe_does() -> None:
    hours = calendar((NOON, custom(HOUR)), (NOON + DAY, custom(2 * HOUR)))
    first, second = hours.period_named("c13"), hours.period_named("c13~2")
    assert bounds(first) == (NOON + 13 * HOUR, NOON + 14 * HOUR)
    assert bounds(second) == (NOON + 26 * HOUR, NOON + 28 * HOUR)


def test_b53_periods_are_listed_newest_first_as_far_as_one_asks() -> None:
    daily = calendar((MONDAY, ticking(TimeframeType.DAILY)))
    starts = [one.start for one in islice(daily.newest_first(NOON + DAY), 3)]
    assert starts == [MONDAY + DAY, MONDAY, MONDAY - DAY]


def test_b13_a_long_downtime_is_counted_and_not_walked() -> None:
    minutes = calendar((MONDAY, custom(MINUTE)))
    assert minutes.ended_between(MONDAY, MONDAY + 3650 * DAY) == 3650 * 24 * 60
    hourly = calendar((MONDAY, ticking(TimeframeType.HOURLY, "America/New_York")))
    assert hourly.ended_between(MONDAY, MONDAY + 3650 * DAY) == 3650 * 24


frames = st.sampled_from(
    [
        *(ticking(kind, zone, time(2 if kind is not TimeframeType.HOURLY else 0, 30)) for kind in TICKING for zone in ZONES[:4]),
        custom(5 * HOUR),
        custom(30 * HOUR, start_time=MONDAY - DAY),
        custom(50 * HOUR, repeat=False),
        cron("0 */7 * * *"),
        cron("15 3 * * 1,4", "Africa/Cairo"),
        EVERLASTING,
        archived_copy(EVERLASTING),
        board(timeframe=Timeframe(TimeframeType.EVENT, event_id=EventId("weekly"))),
        None,
    ]
)  # fmt: skip
EVENTS = {EventId("weekly"): timeline(definition(times=schedule("0 0 * * 1", duration=2 * DAY)))}
histories = st.lists(st.tuples(st.integers(1, 90), frames, st.booleans()), min_size=1, max_size=4).map(
    lambda rows: [
        Activated(at("2026-10-20") + sum(hours for hours, *_ in rows[: number + 1]) * 3 * HOUR, chosen, restarts)
        for number, (_, chosen, restarts) in enumerate(rows)
    ]
)


@settings(max_examples=60)
@given(histories, st.sets(st.integers(0, 40), max_size=3), st.integers(0, 900), st.integers(0, 900))
def test_b11_b13_any_history_has_periods_apart_with_names_of_their_own(
    history: list[Activated], pins: set[int], start: int, length: int
) -> None:
    of = calendar_of(history, events=EVENTS)
    pinned = {one.start: one for pin in pins for one in [of.period_at(at("2026-10-21") + pin * 9 * HOUR)] if one}
    of = calendar_of(history, [pinned[one] for one in sorted(pinned)], EVENTS)
    begin, end = at("2026-10-20"), at("2026-12-20")
    periods = between(of, begin, end)
    assert all(earlier.start < earlier.end <= later.start for earlier, later in pairwise(periods))
    backwards = list(islice(of.newest_first(end), len(periods)))
    assert [bounds(one) for one in reversed(backwards)] == [bounds(one) for one in periods]
    sample = [*periods[:3], *periods[:: max(len(periods) // 6, 1)], *periods[-2:]]
    named = {one.start: of.window_key_of(one) for one in sample}
    assert len(set(named.values())) == len(named)
    for one in sample:
        assert bounds(of.period_named(named[one.start])) == bounds(one)
        assert bounds(of.period_starting(one.start)) == bounds(one)
        assert bounds(of.period_at(one.end - SECOND)) == bounds(one)
    since, until = begin + start * HOUR, begin + (start + length) * HOUR
    everything = between(of, begin - 60 * DAY, until + DAY)
    assert of.ended_between(since, until) == sum(since < one.end <= until for one in everything)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("kind", TICKING)
def test_b11_at_the_ends_of_the_calendar_a_read_finds_no_period(kind: TimeframeType, zone: str) -> None:
    of = calendar(ticking(kind, zone))
    for day in range(7):
        for moment in (BEGINNING + day * DAY, NEVER - day * DAY):
            of.period_starting(moment)
            of.next_period(moment)
    assert of.period_starting(BEGINNING) is None
    assert of.period_starting(NEVER) is None


def test_b11_a_name_at_the_ends_of_the_calendar_names_no_period() -> None:
    for zone in ZONES:
        of = calendar(cron("0 12 * * *", zone))
        ends = (BEGINNING + 12 * HOUR, datetime(9999, 12, 31, 12, tzinfo=BEGINNING.tzinfo))
        for moment in (one + step * DAY for one, way in zip(ends, (1, -1), strict=True) for step in (0, way, 2 * way)):
            assert of.period_named(f"{moment.isoformat()[:19]}Z") is None
