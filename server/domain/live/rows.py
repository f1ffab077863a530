"""What a watcher sees of a board at one revision, and what he must be told to see the next one (L20)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from server.domain.ids import PlayerId
from server.domain.values import value

ROWS_DEFAULT, ROWS_MAX = 50, 200
"""Of the top that is watched; the caller's own row comes besides."""


class LiveRow(NamedTuple):
    """A line of a board. `score` is in the board's smallest steps; `subscore` only cohorts have."""

    player_id: PlayerId
    name: str
    avatar_url: str
    score: int
    subscore: int
    rank: int
    position: int


class Revision(NamedTuple):
    """Which state of a board: it grows. A later epoch is another count, begun anew (L21)."""

    epoch: int
    number: int

    def __str__(self) -> str:
        return f"{self.epoch}.{self.number}"

    @classmethod
    def read(cls, text: str) -> Revision | None:
        """Read what `str` writes; None: it is nothing of the kind."""
        epoch, dot, number = text.partition(".")
        is_whole = all(part.isascii() and part.isdecimal() and len(part) <= 18 for part in (epoch, number))
        return cls(int(epoch), int(number)) if dot and is_whole else None


@value
class Sight:
    """The top of a board at one revision, in order of position."""

    revision: Revision
    rows: tuple[LiveRow, ...]
    total: int


class Changes(NamedTuple):
    """Rows that have entered or changed, and who has left, among those watched."""

    rows: tuple[LiveRow, ...]
    left: tuple[PlayerId, ...]

    def __bool__(self) -> bool:
        return bool(self.rows or self.left)


def changes(before: Sequence[LiveRow], after: Sequence[LiveRow], limit: int) -> Changes:
    """Return what turns the first `limit` rows of one sight into those of the next."""
    old = {row.player_id: row for row in before[:limit]}
    new = after[:limit]
    present = {row.player_id for row in new}
    return Changes(
        tuple(row for row in new if old.get(row.player_id) != row),
        tuple(player_id for player_id in old if player_id not in present),
    )


def applied(rows: Sequence[LiveRow], told: Changes) -> list[LiveRow]:
    """Return what a watcher has who had `rows` and was told changes: the mirror of `changes`, as clients do it."""
    kept = {row.player_id: row for row in rows}
    for player_id in told.left:
        kept.pop(player_id, None)
    kept.update((row.player_id, row) for row in told.rows)
    return sorted(kept.values(), key=lambda row: row.position)
