"""Members on their way into an order, while nobody asks about it: they need not lie in order, only near their place.

Putting each into its place at once costs three times as much, and sorting all of them at the end holds everybody up. So
they lie in parts that follow one another, each of some hundreds in no order of its own, and are sorted a part at a time.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque

_LARGEST = 1024


class Gathering:
    """What will be an order. Of `parts` each holds what is above the part before it."""

    __slots__ = ("_bounds", "_parts")

    def __init__(self) -> None:
        self._parts: list[list[bytes]] = [[]]
        self._bounds: list[bytes] = []
        """The greatest that each part may hold; the last has no bound."""

    def move(self, old: bytes | None, new: bytes | None) -> None:
        """Take out a member that is there, and put in one that is not."""
        if old is not None:
            self._parts[bisect_left(self._bounds, old)].remove(old)
        if new is not None:
            at = bisect_left(self._bounds, new)
            part = self._parts[at]
            part.append(new)
            if len(part) > _LARGEST:
                self._cut(at)

    def parts(self) -> deque[list[bytes]]:
        """Give away what was gathered, the first part first."""
        parts, self._parts, self._bounds = deque(self._parts), [[]], []
        return parts

    def _cut(self, at: int) -> None:
        part = sorted(self._parts[at])
        middle = len(part) // 2
        self._parts[at : at + 1] = [part[:middle], part[middle:]]
        self._bounds.insert(at, part[middle - 1])
