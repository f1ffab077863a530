"""How a submission changes a score (E30 to E33), and what it changes in the cohort (E36, E50).

The question *may he submit?* is asked in `situation.submission_refusal`; here the submission itself is judged and
applied. A refused one raises before anything is made, so nothing changes and nothing is counted.
"""

from __future__ import annotations

from dataclasses import field, replace
from datetime import datetime

from server.domain.errors import AuthoritativeEvent, OperatorOverrideForbidden, ScoreOutOfBounds, ScoreOverflow
from server.domain.event_leaderboards.cohort import Cohort, Participant, Result, Tally
from server.domain.event_leaderboards.completion import scheduled
from server.domain.event_leaderboards.definition import SCORE_MAX, SCORE_MIN, Definition, Operator, Phase, TierRules
from server.domain.event_leaderboards.metrics import Report, metrics_from, metrics_text, reported, score_of
from server.domain.values import value

_BEST, _SET, _INCREMENT, _DECREMENT = Operator.BEST, Operator.SET, Operator.INCREMENT, Operator.DECREMENT
"""By names of this module: to ask the class for a member takes five times as long, and each submission asks for several."""


@value
class Submission:
    """One score on its way in. `metadata` None keeps what is there; `operator` None takes the event's."""

    score: int
    subscore: int = 0
    metadata: str | None = None
    conditional_metadata_update: bool = False
    operator: Operator | None = None
    is_trusted: bool = False
    report: Report | None = field(default=None, repr=False)
    """Metrics that the game reports instead of a score (B34)."""
    metrics: str | None = field(default=None, repr=False)
    """What the participant's metrics are after it, once the score has been made of them; None: as they were."""


@value
class Applied:
    """What a submission did: the cohort and participant after it, and what they were told (E34)."""

    cohort: Cohort
    participant: Participant
    previous: Result
    is_improved: bool
    is_newly_done: bool
    """The participant can submit no more, and could before."""


def scored(definition: Definition, before: Result, submission: Submission) -> Submission:
    """Return a submission with the score that its metrics come to; one that brings a score is what it is.

    :raises MetricsNotTaken, MetricUnknown, MetricOverflow, ScoreExpressionFailed, ScoreOverflow: if they come to none
    """
    if submission.report is None:
        return submission
    after = reported(definition.metrics, metrics_from(before.metrics), submission.report)
    assert definition.metrics is not None, "an event without metrics takes no report"
    return replace(submission, score=score_of(definition.metrics, after), metrics=metrics_text(after))


def refuse_submission(definition: Definition, submission: Submission) -> None:
    """Judge a submission by what the event accepts from this caller, whatever the state of the cohort (E30, E31).

    :raises AuthoritativeEvent, OperatorOverrideForbidden, ScoreOutOfBounds: the first that applies
    """
    if definition.authoritative and not submission.is_trusted:
        raise AuthoritativeEvent
    operator = submission.operator or definition.operator
    is_own = operator is definition.operator
    if not (is_own or submission.is_trusted or definition.allow_operator_override):
        raise OperatorOverrideForbidden(operator=definition.operator.value)
    counts = operator is _INCREMENT or operator is _DECREMENT
    lowest = 0 if counts else SCORE_MIN  # what adds or subtracts is 0 or more, unless the definition says otherwise
    score_min = lowest if definition.score_min is None else definition.score_min
    score_max = SCORE_MAX if definition.score_max is None else definition.score_max
    if not score_min <= submission.score <= score_max:
        raise ScoreOutOfBounds(score_min=score_min, score_max=score_max)
    subscore_min = min(score_min, 0) if counts else SCORE_MIN
    if not subscore_min <= submission.subscore <= SCORE_MAX:
        raise ScoreOutOfBounds(subscore_min=subscore_min, subscore_max=SCORE_MAX)


