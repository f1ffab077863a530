"""A player collects what his cohort won (E60 to E63)."""

from __future__ import annotations

from dataclasses import replace

from server.application.claiming import Claiming, HookMustBeAsked, PreparedReward
from server.application.receipts import CallReceipts, digest_of
from server.application.sealing import seal_if_complete
from server.application.situations import load_situation
from server.domain.errors import NothingToClaim
from server.domain.event_leaderboards.situation import Situation, claim_refusal
from server.domain.grants import Grant
from server.domain.ids import CohortId, EventId, GrantId, PlayerId
from server.domain.values import value
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.hooks import RewardQuestion
from server.ports.store import Reading, Store, Transaction


@value
class ClaimRequest:
    """Whose reward of which event. `caller` scopes the request_id, which may be empty.

    `cohort_id` is for settlement, which means one cohort: if the player has moved on, there is nothing to claim.
    """

    player_id: PlayerId
    event_id: EventId
    caller: str
    request_id: str = ""
    cohort_id: CohortId | None = None


@value
class Claimed:
    """What the claim brought, and the situation after it."""

    grant: Grant
    situation: Situation


class ClaimReward:
    """Grant the reward of the player's last cohort, once."""

    def __init__(self, store: Store, catalog: Catalog, clock: Clock, claiming: Claiming) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock
        self._claiming = claiming

    async def __call__(self, request: ClaimRequest) -> Claimed:
        """Claim.

        :raises EventNotFound, CohortNotJoined, CohortNotComplete, AlreadyClaimed, NothingToClaim, ClaimExpired: as E60 says
        :raises RequestIdReused: if the request_id stood for another claim
        :raises HookFailed, Refusal: if a module failed or said no
        """
        self._catalog.timeline_of(request.event_id)
        try:
            return await self._transact(request, None)
        except HookMustBeAsked:
            question = await self._store.read(lambda view: self._question(view, request))
            return await self._transact(request, await self._claiming.ask(question))

    async def _transact(self, request: ClaimRequest, prepared: PreparedReward | None) -> Claimed:
        now, wall = self._clock.now(), self._clock.wall()
        digest = digest_of("claim", request.player_id)
        receipts = CallReceipts(request.caller, "ClaimReward", request.event_id, request.request_id, digest, wall)

        async def work(tx: Transaction) -> Claimed:
            first = await receipts.repeated(tx)
            situation = await load_situation(tx, self._catalog, request.player_id, request.event_id, now)
            if first is not None:
                grant = await tx.grant_of(GrantId(first["grant_id"]))
                assert grant is not None
                return Claimed(grant, situation)
            _refuse(request, situation)
            await seal_if_complete(tx, situation)
            grant = await self._claiming.grant(tx, situation, prepared)
            await receipts.record(tx, {"grant_id": grant.grant_id})
            return Claimed(grant, after_claim(situation))

        return await self._store.transact(work)

    async def _question(self, view: Reading, request: ClaimRequest) -> RewardQuestion:
        situation = await load_situation(view, self._catalog, request.player_id, request.event_id, self._clock.now())
        _refuse(request, situation)
        return await self._claiming.question(view, situation)


def after_claim(situation: Situation) -> Situation:
    """Return the situation once the reward is claimed."""
    one = situation.participation
    assert one is not None
    return situation.with_participation(
        replace(one, participant=replace(one.participant, claimed_at=situation.now)), situation.held, situation.rank
    )


def _refuse(request: ClaimRequest, situation: Situation) -> None:
    refusal = claim_refusal(situation)
    if refusal is not None:
        raise refusal
    one = situation.participation
    if request.cohort_id is not None and one is not None and one.cohort.cohort_id != request.cohort_id:
        raise NothingToClaim
