"""Rows of any SQL store, to and from the values of the domain. Times are microseconds since 1970 in both directions.

The order of columns is that of the `*_COLUMNS` lists, which the queries of every adapter name in full.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from functools import lru_cache
from typing import Any

from server.domain.event_leaderboards.cohort import Cohort, Participant, Participation, Result, Tally
from server.domain.grants import Grant, GrantState
from server.domain.ids import CohortId, EventId, GrantId, LeaderboardKey, PlayerId
from server.domain.instants import from_microseconds, microseconds_of
from server.domain.leaderboards.entry import PeriodId, SegmentId
from server.domain.rewards import ItemInstance, Reward, RolledEnergyModifier, RolledRewardModifier

Row = Sequence[Any]

COHORT_COLUMNS = 24
"""How many columns of a joined row belong to the cohort."""
_PARTICIPANT_AT = 4 + COHORT_COLUMNS

moment_of = lru_cache(maxsize=8192)(from_microseconds)
"""The same instants come again and again: starts of phases, creations of cohorts."""


def micros(moment: datetime | None) -> int | None:
    """Return the moment as the store keeps it."""
    return None if moment is None else microseconds_of(moment)


def _maybe(value: int | None) -> datetime | None:
    return None if value is None else moment_of(value)


def cohort_from(row: Row) -> Cohort:
    """Read a cohort from its 24 columns."""
    tally = Tally(
        row[8],
        moment_of(row[9]),
        row[10],
        row[11],
        row[12],
        _maybe(row[13]),
        _maybe(row[14]),
        _maybe(row[15]),
        _maybe(row[16]),
        _maybe(row[17]),
        _maybe(row[18]),
        _maybe(row[19]),
        _maybe(row[20]),
        row[21],
        _maybe(row[22]),
        _maybe(row[23]),
    )
    return Cohort(
        CohortId(row[0]),
        EventId(row[1]),
        moment_of(row[2]),
        row[3],
        row[4],
        moment_of(row[5]),
        tally,
        bool(row[6]),
        row[7],
    )


def participant_from(row: Row) -> Participant:
    """Read a participant from his 19 columns."""
    (
        cohort_id,
        player_id,
        name,
        avatar_url,
        joined_at,
        joined_revision,
        score,
        subscore,
        submission_count,
        updated_at,
        reached_at,
        reached_revision,
        finished_at,
        finished_revision,
        metadata,
        claimed_at,
        context,
        metrics,
        final_at,
    ) = row
    return Participant(
        cohort_id,
        player_id,
        name,
        avatar_url,
        moment_of(joined_at),
        joined_revision,
        Result(
            score,
            subscore,
            submission_count,
            _maybe(updated_at),
            _maybe(reached_at),
            reached_revision,
            None if finished_at is None else moment_of(finished_at),
            finished_revision,
            metadata,
            metrics,
        ),
        None if claimed_at is None else moment_of(claimed_at),
        context,
        None if final_at is None else moment_of(final_at),
    )


def participation_from(row: Row) -> Participation:
    """Read a participation: its 4 own columns, then its cohort's, then the participant's."""
    return participation_in(cohort_from(row[4:_PARTICIPANT_AT]), row[:4], row[_PARTICIPANT_AT:])


def participation_in(cohort: Cohort, own: Row, participant: Row) -> Participation:
    """Read a participation in a cohort that has been read: its 4 own columns, and the participant's."""
    seated = participant_from(participant)
    rolls_used, rolled_at, best_rank, played_tier_change = own
    return Participation(
        seated.player_id,
        cohort.event_id,
        cohort,
        seated,
        rolls_used,
        moment_of(rolled_at),
        best_rank,
        played_tier_change,
    )


def tally_values(cohort: Cohort) -> dict[str, Any]:
    """Return what changes in a cohort, by column."""
    tally = cohort.tally
    return {
        "cohort_id": cohort.cohort_id,
        "revision": tally.revision,
        "changed_at": microseconds_of(tally.changed_at),
        "participant_count": tally.participant_count,
        "finisher_count": tally.finisher_count,
        "done_count": tally.done_count,
        "last_open_joined_at": micros(tally.last_open_joined_at),
        "last_done_at": micros(tally.last_done_at),
        "filled_at": micros(tally.filled_at),
        "min_reached_at": micros(tally.min_reached_at),
        "saturated_at": micros(tally.saturated_at),
        "sealed_at": micros(tally.sealed_at),
        "completed_at": micros(tally.completed_at),
        "settle_at": micros(tally.settle_at),
        "has_room": int(cohort.has_room),
    }


def cohort_values(cohort: Cohort) -> dict[str, Any]:
    """Return all of a new cohort, by column."""
    return tally_values(cohort) | {
        "event_id": cohort.event_id,
        "phase_start": microseconds_of(cohort.phase_start),
        "tier": cohort.tier,
        "size": cohort.size,
        "created_at": microseconds_of(cohort.created_at),
        "is_reserved": int(cohort.is_reserved),
        "properties": cohort.properties,
    }


def result_values(participant: Participant, standing_key: bytes) -> dict[str, Any]:
    """Return what a submission changes in a participant, by column."""
    result = participant.result
    return {
        "cohort_id": participant.cohort_id,
        "player_id": participant.player_id,
        "standing_key": standing_key,
        "score": result.score,
        "subscore": result.subscore,
        "submission_count": result.submission_count,
        "updated_at": micros(result.updated_at),
        "reached_at": micros(result.reached_at),
        "reached_revision": result.reached_revision,
        "finished_at": micros(result.finished_at),
        "finished_revision": result.finished_revision,
        "metadata": result.metadata,
        "metrics": result.metrics,
        "final_at": micros(participant.final_at),
    }


