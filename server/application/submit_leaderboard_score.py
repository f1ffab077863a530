"""A score for a leaderboard, reported directly (B20): served in batches, as scores of events are."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from server.application.batches import Batches
from server.application.board_ranks import BoardRanks, revision_of
from server.application.board_submissions import BoardSubmission, BoardSubmissionBatch, BoardSubmitted
from server.application.contribution_batch import ContributionBatch
from server.application.contribution_effects import ContributionEffects
from server.application.contribution_validation import ContributionValidation
from server.application.contributions import Contributed, Contributing
from server.application.gathering import IMPATIENT, Patience
from server.domain.errors import AuthoritativeLeaderboard, DomainError, RankIndexNeeded
from server.domain.ids import PlayerId
from server.domain.leaderboards.definition import Leaderboard
from server.domain.leaderboards.entry import SegmentId
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.errors import RanksUnavailable
from server.ports.store import Capability, Store, Transaction

_LANES = 2
"""As for scores of events: one batch is decided while a database in another process works at the other."""

_Asked = tuple[BoardSubmission, Contributing]


class SubmitLeaderboardScore:
    """Let a score count on a leaderboard, and tell where the player stands."""

    def __init__(
        self,
        store: Store,
        catalog: Catalog,
        clock: Clock,
        effects: ContributionEffects,
        ranks: BoardRanks,
        validation: ContributionValidation,
        tasks: asyncio.TaskGroup,
        *,
        patience: Patience = IMPATIENT,
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock
        self._effects = effects
        self._ranks = ranks
        self._validation = validation
        lanes = _LANES if Capability.MANY_PROCESSES in store.capabilities else 1
        self._batches = Batches[_Asked, BoardSubmitted](self._together, tasks, lanes=lanes, patience=patience)

    @property
    def waiting(self) -> int:
        """How many submissions wait for a batch."""
        return self._batches.waiting

    async def __call__(self, request: BoardSubmission) -> BoardSubmitted:
        """Submit. What does not count is no error: the answer says why (B2).

        :raises LeaderboardNotFound: if there is no such leaderboard
        :raises AuthoritativeLeaderboard: if only the studio's servers may submit to it
        :raises RequestIdReused: if the request_id stood for another submission
        :raises HookFailed, Refusal: if a module failed or said no
        :raises StoreOverloaded: if too many submissions are waiting
        """
        asked = self._asked(request, self._clock.now())
        if self._validation.is_needed:
            asked = await self._shown(asked)
        return await self._batches.answer(asked)

    async def all(self, requests: Sequence[BoardSubmission]) -> Sequence[BoardSubmitted | Exception]:
        """Submit several scores of one call; each has an answer or a refusal of its own, in order.

        :raises HookFailed: if a module failed over any of them; none is applied
        :raises StoreOverloaded: if too many submissions are waiting
        """
        now = self._clock.now()
        asked = [self._asked_or_refused(request, now) for request in requests]
        if self._validation.is_needed:
            asked = await asyncio.gather(*(self._shown_or_refused(one) for one in asked))
        accepted = [one for one in asked if not isinstance(one, DomainError)]
        answers = iter(await self._batches.answer_all(accepted))
        return [one if isinstance(one, DomainError) else next(answers) for one in asked]

    def _asked_or_refused(self, request: BoardSubmission, now: datetime) -> _Asked | DomainError:
        try:
            return self._asked(request, now)
        except DomainError as refusal:
            return refusal

    async def _shown_or_refused(self, asked: _Asked | DomainError) -> _Asked | DomainError:
        try:
            return asked if isinstance(asked, DomainError) else await self._shown(asked)
        except DomainError as refusal:
            return refusal

    def _asked(self, request: BoardSubmission, now: datetime) -> _Asked:
        """Judge who may submit."""
        board = self._catalog.board_of(request.leaderboard)
        period = self._catalog.period_at(request.leaderboard, now)
        held = board.present if period is None else board.in_force(period)
        if held.authoritative and not request.is_trusted:
            raise AuthoritativeLeaderboard(leaderboard=request.leaderboard)
        return request, request.contributing(held, now)

    async def _shown(self, asked: _Asked) -> _Asked:
        """Let modules look at it."""
        request, contributing = asked
        if not (request.asks_modules and self._validation.asks_modules(request.leaderboard)):
            return asked
        return request, await self._validation.submitted(request, contributing)

    async def _together(self, asked: Sequence[_Asked]) -> Sequence[BoardSubmitted | Exception]:
        now, wall = self._clock.now(), self._clock.wall()

        async def work(tx: Transaction) -> tuple[list[tuple[Contributed, bool] | Exception], ContributionBatch]:
            batch = self._effects.batch(tx, now)
            return await BoardSubmissionBatch(tx, batch, wall).apply(asked), batch

        told, batch = await self._store.transact(work)
        await self._effects.committed(batch)
        answers = [
            one if isinstance(one, Exception) else self._submitted(contributing, *one)
            for (_, contributing), one in zip(asked, told, strict=True)
        ]
        await self._place([one for one in answers if isinstance(one, BoardSubmitted)])
        return answers

    def _submitted(self, contributing: Contributing, contributed: Contributed, is_repeat: bool) -> BoardSubmitted:
        key, at = contributing.leaderboard, contributed.period_start or contributing.at
        period = self._catalog.period_at(key, at)
        board = None if period is None else self._catalog.board_of(key).in_force(period)
        return BoardSubmitted(contributed, self._clock.now(), period, board, is_repeat=is_repeat)

    async def _place(self, answers: Sequence[BoardSubmitted]) -> None:
        """Tell each where the player stands now, segment by segment, as far as that can be told at once."""
        segments: dict[SegmentId, tuple[Leaderboard, list[BoardSubmitted]]] = {}
        for one in answers:
            entry = one.contributed.entry
            if entry is not None and one.board is not None:
                segments.setdefault(entry.segment_id, (one.board, []))[1].append(one)
        for segment, (board, standing) in segments.items():
            await self._place_in(segment, board, standing)

    async def _place_in(self, segment: SegmentId, board: Leaderboard, standing: Sequence[BoardSubmitted]) -> None:
        players = list(dict.fromkeys(_player_of(one) for one in standing))
        places = await self._ranks.told_places(segment, board, players)
        if not places:
            return
        with suppress(RanksUnavailable, RankIndexNeeded):
            totals = await self._ranks.totals(segment, board)
            for one in standing:
                one.place = places.get(_player_of(one))
                one.total, one.revision = totals.ranked, revision_of(totals)


def _player_of(one: BoardSubmitted) -> PlayerId:
    assert one.contributed.entry is not None
    return one.contributed.entry.key.player_id
