"""Event leaderboards, standings and past cohorts as messages."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from server.api.codec.rewards import available_rewards, grant
from server.api.codec.times import duration, maybe_timestamp, timestamp
from server.api.pb import event_leaderboard_pb2 as events
from server.api.pb import leaderboard_pb2 as leaderboards
from server.application.get_event_leaderboard import Shown
from server.application.list_past_cohorts import PastCohort
from server.domain.event_leaderboards import completion
from server.domain.event_leaderboards.definition import ChangeZone, Operator, RewardTier
from server.domain.event_leaderboards.view import EventView, StandingRow, Telling, telling_of
from server.domain.ids import PlayerId
from server.domain.instants import NEVER

_OPERATORS = {
    Operator.BEST: events.OPERATOR_BEST,
    Operator.SET: events.OPERATOR_SET,
    Operator.INCREMENT: events.OPERATOR_INCREMENT,
    Operator.DECREMENT: events.OPERATOR_DECREMENT,
}


_KINDS = {False: leaderboards.PLAYER_KIND_PLAYER, True: leaderboards.PLAYER_KIND_BOT}


def event_leaderboard(shown: Shown, *, with_definition: bool, is_trusted: bool = False) -> events.EventLeaderboard:
    """Return an event as its player sees it (E80). `is_trusted`: who reads it may know who is a bot."""
    view = shown.view
    telling = telling_of(view.definition, is_trusted=is_trusted)
    own = None if view.own is None else view.own.participant.player_id
    message = _without_cohort(view)
    if view.cohort is not None and view.own is not None:
        _add_cohort(message, view, view.own, telling)
    message.scores.extend(standings(shown.rows, own, telling))
    if with_definition:
        _add_definition(message, view)
    return message


def standings(rows: Iterable[StandingRow], own: PlayerId | None, telling: Telling) -> list[events.Standing]:
    """Return lines of standings; that of `own` is marked."""
    return [standing(row, own, telling) for row in rows]


def standing(row: StandingRow, own: PlayerId | None, telling: Telling) -> events.Standing:
    """Return a line of the standings. Everybody is told which rank he would win by himself."""
    one, result = row.participant, row.participant.result
    tells_prize_rank = telling.prize_ranks or one.player_id == own
    return events.Standing(
        player_id=one.player_id,
        name=one.name,
        avatar_url=one.avatar_url,
        rank=row.rank,
        score=result.score,
        subscore=result.subscore,
        num_scores=result.submission_count,
        metadata=result.metadata,
        create_time=timestamp(one.joined_at),
        update_time=maybe_timestamp(result.updated_at),
        reached_time=maybe_timestamp(result.reached_at),
        tier_delta=row.tier_delta,
        is_self=one.player_id == own,
        prize_rank=row.prize_rank if tells_prize_rank else 0,
        kind=_KINDS[row.is_bot] if telling.kinds else leaderboards.PLAYER_KIND_UNSPECIFIED,
    )


def past_cohort(past: PastCohort, now: datetime) -> events.PastCohort:
    """Return a finished cohort."""
    result, outcome = past.participant.result, past.outcome
    return events.PastCohort(
        cohort_id=past.cohort.cohort_id,
        phase_start_time=timestamp(past.cohort.phase_start),
        tier=past.cohort.tier,
        completion_time=timestamp(past.completed_at),
        rank=past.rank,
        prize_rank=outcome.rank,
        count=past.cohort.shown_count,
        tier_change=outcome.tier_change,
        score=result.score,
        subscore=result.subscore,
        num_scores=result.submission_count,
        reward_tier_name="" if outcome.reward_tier is None else outcome.reward_tier.name,
        claim_time=maybe_timestamp(past.participant.claimed_at),
        grant=None if past.grant is None else grant(past.grant, now),
    )


def _without_cohort(view: EventView) -> events.EventLeaderboard:
    definition, rules, phase, flags = view.definition, view.rules, view.phase, view.flags
    return events.EventLeaderboard(
        id=definition.event_id,
        name=view.display.name,
        description=view.display.description,
        category=view.display.category,
        ascending=definition.ascending,
        operator=_OPERATORS[definition.operator],
        additional_properties=view.display.additional_properties,
        tier=view.tier,
        tiers=definition.tiers,
        pending_tier_change=view.pending_tier_change,
        start_time=None if phase is None else timestamp(phase.start),
        end_time=None if phase is None else maybe_timestamp(phase.active_end),
        expiry_time=None if phase is None else maybe_timestamp(phase.expiry),
        next_start_time=maybe_timestamp(view.next_start),
        current_time=timestamp(view.now),
        is_active=flags.is_active,
        can_update=flags.can_update,
        can_claim=flags.can_claim,
        can_roll=flags.can_roll,
        can_roll_with_claim=flags.can_roll_with_claim,
        max_count=rules.cohort_size,
        max_num_score=rules.max_num_score,
        score_target=rules.score_target,
        score_target_players=rules.score_target_players,
        score_time_limit=None if rules.score_time_limit is None else duration(rules.score_time_limit),
        score_time_limit_end_time=maybe_timestamp(view.time_limit_ends_at),
        tier_delta_per_phase=rules.tier_delta_per_phase,
        rolls=view.rolls_used,
        max_rolls=-1 if definition.max_rolls is None else definition.max_rolls,
        roll_cooldown=duration(view.roll_cooldown),
        roll_cooldown_end_time=maybe_timestamp(view.cooldown_ends_at),
        reroll_count_freeze=view.is_reroll_free,
        best_rank=view.best_rank or 0,
        definition_hash=definition.hash,
    )


def _add_cohort(message: events.EventLeaderboard, view: EventView, own: StandingRow, telling: Telling) -> None:
    cohort, phase = view.cohort, view.cohort_phase
    assert cohort is not None
    assert phase is not None
    message.cohort_id = cohort.cohort_id
    message.count = cohort.shown_count
    message.max_count = cohort.size
    message.revision = cohort.tally.revision
    completed_at = completion.completed_for_at(own.participant, cohort, phase)
    if completed_at != NEVER:
        message.completion_time.CopyFrom(timestamp(completed_at))
    if cohort.properties != "{}":
        message.matchmaker_properties.update(json.loads(cohort.properties))
    message.standing.CopyFrom(standing(own, own.participant.player_id, telling))
    if own.participant.claimed_at is not None:
        message.claim_time.CopyFrom(timestamp(own.participant.claimed_at))


def _add_definition(message: events.EventLeaderboard, view: EventView) -> None:
    for rules in view.definition.tier_rules:
        brackets = [_reward_tier(one) for one in rules.reward_tiers]
        message.reward_tiers[rules.tier].CopyFrom(events.RewardTiers(reward_tiers=brackets))
        if rules.change_zone is not None:
            message.change_zones[rules.tier].CopyFrom(_change_zone(rules.change_zone))
    if view.own is not None:
        landed = view.rules.reward_tier_of(view.own.prize_rank)
        available = None if landed is None else available_rewards(landed.reward)
        if available is not None:
            message.available_rewards.CopyFrom(available)


def _reward_tier(one: RewardTier) -> events.RewardTier:
    return events.RewardTier(
        name=one.name,
        rank_min=one.rank_min,
        rank_max=one.rank_max,
        rewards=available_rewards(one.reward),
        tier_change=one.tier_change,
        roll_cooldown=None if one.roll_cooldown is None else duration(one.roll_cooldown),
        reroll_count_freeze=one.reroll_count_freeze,
    )


def _change_zone(zone: ChangeZone) -> events.ChangeZone:
    return events.ChangeZone(
        promotion=None if zone.promotion is None else float(zone.promotion),
        demotion=None if zone.demotion is None else float(zone.demotion),
        demote_idle=zone.demote_idle,
        use_max_cohort_size=zone.use_max_cohort_size,
        promotion_reroll_count_freeze=zone.promotion_reroll_count_freeze,
        demotion_reroll_count_freeze=zone.demotion_reroll_count_freeze,
        nochange_reroll_count_freeze=zone.nochange_reroll_count_freeze,
    )
