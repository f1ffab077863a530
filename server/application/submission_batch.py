"""One transaction's worth of submissions: loaded together, decided one after the other, written together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from server.application.bots_abreast import require_abreast
from server.application.company_moves import last_open_joined_at
from server.application.contribution_batch import ContributionBatch
from server.application.contributions import Contributed, Contributing
from server.application.event_contributions import AcceptedScore, contributions_of, final_contributions_of
from server.application.receipts import SUBMISSIONS_KEPT, SUBMISSIONS_KEPT_FOR, receipt_for, repeated
from server.application.submitting import SubmitRequest, Submitted, submitted_of
from server.domain.errors import CohortNotJoined, RequestIdReused
from server.domain.event_leaderboards.bindings import is_final
from server.domain.event_leaderboards.cohort import Cohort, Participant, Participation, Tally
from server.domain.event_leaderboards.completion import scheduled
from server.domain.event_leaderboards.definition import Phase
from server.domain.event_leaderboards.situation import Situation, refusal_of_submitter
from server.domain.event_leaderboards.standings import key_of
from server.domain.event_leaderboards.submissions import (
    Applied,
    apply_submission,
    refuse_submission,
    scored,
)
from server.domain.event_leaderboards.view import Flags, flags_of, flags_of_competitor
from server.domain.ids import CohortId, EventId, PlayerId
from server.ports.catalog import Catalog
from server.ports.errors import CatalogBehind
from server.ports.receipt_store import Receipt, SubmissionReceiptKey
from server.ports.store import Ranking, Transaction

_FORGET_EVERY = 16
"""Old receipts of a player are dropped with every so many of his submissions."""

PlayerInEvent = tuple[PlayerId, EventId]


@dataclass(slots=True)
class _Board:
    """A cohort as this batch has left it so far."""

    cohort: Cohort
    phase: Phase
    is_changed: bool = False
    is_nearer_its_end: bool = False
    """Somebody has become done, which is what may move the instant at which the cohort is over."""
    last_open_is_done: bool = False
    """The participant is done whose time limit would have ended last; who is the last one now must be looked up."""


@dataclass(slots=True)
class _Place:
    """A player in his cohort as this batch has left him so far. `standing_key` is empty until he submits."""

    loaded: Participation
    board: _Board
    participant: Participant
    standing_key: bytes = b""

    @property
    def has_only_scored(self) -> bool:
        """Whether the batch has changed nothing of him but his score."""
        return self.participant.has_only_scored(self.loaded.participant)

    @property
    def participation(self) -> Participation:
        """What was loaded, with all that the batch has done to the cohort and to the player in it."""
        return self.loaded.with_both(self.board.cohort, self.participant)


@dataclass(slots=True)
class _Accepted:
    """A submission that was not refused, to which its rank is told once all of the batch is written."""

    request: SubmitRequest
    now: datetime
    place: _Place
    before: Tally
    ranking: Ranking
    submitted: Submitted
    bots_ahead: int = 0


class SubmissionBatch:
    """Submissions that share a transaction. What one of them changes, the next one sees.

    What they bring to leaderboards goes there by `contributions`, in the same transaction.
    """

    def __init__(self, tx: Transaction, catalog: Catalog, contributions: ContributionBatch, wall: datetime) -> None:
        self._tx = tx
        self._catalog = catalog
        self._contributions = contributions
        self._wall = wall
        self._participations: dict[PlayerInEvent, Participation | None] = {}
        self._receipts: dict[SubmissionReceiptKey, Receipt | None] = {}
        self._answered: dict[SubmissionReceiptKey, tuple[bytes, Submitted]] = {}
        self._repeats: list[tuple[Submitted, Submitted]] = []
        self._boards: dict[CohortId, _Board] = {}
        self._places: dict[PlayerInEvent, _Place] = {}
        self._accepted: list[_Accepted] = []
        self._contributing: list[tuple[Submitted, Contributing]] = []
        self._has_bots = False
        self._told: tuple[datetime, EventId, Flags] | None = None
        self._along: Sequence[Contributing] = ()
        self.brought_along: Sequence[Contributed] = ()

    async def apply(self, requests: Sequence[tuple[SubmitRequest, datetime]]) -> list[Submitted | Exception]:
        """Return an answer or a refusal for each request, in order."""
        players = [(request.player_id, request.event_id) for request, _ in requests]
        await self._load(players, [request for request, _ in requests if request.request_id])
        if self._catalog.current().has_event_bots:
            self._require_abreast(max(now for _, now in requests))
        answers = [self._answer(player, request, now) for player, (request, now) in zip(players, requests, strict=True)]
        if self._accepted:
            await self._write()
        if self._contributing or self._along:
            await self._contribute()
        if self._accepted:
            await self._rank()
            await self._note()
        return answers

    async def _load(self, players: Sequence[PlayerInEvent], repeatable: Sequence[SubmitRequest]) -> None:
        keys = list(dict.fromkeys(players))
        self._participations = dict(zip(keys, await self._tx.participations_of(keys), strict=True))
        if repeatable:
            receipt_keys = [one.receipt_key for one in repeatable]
            found = await self._tx.submission_receipts_of(receipt_keys)
            self._receipts = dict(zip(receipt_keys, found, strict=True))

    def _require_abreast(self, now: datetime) -> None:
        cohorts = {one.cohort.cohort_id: one.cohort for one in self._participations.values() if one is not None}
        phase_of = self._catalog.phase_starting
        require_abreast([(one, phase_of(one.event_id, one.phase_start)) for one in cohorts.values()], now)

    def _answer(self, player: PlayerInEvent, request: SubmitRequest, now: datetime) -> Submitted | Exception:
        try:
            again = self._repeated(request) if request.request_id else None
            return again or self._applied(player, request, now)
        except CatalogBehind:  # all of the batch is decided anew
            raise
        except Exception as refusal:  # an answer for this one; the decision is pure, so the others are not touched
            return refusal

    def _repeated(self, request: SubmitRequest) -> Submitted | None:
        key = request.receipt_key
        if key in self._answered:  # earlier in this very batch
            digest, submitted = self._answered[key]
            if digest != request.digest:
                raise RequestIdReused
            again = replace(submitted, is_repeat=True)
            self._repeats.append((again, submitted))
            return again
        first = repeated(self._receipts[key], request.digest)
        return None if first is None else Submitted.repeated(first)

    def _applied(self, player: PlayerInEvent, request: SubmitRequest, now: datetime) -> Submitted:
        place = self._places.get(player) or self._seated(player)
        board, submission = place.board, request.submission
        cohort, phase = board.cohort, board.phase
        refusal = refusal_of_submitter(place.participant, cohort, phase, now)
        if refusal is not None:
            raise refusal
        submission = scored(phase.definition, place.participant.result, submission)
        refuse_submission(phase.definition, submission)
        applied = apply_submission(cohort, place.participant, phase, submission, now)
        _keep(place, applied)
        submitted = submitted_of(applied, self._flags_of_competitor(request.event_id, now))
        if phase.definition.contributes_to:
            revision, is_trusted = submitted.revision, submission.is_trusted
            score = AcceptedScore(
                phase, applied.previous, place.participant, revision, submission.metadata, now, is_trusted
            )
            self._bring(place, score, submitted)
        ranking = Ranking(cohort.cohort_id, request.player_id, place.standing_key)
        self._accepted.append(_Accepted(request, now, place, cohort.tally, ranking, submitted))
        if request.request_id:
            self._answered[request.receipt_key] = (request.digest, submitted)
        return submitted

    def _seated(self, player: PlayerInEvent) -> _Place:
        """Return where a player is who submits for the first time in this batch."""
        one = self._participations[player]
        if one is None:
            _, event_id = player
            self._catalog.timeline_of(event_id)  # that there is no such event comes first
            raise CohortNotJoined
        board = self._boards.get(one.cohort.cohort_id) or self._board(one.cohort)
        place = self._places[player] = _Place(one, board, one.participant)
        return place

    def _board(self, cohort: Cohort) -> _Board:
        """Return the board of a cohort that comes up for the first time in this batch."""
        self._catalog.timeline_of(cohort.event_id)
        phase = self._catalog.phase_starting(cohort.event_id, cohort.phase_start)
        board = self._boards[cohort.cohort_id] = _Board(cohort, phase)
        self._has_bots = self._has_bots or phase.definition.bots is not None
        return board

    def bring_along(self, contributions: Sequence[Contributing]) -> None:
        """Let contributions go in together with those of the submissions: entries are locked at once then, in one order.

        What becomes of them stands in `brought_along` after `apply`.
        """
        self._along = contributions

    def _bring(self, place: _Place, score: AcceptedScore, submitted: Submitted) -> None:
        """Note what a score brings to leaderboards; a target that makes it final brings the final score, too (B20)."""
        cohort, participant = place.board.cohort, place.participant
        self._contributing += [(submitted, one) for one in contributions_of(self._catalog, score)]
        if is_final(participant, cohort):
            final = final_contributions_of(self._catalog, score.phase, participant, cohort)
            self._contributing += [(submitted, one) for one in final]
            place.participant = participant.with_final(final[0].at) if final else participant

    async def _contribute(self) -> None:
        own = [one for _, one in self._contributing]
        answers = await self._contributions.apply([*own, *self._along])
        self.brought_along = answers[len(own) :]
        for (submitted, _), answer in zip(self._contributing, answers, strict=False):  # those brought along follow
            submitted.contributions = [*submitted.contributions, answer]

    async def _write(self) -> None:
        results: list[tuple[Participant, bytes]] = []
        scores: list[tuple[Participant, bytes]] = []
        for place in self._places.values():
            if place.standing_key:
                (scores if place.has_only_scored else results).append((place.participant, place.standing_key))
        boards = [board for board in self._boards.values() if board.is_changed]
        if results:
            await self._tx.record_results(results)
        if scores:
            await self._tx.record_scores(scores)
        for board in boards:
            if board.last_open_is_done:
                await self._look_up_last_open(board)
        await self._tx.record_cohorts([board.cohort for board in boards])

    async def _look_up_last_open(self, board: _Board) -> None:
        cohort, phase = board.cohort, board.phase
        last_open = await last_open_joined_at(self._tx, cohort, phase.definition)
        board.cohort = scheduled(cohort.with_tally(replace(cohort.tally, last_open_joined_at=last_open)), phase)

    async def _rank(self) -> None:
        """Tell each submission its rank and what its flags have become, now that all of the batch is written."""
        ranks = await self._tx.ranks_of([one.ranking for one in self._accepted])
        for rank, one in zip(ranks, self._accepted, strict=True):
            one.submitted.rank = one.submitted.prize_rank = rank
        if self._has_bots:
            await self._rank_among_bots()
        for rank, one in zip(ranks, self._accepted, strict=True):
            if one.place.board.is_nearer_its_end:
                one.submitted.flags = self._flags(one, rank)
        for again, submitted in self._repeats:
            again.rank, again.prize_rank, again.flags = submitted.rank, submitted.prize_rank, submitted.flags
            again.contributions = submitted.contributions

    async def _rank_among_bots(self) -> None:
        """Add the bots that stand before each; they take ranks that win only where they may (L7)."""
        beside = [one for one in self._accepted if one.place.board.phase.definition.bots is not None]
        places = [(one.ranking.cohort_id, one.ranking.standing_key) for one in beside]
        for ahead, one in zip(await self._tx.bots_ahead_of(places), beside, strict=True):
            bots = one.place.board.phase.definition.bots
            one.bots_ahead = ahead
            one.submitted.rank += ahead
            one.submitted.prize_rank += ahead if bots is not None and bots.take_prizes else 0

    def _flags(self, one: _Accepted, rank: int) -> Flags:
        """Return the flags after all of the batch. As long as nothing ends, they are those before the submission."""
        event_id, now, place = one.request.event_id, one.now, one.place
        if not _is_nearer_its_end(one.before, place.board.cohort.tally):
            return one.submitted.flags
        phase, timeline = self._catalog.phase_at(event_id, now), self._catalog.timeline_of(event_id)
        situation = Situation(now, timeline, phase)
        return flags_of(situation.with_participation(place.participation, place.board.phase, rank, one.bots_ahead))

    def _flags_of_competitor(self, event_id: EventId, now: datetime) -> Flags:
        """Return the flags of somebody whose submission was not refused, before it is applied: the same for a whole call."""
        told = self._told
        if told is None or told[0] is not now or told[1] != event_id:
            flags = flags_of_competitor(self._catalog.phase_at(event_id, now), now, can_update=True)
            told = self._told = now, event_id, flags
        return told[2]

    async def _note(self) -> None:
        """Note the answers of those that may be repeated, and drop notes that are old enough."""
        noted = [(one.request.receipt_key, one) for one in self._accepted if one.request.request_id]
        if not noted:
            return
        receipts = [(key, receipt_for(one.request.digest, one.submitted.effect(), self._wall)) for key, one in noted]
        await self._tx.record_submission_receipts(receipts)
        for key, one in noted:
            if one.submitted.submission_count % _FORGET_EVERY == 0:
                before = self._wall - SUBMISSIONS_KEPT_FOR
                await self._tx.forget_submission_receipts(key.player_id, key.event_id, SUBMISSIONS_KEPT, before)


def _keep(place: _Place, applied: Applied) -> None:
    """Keep what changed, so that the next submission of this batch sees it."""
    board, cohort, participant = place.board, applied.cohort, applied.participant
    board.cohort, board.is_changed = cohort, True
    place.participant = participant
    place.standing_key = key_of(board.phase.definition, participant)
    if not applied.is_newly_done:
        return
    board.is_nearer_its_end = True
    if participant.joined_at == cohort.tally.last_open_joined_at:
        has_limit = board.phase.definition.rules_of(cohort.tier).score_time_limit is not None
        board.last_open_is_done = board.last_open_is_done or has_limit


def _is_nearer_its_end(before: Tally, after: Tally) -> bool:
    """Tell whether somebody has become done, or the instant has moved at which the cohort may be over."""
    return before.done_count != after.done_count or before.settle_at != after.settle_at
