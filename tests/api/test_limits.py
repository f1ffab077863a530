"""How often somebody may call (A5)."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.api import limits
from server.api.errors import RateLimited
from server.api.limits import RateLimit


class Stopwatch:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def taken(limit: RateLimit, key: str, tries: int) -> int:
    """How many of so many tries are let through."""
    count = 0
    for _ in range(tries):
        try:
            limit.take(key)
        except RateLimited:
            continue
        count += 1
    return count


def test_a_burst_is_let_through_and_no_more() -> None:
    assert taken(RateLimit(2, 5, Stopwatch()), "ann", 20) == 5


def test_a_bucket_fills_at_its_rate_up_to_the_burst() -> None:
    watch = Stopwatch()
    limit = RateLimit(2, 5, watch)
    taken(limit, "ann", 5)
    watch.now += 1.5
    assert taken(limit, "ann", 20) == 3
    watch.now += 1000
    assert taken(limit, "ann", 20) == 5


def test_a_refusal_says_how_long_to_wait_and_that_is_enough() -> None:
    watch = Stopwatch()
    limit = RateLimit(4, 1, watch)
    limit.take("ann")
    with pytest.raises(RateLimited) as refused:
        limit.take("ann")
    assert refused.value.retry_after == timedelta(seconds=0.25)
    watch.now += 0.25
    limit.take("ann")


def test_one_who_calls_too_often_is_not_punished_for_trying() -> None:
    watch = Stopwatch()
    limit = RateLimit(1, 1, watch)
    limit.take("ann")
    for _ in range(8):
        watch.now += 0.125
        admitted = taken(limit, "ann", 1)
    assert admitted == 1


def test_keys_do_not_share_a_bucket() -> None:
    limit = RateLimit(1, 2, Stopwatch())
    assert [taken(limit, key, 5) for key in ("ann", "bob")] == [2, 2]


def test_a_rate_of_0_is_no_limit_and_a_burst_below_1_is_1() -> None:
    assert taken(RateLimit(0, 1, Stopwatch()), "ann", 1000) == 1000
    assert taken(RateLimit(1, 0, Stopwatch()), "ann", 5) == 1


@given(st.lists(st.floats(0, 3), max_size=60), st.floats(0.1, 50), st.integers(1, 20))
def test_nobody_gets_more_than_rate_and_burst_allow(gaps: list[float], rate: float, burst: int) -> None:
    watch = Stopwatch()
    limit, admitted = RateLimit(rate, burst, watch), 0
    for gap in gaps:
        watch.now += gap
        admitted += taken(limit, "ann", 3)
    assert admitted <= burst + rate * sum(gaps) + 1e-6


def test_memory_is_bounded_and_only_the_idle_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_REMEMBERED_MAX", 10)
    watch = Stopwatch()
    limit = RateLimit(1, 2, watch)
    for number in range(9):
        limit.take(f"p{number}")
    watch.now += 2
    taken(limit, "ann", 2)
    limit.take("bob")
    assert set(limit._buckets) == {"ann", "bob"}
    assert taken(limit, "ann", 1) == 0
