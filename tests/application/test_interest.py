"""What is looked at: noted by reads, forgotten after a while (L8)."""

from hypothesis import given
from hypothesis import strategies as st

from server.application.interest import LASTS_SECONDS, NOTED_MAX, Interest


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.floats(0, 10))))
def test_l8_a_board_is_looked_at_for_a_while_after_its_last_read(reads: list[tuple[str, float]]) -> None:
    clock = Seconds()
    interest: Interest[str] = Interest(clock)
    last: dict[str, float] = {}
    for key, later in reads:
        clock.now += later
        interest.note(key)
        last[key] = clock.now
        assert set(interest.present()) == {one for one, at in last.items() if at > clock.now - LASTS_SECONDS}


def test_what_is_over_is_forgotten_at_once() -> None:
    interest: Interest[str] = Interest(Seconds())
    interest.note("a")
    interest.forget("a")
    interest.forget("b")
    assert interest.present() == []


def test_it_keeps_no_more_than_a_bound_and_those_read_last() -> None:
    interest: Interest[int] = Interest(Seconds())
    for number in range(NOTED_MAX + 5):
        interest.note(number)
    interest.note(10)
    present = interest.present()
    assert len(present) == NOTED_MAX
    assert (present[0], present[-1]) == (5, 10)
