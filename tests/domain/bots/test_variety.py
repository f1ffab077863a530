"""Bots of one kind differ as far as they are allowed to, and each stays what it is (L3)."""

from hypothesis import given
from hypothesis import strategies as st

from server.domain.bots.behavior import (
    Behavior,
    Block,
    CompleteAt,
    Idle,
    ProgressBurst,
    ProgressLinear,
    State,
    Transition,
    Wait,
    sequence,
    single,
)
from server.domain.bots.conditions import Condition
from server.domain.bots.definition import Bot
from server.domain.bots.score import Course, score_at, seed_of
from server.domain.bots.variety import Spread, scaled, varied

SEEDS = [seed_of(b"secret", "race", "p", "", slot, 0) for slot in range(40)]
blocks: st.SearchStrategy[Block] = st.one_of(
    st.just(Idle()),
    st.builds(Wait, st.integers(1, 500)),
    st.builds(ProgressLinear, st.integers(-900, 900), st.integers(1, 500), st.integers(0, 900)),
    st.builds(ProgressBurst, st.integers(-900, 900), st.integers(1, 500)),
    st.builds(CompleteAt, st.integers(-900, 900), st.integers(1, 500)),
)
behaviors = st.lists(st.tuples(blocks, st.integers(1, 500)), min_size=1, max_size=4).map(
    lambda steps: sequence(steps, 10)
)
seeds = st.sampled_from(SEEDS)


@given(behaviors, seeds)
def test_without_a_spread_all_are_alike(behavior: Behavior, seed: bytes) -> None:
    assert varied(behavior, Spread(), seed) == behavior


@given(behaviors, st.integers(0, 500), st.integers(0, 500), seeds)
def test_l3_a_bot_is_the_same_whenever_it_is_made(behavior: Behavior, scores: int, times: int, seed: bytes) -> None:
    assert varied(behavior, Spread(scores, times), seed) == varied(behavior, Spread(scores, times), seed)


@given(st.integers(-1000, 1000), st.integers(1, 1000), st.integers(0, 500), st.integers(0, 500), seeds)
def test_goals_and_times_stay_within_the_spread(goal: int, seconds: int, scores: int, times: int, seed: bytes) -> None:
    block = varied(single(ProgressLinear(goal, seconds), 10), Spread(scores, times), seed).states["only"].block
    assert isinstance(block, ProgressLinear)
    way = goal - 10
    assert abs(block.target_score - goal) * 1000 <= abs(way) * scores + 1000
    assert (block.target_score - 10) * way >= 0
    assert abs(block.duration_seconds - seconds) * 1000 <= seconds * times + 1000


@given(behaviors, st.integers(500, 1500), st.integers(0, 1500), st.integers(0, 500))
def test_l6_a_varied_score_goes_one_way_too(behavior: Behavior, share: int, second: int, later: int) -> None:
    own = scaled(behavior, share, share)
    early, late = (score_at(own, SEEDS[0], Course(), at).score for at in (second, second + later))
    assert early <= late


@given(st.integers(0, 99), st.integers(1, 99), st.integers(500, 1500))
def test_no_range_of_seconds_becomes_empty(first: int, length: int, times: int) -> None:
    when = Condition(elapsed_from=first, elapsed_until=first + length, state_from=first, state_until=first + length)
    machine = Behavior({"a": State(Idle(), (Transition(when, "a"),))}, "a")
    own = scaled(machine, 1000, times).states["a"].transitions[0].when
    assert own.elapsed_until is not None
    assert own.state_until is not None
    assert own.elapsed_from < own.elapsed_until
    assert own.state_from < own.state_until


def test_what_a_board_is_won_with_is_the_same_for_all() -> None:
    bot = Bot(single(CompleteAt(100, 1000)), spread=Spread(scores=300, times=300))
    own = [bot.behavior_of(seed).states["only"].block for seed in SEEDS]
    assert {block.score for block in own if isinstance(block, CompleteAt)} == {100}
    assert len({block.after_seconds for block in own if isinstance(block, CompleteAt)}) > 20


def test_a_field_comes_in_at_many_scores() -> None:
    bot = Bot(single(ProgressLinear(1000, 600)), spread=Spread(scores=200))
    last = [score_at(bot.behavior_of(seed), seed, Course(), 600).score for seed in SEEDS]
    assert len(set(last)) > 30
    assert min(last) >= 800
    assert max(last) <= 1200
