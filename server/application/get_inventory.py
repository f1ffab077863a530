"""A player looks at his items (B71)."""

from __future__ import annotations

from server.domain.ids import PlayerId
from server.ports.store import Store


class GetInventory:
    """Show a player's items."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def __call__(self, player_id: PlayerId) -> dict[str, int]:
        """Return counts by item."""
        return await self._store.read(lambda view: view.inventory_of(player_id))
