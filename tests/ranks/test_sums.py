"""Prefix sums against the plain kind."""

from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from server.ranks.sums import Sums


@given(
    st.lists(st.integers(0, 5), max_size=40), st.lists(st.tuples(st.integers(0, 39), st.integers(0, 5)), max_size=10)
)
def test_sums_are_those_of_the_list(numbers: list[int], additions: list[tuple[int, int]]) -> None:
    sums = Sums(numbers)
    for index, amount in additions:
        if index < len(numbers):
            numbers[index] += amount
            sums.add(index, amount)
    totals = [0, *accumulate(numbers)]
    assert [sums.before(index) for index in range(len(totals))] == totals
    for amount in range(totals[-1]):
        index = next(at for at, total in enumerate(totals[1:]) if total > amount)
        assert sums.find(amount) == (index, amount - totals[index])