def result_row(participant: Participant, standing_key: bytes) -> tuple[Any, ...]:
    """Return the same in the order of RESULT_ORDER, for drivers that bind by number: it is asked for all the time."""
    result = participant.result
    updated_at, reached_at, finished_at = result.updated_at, result.reached_at, result.finished_at
    updated = None if updated_at is None else microseconds_of(updated_at)
    return (
        standing_key,
        result.score,
        result.subscore,
        result.submission_count,
        updated,
        updated if reached_at is updated_at else micros(reached_at),
        result.reached_revision,
        None if finished_at is None else microseconds_of(finished_at),
        result.finished_revision,
        result.metadata,
        result.metrics,
        None if participant.final_at is None else microseconds_of(participant.final_at),
        participant.cohort_id,
        participant.player_id,
    )


def score_row(participant: Participant, standing_key: bytes) -> tuple[Any, ...]:
    """Return what changes in a participant who has only scored, in the order of SCORE_ORDER.

    Half as many values: SQLite takes a quarter less for the row, PostgreSQL and its driver a third.
    """
    result = participant.result
    updated_at, reached_at = result.updated_at, result.reached_at
    updated = micros(updated_at)
    return (
        standing_key,
        result.score,
        result.subscore,
        result.submission_count,
        updated,
        updated if reached_at is updated_at else micros(reached_at),
        result.reached_revision,
        participant.cohort_id,
        participant.player_id,
    )


SCORE_ORDER = (
    "standing_key",
    "score",
    "subscore",
    "submission_count",
    "updated_at",
    "reached_at",
    "reached_revision",
    "cohort_id",
    "player_id",
)

RESULT_ORDER = (
    "standing_key",
    "score",
    "subscore",
    "submission_count",
    "updated_at",
    "reached_at",
    "reached_revision",
    "finished_at",
    "finished_revision",
    "metadata",
    "metrics",
    "final_at",
    "cohort_id",
    "player_id",
)


def participant_values(participant: Participant, standing_key: bytes) -> dict[str, Any]:
    """Return all of a new participant, by column."""
    return result_values(participant, standing_key) | {
        "name": participant.name,
        "avatar_url": participant.avatar_url,
        "joined_at": microseconds_of(participant.joined_at),
        "joined_revision": participant.joined_revision,
        "claimed_at": micros(participant.claimed_at),
        "context": participant.context,
    }


def participation_values(participation: Participation) -> dict[str, Any]:
    """Return a participation by column."""
    return {
        "player_id": participation.player_id,
        "event_id": participation.event_id,
        "cohort_id": participation.cohort.cohort_id,
        "rolls_used": participation.rolls_used,
        "rolled_at": microseconds_of(participation.rolled_at),
        "best_rank": participation.best_rank,
        "played_tier_change": participation.played_tier_change,
    }


def grant_from(row: Row) -> Grant:
    """Read a grant from its 14 columns."""
    return Grant(
        GrantId(row[0]),
        row[1],
        PlayerId(row[2]),
        row[3],
        row[4],
        reward_from_json(row[5]),
        GrantState(row[6]),
        moment_of(row[7]),
        _maybe(row[8]),
        _maybe(row[9]),
        None if row[10] is None else SegmentId(PeriodId(LeaderboardKey(row[10]), moment_of(row[11])), row[12]),
        _maybe(row[13]),
    )


def grant_values(grant: Grant) -> dict[str, Any]:
    """Return a grant by column."""
    period = None if grant.segment is None else grant.segment.period
    return {
        "grant_id": grant.grant_id,
        "grant_key": grant.key,
        "player_id": grant.player_id,
        "source_kind": grant.source_kind,
        "source_id": grant.source_id,
        "reward": reward_to_json(grant.reward),
        "state": grant.state.value,
        "created_at": microseconds_of(grant.created_at),
        "claimed_at": micros(grant.claimed_at),
        "expires_at": micros(grant.expires_at),
        "leaderboard": None if period is None else period.leaderboard,
        "period_start": None if period is None else microseconds_of(period.start),
        "segment": None if grant.segment is None else grant.segment.segment,
        "claimable_at": micros(grant.claimable_at),
    }


def reward_to_json(reward: Reward) -> str:
    """Write a reward as JSON; what is empty is left out."""
    parts = {
        "items": dict(reward.items),
        "currencies": dict(reward.currencies),
        "energies": dict(reward.energies),
        "energy_modifiers": [asdict(one) for one in reward.energy_modifiers],
        "reward_modifiers": [asdict(one) for one in reward.reward_modifiers],
        "item_instances": [asdict(one) for one in reward.item_instances],
        "to_mailbox_expiry_sec": reward.to_mailbox_expiry_sec,
        "message": reward.message,
    }
    return json.dumps({name: part for name, part in parts.items() if part}, separators=(",", ":"))


def reward_from_json(text: str) -> Reward:
    """Read a reward back."""
    data = json.loads(text)
    return Reward(
        items=data.get("items", {}),
        currencies=data.get("currencies", {}),
        energies=data.get("energies", {}),
        energy_modifiers=tuple(RolledEnergyModifier(**one) for one in data.get("energy_modifiers", ())),
        reward_modifiers=tuple(RolledRewardModifier(**one) for one in data.get("reward_modifiers", ())),
        item_instances=tuple(ItemInstance(**one) for one in data.get("item_instances", ())),
        to_mailbox_expiry_sec=data.get("to_mailbox_expiry_sec", 0),
        message=data.get("message", ""),
    )
