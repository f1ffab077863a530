"""An operator looks a player up: who he is, what was said of him, and where he stands in every event."""

from __future__ import annotations

from server.application.get_event_leaderboard import Shown, shown
from server.application.situations import load_situations
from server.application.standing_pages import Standings
from server.domain.errors import PlayerNotFound
from server.domain.ids import PlayerId
from server.domain.player_properties import PropertyValue
from server.domain.players import Player
from server.domain.values import value
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.store import Reading, Store


@value
class PlayerFile:
    """A player, his properties, and each event that he has ever rolled in, as he sees it."""

    player: Player
    events: list[Shown]
    properties: dict[str, PropertyValue]


class LookUpPlayer:
    """Show a player's participations to an operator."""

    def __init__(self, store: Store, catalog: Catalog, clock: Clock) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock

    async def __call__(self, player_id: PlayerId) -> PlayerFile:
        """Look up.

        :raises PlayerNotFound: if there is no such player
        """
        now = self._clock.now()

        async def work(view: Reading) -> PlayerFile:
            player = await view.player_of(player_id)
            if player is None:
                raise PlayerNotFound
            event_ids = await view.events_of(player_id)
            situations = await load_situations(view, self._catalog, player_id, event_ids, now, with_rank=True)
            events = [await shown(view, one, Standings.AROUND) for one in situations]
            return PlayerFile(player, events, await view.properties_of(player_id))

        return await self._store.read(work)
