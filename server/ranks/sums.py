"""Prefix sums over numbers that change: a Fenwick tree."""

from __future__ import annotations

from collections.abc import Iterable


class Sums:
    """Sums of the first numbers of a list, and additions to one of them, both in O(log n)."""

    __slots__ = ("_tree",)

    def __init__(self, numbers: Iterable[int]) -> None:
        tree = [0, *numbers]
        for index in range(1, len(tree)):
            parent = index + (index & -index)
            if parent < len(tree):
                tree[parent] += tree[index]
        self._tree = tree

    def add(self, index: int, amount: int) -> None:
        """Add to the number at the index."""
        index += 1
        while index < len(self._tree):
            self._tree[index] += amount
            index += index & -index

    def before(self, index: int) -> int:
        """Return the sum of the numbers before the index."""
        total = 0
        while index:
            total += self._tree[index]
            index &= index - 1
        return total

    def find(self, amount: int) -> tuple[int, int]:
        """Return the index of the number in which the running sum passes the amount, and what is left of it there."""
        tree, index = self._tree, 0
        step = 1 << (len(tree) - 1).bit_length()
        while step:
            following = index + step
            if following < len(tree) and tree[following] <= amount:
                index = following
                amount -= tree[following]
            step >>= 1
        return index, amount
