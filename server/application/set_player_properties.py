"""A studio's server says something of a player for good: his league, his country (B23)."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from server.application.accounts import add_unknown
from server.domain.ids import PlayerId
from server.domain.player_properties import PropertyValue, changed
from server.domain.players import Player
from server.ports.clock import Clock
from server.ports.store import Store, Transaction

log = structlog.get_logger(__name__)


class SetPlayerProperties:
    """Set and remove properties of a player. The same again changes nothing."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def __call__(
        self, player_id: PlayerId, changes: Mapping[str, PropertyValue | None], caller: str
    ) -> dict[str, PropertyValue]:
        """Set what `changes` names, remove what it names None, and return all that the player has then.

        Contributions from then on see it; where he stands already, they move him if the board lets entries move.

        :raises TooManyProperties: if he would have more than he may; nothing is changed
        """
        account = Player(player_id, self._clock.now())

        async def work(tx: Transaction) -> tuple[dict[str, PropertyValue], list[str]]:
            await add_unknown(tx, [account])
            known = await tx.properties_of(player_id)
            after = changed(known, changes)
            differing = {key: one for key, one in changes.items() if not _is_same(known.get(key), one)}
            if differing:
                await tx.record_properties(player_id, differing)
            return after, sorted(differing)

        after, names = await self._store.transact(work)
        if names:
            log.info("player_properties_set", player_id=player_id, caller=caller, properties=names)
        return after


def _is_same(known: PropertyValue | None, said: PropertyValue | None) -> bool:
    """Tell whether a property is that already; 1 and true are equal to Python, and not the same."""
    return type(known) is type(said) and known == said
