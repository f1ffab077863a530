"""One transaction's worth of claims: loaded together, decided one after the other, written together.

Calls that were made before, and rewards that modules want to see, are left to be served alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from server.application.claiming import Claimed, Claiming, ClaimRequest, after_claim, creditings_of, refuse_claim
from server.application.notices import Notices
from server.application.receipts import receipt_for, repeats_among
from server.application.sealing import seal_complete
from server.application.situations import Asked, load_situations_of
from server.domain.event_leaderboards.situation import Situation
from server.domain.grants import Grant
from server.domain.ids import PlayerId
from server.domain.values import value
from server.ports.catalog import Catalog
from server.ports.store import Balances, Seat, Transaction


@value
class _Claim:
    """A claim that is allowed."""

    request: ClaimRequest
    situation: Situation


class ClaimBatch:
    """Claims that share a transaction, at most one of each player."""

    def __init__(self, tx: Transaction, catalog: Catalog, claiming: Claiming, notices: Notices, wall: datetime) -> None:
        self._tx = tx
        self._catalog = catalog
        self._notices = notices
        self._claiming = claiming
        self._wall = wall

    async def apply(self, requests: Sequence[tuple[ClaimRequest, datetime]]) -> list[Claimed | Exception | None]:
        """Return an answer or a refusal for each request, in order; None for one that must be served alone.

        Receipts are read behind the cohorts' locks: there a repeat waits for the call that it repeats.
        """
        asked = [Asked(request.player_id, request.event_id, now) for request, now in requests]
        situations = await load_situations_of(self._tx, self._catalog, asked)
        repeats = await repeats_among(self._tx, (request.receipt_key for request, _ in requests))
        plans = [
            None if request.receipt_key in repeats else self._plan(request, situation)
            for (request, _), situation in zip(requests, situations, strict=True)
        ]
        granted = await self._granted([plan for plan in plans if isinstance(plan, _Claim)])
        return [granted[plan.request.player_id] if isinstance(plan, _Claim) else plan for plan in plans]

    def _plan(self, request: ClaimRequest, situation: Situation) -> _Claim | Exception | None:
        try:
            refuse_claim(request, situation)
        except Exception as refusal:  # an answer for this one; the decision is pure, so the others are not touched
            return refusal
        return None if self._claiming.is_seen_by_modules(situation) else _Claim(request, situation)

    async def _granted(self, claims: Sequence[_Claim]) -> dict[PlayerId, Claimed]:
        if not claims:
            return {}
        players = [one.request.player_id for one in claims]
        balances = dict(zip(players, await self._tx.balances_of(players), strict=True))
        await seal_complete(self._tx, self._notices, [one.situation for one in claims])
        grants = [self._grant(one, balances[one.request.player_id]) for one in claims]
        grants = await self._added(grants, balances)
        await self._tx.record_claims([_claimed(one.situation) for one in claims])
        receipts = [
            (key, receipt_for(one.request.digest, {"grant_id": grant.grant_id}, self._wall))
            for one, grant in zip(claims, grants, strict=True)
            if (key := one.request.receipt_key) is not None
        ]
        if receipts:
            await self._tx.record_receipts(receipts)
        return {
            one.request.player_id: Claimed(grant, after_claim(one.situation))
            for one, grant in zip(claims, grants, strict=True)
        }

    def _grant(self, claim: _Claim, balances: Balances) -> Grant:
        reward = self._claiming.reward_of(claim.situation, balances.inventory)
        return self._claiming.new_grant(claim.situation, reward)

    async def _added(self, grants: Sequence[Grant], balances: dict[PlayerId, Balances]) -> list[Grant]:
        """Write grants and credit them. Whoever has had his, before he was taken out of the cohort (E82), gets it told."""
        are_new = await self._tx.add_grants(grants)
        items = self._catalog.current().items
        new = [grant for grant, is_new in zip(grants, are_new, strict=True) if is_new]
        creditings = [one for grant in new for one in creditings_of(grant, balances[grant.player_id], items)]
        if creditings:
            await self._tx.credit(creditings)
        await self._notices.granted(self._tx, new)
        return [
            grant if is_new else await self._claiming.known_grant(self._tx, grant)
            for grant, is_new in zip(grants, are_new, strict=True)
        ]


def _claimed(situation: Situation) -> tuple[Seat, datetime]:
    one = situation.participation
    assert one is not None
    return Seat(one.cohort.cohort_id, one.player_id), situation.now


def subject_of(question: tuple[ClaimRequest, datetime]) -> PlayerId:
    """Return who claims: his second claim of a batch would have to see the first."""
    return question[0].player_id
