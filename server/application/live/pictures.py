"""The frames that one look at a board comes to. Who would be told the same gets the same object, so doors encode it once."""

from __future__ import annotations

from collections.abc import Sequence

from server.application.live.frames import Finalized, Ready, ScoreUpdate
from server.application.live.sources import Look
from server.application.live.watcher import Watcher
from server.domain.live.history import History
from server.domain.live.rows import Changes, LiveRow, Revision, changes


class Pictures:
    """Frames of a look. `before`: what those were shown who have seen the look before it."""

    def __init__(self, look: Look, before: Sequence[LiveRow] = ()) -> None:
        self.look = look
        self._before = before
        self._whole: dict[int, Ready] = {}
        self._changes: dict[int, ScoreUpdate | None] = {}
        self._missed: dict[tuple[Revision, int], ScoreUpdate | None] = {}

    @property
    def revision(self) -> Revision:
        """Which state of the board it is."""
        return self.look.sight.revision

    def own_of(self, watcher: Watcher) -> LiveRow | None:
        """Return the watcher's own line, where it is not among his rows."""
        if watcher.player_id is None:
            return None
        own = self.look.own.get(watcher.player_id)
        return own if own is not None and own.position > watcher.limit else None

    def whole(self, watcher: Watcher) -> Ready:
        """Return all that he watches."""
        own, limit = self.own_of(watcher), watcher.limit
        if own is None and limit in self._whole:
            return self._whole[limit]
        look = self.look
        frame = Ready(self.revision, look.board, look.sight.rows[:limit], look.sight.total, own)
        if own is None:
            self._whole[limit] = frame
        return frame

    def changes(self, limit: int) -> ScoreUpdate | None:
        """Return what has changed among the first rows since the look before; None: nothing."""
        if limit not in self._changes:
            told = changes(self._before, self.look.sight.rows, limit)
            self._changes[limit] = ScoreUpdate(self.revision, self.look.board, told) if told else None
        return self._changes[limit]

    def line(self, own: LiveRow) -> ScoreUpdate:
        """Return a line that only one is told of."""
        return ScoreUpdate(self.revision, self.look.board, Changes((own,), ()))

    def missed(self, watcher: Watcher, seen: Revision, history: History) -> ScoreUpdate | None:
        """Return what he must be told who comes back; None: nobody knows what he has seen (L21)."""
        key = seen, watcher.limit
        if key not in self._missed:
            told = history.since(*key)
            self._missed[key] = None if told is None else ScoreUpdate(self.revision, self.look.board, told)
        shared, own = self._missed[key], self.own_of(watcher)
        if shared is None or own is None:
            return shared
        rows = (*shared.changes.rows, own)
        left = tuple(player for player in shared.changes.left if player != own.player_id)
        return ScoreUpdate(self.revision, self.look.board, Changes(rows, left))

    def end(self, watcher: Watcher) -> Finalized:
        """Return the last rows of a board that is over."""
        look = self.look
        assert look.over is not None
        rows = look.sight.rows[: watcher.limit]
        return Finalized(self.revision, look.over, look.board, rows, look.sight.total, self.own_of(watcher))
