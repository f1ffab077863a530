"""The first call of a player whose session somebody else minted (A3)."""

from __future__ import annotations

from server.domain.ids import PlayerId
from server.domain.players import Player
from server.ports.clock import Clock
from server.ports.store import Store


class RegisterPlayer:
    """Create the account of a known subject, if there is none."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def __call__(self, player_id: PlayerId, name: str = "", avatar_url: str = "") -> None:
        """Make sure that the player has an account; name and avatar are for a new one only."""
        if await self._store.read(lambda view: view.player_of(player_id)) is None:
            player = Player(player_id, self._clock.now(), name, avatar_url)
            await self._store.transact(lambda tx: tx.add_player(player))
