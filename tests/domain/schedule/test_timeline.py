"""Timelines beyond what events need: phases that are cut, phases that have no claim window, looking back (E8, B2, B10)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from server.domain.schedule import Intervals, Schedule
from server.domain.schedule.timeline import Activation, Phase, Timeline
from tests.builders import DAY, HOUR, MONDAY, SECOND, WEEK, schedule


class Plan(NamedTuple):
    name: str
    schedule: Schedule


WEEKLY = Plan("weekly", schedule("0 0 * * 1", expires_at_end=True))
DAILY = Plan("daily", schedule("0 0 * * *", expires_at_end=True))
FIVES = Plan("fives", Schedule(Intervals(MONDAY, 5 * HOUR), expires_at_end=True))
ENDING = Plan("ending", schedule("0 0 * * 1", expires_at_end=True, end_time=MONDAY + 10 * DAY))
ONCE = Plan("once", Schedule(start_time=MONDAY + DAY, expires_at_end=True))


def history(*activations: tuple[timedelta, Plan | None, bool]) -> Timeline[Plan]:
    return Timeline(tuple(Activation(MONDAY + after, plan, cuts) for after, plan, cuts in activations))


def shown(phase: Phase[Plan] | None) -> tuple[str, datetime, datetime] | None:
    return None if phase is None else (phase.definition.name, phase.start, phase.expiry)


def test_b2_a_cut_ends_the_phase_at_that_instant() -> None:
    line = history((-DAY, WEEKLY, False), (2 * DAY, None, True))
    assert shown(line.phase_at(MONDAY + 2 * DAY - SECOND)) == ("weekly", MONDAY, MONDAY + 2 * DAY)
    assert line.phase_at(MONDAY + 2 * DAY) is None
    assert line.next_phase(MONDAY) is None


def test_b2_what_comes_back_after_a_cut_begins_anew() -> None:
    line = history((-DAY, WEEKLY, False), (2 * DAY, None, True), (3 * DAY, WEEKLY, False))
    assert shown(line.phase_at(MONDAY + 4 * DAY)) == ("weekly", MONDAY + 3 * DAY, MONDAY + WEEK)
    assert shown(line.last_phase_before(MONDAY + 3 * DAY)) == ("weekly", MONDAY, MONDAY + 2 * DAY)


def test_b2_a_cut_with_a_definition_begins_the_next_run_at_once() -> None:
    line = history((-DAY, ONCE, False), (3 * DAY, ONCE, True))
    assert shown(line.phase_at(MONDAY + 2 * DAY)) == ("once", MONDAY + DAY, MONDAY + 3 * DAY)
    following = line.phase_at(MONDAY + 1000 * DAY)
    assert following is not None
    assert following.start == MONDAY + 3 * DAY


def test_b2_pinned_phases_are_cut_too() -> None:
    line = history((-DAY, WEEKLY, False), (2 * DAY, DAILY, True))
    pinned = line.with_pinned(Phase(MONDAY - HOUR, MONDAY + WEEK, MONDAY + WEEK, WEEKLY))
    assert shown(pinned.phase_at(MONDAY)) == ("weekly", MONDAY - HOUR, MONDAY + 2 * DAY)
    assert shown(pinned.phase_at(MONDAY + 2 * DAY)) == ("daily", MONDAY + 2 * DAY, MONDAY + 3 * DAY)
    runs = [(run.definition.name, run.length) for run in pinned.phases_between(MONDAY - HOUR, MONDAY + 4 * DAY)]
    assert runs == [("weekly", 1), ("daily", 2)]


def test_b10_where_phases_expire_at_their_end_the_next_definition_takes_over_there() -> None:
    line = history((-DAY, ENDING, False), (11 * DAY, WEEKLY, False))
    assert shown(line.phase_at(MONDAY + 9 * DAY)) == ("ending", MONDAY + WEEK, MONDAY + 10 * DAY)
    assert line.phase_at(MONDAY + 10 * DAY) is None
    assert shown(line.phase_at(MONDAY + 11 * DAY)) == ("weekly", MONDAY + 11 * DAY, MONDAY + 2 * WEEK)


def test_b10_one_endless_run_is_not_ended_by_a_new_definition() -> None:
    line = history((-DAY, ONCE, False), (3 * DAY, WEEKLY, False))
    assert shown(line.phase_at(MONDAY + 30 * DAY)) == shown(line.phase_at(MONDAY + DAY))


plans = st.sampled_from([WEEKLY, DAILY, FIVES, ENDING, ONCE, None])
histories: st.SearchStrategy[Timeline[Plan]] = st.lists(
    st.tuples(st.integers(1, 50), plans, st.booleans()), max_size=5
).map(
    lambda changes: history(
        (-DAY, WEEKLY, False),
        *(
            (sum(hours for hours, *_ in changes[: at + 1]) * 7 * HOUR, plan, cuts)
            for at, (_, plan, cuts) in enumerate(changes)
        ),
    )
)


@given(histories, st.sets(st.integers(0, 100), max_size=3))
def test_e8_walking_forward_backward_and_counting_agree(line: Timeline[Plan], pins: set[int]) -> None:
    end = MONDAY + 40 * DAY
    forward = walked(line.next_phase, MONDAY - DAY, lambda moment: moment < end)
    for earlier, later in pairwise(forward):
        assert earlier.start < earlier.expiry <= later.start
    for pin in pins:
        running = line.phase_at(MONDAY + pin * 5 * HOUR)
        line = line if running is None else line.with_pinned(running)
    assert walked(line.next_phase, MONDAY - DAY, lambda moment: moment < end) == forward
    assert walked(line.last_phase_before, end, lambda moment: moment > MONDAY - DAY)[::-1] == forward
    for phase in forward:
        assert line.phase_at(phase.start) == phase
        assert line.phase_at(phase.expiry - SECOND) == phase
        assert line.phase_starting(phase.start) == phase
    counted = [run.definition for run in line.phases_between(MONDAY, end) for _ in range(run.length)]
    assert counted == [phase.definition for phase in forward]


def walked(
    step: Callable[[datetime], Phase[Plan] | None], moment: datetime, goes_on: Callable[[datetime], bool]
) -> list[Phase[Plan]]:
    found = []
    phase = step(moment)
    while phase is not None and goes_on(phase.start):
        found.append(phase)
        phase = step(phase.start)
    return found
