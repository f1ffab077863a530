"""What bots score: a pure function of the second, that never goes back (L3 to L6)."""

from hypothesis import given
from hypothesis import strategies as st

from server.domain.bots.behavior import (
    Anchor,
    Behavior,
    Block,
    Complete,
    CompleteAt,
    Idle,
    MatchPlayerPace,
    ProgressBurst,
    ProgressLinear,
    Quit,
    State,
    TrackPosition,
    Transition,
    Wait,
    sequence,
    single,
)
from server.domain.bots.conditions import Condition
from server.domain.bots.score import BotScore, Course, score_at, seed_of
from server.domain.bots.sightings import Lookout, Sighting, lookouts_of

SEED = seed_of(b"secret", "race", "2025-11-17", "", 0, 0)
COURSE = Course()


def score(behavior: Behavior, second: int, course: Course = COURSE, *seen: Sighting) -> int:
    return score_at(behavior, SEED, course, second, seen).score


scores = st.integers(0, 10_000)
seconds = st.integers(1, 5_000)
anchors = st.sampled_from(Anchor)
blocks: st.SearchStrategy[Block] = st.one_of(
    st.just(Idle()),
    st.builds(Wait, seconds),
    st.builds(ProgressLinear, scores, seconds, st.integers(0, 900)),
    st.builds(ProgressBurst, scores, seconds, *[st.integers(0, 1000)] * 3),
    st.builds(TrackPosition, anchors, st.integers(-100, 100), st.integers(0, 50)),
    st.builds(MatchPlayerPace, anchors, st.integers(0, 2000), st.integers(0, 50)),
    st.builds(CompleteAt, scores, seconds),
    st.just(Complete()),
    st.just(Quit()),
)
conditions = st.builds(
    Condition,
    elapsed_from=seconds,
    elapsed_until=st.none() | st.integers(1, 10_000),
    state_from=st.integers(0, 500),
    state_until=st.none() | st.integers(1, 1000),
)


@st.composite
def machines(draw: st.DrawFn) -> Behavior:
    names = ["a", "b", "c"]
    transitions = st.lists(st.builds(Transition, conditions, st.sampled_from(names)), max_size=2).map(tuple)
    states = {name: draw(st.builds(State, blocks, transitions)) for name in names}
    return Behavior(states, draw(st.sampled_from(names)), draw(st.integers(-50, 50)))


behaviors = st.one_of(machines(), st.lists(st.tuples(blocks, seconds), min_size=1, max_size=5).map(sequence))
sightings = st.lists(
    st.builds(Sighting, st.integers(0, 9000), scores), max_size=6, unique_by=lambda one: one.second
).map(sorted)
courses = st.builds(
    Course,
    direction=st.sampled_from([1, -1]),
    score_target=st.none(),
    joined_second=st.integers(0, 500),
    catch_up_seconds=st.integers(0, 500),
    attempts=st.integers(0, 20),
    span_seconds=st.just(6000),
    stops_second=st.none() | st.integers(0, 9000),
)


@given(behaviors, courses, sightings, st.integers(0, 9000), st.integers(0, 3000))
def test_l6_a_score_never_moves_against_the_direction(
    behavior: Behavior, course: Course, seen: list[Sighting], second: int, later: int
) -> None:
    before = score_at(behavior, SEED, course, second, seen).score
    after = score_at(behavior, SEED, course, second + later, seen).score
    assert (after - before) * course.direction >= 0


@given(behaviors, sightings, st.integers(0, 9000), st.integers(0, 9000))
def test_l4_what_is_seen_later_changes_nothing_before(
    behavior: Behavior, seen: list[Sighting], second: int, progress: int
) -> None:
    known = [one for one in seen if one.second < second]
    more = [*known, Sighting(second, progress)]
    assert score_at(behavior, SEED, COURSE, second, more) == score_at(behavior, SEED, COURSE, second, known)


@given(behaviors, st.integers(1, 10_000), st.integers(0, 9000))
def test_l6_only_complete_at_reaches_a_target(behavior: Behavior, target: int, second: int) -> None:
    there = score_at(behavior, SEED, Course(score_target=target), second)
    completes = any(isinstance(state.block, CompleteAt) for state in behavior.states.values())
    if not completes and behavior.start_score < target:
        assert there.score < target


@given(behaviors, courses, st.integers(0, 9000))
def test_l6_what_has_stopped_moves_no_more(behavior: Behavior, course: Course, second: int) -> None:
    stopped = Course(course.direction, stops_second=second)
    assert score_at(behavior, SEED, stopped, second) == score_at(behavior, SEED, stopped, second + 5000)


