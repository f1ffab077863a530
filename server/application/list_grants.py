"""A player looks at what he was granted (B70)."""

from __future__ import annotations

from datetime import datetime

from server.domain.grants import Grant
from server.domain.ids import GrantId, PlayerId
from server.domain.values import value
from server.ports.clock import Clock
from server.ports.store import Store


@value
class GrantsPage:
    """Some grants, newest first; `next_before` is None on the last page."""

    grants: list[Grant]
    next_before: GrantId | None
    now: datetime


class ListGrants:
    """Show a player his grants, newest first."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def __call__(self, player_id: PlayerId, before: GrantId | None, limit: int) -> GrantsPage:
        """List up to `limit` grants from behind the given one."""
        found = await self._store.read(lambda view: view.grants_of(player_id, before, limit + 1))
        next_before = found[limit - 1].grant_id if len(found) > limit else None
        return GrantsPage(found[:limit], next_before, self._clock.now())
