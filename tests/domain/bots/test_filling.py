"""Bots drip in, and make room for humans (L2)."""

from hypothesis import given
from hypothesis import strategies as st

from server.domain.bots.filling import Fill, SeatedBot, next_drip, yielding

fills = st.builds(Fill, st.integers(0, 50), st.integers(0, 100), st.integers(0, 30))


def there(fill: Fill, humans: int, second: int) -> int:
    """How many bots there are at a second, counted second by second."""
    count = 0
    for now in range(second + 1):
        dripped = 0 if now < fill.after_seconds else fill.to
        if fill.every_seconds and now >= fill.after_seconds:
            dripped = 1 + (now - fill.after_seconds) // fill.every_seconds
        count = max(count, min(dripped, fill.to - humans), 0)
    return count


@given(fills, st.integers(0, 50), st.integers(0, 200))
def test_l2_they_drip_in_until_there_are_enough(fill: Fill, humans: int, second: int) -> None:
    count = 0
    while (due := next_drip(fill, humans, count, 0)) is not None and due <= second:
        count += 1
    assert count == there(fill, humans, second)
    assert humans + count <= max(fill.to, humans)


@given(fills, st.integers(0, 50), st.integers(0, 50), st.integers(0, 500))
def test_l2_who_asks_late_is_told_no_second_that_has_passed(fill: Fill, humans: int, bots: int, second: int) -> None:
    due = next_drip(fill, humans, bots, second)
    assert due is None or due >= max(second, fill.after_seconds)


def test_the_lowest_that_never_led_makes_room() -> None:
    bots = [SeatedBot(0, 5, has_led=True), SeatedBot(1, 3, has_led=False), SeatedBot(2, 2, has_led=False)]
    assert yielding(bots) == bots[1]
    assert yielding(bots[:1]) is None
