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

    def add(self, sight: Sight) -> bool:
        """Remember a sight, and tell whether it may be shown: one that is older than the last may not.

        A new epoch begins a new history. A revision may be seen twice: a player of a leaderboard changes his name without it.
        """
        latest = self.latest
        if latest is not None and latest.revision.epoch != sight.revision.epoch:
            self._sights.clear()
        elif latest is not None and sight.revision < latest.revision:
            return False
        elif latest is not None and sight == latest:
            return True
        self._sights.append(_sharing(latest, sight))
        return True

    def since(self, revision: Revision, limit: int) -> Changes | None:
        """Return what a watcher must be told who has seen the board at a revision; None: nobody knows any more.

        A revision between two sights is one that nobody was shown; it is as good as unknown. So is one that was seen in two
        states, for he may have been shown either.
        """
        seen = [sight for sight in self._sights if sight.revision == revision]
        return changes(seen[0].rows, self._sights[-1].rows, limit) if len(seen) == 1 else None


def _sharing(before: Sight | None, sight: Sight) -> Sight:
    """Return the sight made of the rows of the one before, where they are the same."""
    if before is None:
        return sight
    known: dict[LiveRow, LiveRow] = {row: row for row in before.rows}
    return Sight(sight.revision, tuple(known.get(row, row) for row in sight.rows), sight.total)
