"""A period is sealed once its end has gone by for long enough in real time, however the clock was moved (B12)."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from server.application.seal_wait import SealWait

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
SECONDS = 2.0


def test_b12_without_a_wait_all_that_went_by_is_over() -> None:
    wait = SealWait(0)
    assert wait.over(NOON, 5.0) == NOON
    assert wait.over(NOON + timedelta(days=1), 5.0) == NOON + timedelta(days=1)


def test_b12_whoever_has_just_begun_to_look_knows_of_nothing_that_is_over() -> None:
    wait = SealWait(SECONDS)
    assert wait.over(NOON, 5.0) is None
    assert wait.over(NOON + timedelta(days=3), 6.9) is None
    assert wait.over(NOON + timedelta(days=3), 7.0) == NOON


def test_b13_all_that_ended_while_nobody_looked_waits_once() -> None:
    """A server that was down over three boundaries waits two seconds, not six."""
    wait = SealWait(SECONDS)
    ends = [NOON + timedelta(days=day) for day in (1, 2, 3)]
    wait.over(NOON + timedelta(days=4), 0.0)
    over = wait.over(NOON + timedelta(days=4), SECONDS)
    assert over is not None
    assert all(end <= over for end in ends)


def test_b12_a_clock_that_was_set_back_begins_anew() -> None:
    wait = SealWait(SECONDS)
    wait.over(NOON, 0.0)
    assert wait.over(NOON - timedelta(hours=1), 1.9) is None
    assert wait.over(NOON, 2.0) is None
    assert wait.over(NOON, 3.9) == NOON - timedelta(hours=1)
    assert wait.over(NOON - timedelta(hours=2), 4.0) == NOON - timedelta(hours=2)


@given(st.lists(st.tuples(st.floats(0.001, 3), st.integers(-5, 50)), min_size=1, max_size=60))
def test_b12_what_is_over_has_been_shown_as_past_for_that_long(steps: list[tuple[float, int]]) -> None:
    wait = SealWait(SECONDS)
    real, now = 0.0, NOON
    looks: list[tuple[float, datetime]] = []
    for passed, moved in steps:
        real, now = real + passed, now + timedelta(seconds=moved)
        looks.append((real, now))
        over = wait.over(now, real)
        if over is None:
            continue
        since = next(at for at in range(len(looks)) if all(shown >= over for _, shown in looks[at:]))
        assert real - looks[since][0] >= SECONDS
