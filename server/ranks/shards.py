"""A dictionary of members that grows without holding anybody up.

A dictionary that is full moves all that it holds at once: with millions of entries that takes longer than a call may. So a
large one lies in many parts, each of which moves a few thousand at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from server.domain.ids import PlayerId

_PARTS = 256
"""A power of two: the part of a player is some bits of his id's hash."""
_WHOLE_MAX = 4 * _PARTS
"""Up to so many lie in one part: most segments are small, and an empty part costs more than an entry."""


class Shards:
    """What is known of each player: a member or a tombstone."""

    __slots__ = ("_mask", "_parts")

    def __init__(self) -> None:
        self._parts: list[dict[PlayerId, bytes]] = [{}]
        self._mask = 0

    def get(self, player_id: PlayerId) -> bytes | None:
        """Return what is known of a player."""
        return self._parts[hash(player_id) & self._mask].get(player_id)

    def put(self, player_id: PlayerId, known: bytes) -> None:
        """Know something of a player."""
        self._parts[hash(player_id) & self._mask][player_id] = known
        if not self._mask and len(self._parts[0]) > _WHOLE_MAX:
            self._divide()

    def values(self) -> Iterator[bytes]:
        """Return everything known, in no order."""
        return chain.from_iterable(part.values() for part in self._parts)

    def _divide(self) -> None:
        (whole,) = self._parts
        self._mask = _PARTS - 1
        self._parts = [{} for _ in range(_PARTS)]
        for player_id, known in whole.items():
            self._parts[hash(player_id) & self._mask][player_id] = known
