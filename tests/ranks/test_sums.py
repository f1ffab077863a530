"""Prefix sums against the plain kind."""

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.ranks import sums as sums_module
from server.ranks.sums import Sums


@pytest.fixture(autouse=True)
def short_spans(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spans of a few numbers, so that a few dozen numbers make many."""
    monkeypatch.setattr(sums_module, "_SPAN", 4)


numbers_of = st.lists(st.integers(0, 5), max_size=40)


@given(
    numbers_of,
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 8), numbers_of), max_size=4),
    st.lists(st.tuples(st.integers(0, 39), st.integers(0, 5)), max_size=10),
)
def test_sums_are_those_of_the_list(
    numbers: list[int], splices: list[tuple[int, int, list[int]]], additions: list[tuple[int, int]]
) -> None:
    sums = Sums(numbers)
    for start, length, others in splices:
        start = min(start, len(numbers))
        numbers[start : start + length] = others
        sums.splice(start, start + length, others)
    for index, amount in additions:
        if index < len(numbers):
            numbers[index] += amount
            sums.add(index, amount)
    totals = [0, *accumulate(numbers)]
    assert [sums.before(index) for index in range(len(totals))] == totals
    for amount in range(totals[-1]):
        index = next(at for at, total in enumerate(totals[1:]) if total > amount)
        assert sums.find(amount) == (index, amount - totals[index])
