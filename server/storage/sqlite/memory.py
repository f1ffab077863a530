"""Memories of the writer: dictionaries that hold so much and no more."""

from __future__ import annotations

from itertools import islice
from typing import TypeVar

_K = TypeVar("_K")
_V = TypeVar("_V")


def put(memory: dict[_K, _V], key: _K, item: _V, capacity: int) -> None:
    """Remember an item; when there are too many, forget an eighth of them, the longest known first."""
    memory[key] = item
    if len(memory) > capacity:
        for old in list(islice(memory, capacity // 8 + 1)):
            del memory[old]
