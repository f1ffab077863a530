"""An operator looks at what modules could not be told (M1)."""

from __future__ import annotations

from server.domain.values import value
from server.ports.module_store import Notice, NoticeCounts
from server.ports.store import Reading, Store


@value
class ParkedNotices:
    """Some notices that were given up, by id; `next_after` is None on the last page. `counts` are of all."""

    notices: list[Notice]
    next_after: int | None
    counts: NoticeCounts


class ListParkedNotices:
    """Show notices that were given up."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def __call__(self, after: int, limit: int) -> ParkedNotices:
        """List up to `limit` of them from behind an id."""

        async def work(view: Reading) -> ParkedNotices:
            found = await view.parked_notices(after, limit + 1)
            next_after = found[limit - 1].notice_id if len(found) > limit else None
            return ParkedNotices(found[:limit], next_after, await view.notice_counts())

        return await self._store.read(work)

    async def counts(self) -> NoticeCounts:
        """Return how many notices wait, and how many were given up."""
        return await self._store.read(lambda view: view.notice_counts())
