"""Prefix sums over a list of numbers that changes: in its numbers all the time, in its length now and then."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate

_SPAN = 64
"""Numbers that are summed up together. Ten thousand of them make 160 spans, so a sum adds some two hundred at most."""


class Sums:
    """Sums of the first numbers of a list. All loops over numbers are the interpreter's own, which makes them short."""

    __slots__ = ("_numbers", "_spans")

    def __init__(self, numbers: Iterable[int] = ()) -> None:
        self._numbers: list[int] = []
        self._spans: list[int] = []
        self.splice(0, 0, numbers)

    def add(self, index: int, amount: int) -> None:
        """Add to the number at the index."""
        self._numbers[index] += amount
        self._spans[index // _SPAN] += amount

    def before(self, index: int) -> int:
        """Return the sum of the numbers before the index."""
        span = index // _SPAN
        return sum(self._spans[:span]) + sum(self._numbers[span * _SPAN : index])

    def find(self, amount: int) -> tuple[int, int]:
        """Return the index of the number in which the running sum passes the amount, and what is left of it there."""
        span, left = _passed(self._spans, amount)
        first = span * _SPAN
        index, left = _passed(self._numbers[first : first + _SPAN], left)
        return first + index, left

    def splice(self, start: int, stop: int, numbers: Iterable[int]) -> None:
        """Put numbers in the place of those in [start, stop): the spans from there on are summed up anew."""
        self._numbers[start:stop] = numbers
        first = start // _SPAN
        begins = range(first * _SPAN, len(self._numbers), _SPAN)
        self._spans[first:] = [sum(self._numbers[at : at + _SPAN]) for at in begins]


def _passed(numbers: list[int], amount: int) -> tuple[int, int]:
    sums = list(accumulate(numbers))
    index = bisect_right(sums, amount)
    return index, amount - sums[index - 1] if index else amount
