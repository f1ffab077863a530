"""A player looks at all leaderboards (B2)."""

from __future__ import annotations

from datetime import datetime

from server.application.board_pages import PeriodView
from server.application.board_periods import found
from server.domain.ids import LeaderboardKey
from server.domain.leaderboards.definition import Leaderboard, Status
from server.domain.leaderboards.entry import PeriodId
from server.domain.values import value
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.store import Reading, Store


@value
class BoardView:
    """A leaderboard as it is now: what holds in its running period, or its definition where none runs.

    `next_start`: when the next period begins, as far as is known.
    """

    board: Leaderboard
    period: PeriodView | None
    next_start: datetime | None


@value
class BoardViews:
    """Some of the leaderboards, by key; `next_after` is None on the last page."""

    boards: list[BoardView]
    next_after: LeaderboardKey | None
    now: datetime


class ListLeaderboards:
    """Show the leaderboards, by key. Archived ones are shown on demand."""

    def __init__(self, store: Store, catalog: Catalog, clock: Clock) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock

    async def __call__(self, after: str, limit: int, *, with_archived: bool = False) -> BoardViews:
        """List up to `limit` leaderboards behind the key `after`; an empty one begins at the first."""
        now = self._clock.now()
        listed = [
            key
            for key, board in sorted(self._catalog.current().boards.items())
            if key > after and (with_archived or board.present.status is not Status.ARCHIVED)
        ]

        async def work(view: Reading) -> list[BoardView]:
            return [await board_view(view, self._catalog, key, now) for key in listed[:limit]]

        next_after = listed[limit - 1] if len(listed) > limit else None
        return BoardViews(await self._store.read(work), next_after, now)


async def board_view(view: Reading, catalog: Catalog, key: LeaderboardKey, now: datetime) -> BoardView:
    """Return a leaderboard as it is now.

    :raises LeaderboardNotFound: if there never was such a board
    """
    board, running = catalog.board_of(key), catalog.period_at(key, now)
    upcoming = board.calendar.next_period(now)
    next_start = None if upcoming is None else upcoming.start
    if running is None:
        return BoardView(board.present, None, next_start)
    (stored,) = await view.stored_periods([PeriodId(key, running.start)])
    seen = found(catalog, key, running, stored, now)
    return BoardView(seen.board, seen.view, next_start)
