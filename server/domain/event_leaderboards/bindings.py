"""Which leaderboards an event's scores go on to, and what of them (B20).

A board that sums takes how much a score has grown; every other takes the score itself; one that counts takes each accepted
submission as one. So a binding need not say which: what the running period of the board does is the answer, also in the
period in which a designer changes it. A *final* binding brings the score once, when the cohort is complete for the player.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from server.domain.event_leaderboards import completion
from server.domain.event_leaderboards.cohort import Cohort, Participant, Result
from server.domain.event_leaderboards.definition import Binding, Phase
from server.domain.ids import CohortId, PlayerId
from server.domain.leaderboards.definition import Aggregation, Segmentation
from server.domain.leaderboards.segments import Claim

NO_CONTEXT = "{}"
_TICK = timedelta(microseconds=1)
_CLIENT, _TRUSTED = "client", "trusted"


def points_of(before: Result, after: Result, aggregation: Aggregation) -> str | None:
    """Return what an accepted submission brings to a board, as a decimal; empty where points are not looked at.

    None: a score that did not change has nothing to bring, except to a board that counts.
    """
    if aggregation is Aggregation.COUNT:
        return ""
    is_first = before.submission_count == 0
    if not is_first and after.score == before.score:
        return None
    return str(after.score - before.score if aggregation is Aggregation.SUM else after.score)


def final_points_of(result: Result, aggregation: Aggregation) -> str:
    """Return what a finished score brings."""
    return "" if aggregation is Aggregation.COUNT else str(result.score)


def final_at(participant: Participant, cohort: Cohort, phase: Phase) -> datetime:
    """Return when a final score happened: the last instant at which the cohort was not yet complete for the player.

    A cohort that ends with the week belongs to the week that ends, and intervals are half-open.
    """
    return completion.completed_for_at(participant, cohort, phase) - _TICK


def is_final(participant: Participant, cohort: Cohort) -> bool:
    """Tell whether the player's own target has made his score final while others play on (E50)."""
    return participant.result.finished_at is not None and cohort.tally.min_reached_at is not None


def final_id(cohort_id: CohortId, player_id: PlayerId) -> str:
    """Return by what a final contribution is known."""
    return f"final:{cohort_id}:{player_id}"


def context_of(said: Mapping[str, str], *, is_trusted: bool) -> str:
    """Return what is kept with a participant of the context of his roll, and whose word it was (B34)."""
    return json.dumps({_TRUSTED if is_trusted else _CLIENT: dict(said)}, ensure_ascii=False) if said else NO_CONTEXT


def claim_of(binding: Binding, board: Segmentation | None, context: str, *, is_trusted: bool) -> Claim:
    """Return what is said of the player's segment: by the designer, else in the context that he rolled with."""
    if board is None:
        return _NOTHING_SAID
    if binding.segment is not None:
        return Claim(from_trusted=binding.segment, is_trusted=is_trusted)
    kept = json.loads(context)
    return Claim(kept.get(_CLIENT, {}).get(board.key), kept.get(_TRUSTED, {}).get(board.key), is_trusted)


_NOTHING_SAID = Claim()