@given(scores, seconds, st.integers(0, 900), st.integers(0, 5000))
def test_a_jittered_run_arrives_on_time_and_not_before(target: int, duration: int, jitter: int, second: int) -> None:
    behavior = single(ProgressLinear(target, duration, jitter))
    assert score(behavior, duration) == target
    assert 0 <= score(behavior, min(second, duration)) <= target


def test_a_jittered_run_differs_from_seed_to_seed() -> None:
    behavior = single(ProgressLinear(10_000, 1000, 500))
    others = {score_at(behavior, seed_of(b"secret", "race", "p", "", slot, 0), COURSE, 500).score for slot in range(20)}
    assert len(others) > 10


def test_a_burst_is_slow_then_fast_then_slow() -> None:
    behavior = single(ProgressBurst(1000, 100, burst_start=400, burst_length=200, burst_share=700))
    assert [score(behavior, second) for second in (0, 40, 50, 60, 100)] == [0, 150, 500, 850, 1000]


def test_a_tracker_follows_as_fast_as_it_can_and_a_second_later() -> None:
    behavior = single(TrackPosition(Anchor.LEADER, offset=-10, most_per_second=5))
    seen = (Sighting(10, 110), Sighting(40, 200))
    assert [score(behavior, at, COURSE, *seen) for at in (10, 11, 20, 30, 40, 50)] == [0, 5, 50, 100, 100, 150]


def test_a_pace_is_a_share_of_what_is_seen() -> None:
    behavior = single(MatchPlayerPace(Anchor.MEDIAN_HUMAN, factor=500, most_per_second=1000))
    assert score(behavior, 12, COURSE, Sighting(10, 80)) == 40


def test_complete_at_reaches_the_target_at_its_moment() -> None:
    behavior, course = single(CompleteAt(100, 60)), Course(score_target=100)
    assert score_at(behavior, SEED, course, 59).score == 98
    assert score_at(behavior, SEED, course, 60) == BotScore(100, is_complete=True)


def test_who_quits_freezes_and_says_so() -> None:
    behavior = sequence([(ProgressLinear(100, 10), 5), (Quit(), 1)])
    assert score_at(behavior, SEED, COURSE, 500) == BotScore(50, has_quit=True)


def test_l5_a_state_is_left_once_a_second_at_most_and_waits_are_waited() -> None:
    machine = Behavior(
        {
            "a": State(Wait(10), (Transition(Condition(), "b"),)),
            "b": State(ProgressLinear(100, 10), (Transition(Condition(elapsed_from=15), "c"),)),
            "c": State(Idle()),
        },
        "a",
    )
    assert [score(machine, second) for second in (9, 10, 12, 15, 99)] == [0, 0, 20, 50, 50]


def test_a_late_joiner_ramps_up_to_its_curve() -> None:
    behavior = single(ProgressLinear(1000, 1000))
    course = Course(joined_second=400, catch_up_seconds=100)
    assert [score(behavior, second, course) for second in (400, 450, 500, 600)] == [0, 225, 500, 600]


def test_l6_attempts_are_as_many_steps() -> None:
    behavior = single(ProgressLinear(1000, 1000))
    course = Course(attempts=4, span_seconds=1000)
    assert {score(behavior, second, course) for second in range(1200)} == {0, 250, 500, 750, 1000}


def test_a_falling_score_falls() -> None:
    behavior = single(ProgressLinear(30, 100), start_score=90)
    assert [score(behavior, second, Course(direction=-1)) for second in (0, 50, 100)] == [90, 60, 30]


def test_l4_each_block_sees_whom_it_looks_at() -> None:
    behind = State(TrackPosition(Anchor.LEADER, -10, 50), (Transition(Condition(state_from=20), "pace"),))
    behavior = Behavior({"behind": behind, "pace": State(MatchPlayerPace(Anchor.MEDIAN_HUMAN, 2000, 50))}, "behind")
    seen = {
        Lookout(Anchor.LEADER): (Sighting(0, 110), Sighting(15, 210)),
        Lookout(Anchor.MEDIAN_HUMAN): (Sighting(0, 1), Sighting(30, 200)),
    }
    assert lookouts_of(behavior) == set(seen)
    assert [score_at(behavior, SEED, COURSE, at, seen).score for at in (10, 20, 30, 40)] == [100, 200, 200, 400]
    assert score_at(behavior, SEED, COURSE, 40, {}).score == 0
