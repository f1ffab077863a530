"""Modules look at submissions before they count (M1 validate_submission), outside of any transaction (M6).

They are not asked about what is refused anyway, nor about a call that is repeated: its answer stands.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from server.application.asking import Asking
from server.application.submitting import SubmitRequest
from server.domain.errors import DomainError, EventNotFound
from server.domain.event_leaderboards.situation import Situation, submission_refusal
from server.domain.event_leaderboards.submissions import scored
from server.domain.players import Player
from server.ports.catalog import Catalog
from server.ports.errors import HookFailed
from server.ports.hooks import Hooks, SubmissionQuestion
from server.ports.store import Reading, Store


class Validation:
    """Asks modules about submissions."""

    def __init__(self, store: Store, catalog: Catalog, hooks: Hooks, asking: Asking) -> None:
        self._asking = asking
        self._store = store
        self._catalog = catalog
        self._hooks = hooks

    @property
    def is_needed(self) -> bool:
        """Whether any module wants to see submissions of any event."""
        return self._hooks.has("validate_submission")

    def asks_modules(self, request: SubmitRequest) -> bool:
        """Tell whether any module wants to see the submission."""
        return request.asks_modules and self._asking.asks("validate_submission", request.event_id)

    async def judged(self, requests: Sequence[SubmitRequest], now: datetime) -> list[SubmitRequest | Exception]:
        """Return the requests of one call as modules have left them, each or why it is refused, in order.

        :raises HookFailed: if a module failed over any of them; all are judged before one is applied, so nothing has changed
        """
        seen: list[SubmitRequest | Exception] = list(requests)
        wanted = [number for number, request in enumerate(requests) if self._is_wanted(request)]
        judged = await asyncio.gather(*(self._judged(requests[number], now) for number in wanted))
        for number, one in zip(wanted, judged, strict=True):
            if isinstance(one, HookFailed):
                raise one
            seen[number] = one
        return seen

    def _is_wanted(self, request: SubmitRequest) -> bool:
        try:
            return self.asks_modules(request)
        except EventNotFound:  # which is said of this score alone
            return True

    async def _judged(self, request: SubmitRequest, now: datetime) -> SubmitRequest | DomainError | HookFailed:
        try:
            return await self.validated(request, now)
        except (DomainError, HookFailed) as refusal:
            return refusal

    async def validated(self, request: SubmitRequest, now: datetime) -> SubmitRequest:
        """Return the request as modules have left it.

        :raises EventNotFound: if there is no such event
        :raises HookFailed, Refusal: if a module failed or said no
        """
        question = await self._store.read(lambda view: self._question(view, request, now))
        if question is None:
            return request
        submission = await self._hooks.validate_submission(question)
        return replace(request, submission=submission, asked=request.submission)

    async def _question(self, view: Reading, request: SubmitRequest, now: datetime) -> SubmissionQuestion | None:
        key = request.receipt_key
        if key is not None and (await view.submission_receipts_of([key]))[0] is not None:
            return None
        timeline = self._catalog.timeline_of(request.event_id)
        (one,) = await view.participations_of([(request.player_id, request.event_id)])
        if one is None:
            return None
        phase = self._catalog.phase_starting(request.event_id, one.cohort.phase_start)
        situation = Situation(now, timeline, self._catalog.phase_at(request.event_id, now), one, phase)
        if submission_refusal(situation) is not None:
            return None
        try:
            submission = scored(phase.definition, one.participant.result, request.submission)
        except DomainError:  # the transaction says so
            return None
        player = await view.player_of(request.player_id) or Player(request.player_id, now)
        return SubmissionQuestion(phase.definition, player, submission, request.request_id, request.caller)
