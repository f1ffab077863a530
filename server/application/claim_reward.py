"""A player collects what his cohort won (E60 to E63)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

from server.application.batches import Batches
from server.application.claim_batch import ClaimBatch, subject_of
from server.application.claiming import (
    CALL,
    Claimed,
    Claiming,
    ClaimRequest,
    HookMustBeAsked,
    PreparedReward,
    after_claim,
    refuse_claim,
)
from server.application.gathering import IMPATIENT, Patience
from server.application.notices import Notices
from server.application.receipts import CallReceipts
from server.application.sealing import seal_complete
from server.application.situations import load_situation
from server.domain.errors import DomainError
from server.domain.ids import GrantId
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.hooks import RewardQuestion
from server.ports.store import Reading, Store, Transaction


class ClaimReward:
    """Grant the reward of the player's last cohort, once."""

    def __init__(
        self,
        store: Store,
        catalog: Catalog,
        clock: Clock,
        claiming: Claiming,
        notices: Notices,
        tasks: asyncio.TaskGroup,
        *,
        patience: Patience = IMPATIENT,
    ) -> None:
        self._store = store
        self._notices = notices
        self._catalog = catalog
        self._clock = clock
        self._claiming = claiming
        self._batches = Batches[tuple[ClaimRequest, datetime], Claimed | None](
            self._together, tasks, subject_of, patience=patience
        )

    async def __call__(self, request: ClaimRequest) -> Claimed:
        """Claim.

        :raises EventNotFound, CohortNotJoined, CohortNotComplete, AlreadyClaimed, NothingToClaim, ClaimExpired: as E60 says
        :raises RequestIdReused: if the request_id stood for another claim
        :raises HookFailed, Refusal: if a module failed or said no
        """
        self._catalog.timeline_of(request.event_id)
        claimed = None
        if not self._claiming.asks_modules(request.event_id):
            claimed = await self._batches.answer((request, self._clock.now()))
        return claimed or await self._alone(request)

    async def _together(
        self, requests: Sequence[tuple[ClaimRequest, datetime]]
    ) -> Sequence[Claimed | Exception | None]:
        wall = self._clock.wall()

        async def work(tx: Transaction) -> list[Claimed | Exception | None]:
            return await ClaimBatch(tx, self._catalog, self._claiming, self._notices, wall).apply(requests)

        return await self._store.transact(work)

    async def _alone(self, request: ClaimRequest) -> Claimed:
        try:
            return await self._transact(request, None)
        except HookMustBeAsked:
            try:
                question = await self._store.read(lambda view: self._question(view, request))
            except DomainError:  # it has just been claimed: the transaction says so, unless it knows this request_id
                return await self._transact(request, None)
            return await self._transact(request, await self._claiming.ask(question))

    async def _transact(self, request: ClaimRequest, prepared: PreparedReward | None) -> Claimed:
        now, wall = self._clock.now(), self._clock.wall()
        receipts = CallReceipts(request.caller, CALL, request.event_id, request.request_id, request.digest, wall)

        async def work(tx: Transaction) -> Claimed:
            situation = await load_situation(tx, self._catalog, request.player_id, request.event_id, now)
            # Behind the cohort's lock: there a repeat waits for the call that it repeats.
            first = await receipts.repeated(tx)
            if first is not None:
                grant = await tx.grant_of(GrantId(first["grant_id"]))
                assert grant is not None
                return Claimed(grant, situation)
            refuse_claim(request, situation)
            await seal_complete(tx, self._notices, [situation])
            grant = await self._claiming.grant(tx, situation, prepared)
            await receipts.record(tx, {"grant_id": grant.grant_id})
            return Claimed(grant, after_claim(situation))

        return await self._store.transact(work)

    async def _question(self, view: Reading, request: ClaimRequest) -> RewardQuestion:
        situation = await load_situation(view, self._catalog, request.player_id, request.event_id, self._clock.now())
        refuse_claim(request, situation)
        return await self._claiming.question(view, situation, request.caller)
