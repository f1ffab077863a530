"""What is looked at just now, on this node: bots move only while somebody reads or watches their board (L8, L22).

Reads note what they look at. Who watches needs nothing more: his feed reads again every few seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)

LASTS_SECONDS = 15.0
"""So long after a read its board counts as looked at; a feed reads three times as often."""
NOTED_MAX = 10_000
"""Of more boards than that, those that were read longest ago are not kept moving; a read still brings them up to date."""


class Interest(Generic[K]):
    """Boards that were read lately. `clock` counts real seconds, whatever game time does."""

    def __init__(self, clock: Callable[[], float], lasts_seconds: float = LASTS_SECONDS) -> None:
        self._clock = clock
        self._lasts = lasts_seconds
        self._read_at: dict[K, float] = {}

    def note(self, key: K) -> None:
        """Note that somebody reads it now."""
        self._read_at.pop(key, None)
        self._read_at[key] = self._clock()
        if len(self._read_at) > NOTED_MAX:
            del self._read_at[next(iter(self._read_at))]

    def present(self) -> list[K]:
        """Return what was read lately, the longest ago first."""
        since = self._clock() - self._lasts
        while self._read_at and next(iter(self._read_at.values())) <= since:
            del self._read_at[next(iter(self._read_at))]
        return list(self._read_at)

    def forget(self, key: K) -> None:
        """Note that there is nothing to look at any more."""
        self._read_at.pop(key, None)
