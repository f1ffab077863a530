"""Definitions that change while events run (E8)."""

from hypothesis import given
from hypothesis import strategies as st

from server.domain.event_leaderboards.definition import Definition, Phase
from server.domain.event_leaderboards.timeline import Timeline
from tests.builders import DAY, HOUR, MONDAY, SECOND, WEEK, definition, schedule, timeline

WEEKLY = definition(name="weekly")
EDITED = definition(name="edited")
DAILY = definition(name="daily", cron="0 0 * * *")


def phase(history: Timeline, moment_after_monday: object) -> Phase:
    found = history.phase_at(MONDAY + moment_after_monday)  # type: ignore[operator]  # a timedelta
    assert found is not None
    return found


def test_e8_an_edit_during_a_phase_waits_for_the_next() -> None:
    history = timeline(WEEKLY, (MONDAY + DAY, EDITED))
    assert phase(history, 2 * DAY).definition is WEEKLY
    assert phase(history, WEEK).definition is EDITED


def test_e8_an_activation_at_the_very_start_of_a_phase_is_its_definition() -> None:
    assert phase(timeline(WEEKLY, (MONDAY, EDITED)), HOUR).definition is EDITED


def test_e8_a_phase_that_started_while_no_server_ran_has_the_definition_before_it() -> None:
    history = timeline(WEEKLY, (MONDAY + WEEK + DAY, EDITED))
    assert phase(history, WEEK + 2 * DAY).definition is WEEKLY


def test_e8_the_first_definition_holds_for_the_phase_that_already_runs() -> None:
    found = phase(timeline((MONDAY + 3 * DAY, WEEKLY)), 4 * DAY)
    assert (found.start, found.definition) == (MONDAY, WEEKLY)


def test_e8_a_new_schedule_begins_at_the_running_phases_expiry() -> None:
    history = timeline(WEEKLY, (MONDAY + DAY, DAILY))
    assert phase(history, 6 * DAY).start == MONDAY
    assert phase(history, WEEK).start == MONDAY + WEEK
    assert phase(history, WEEK + DAY).start == MONDAY + WEEK + DAY


def test_e8_a_new_schedule_whose_phase_is_under_way_starts_late_and_ends_on_time() -> None:
    on_wednesdays = definition(cron="0 0 * * 3")
    history = timeline(WEEKLY, (MONDAY + DAY, on_wednesdays))
    found = phase(history, WEEK + HOUR)
    assert (found.start, found.expiry) == (MONDAY + WEEK, MONDAY + WEEK + 2 * DAY)


def test_e8_a_removed_event_starts_no_phase_and_its_running_one_lives_on() -> None:
    history = timeline(WEEKLY, (MONDAY + DAY, None))
    assert phase(history, 5 * DAY).definition is WEEKLY
    assert history.phase_at(MONDAY + WEEK) is None
    assert history.next_phase(MONDAY + 2 * DAY) is None
    assert history.current is None
    assert history.latest is WEEKLY


def test_e8_an_event_that_comes_back_begins_when_it_is_back() -> None:
    history = timeline(WEEKLY, (MONDAY + DAY, None), (MONDAY + WEEK + 2 * DAY, EDITED))
    found = phase(history, WEEK + 3 * DAY)
    assert (found.start, found.expiry, found.definition) == (MONDAY + WEEK + 2 * DAY, MONDAY + 2 * WEEK, EDITED)


def test_e8_missed_phases_are_counted_over_the_history() -> None:
    history = timeline(WEEKLY, (MONDAY + 2 * WEEK + DAY, DAILY))
    runs = list(history.phases_between(MONDAY + WEEK, MONDAY + 4 * WEEK))
    assert [(run.definition.name, run.length) for run in runs] == [("weekly", 2), ("daily", 7)]


def test_e8_a_pinned_phase_keeps_its_bounds_when_zone_rules_change() -> None:
    drifted = Phase(MONDAY - HOUR, MONDAY + WEEK - HOUR, MONDAY + WEEK - HOUR, WEEKLY)
    history = timeline(WEEKLY).with_pinned(drifted)
    assert phase(history, 2 * DAY) == drifted
    assert phase(history, -SECOND) == drifted
    assert phase(history, WEEK - HOUR).start == MONDAY + WEEK - HOUR
    assert phase(history, WEEK + HOUR).start == MONDAY + WEEK


def test_the_next_phase_is_told_before_during_and_after() -> None:
    once = definition(times=schedule(None, start_time=MONDAY, duration=DAY))
    upcoming = timeline(once).next_phase(MONDAY - DAY)
    assert upcoming is not None
    assert upcoming.start == MONDAY
    assert timeline(once).next_phase(MONDAY) is None
    following = timeline(WEEKLY).next_phase(MONDAY)
    assert following is not None
    assert following.start == MONDAY + WEEK


choices = st.sampled_from([WEEKLY, EDITED, DAILY, definition(name="six", cron="0 */6 * * *"), None])
histories = st.lists(st.tuples(st.integers(1, 60), choices), max_size=5).map(
    lambda changes: timeline(
        WEEKLY,
        *((MONDAY + sum(days for days, _ in changes[: i + 1]) * DAY / 2, one) for i, (_, one) in enumerate(changes)),
    )
)


@given(histories, st.sets(st.integers(0, 200), max_size=4))
def test_e8_phases_never_overlap_and_pinning_them_changes_nothing(history: Timeline, pins: set[int]) -> None:
    pinned = history
    for pin in sorted(pins):
        running = pinned.phase_at(MONDAY + pin * DAY / 2)
        if running is not None:
            pinned = pinned.with_pinned(running)
    walked: list[Phase] = []
    for step in range(400):
        moment = MONDAY + step * 6 * HOUR
        here = history.phase_at(moment)
        assert pinned.phase_at(moment) == here
        if here is not None and (not walked or walked[-1] != here):
            assert not walked or walked[-1].expiry <= here.start
            walked.append(here)
            assert history.phase_starting(here.start) == here
    runs = history.phases_between(MONDAY, MONDAY + 400 * 6 * HOUR)
    expected = [one.definition for one in walked if one.start >= MONDAY]
    counted: list[Definition] = []
    for run in runs:
        counted += [run.definition] * run.length
    assert counted == expected
    again: list[Definition] = []
    for run in pinned.phases_between(MONDAY, MONDAY + 400 * 6 * HOUR):
        again += [run.definition] * run.length
    assert again == expected
