"""What has changed since a revision that a watcher has seen (L21): enough of the past to go on without a gap."""

from __future__ import annotations

from collections import deque

from server.domain.live.rows import Changes, LiveRow, Revision, Sight, changes

KEPT = 64
"""Sights that are remembered, a quarter of a second apart at the least: a reconnect within a quarter of a minute."""


class History:
    """The last sights of a board. Sights share their rows, so that one costs what has changed in it."""

    def __init__(self, kept: int = KEPT) -> None:
        self._sights: deque[Sight] = deque(maxlen=kept)

    @property
    def latest(self) -> Sight | None:
        """The last sight, if there was one."""
        return self._sights[-1] if self._sights else None

    def add(self, sight: Sight) -> None:
        """Remember a sight. One that is no later than the last is no news; a new epoch begins a new history."""
        latest = self.latest
        if latest is not None and latest.revision.epoch != sight.revision.epoch:
            self._sights.clear()
        elif latest is not None and sight.revision <= latest.revision:
            return
        self._sights.append(_sharing(latest, sight))

    def since(self, revision: Revision, limit: int) -> Changes | None:
        """Return what a watcher must be told who has seen the board at a revision; None: nobody knows any more.

        A revision between two sights is one that nobody was shown; it is as good as unknown.
        """
        latest = self.latest
        for sight in reversed(self._sights):
            if sight.revision == revision and latest is not None:
                return changes(sight.rows, latest.rows, limit)
        return None


def _sharing(before: Sight | None, sight: Sight) -> Sight:
    """Return the sight made of the rows of the one before, where they are the same."""
    if before is None:
        return sight
    known: dict[LiveRow, LiveRow] = {row: row for row in before.rows}
    return Sight(sight.revision, tuple(known.get(row, row) for row in sight.rows), sight.total)
