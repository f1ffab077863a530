"""Modules look at scores on their way to leaderboards before they count (validate_submission), outside of transactions (M6).

They see what is submitted directly and what rules make of game events. What an event leaderboard brings to others they have
seen as a submission to that event. They are not asked about what is refused anyway, nor about a call that is repeated.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from server.application.board_submissions import BoardSubmission
from server.application.contributions import Contributing
from server.domain.errors import Refusal
from server.domain.ids import LeaderboardKey
from server.domain.leaderboards.definition import Aggregation, Leaderboard
from server.domain.leaderboards.outcomes import Outcome
from server.domain.leaderboards.periods import period_refusal, status_refusal
from server.domain.players import Player
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.hooks import ContributionQuestion, Hooks
from server.ports.store import Reading, Store

_HOOK = "validate_submission"


class ContributionValidation:
    """Asks modules about contributions."""

    def __init__(self, store: Store, catalog: Catalog, clock: Clock, hooks: Hooks) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock
        self._hooks = hooks

    @property
    def is_needed(self) -> bool:
        """Whether any module wants to see scores at all."""
        return self._hooks.has(_HOOK)

    def asks_modules(self, key: LeaderboardKey) -> bool:
        """Tell whether any module wants to see scores for a leaderboard, as it is defined now."""
        return self._hooks.asks(_HOOK, self._catalog.board_of(key).present)

    async def submitted(self, request: BoardSubmission, one: Contributing) -> Contributing:
        """Return a direct submission as modules have left it.

        :raises HookFailed, Refusal: if a module failed or said no
        """
        if self._is_refused(one) or (request.request_id and await self._is_repeated(request)):
            return one
        return await self._seen(one, request.caller, request.request_id)

    async def reported(self, one: Contributing, caller: str, event_id: str) -> Contributing:
        """Return what a rule made of a game event as modules have left it; one that says no refuses this board alone.

        :raises HookFailed: if a module failed
        """
        if self._is_refused(one):
            return one
        try:
            return await self._seen(one, caller, event_id)
        except Refusal as refusal:
            return replace(one, refused=Outcome.REFUSED, detail=refusal.said_reason)

    def _is_refused(self, one: Contributing) -> bool:
        if (
            one.refused is not None
            or status_refusal(self._catalog.board_of(one.leaderboard).present.status) is not None
        ):
            return True
        period = self._catalog.period_at(one.leaderboard, one.at)
        return period_refusal(period, None, self._clock.now()) is not None

    async def _is_repeated(self, request: BoardSubmission) -> bool:
        (receipt,) = await self._store.read(lambda view: view.submission_receipts_of([request.receipt_key]))
        return receipt is not None

    async def _seen(self, one: Contributing, caller: str, request_id: str) -> Contributing:
        board = self._catalog.board_of(one.leaderboard)
        period = self._catalog.period_at(one.leaderboard, one.at)
        held = board.present if period is None else board.in_force(period)

        async def player(view: Reading) -> Player:
            return await view.player_of(one.player_id) or Player(one.player_id, self._clock.now())

        question = ContributionQuestion(
            board=held,
            player=await self._store.read(player),
            points=_number(one, held),
            metadata=one.metadata,
            is_trusted=one.claim.is_trusted,
            request_id=request_id,
            caller=caller,
        )
        answer = await self._hooks.validate_contribution(question)
        points = one.points if answer.points == question.points else format(answer.points, "f")
        return replace(one, points=points, metadata=answer.metadata)


def _number(one: Contributing, board: Leaderboard) -> Decimal:
    """Return the points as modules see them; where contributions are counted, each is one."""
    if board.aggregation is Aggregation.COUNT and not one.points:
        return Decimal(1)
    return Decimal(one.points)
