"""The standing keys of a cohort in order: what a rank is counted in, without asking a database."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable

from server.domain.ids import PlayerId


class Order:
    """All participants of a cohort with their keys."""

    __slots__ = ("_by_player", "_keys")

    def __init__(self, keys: Iterable[tuple[PlayerId, bytes]]) -> None:
        self._by_player = dict(keys)
        self._keys = sorted(self._by_player.values())

    def __len__(self) -> int:
        return len(self._keys)

    def rank(self, player_id: PlayerId, key: bytes) -> int:
        """Return the rank that a player would have with this key among the others."""
        better = bisect_left(self._keys, key)
        own = self._by_player.get(player_id)
        return better if own is not None and own < key else better + 1

    def move(self, player_id: PlayerId, key: bytes) -> None:
        """Give a participant another key, or add one."""
        old = self._by_player.get(player_id)
        if old == key:
            return
        if old is not None:
            del self._keys[bisect_left(self._keys, old)]
        insort(self._keys, key)
        self._by_player[player_id] = key

    def copy(self) -> Order:
        """Return an order that can change without this one."""
        copied = Order(())
        copied._by_player, copied._keys = dict(self._by_player), list(self._keys)
        return copied
