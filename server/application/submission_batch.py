"""One transaction's worth of submissions: loaded together, decided one after the other, written together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from server.application.receipts import SUBMISSIONS_KEPT, SUBMISSIONS_KEPT_FOR, digest_of, receipt_for, repeated
from server.domain.errors import CohortNotJoined, RequestIdReused
from server.domain.event_leaderboards.cohort import Cohort, Participant, Participation
from server.domain.event_leaderboards.completion import scheduled
from server.domain.event_leaderboards.definition import Phase
from server.domain.event_leaderboards.situation import Situation, submission_refusal
from server.domain.event_leaderboards.standings import key_of
from server.domain.event_leaderboards.submissions import Applied, Submission, apply_submission, refuse_submission
from server.domain.event_leaderboards.view import Flags, flags_of, flags_of_competitor
from server.domain.ids import CohortId, EventId, PlayerId
from server.domain.values import value
from server.ports.catalog import Catalog
from server.ports.errors import CatalogBehind
from server.ports.store import Ranking, Receipt, Seat, SubmissionReceiptKey, Transaction

_FORGET_EVERY = 16
"""Old receipts of a player are dropped with every so many of his submissions."""

PlayerInEvent = tuple[PlayerId, EventId]


@value
class SubmitRequest:
    """Whose score in which event. `caller` scopes the request_id, which may be empty."""

    player_id: PlayerId
    event_id: EventId
    caller: str
    submission: Submission
    request_id: str = ""
    asked: Submission | None = None
    """What the caller sent, where modules have made something else of it."""
    asks_modules: bool = True

    @property
    def receipt_key(self) -> SubmissionReceiptKey | None:
        """Under which key a repeat is recognised."""
        if not self.request_id:
            return None
        return SubmissionReceiptKey(self.player_id, self.event_id, self.caller, self.request_id)

    @property
    def digest(self) -> bytes:
        """What a repeat must ask for to be one."""
        return digest_of("submit", self.asked or self.submission)


@dataclass(slots=True)
class Submitted:
    """What a submission did (E34). `rank` is the one at the commit; `is_repeat`: an earlier call of this id did it."""

    cohort_id: CohortId
    revision: int
    is_improved: bool
    previous_score: int
    previous_subscore: int
    score: int
    subscore: int
    submission_count: int
    participant_count: int
    rank: int
    flags: Flags
    is_repeat: bool = False

    def effect(self) -> dict[str, Any]:
        """Return the answer as a receipt keeps it."""
        numbers = {name: getattr(self, name) for name in _KEPT}
        return numbers | {"flags": [getattr(self.flags, name) for name in _FLAGS]}

    @classmethod
    def repeated(cls, effect: dict[str, Any]) -> Submitted:
        """Return the answer that the first call of this request_id got."""
        return cls(**{**effect, "flags": Flags(*effect["flags"])}, is_repeat=True)


_FLAGS = tuple(Flags.__dataclass_fields__)
_KEPT = tuple(name for name in Submitted.__dataclass_fields__ if name not in ("flags", "is_repeat"))


class SubmissionBatch:
    """Submissions that share a transaction. What one of them changes, the next one sees."""

    def __init__(self, tx: Transaction, catalog: Catalog, wall: datetime) -> None:
        self._tx = tx
        self._catalog = catalog
        self._wall = wall
        self._participations: dict[PlayerInEvent, Participation | None] = {}
        self._receipts: dict[SubmissionReceiptKey, Receipt | None] = {}
        self._answered: dict[SubmissionReceiptKey, tuple[bytes, Submitted]] = {}
        self._repeats: list[tuple[Submitted, Submitted]] = []
        self._cohorts: dict[CohortId, Cohort] = {}
        self._results: dict[Seat, tuple[Participant, bytes]] = {}
        self._to_rank: list[tuple[Ranking, Situation, Submitted, SubmitRequest]] = []
        self._last_open_is_done: dict[CohortId, Phase] = {}

    async def apply(self, requests: Sequence[tuple[SubmitRequest, datetime]]) -> list[Submitted | Exception]:
        """Return an answer or a refusal for each request, in order."""
        await self._load([request for request, _ in requests])
        answers = [self._answer(request, now) for request, now in requests]
        await self._write()
        await self._rank()
        await self._note()
        return answers

    async def _load(self, requests: Sequence[SubmitRequest]) -> None:
        keys = list(dict.fromkeys((request.player_id, request.event_id) for request in requests))
        self._participations = dict(zip(keys, await self._tx.participations_of(keys), strict=True))
        receipt_keys = [key for one in requests if one.request_id and (key := one.receipt_key) is not None]
        if receipt_keys:
            found = await self._tx.submission_receipts_of(receipt_keys)
            self._receipts = dict(zip(receipt_keys, found, strict=True))

    def _answer(self, request: SubmitRequest, now: datetime) -> Submitted | Exception:
        try:
            return self._repeated(request) or self._applied(request, now)
        except CatalogBehind:  # all of the batch is decided anew
            raise
        except Exception as refusal:  # an answer for this one; the decision is pure, so the others are not touched
            return refusal

    def _repeated(self, request: SubmitRequest) -> Submitted | None:
        key = request.receipt_key
        if key is None:
            return None
        if key in self._answered:  # earlier in this very batch
            digest, submitted = self._answered[key]
            if digest != request.digest:
                raise RequestIdReused
            again = replace(submitted, is_repeat=True)
            self._repeats.append((again, submitted))
            return again
        first = repeated(self._receipts[key], request.digest)
        return None if first is None else Submitted.repeated(first)

    def _applied(self, request: SubmitRequest, now: datetime) -> Submitted:
        situation, phase = self._situation(request, now)
        one = situation.participation
        assert one is not None
        refusal = submission_refusal(situation)
        if refusal is not None:
            raise refusal
        refuse_submission(phase.definition, request.submission)
        applied = apply_submission(one.cohort, one.participant, phase, request.submission, now)
        standing_key = key_of(phase.definition, applied.participant)
        self._keep(phase, applied, standing_key)
        submitted = _submitted(applied)
        ranking = Ranking(one.cohort.cohort_id, one.player_id, standing_key)
        self._to_rank.append((ranking, situation, submitted, request))
        if request.request_id and (key := request.receipt_key) is not None:
            self._answered[key] = (request.digest, submitted)
        return submitted

    def _situation(self, request: SubmitRequest, now: datetime) -> tuple[Situation, Phase]:
        timeline = self._catalog.timeline_of(request.event_id)
        one = self._participations[request.player_id, request.event_id]
        if one is None:
            raise CohortNotJoined
        one = self._as_changed(one)
        phase = self._catalog.phase_starting(request.event_id, one.cohort.phase_start)
        return Situation(now, timeline, self._catalog.phase_at(request.event_id, now), one, phase), phase

    def _as_changed(self, one: Participation) -> Participation:
        """Return a participation with what this batch has done so far to the cohort and the player in it."""
        cohort_id = one.cohort.cohort_id
        cohort = self._cohorts.get(cohort_id)
        if cohort is None:
            return one
        changed = self._results.get(Seat(cohort_id, one.player_id))
        return one.with_both(cohort, one.participant if changed is None else changed[0])

    def _keep(self, phase: Phase, applied: Applied, standing_key: bytes) -> None:
        """Keep what changed, so that the next submission of this batch sees it."""
        cohort, participant = applied.cohort, applied.participant
        self._cohorts[cohort.cohort_id] = cohort
        self._results[Seat(cohort.cohort_id, participant.player_id)] = (participant, standing_key)
        if applied.is_newly_done and participant.joined_at == cohort.tally.last_open_joined_at:
            has_limit = phase.definition.rules_of(cohort.tier).score_time_limit is not None
            if has_limit:
                self._last_open_is_done[cohort.cohort_id] = phase

    async def _write(self) -> None:
        if not self._results:
            return
        await self._tx.record_results(list(self._results.values()))
        for cohort_id, phase in self._last_open_is_done.items():
            cohort = self._cohorts[cohort_id]
            attempts = phase.definition.rules_of(cohort.tier).max_num_score
            last_open = await self._tx.last_open_joined_at(cohort_id, attempts)
            waiting = cohort.with_tally(replace(cohort.tally, last_open_joined_at=last_open))
            self._cohorts[cohort_id] = scheduled(waiting, phase)
        await self._tx.record_cohorts(list(self._cohorts.values()))

    async def _rank(self) -> None:
        """Tell each submission its rank and flags, as they are now that all of the batch is written."""
        if not self._to_rank:
            return
        ranks = await self._tx.ranks_of([ranking for ranking, *_ in self._to_rank])
        for rank, (_, situation, submitted, request) in zip(ranks, self._to_rank, strict=True):
            submitted.rank = rank
            submitted.flags = self._flags(situation, request, rank)
        for again, submitted in self._repeats:
            again.rank, again.flags = submitted.rank, submitted.flags

    def _flags(self, before: Situation, request: SubmitRequest, rank: int) -> Flags:
        """Return the flags after all of the batch. As long as nothing ends, they are those before the submission."""
        loaded, one = self._participations[request.player_id, request.event_id], before.participation
        assert loaded is not None
        assert one is not None
        if not _is_nearer_its_end(one.cohort, self._cohorts[one.cohort.cohort_id]):
            return flags_of_competitor(before, can_update=True)  # it was not refused
        return flags_of(before.with_participation(self._as_changed(loaded), before.held, rank))

    async def _note(self) -> None:
        """Note the answers of those that may be repeated, and drop notes that are old enough."""
        noted = [(request, submitted) for _, _, submitted, request in self._to_rank if request.request_id]
        if not noted:
            return
        receipts = [
            (key, receipt_for(request.digest, submitted.effect(), self._wall))
            for request, submitted in noted
            if (key := request.receipt_key) is not None
        ]
        await self._tx.record_submission_receipts(receipts)
        for request, submitted in noted:
            if submitted.submission_count % _FORGET_EVERY == 0:
                before = self._wall - SUBMISSIONS_KEPT_FOR
                await self._tx.forget_submission_receipts(request.player_id, request.event_id, SUBMISSIONS_KEPT, before)


def _is_nearer_its_end(before: Cohort, after: Cohort) -> bool:
    """Tell whether somebody has become done, or the instant has moved at which the cohort may be over."""
    one, other = before.tally, after.tally
    return one.done_count != other.done_count or one.settle_at != other.settle_at


def _submitted(applied: Applied) -> Submitted:
    result, before, tally = applied.participant.result, applied.previous, applied.cohort.tally
    return Submitted(
        applied.cohort.cohort_id,
        tally.revision,
        applied.is_improved,
        before.score,
        before.subscore,
        result.score,
        result.subscore,
        result.submission_count,
        tally.participant_count,
        0,
        _UNKNOWN_FLAGS,
    )


_UNKNOWN_FLAGS = Flags(is_active=False, can_update=False, can_claim=False, can_roll=False, can_roll_with_claim=False)
