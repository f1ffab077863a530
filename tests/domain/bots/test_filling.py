"""Bots drip in, and make room for humans (L2)."""

from hypothesis import given
from hypothesis import strategies as st

from server.domain.bots.filling import Fill, SeatedBot, bots_due, next_drip, yielding

fills = st.builds(Fill, st.integers(0, 50), st.integers(0, 100), st.integers(0, 30))


@given(fills, st.integers(0, 50), st.integers(0, 500), st.integers(0, 100))
def test_bots_drip_in_until_there_are_enough_and_never_leave(fill: Fill, humans: int, second: int, later: int) -> None:
    early = bots_due(fill, humans, 0, second)
    late = bots_due(fill, humans, early, second + later)
    assert early >= 0
    assert late >= 0
    assert humans + early + late <= max(fill.to, humans)


@given(fills, st.integers(0, 50))
def test_the_next_drip_is_the_first_second_at_which_one_is_due(fill: Fill, humans: int) -> None:
    second = next_drip(fill, humans, 0, 0)
    if second is None:
        assert bots_due(fill, humans, 0, 100_000) == 0
        return
    assert bots_due(fill, humans, 0, second) >= 1
    assert second == 0 or bots_due(fill, humans, 0, second - 1) == 0


def test_they_come_one_by_one() -> None:
    fill = Fill(to=4, after_seconds=10, every_seconds=5)
    assert [bots_due(fill, 1, 0, second) for second in (9, 10, 14, 15, 99)] == [0, 1, 1, 2, 3]


def test_the_lowest_that_never_led_makes_room() -> None:
    bots = [SeatedBot(0, 5, has_led=True), SeatedBot(1, 3, has_led=False), SeatedBot(2, 2, has_led=False)]
    assert yielding(bots) == bots[1]
    assert yielding(bots[:1]) is None
