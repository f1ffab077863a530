"""What is done for a period once it is final: its grants are told, its entries dropped, its prizes claimed (B13, B70).

The flip has written down that this is to be done, so nothing of it is lost when a process dies. Each step is a small
transaction that notes how far it came, and takes the period for itself first. Prizes that are held back are claimed when
their time comes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from server.application.board_periods import board_of_stored
from server.application.claiming import creditings_of
from server.application.notices import Notices
from server.application.settlement_progress import Following, FollowUp, following_from_text, following_to_text
from server.domain.grants import Grant, claims_itself, taken
from server.domain.ids import GrantId
from server.domain.instants import after
from server.domain.leaderboards.entry import PeriodId
from server.ports.board_store import StoredPeriod
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.hooks import GRANT_CREATED
from server.ports.store import Store, Transaction
from server.ports.webhooks import GRANTS_MAX

LEASE = timedelta(seconds=60)
PERIODS_AT_ONCE = 8
STEPS_AT_ONCE = 24
GRANTS_AT_ONCE = GRANTS_MAX
ENTRIES_AT_ONCE = 500
_SHARE_LEFT, _PAUSE_MAX = 0.25, 0.05
_NEXT = {FollowUp.TELL: FollowUp.DROP, FollowUp.DROP: FollowUp.CLAIM}


class FollowUpPeriods:
    """Do what is due now."""

    def __init__(self, store: Store, catalog: Catalog, clock: Clock, notices: Notices, worker: str) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock
        self._notices = notices
        self._worker = worker

    async def __call__(self) -> int:
        """Go on with the final periods that are due longest, and return how many; 0 means that nothing is due."""
        now, wall = self._clock.now(), self._clock.wall()
        due = await self._store.transact(
            lambda tx: tx.acquire_final_periods(self._worker, now, wall, LEASE, PERIODS_AT_ONCE)
        )
        for one in due:
            await self._follow_up(one.period, STEPS_AT_ONCE // len(due))
        return len(due)

    async def _follow_up(self, period: PeriodId, steps: int) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(steps):
            began, now = loop.time(), self._clock.now()
            if not await self._store.transact(lambda tx, at=now: self._step(tx, period, at)):  # type: ignore[misc]
                break
            await asyncio.sleep(min((loop.time() - began) * _SHARE_LEFT, _PAUSE_MAX))
        await self._store.transact(lambda tx: tx.release_period(period))

    async def _step(self, tx: Transaction, period: PeriodId, now: datetime) -> bool:
        """Do the next step, and return whether another is due now."""
        await tx.seal_period(period)
        (stored,) = await tx.stored_periods([period])
        assert stored is not None, "a period that was leased is there"
        if not stored.progress:
            return False
        following = following_from_text(stored.progress)
        match following.task:
            case FollowUp.TELL:
                return await self._note(tx, period, await self._told(tx, period, following), now)
            case FollowUp.DROP:
                return await self._note(tx, period, await _dropped(tx, period, following), now)
            case FollowUp.CLAIM:
                return await self._claim(tx, stored, following, now)

    async def _note(
        self, tx: Transaction, period: PeriodId, following: Following | None, due_at: datetime | None
    ) -> bool:
        """Write what is to be done next; None: nothing is."""
        text = "" if following is None else following_to_text(following)
        await tx.record_follow_up(period, text, None if following is None else due_at)
        return following is not None

    async def _told(self, tx: Transaction, period: PeriodId, following: Following) -> Following:
        """Write notices of some grants. They could not be seen before, so telling of each is due since the flip."""
        grants: Sequence[Grant] = []
        if self._notices.are_wanted(GRANT_CREATED):
            grants = await tx.period_grants(period, following.after, GRANTS_AT_ONCE)
            await self._notices.granted(tx, grants)
        return _behind(following, grants)

    async def _claim(self, tx: Transaction, stored: StoredPeriod, following: Following, now: datetime) -> bool:
        policy = board_of_stored(self._catalog, stored).reward_policy
        if policy is None or not policy.auto_claim:
            return await self._note(tx, stored.period, None, None)
        claimable_at = after(following.settled_at, policy.hold)
        if now < claimable_at:
            await self._note(tx, stored.period, following, claimable_at)
            return False
        grants = await tx.period_grants(stored.period, following.after, GRANTS_AT_ONCE)
        await self._claim_some(tx, [one.grant_id for one in grants], now)
        is_last = len(grants) < GRANTS_AT_ONCE
        return await self._note(tx, stored.period, None if is_last else _behind(following, grants), now)

    async def _claim_some(self, tx: Transaction, grant_ids: Sequence[GrantId], now: datetime) -> None:
        """Claim those that their players have not claimed meanwhile, and nobody has revoked."""
        found = [await tx.grant_of(grant_id) for grant_id in grant_ids]  # locked, each before its player's balances
        claimed = [taken(one, now) for one in found if one is not None and claims_itself(one, now)]
        if not claimed:
            return
        balances = await tx.balances_of([one.player_id for one in claimed])
        items = self._catalog.current().items
        creditings = [
            crediting
            for one, owned in zip(claimed, balances, strict=True)
            for crediting in creditings_of(one, owned, items)
        ]
        for one in claimed:
            await tx.record_grant(one)
        if creditings:
            await tx.credit(creditings)


async def _dropped(tx: Transaction, period: PeriodId, following: Following) -> Following:
    await tx.drop_bots(period)  # before the entries, which tell whose accounts are theirs
    is_done = await tx.drop_entries(period, ENTRIES_AT_ONCE) < ENTRIES_AT_ONCE
    return _next(following) if is_done else following


def _behind(following: Following, grants: Sequence[Grant]) -> Following:
    """Return where to go on behind some grants: with the next task, if these were the last."""
    if len(grants) < GRANTS_AT_ONCE:
        return _next(following)
    return replace(following, after=grants[-1].grant_id)


def _next(following: Following) -> Following:
    return Following(following.settled_at, _NEXT.get(following.task, FollowUp.CLAIM))
