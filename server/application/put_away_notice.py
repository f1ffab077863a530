"""An operator deals with a notice that was given up: has it told again, or drops it (M1)."""

from __future__ import annotations

from server.domain.errors import NoticeNotFound
from server.ports.clock import Clock
from server.ports.store import Store


class PutAwayNotice:
    """Let a parked notice be told again, as if for the first time, or drop it for good."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def __call__(self, notice_id: int, *, drops: bool) -> None:
        """Put it away.

        :raises NoticeNotFound: if no notice of that id is parked
        """
        wall = self._clock.wall()
        if drops:
            is_there = await self._store.transact(lambda tx: tx.drop_parked_notice(notice_id))
        else:
            is_there = await self._store.transact(lambda tx: tx.unpark_notice(notice_id, wall))
        if not is_there:
            raise NoticeNotFound
