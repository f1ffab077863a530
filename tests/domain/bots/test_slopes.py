"""Which way scores go, and which blocks jump (L6, L9)."""

from hypothesis import given
from hypothesis import strategies as st

from server.domain.bots.behavior import CompleteAt, Idle, ProgressBurst, ProgressLinear, sequence, single
from server.domain.bots.definition import Bot, identity_of
from server.domain.bots.score import Course, score_at, seed_of
from server.domain.bots.slopes import direction_of, is_steep, steepest

SEED = seed_of(b"secret", "race", "2025-11-17", "", 0, 0)


def test_scores_go_where_the_goals_lie() -> None:
    assert direction_of(single(ProgressLinear(30, 100), start_score=90)) == -1
    assert direction_of(single(ProgressLinear(130, 100), start_score=90)) == 1
    assert direction_of(single(Idle(), start_score=90)) == 1
    assert direction_of(sequence([(Idle(), 5), (CompleteAt(-1, 60), 1)])) == -1


def test_a_block_that_would_be_there_in_less_than_ten_seconds_jumps() -> None:
    assert [is_steep(ProgressLinear(100, seconds)) for seconds in (9, 10)] == [True, False]
    assert [is_steep(ProgressLinear(100, seconds, jitter=500)) for seconds in (14, 15)] == [True, False]
    assert [is_steep(ProgressBurst(100, seconds, 400, 100, 700)) for seconds in (69, 70)] == [True, False]
    assert [is_steep(CompleteAt(100, seconds)) for seconds in (9, 10)] == [True, False]
    assert not is_steep(Idle())


@given(st.integers(200, 100_000), st.integers(20, 3000))
def test_what_is_not_steep_moves_little_in_each_second(target: int, duration: int) -> None:
    behavior = single(ProgressLinear(target, duration, 300))
    _, moved = steepest(lambda second: score_at(behavior, SEED, Course(), second).score, duration, 50)
    assert is_steep(behavior.states["only"].block) or moved <= target // 10 + 1


def test_the_steepest_second_is_found_and_named() -> None:
    assert steepest(lambda second: 100 if second >= 77 else 0, 1000, 10) == (77, 100)
    assert steepest(lambda _: 5, 0, 10) == (0, 0)


def test_who_a_bot_is_follows_from_its_seed() -> None:
    bot = Bot(single(Idle()), ("Ava", "Ben", "Cem"), ("a.png",))
    seeds = [seed_of(b"secret", "race", "p", "", slot, 0) for slot in range(30)]
    assert [identity_of(bot, seed) for seed in seeds] == [identity_of(bot, seed) for seed in seeds]
    assert {identity_of(bot, seed).name for seed in seeds} == set(bot.names)
    assert identity_of(Bot(single(Idle())), SEED) == ("", "")
