"""Phases from arithmetic (E10, E11, E13)."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from server.domain.instants import NEVER
from server.domain.schedule import PhaseBounds, Schedule
from tests.builders import DAY, HOUR, MONDAY, SECOND, WEEK, at, schedule


def test_e10_a_phase_runs_from_tick_for_its_duration_and_expires_at_the_next_tick() -> None:
    weekly = schedule("0 0 * * 1", duration=5 * DAY)
    assert weekly.phase_at(MONDAY + 3 * DAY) == PhaseBounds(MONDAY, MONDAY + 5 * DAY, MONDAY + WEEK)
    assert weekly.phase_at(MONDAY + 6 * DAY) == PhaseBounds(MONDAY, MONDAY + 5 * DAY, MONDAY + WEEK)


def test_e10_without_duration_the_phase_fills_the_interval() -> None:
    assert schedule("0 0 * * 1").phase_at(MONDAY) == PhaseBounds(MONDAY, MONDAY + WEEK, MONDAY + WEEK)


def test_e10_a_duration_longer_than_the_interval_ends_at_the_next_tick() -> None:
    assert schedule("0 0 * * 1", duration=9 * DAY).phase_at(MONDAY) == PhaseBounds(MONDAY, MONDAY + WEEK, MONDAY + WEEK)


def test_e10_without_schedule_there_is_one_phase_that_expires_at_its_end() -> None:
    once = schedule(None, start_time=MONDAY, end_time=MONDAY + 3 * DAY, duration=2 * DAY)
    assert once.phase_at(MONDAY + DAY) == PhaseBounds(MONDAY, MONDAY + 2 * DAY, MONDAY + 2 * DAY)
    assert once.phase_at(MONDAY + 2 * DAY) is None
    assert once.phase_at(MONDAY - SECOND) is None


def test_e10_a_single_phase_without_end_never_ends() -> None:
    assert schedule(None, start_time=MONDAY).phase_at(MONDAY + 1000 * WEEK) == PhaseBounds(MONDAY, NEVER, NEVER)


def test_e11_intervals_are_half_open() -> None:
    daily = schedule("0 0 * * *", duration=HOUR)
    first, second = daily.phase_at(MONDAY + DAY - SECOND), daily.phase_at(MONDAY + DAY)
    assert first is not None
    assert second is not None
    assert (first.start, second.start) == (MONDAY, MONDAY + DAY)


def test_e11_start_time_inside_an_active_span_begins_the_phase_there_with_its_duration_from_the_tick() -> None:
    clipped = schedule("0 0 * * 1", duration=5 * DAY, start_time=MONDAY + 2 * DAY)
    assert clipped.phase_at(MONDAY + 2 * DAY) == PhaseBounds(MONDAY + 2 * DAY, MONDAY + 5 * DAY, MONDAY + WEEK)
    assert clipped.phase_at(MONDAY + DAY) is None


def test_e11_start_time_inside_a_claim_window_waits_for_the_next_tick() -> None:
    clipped = schedule("0 0 * * 1", duration=DAY, start_time=MONDAY + 2 * DAY)
    assert clipped.phase_at(MONDAY + 3 * DAY) is None
    first = clipped.first_phase_from(MONDAY)
    assert first is not None
    assert first.start == MONDAY + WEEK


def test_e11_end_time_cuts_the_active_span_and_no_phase_starts_after_it() -> None:
    ending = schedule("0 0 * * 1", end_time=MONDAY + 2 * DAY)
    assert ending.phase_at(MONDAY + 6 * DAY) == PhaseBounds(MONDAY, MONDAY + 2 * DAY, MONDAY + WEEK)
    assert ending.phase_at(MONDAY + WEEK) is None
    assert ending.first_phase_from(MONDAY + SECOND) is None


schedules = st.builds(
    lambda cron, zone, start, length, duration: schedule(
        cron,
        zone,
        **({} if start is None else {"start_time": start}),
        **({} if start is None or length is None else {"end_time": start + length}),
        duration=duration,
    ),
    st.sampled_from(["0 0 * * 1", "0 */6 * * *", "30 2 * * *", "0 5,17 * * *", None]),
    st.sampled_from(["UTC", "America/New_York", "Australia/Lord_Howe"]),
    st.one_of(st.none(), st.integers(0, 60).map(lambda hours: at("2026-10-20") + hours * 7 * HOUR)),
    st.one_of(st.none(), st.integers(1, 500).map(lambda hours: hours * HOUR)),
    st.one_of(st.none(), st.integers(1, 400).map(lambda hours: hours * HOUR / 2)),
).filter(lambda one: one.ticks is not None or one.start_time.year > 1)


def walked(times: Schedule, start: datetime, end: datetime) -> list[PhaseBounds]:
    found = []
    phase = times.first_phase_from(start)
    while phase is not None and phase.start < end:
        found.append(phase)
        phase = times.first_phase_from(phase.start + SECOND)
    return found


@given(schedules)
def test_e11_phases_never_overlap_and_cover_what_the_schedule_says(times: Schedule) -> None:
    start, end = at("2026-10-15"), at("2026-12-15")
    phases = walked(times, start, end)
    for earlier, later in pairwise(phases):
        assert earlier.start < earlier.active_end <= earlier.expiry <= later.start
    for phase in phases:
        assert phase.start >= times.start_time
        assert phase.active_end <= times.end_time
        assert times.phase_at(phase.start) == phase
        if phase.expiry != NEVER:
            assert times.phase_at(phase.expiry - timedelta(microseconds=1)) == phase


@given(schedules, st.integers(0, 1400), st.integers(0, 700))
def test_e13_any_moment_can_be_asked_about(times: Schedule, offset: int, length: int) -> None:
    start = at("2026-10-15") + offset * HOUR
    end = start + length * HOUR
    phases = walked(times, at("2026-10-10"), at("2027-03-01"))
    assert times.count_starts(start, end) == sum(start <= one.start < end for one in phases)
    before = [one for one in phases if one.start < end]
    if before:
        assert times.last_phase_before(end) == before[-1]
    running = [one for one in phases if one.start <= start < one.expiry]
    assert times.phase_at(start) == (running[0] if running else None)


def test_a_single_run_that_is_taken_over_late_still_ends_on_time() -> None:
    once = schedule(None, start_time=MONDAY, duration=2 * DAY).starting_no_earlier(MONDAY + DAY)
    assert once.phase_at(MONDAY + DAY) == PhaseBounds(MONDAY + DAY, MONDAY + 2 * DAY, MONDAY + 2 * DAY)


def test_the_first_second_of_1970_is_a_moment_like_any_other() -> None:
    assert schedule("0 0 * * *").phase_at(datetime(1970, 1, 1, tzinfo=UTC)) is not None
