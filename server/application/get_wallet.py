"""A player looks at his currencies (B71)."""

from __future__ import annotations

from server.domain.ids import PlayerId
from server.ports.store import Store


class GetWallet:
    """Show a player's currencies."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def __call__(self, player_id: PlayerId) -> dict[str, int]:
        """Return balances by currency."""
        return await self._store.read(lambda view: view.wallet_of(player_id))
