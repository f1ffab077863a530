"""The server's values as modules see them: copies of their own."""

from __future__ import annotations

import json

from server.application.board_pages import BoardRow, PeriodView
from server.application.board_submissions import BoardSubmitted
from server.domain import grants, rewards
from server.domain.event_leaderboards import cohort as cohorts
from server.domain.event_leaderboards import definition as definitions
from server.domain.event_leaderboards import submissions, view
from server.domain.ids import PlayerId
from server.domain.leaderboards.definition import Leaderboard
from server.domain.leaderboards.scores import decimal_of
from server.domain.players import Player
from server.hooks import api
from server.ports.board_store import StoredPeriod
from server.ports.hooks import (
    ContributionAnswer,
    ContributionQuestion,
    RewardQuestion,
    SubmissionQuestion,
    TierChanged,
)
from server.ports.module_store import Notice, StoredObject

_KINDS = ("player", "server", "address")


def caller(name: str) -> api.Caller:
    """Return who calls; names begin with the kind, and whatever is none of them is the server itself."""
    kind, _, own = name.partition(":")
    return api.Caller(kind, own) if kind in _KINDS else api.Caller("laurel", name)  # type: ignore[arg-type] # is one of them


def event(definition: definitions.Definition) -> api.Event:
    """Return an event."""
    return api.Event(
        id=definition.event_id,
        name=definition.name,
        category=definition.category,
        tiers=definition.tiers,
        cohort_sizes=tuple(rules.cohort_size for rules in definition.tier_rules),
        additional_properties=dict(definition.additional_properties),
    )


def board(definition: definitions.Definition) -> api.Board:
    """Return what a score is for."""
    return api.Board("event_leaderboard", definition.event_id, event(definition))


def leaderboard(one: Leaderboard) -> api.Leaderboard:
    """Return a leaderboard."""
    return api.Leaderboard(
        key=one.key,
        name=one.name,
        aggregation=one.aggregation.value,
        decimals=one.ranking.decimals,
        is_ascending=one.ranking.is_ascending,
        additional_properties=dict(one.additional_properties),
    )


def board_of(one: Leaderboard) -> api.Board:
    """Return the leaderboard that a score is for."""
    return api.Board("leaderboard", one.key, None, leaderboard(one))


def final_period(one: StoredPeriod) -> api.Period:
    """Return a period that is final."""
    key, start = one.period
    return api.Period(key, one.window_key, start, one.end, "final", one.entries)


def period(one: PeriodView) -> api.Period:
    """Return a period as it is now."""
    return api.Period(one.leaderboard, one.window_key, one.start, one.end, one.state.value, one.entries)


def leaderboard_row(row: BoardRow, decimals: int) -> api.LeaderboardRow:
    """Return a line of a leaderboard."""
    aggregate = row.aggregate
    return api.LeaderboardRow(
        player_id=row.player_id,
        name=row.name,
        score=decimal_of(aggregate.score, decimals),
        rank=row.rank,
        position=row.position,
        prize_position=row.prize_position,
        prize_tier=row.prize_tier,
        scores=aggregate.samples,
        metadata={} if aggregate.metadata is None else json.loads(aggregate.metadata),
        reached_at=aggregate.reached_at,
        order_key=row.order_key,
        is_bot=row.is_bot,
    )


def counted(one: BoardSubmitted) -> api.Counted:
    """Return what became of a score."""
    entry, board = one.contributed.entry, one.board
    score = None if entry is None or board is None else decimal_of(entry.aggregate.score, board.ranking.decimals)
    return api.Counted(one.contributed.outcome.value, score, None if one.place is None else one.place.rank)


def phase(one: definitions.Phase) -> api.Phase:
    """Return a phase."""
    return api.Phase(one.start, one.active_end, one.expiry)


def player(one: Player) -> api.Player:
    """Return an account."""
    return api.Player(one.player_id, one.name, one.avatar_url, one.created_at)


def cohort(one: cohorts.Cohort) -> api.Cohort:
    """Return a cohort."""
    return api.Cohort(
        id=one.cohort_id,
        event_id=one.event_id,
        tier=one.tier,
        size=one.size,
        count=one.tally.participant_count,
        properties=json.loads(one.properties),
        created_at=one.created_at,
        completed_at=one.tally.completed_at,
    )


def candidate(one: cohorts.Cohort, player_ids: tuple[PlayerId, ...]) -> api.Candidate:
    """Return an open cohort."""
    return api.Candidate(
        cohort_id=one.cohort_id,
        tier=one.tier,
        count=one.tally.participant_count,
        size=one.size,
        properties=json.loads(one.properties),
        player_ids=tuple(str(each) for each in player_ids),
        created_at=one.created_at,
    )


def standing(question: RewardQuestion) -> api.Standing:
    """Return how a cohort ended for a player."""
    outcome, where = question.outcome, question.cohort
    return api.Standing(where.cohort_id, where.tier, outcome.rank, outcome.count, outcome.tier_change)


def standing_row(row: view.StandingRow) -> api.StandingRow:
    """Return a row of a cohort's standings."""
    one = row.participant
    return api.StandingRow(
        player_id=one.player_id,
        name=one.name,
        rank=row.rank,
        score=one.result.score,
        subscore=one.result.subscore,
        submissions=one.result.submission_count,
        metadata=json.loads(one.result.metadata),
        tier_change=row.tier_delta,
        prize_rank=row.prize_rank,
        is_bot=row.is_bot,
    )


def submission(question: SubmissionQuestion, one: submissions.Submission) -> api.Submission:
    """Return a score on its way in."""
    return api.Submission(
        score=one.score,
        subscore=one.subscore,
        metadata=None if one.metadata is None else json.loads(one.metadata),
        operator=None if one.operator is None else one.operator.value,
        is_trusted=one.is_trusted,
        request_id=question.request_id,
        metrics=None if one.report is None else dict(one.report.values),
    )


def contribution(question: ContributionQuestion, one: ContributionAnswer) -> api.Submission:
    """Return a score on its way to a leaderboard."""
    return api.Submission(
        score=one.points,
        metadata=None if one.metadata is None else json.loads(one.metadata),
        is_trusted=question.is_trusted,
        request_id=question.request_id,
    )


def tier_change(news: TierChanged) -> api.TierChange:
    """Return from which tier to which."""
    return api.TierChange(news.from_tier, news.cohort.tier, news.cohort.cohort_id)


def reward(one: rewards.Reward) -> api.Reward:
    """Return a reward, as far as modules may change it."""
    return api.Reward(dict(one.items), dict(one.currencies), dict(one.energies), one.message)


def grant(one: grants.Grant) -> api.Grant:
    """Return a grant."""
    return api.Grant(
        id=one.grant_id,
        key=one.key,
        player_id=one.player_id,
        source_kind=one.source_kind,
        source_id=one.source_id,
        reward=reward(one.reward),
        state=one.state.value,
        created_at=one.created_at,
    )


def notice(one: Notice) -> api.Notice:
    """Return which telling this is."""
    return api.Notice(one.notice_id, one.attempts + 1, one.created_at)


def stored_object(one: StoredObject) -> api.StoredObject:
    """Return an object."""
    at = one.at
    return api.StoredObject(at.collection, at.key, at.owner, json.loads(one.value), one.version, one.updated_at)
