"""Cohorts that are over, whether or not anybody came back: sealed, and paid where the event pays by itself (E52, E63).

What is due is asked of the store, leased, done and marked, in transactions that can be repeated; a process that dies in
between leaves work that the next one finds. A reward is granted once, for its key is unique and its claim is marked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from server.application.bots_abreast import require_abreast
from server.application.claim_reward import ClaimReward
from server.application.claiming import ClaimRequest
from server.application.final_scores import FinalScores
from server.application.notices import Notices, cohort_completed
from server.application.receipts import KEPT, SUBMISSIONS_KEPT_FOR
from server.domain.errors import DomainError
from server.domain.event_leaderboards import completion
from server.domain.event_leaderboards.cohort import Cohort, Participant
from server.domain.event_leaderboards.definition import Phase
from server.domain.ids import CohortId
from server.ports.broker import Broker, cohort_topic
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.errors import HookFailed
from server.ports.store import Reading, Store, Transaction

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=60)
COHORTS_AT_ONCE = 16
CLAIMS_AT_ONCE = 32
TRY_AGAIN_AFTER = timedelta(minutes=5)
"""How long a cohort waits in which a module failed."""
_EVERYBODY = 1000
_CALLER = "laurel"
"""Who claims: not the worker, whose host may be called `player` or `server`, as callers are."""


class SettleCohorts:
    """Settle what is due now."""

    def __init__(
        self,
        store: Store,
        catalog: Catalog,
        clock: Clock,
        claim: ClaimReward,
        final_scores: FinalScores,
        notices: Notices,
        broker: Broker,
        worker: str,
    ) -> None:
        self._broker = broker
        self._final_scores = final_scores
        self._notices = notices
        self._store = store
        self._catalog = catalog
        self._clock = clock
        self._claim = claim
        self._worker = worker

    async def __call__(self) -> int:
        """Settle up to 16 due cohorts and return how many there were; 0 means that nothing is due."""
        now, wall = self._clock.now(), self._clock.wall()
        due = await self._store.transact(
            lambda tx: tx.acquire_due_cohorts(self._worker, now, wall, LEASE, COHORTS_AT_ONCE)
        )
        for cohort_id in due:
            await self._settle(cohort_id)
        return len(due)

    async def forget_old_receipts(self) -> None:
        """Drop what calls did more than two days ago."""
        before = self._clock.wall() - KEPT
        await self._store.transact(lambda tx: tx.forget_receipts(before))

    async def _settle(self, cohort_id: CohortId) -> None:
        now = self._clock.now()

        async def load(view: Reading) -> tuple[Cohort, Phase, list[Participant]]:
            cohort = await view.cohort_of(cohort_id)
            assert cohort is not None
            phase = self._catalog.phase_starting(cohort.event_id, cohort.phase_start)
            require_abreast([(cohort, phase)], now)
            pays = phase.definition.auto_claim
            return cohort, phase, await view.standings_of(cohort_id, 1, _EVERYBODY) if pays else []

        cohort, phase, participants = await self._store.read(load)
        await self._final_scores.bring(cohort, phase, now)
        failures = await self._pay(cohort, phase, participants) if phase.definition.auto_claim else 0
        await self._finish(cohort, phase, is_paid=failures == 0)

    async def _pay(self, cohort: Cohort, phase: Phase, participants: Sequence[Participant]) -> int:
        """Claim for everybody for whom the cohort is complete; return how often a module failed."""
        now = self._clock.now()
        owed = [
            one
            for one in participants
            if one.claimed_at is None and not one.is_idle and completion.is_complete_for(one, cohort, phase, now)
        ]
        failures = 0
        for some in _chunks(owed, CLAIMS_AT_ONCE):
            paid = await asyncio.gather(*(self._pay_one(cohort, one) for one in some))
            failures += paid.count(False)
        return failures

    async def _pay_one(self, cohort: Cohort, participant: Participant) -> bool:
        request = ClaimRequest(participant.player_id, cohort.event_id, _CALLER, cohort_id=cohort.cohort_id)
        try:
            await self._claim(request)
        except HookFailed as failure:
            log.warning("auto_claim_failed", player_id=participant.player_id, incident=failure.incident)
            return False
        except DomainError as refusal:  # a module said no, and that is final; or somebody else claimed it meanwhile
            log.info("auto_claim_refused", player_id=participant.player_id, reason=refusal.said_reason)
        return True

    async def _finish(self, seen: Cohort, phase: Phase, *, is_paid: bool) -> None:
        """Seal the cohort, or write when to look again; `seen` is what was paid, others may have finished since."""
        now, wall = self._clock.now(), self._clock.wall()

        async def work(tx: Transaction) -> None:
            cohort = await tx.cohort_of(seen.cohort_id)
            assert cohort is not None
            require_abreast([(cohort, phase)], now)
            settle_at: datetime | None = completion.completed_at(cohort, phase) if is_paid else now + TRY_AGAIN_AFTER
            if cohort.tally.finisher_count != seen.tally.finisher_count:
                settle_at = now
            elif completion.is_complete(cohort, phase, now):
                is_new = cohort.tally.sealed_at is None
                cohort = completion.sealed(cohort, phase, now)
                await self._notices.write(tx, [cohort_completed(cohort, now)] if is_new else [])
                settle_at = settle_at if not is_paid else None
                await tx.forget_submission_receipts_in(cohort, wall - SUBMISSIONS_KEPT_FOR)
            await tx.record_cohorts([cohort.with_tally(replace(cohort.tally, settle_at=settle_at))])
            await tx.release_cohort(seen.cohort_id)

        await self._store.transact(work)
        self._broker.publish([cohort_topic(seen.cohort_id)])


def _chunks(items: Sequence[Participant], size: int) -> Iterator[Sequence[Participant]]:
    for first in range(0, len(items), size):
        yield items[first : first + size]
