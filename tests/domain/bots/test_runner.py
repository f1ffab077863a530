"""Who remembers milestones comes to the same scores as who begins anew (L3)."""

from hypothesis import given
from hypothesis import strategies as st

from server.domain.bots.behavior import Anchor, Behavior, Idle, State, TrackPosition, Transition
from server.domain.bots.conditions import Condition
from server.domain.bots.runner import Runner
from server.domain.bots.score import Course, milestone_at, score_at
from server.domain.bots.sightings import Sighting
from server.domain.bots.visits import visits
from tests.domain.bots.test_score import SEED, behaviors, courses, sightings

moments = st.lists(st.integers(0, 9000), min_size=1, max_size=8)


@given(behaviors, courses, sightings, moments)
def test_l3_a_runner_answers_as_if_it_had_never_been_asked(
    behavior: Behavior, course: Course, seen: list[Sighting], asked: list[int]
) -> None:
    runner = Runner(behavior, SEED, course)
    for second in asked:
        assert runner.at(second, seen) == score_at(behavior, SEED, course, second, seen)


@given(behaviors, courses, sightings, moments)
def test_l4_a_runner_that_sees_as_time_goes_on_comes_to_what_was_recorded(
    behavior: Behavior, course: Course, seen: list[Sighting], asked: list[int]
) -> None:
    runner = Runner(behavior, SEED, course)
    for second in sorted(asked):
        known = [one for one in seen if one.second < second]
        assert runner.at(second, known) == score_at(behavior, SEED, course, second, seen)


def test_a_milestone_is_the_beginning_of_the_last_stay() -> None:
    onward = Transition(Condition(state_from=300), "rest")
    follow = State(TrackPosition(Anchor.LEADER, 0, 5), (onward,))
    rest = State(Idle(), (Transition(Condition(state_from=100), "follow"),))
    shadow = Behavior({"follow": follow, "rest": rest}, "follow")
    seen = [Sighting(10 * number, 4 * number) for number in range(100)]
    found = milestone_at(shadow, SEED, Course(), 750, seen)
    assert (found.state, found.entered, found.progress) == ("rest", 700, 4 * 69)
    assert [one.name for one in visits(shadow, 750)] == ["follow", "rest", "follow", "rest"]
