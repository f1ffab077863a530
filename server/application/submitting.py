"""A score for an event leaderboard: what is asked, and what is answered (E30 to E36)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from server.application.contribution_receipts import contributed_effect, contributed_from
from server.application.contributions import Contributed
from server.application.receipts import digest_of
from server.domain.event_leaderboards.submissions import Applied, Submission
from server.domain.event_leaderboards.view import Flags
from server.domain.ids import CohortId, EventId, PlayerId
from server.domain.values import value
from server.ports.receipt_store import SubmissionReceiptKey


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
    def receipt_key(self) -> SubmissionReceiptKey:
        """Under which key a repeat is recognised, if there is a request_id."""
        return SubmissionReceiptKey(self.player_id, self.event_id, self.caller, self.request_id)

    @property
    def digest(self) -> bytes:
        """What a repeat must ask for to be one."""
        submission = self.asked or self.submission
        if submission.report is not None:
            return digest_of("submit metrics", submission, submission.report)
        return digest_of("submit", submission)


@dataclass(slots=True)
class Submitted:
    """What a submission did (E34). `is_repeat`: an earlier call of this id did it.

    `rank` and `prize_rank` are those at the commit: among all, and among those who can win (L7). So is `participant_count`.
    """

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
    prize_rank: int = 0
    is_repeat: bool = False
    contributions: Sequence[Contributed] = ()
    """What became of the score on the leaderboards that the event is bound to."""

    def effect(self) -> dict[str, Any]:
        """Return the answer as a receipt keeps it."""
        kept = {name: getattr(self, name) for name in _KEPT}
        kept["flags"] = [getattr(self.flags, name) for name in _FLAGS]
        if self.contributions:
            kept["contributions"] = [contributed_effect(one) for one in self.contributions]
        return kept

    @classmethod
    def repeated(cls, effect: dict[str, Any]) -> Submitted:
        """Return the answer that the first call of this request_id got."""
        numbers = {name: effect[name] for name in _KEPT if name in effect}  # it may have been kept by an older version
        contributions = [contributed_from(one) for one in effect.get("contributions", ())]
        return cls(**numbers, flags=Flags(*effect["flags"]), is_repeat=True, contributions=contributions)


_FLAGS = tuple(Flags.__dataclass_fields__)
_KEPT = tuple(name for name in Submitted.__dataclass_fields__ if name not in ("flags", "is_repeat", "contributions"))


def submitted_of(applied: Applied, flags: Flags) -> Submitted:
    """Return the answer, but for the rank; both it and the flags are looked at again once all of the batch is written."""
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
        tally.participant_count + tally.bot_count,
        0,
        flags,
    )