def apply_submission(
    cohort: Cohort, participant: Participant, phase: Phase, submission: Submission, now: datetime
) -> Applied:
    """Apply a submission that nothing refuses.

    :raises ScoreOverflow: when a sum leaves the range of int64
    """
    definition = phase.definition
    rules = definition.rules_of(cohort.tier)
    before = participant.result
    score, subscore = _new_pair(definition, submission, before)
    is_first = before.submission_count == 0
    is_changed = is_first or score != before.score or subscore != before.subscore
    revision, stamp = cohort.tally.revision + 1, cohort.stamp(now)
    finishes = before.finished_at is None and reaches_target(score, definition, rules)
    count = before.submission_count + 1
    result = Result(
        score,
        subscore,
        count,
        stamp,
        stamp if is_changed else before.reached_at,
        revision if is_changed else before.reached_revision,
        stamp if finishes else before.finished_at,
        revision if finishes else before.finished_revision,
        _new_metadata(submission, before, is_changed=is_changed),
        before.metrics if submission.metrics is None else submission.metrics,
    )
    is_newly_done = _is_done(result, rules) and not _is_done(before, rules)
    after = cohort.with_tally(_next_tally(cohort.tally, rules, stamp, finishes=finishes, is_newly_done=is_newly_done))
    return Applied(
        scheduled(after, phase) if is_newly_done else after,
        participant.with_result(result),
        before,
        is_first or is_better(definition, (score, subscore), (before.score, before.subscore)),
        is_newly_done,
    )


def is_better(definition: Definition, pair: tuple[int, int], other: tuple[int, int]) -> bool:
    """Tell whether a pair of score and subscore ranks before another: score first, subscore second (E31, E40)."""
    if pair[0] != other[0]:
        return (pair[0] < other[0]) is definition.ascending
    if pair[1] == other[1]:
        return False
    return (pair[1] < other[1]) is definition.subscore_ascending


def reaches_target(score: int, definition: Definition, rules: TierRules) -> bool:
    """Tell whether a score, once submitted, reaches the tier's target (E50)."""
    if rules.score_target is None:
        return False
    return score <= rules.score_target if definition.ascending else score >= rules.score_target


def _new_pair(definition: Definition, submission: Submission, before: Result) -> tuple[int, int]:
    score, subscore = submission.score, submission.subscore
    operator = submission.operator or definition.operator
    if operator is _SET:
        return score, subscore
    if operator is _INCREMENT:
        return _within_range(before.score + score), _within_range(before.subscore + subscore)
    if operator is _DECREMENT:
        return _within_range(before.score - score), _within_range(before.subscore - subscore)
    assert operator is _BEST
    here = (before.score, before.subscore)
    return (score, subscore) if before.submission_count == 0 or is_better(definition, (score, subscore), here) else here


def _within_range(total: int) -> int:
    if not SCORE_MIN <= total <= SCORE_MAX:
        raise ScoreOverflow
    return total


def _new_metadata(submission: Submission, before: Result, *, is_changed: bool) -> str:
    if submission.metadata is None or (submission.conditional_metadata_update and not is_changed):
        return before.metadata
    return submission.metadata


def _is_done(result: Result, rules: TierRules) -> bool:
    return result.finished_at is not None or 0 < rules.max_num_score <= result.submission_count


def _next_tally(tally: Tally, rules: TierRules, stamp: datetime, *, finishes: bool, is_newly_done: bool) -> Tally:
    finishers = tally.finisher_count + finishes
    saturates = finishes and tally.saturated_at is None and finishers >= rules.score_target_players
    return Tally(
        tally.revision + 1,
        stamp,
        tally.participant_count,
        finishers,
        tally.done_count + is_newly_done,
        tally.last_open_joined_at,
        stamp if is_newly_done else tally.last_done_at,
        tally.filled_at,
        tally.min_reached_at,
        stamp if saturates else tally.saturated_at,
        tally.sealed_at,
        tally.completed_at,
        tally.settle_at,
        tally.bot_count,
        tally.bots_at,
        tally.bots_due_at,
    )
