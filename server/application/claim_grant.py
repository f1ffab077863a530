"""A player takes a grant that waited for him (E62, B71)."""

from __future__ import annotations

from server.application.claiming import credit
from server.application.receipts import CallReceipts, digest_of
from server.domain.errors import GrantNotFound
from server.domain.grants import Grant, taken
from server.domain.ids import EventId, GrantId, PlayerId
from server.domain.values import value
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.store import Store, Transaction

_NO_EVENT = EventId("")


@value
class ClaimGrantRequest:
    """Whose grant. `caller` scopes the request_id, which may be empty."""

    player_id: PlayerId
    grant_id: GrantId
    caller: str
    request_id: str = ""


class ClaimGrant:
    """Credit a pending grant, once."""

    def __init__(self, store: Store, catalog: Catalog, clock: Clock) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock

    async def __call__(self, request: ClaimGrantRequest) -> Grant:
        """Claim.

        :raises GrantNotFound: if the player has no such grant
        :raises AlreadyClaimed, GrantExpired: if it cannot be taken any more
        :raises GrantHeld: if it cannot be taken yet
        :raises RequestIdReused: if the request_id stood for another grant
        """
        now, wall = self._clock.now(), self._clock.wall()
        digest = digest_of("claim grant", request.grant_id)
        receipts = CallReceipts(request.caller, "ClaimGrant", _NO_EVENT, request.request_id, digest, wall)

        async def work(tx: Transaction) -> Grant:
            grant = await tx.grant_of(request.grant_id)  # first: a repeat waits here for the call that it repeats
            first = await receipts.repeated(tx)
            if grant is None or grant.player_id != request.player_id:
                raise GrantNotFound
            if first is not None:
                return grant
            claimed = taken(grant, now)
            await tx.record_grant(claimed)
            await credit(tx, self._catalog, claimed)
            await receipts.record(tx, {})
            return claimed

        return await self._store.transact(work)
