"""Rewards, odds and grants as messages."""

from __future__ import annotations

from datetime import datetime

from server.api.codec.times import maybe_timestamp, seconds_duration, timestamp
from server.api.pb import reward_pb2 as rewards
from server.domain.grants import Grant, GrantState, state_at
from server.domain.leaderboards.entry import SegmentId
from server.domain.leaderboards.prizes import tier_in
from server.domain.rewards import Range, Reward, RewardConfig, RewardContents

_GRANT_STATES = {
    GrantState.PENDING: rewards.GRANT_STATE_PENDING,
    GrantState.CLAIMED: rewards.GRANT_STATE_CLAIMED,
    GrantState.EXPIRED: rewards.GRANT_STATE_EXPIRED,
    GrantState.REVOKED: rewards.GRANT_STATE_REVOKED,
}


def grant(one: Grant, now: datetime) -> rewards.Grant:
    """Return a grant, as it stands now."""
    return rewards.Grant(
        id=one.grant_id,
        key=one.key,
        source_kind=one.source_kind,
        source_id=one.source_id,
        reward=reward(one.reward),
        state=_GRANT_STATES[state_at(one, now)],
        create_time=timestamp(one.created_at),
        claim_time=maybe_timestamp(one.claimed_at),
        expiry_time=maybe_timestamp(one.expires_at),
        claimable_time=maybe_timestamp(one.claimable_at),
        period=None if one.segment is None else _period(one.segment, one.key),
    )


def _period(segment: SegmentId, grant_key: str) -> rewards.GrantPeriod:
    return rewards.GrantPeriod(
        leaderboard=segment.period.leaderboard,
        start_time=timestamp(segment.period.start),
        segment=segment.segment,
        prize_tier=tier_in(grant_key),
    )


def reward(one: Reward) -> rewards.Reward:
    """Return what was won."""
    return rewards.Reward(
        items=one.items,
        currencies=one.currencies,
        energies=one.energies,
        energy_modifiers=[
            rewards.RewardEnergyModifier(
                id=modifier.id,
                operator=modifier.operator,
                value=modifier.value,
                duration=seconds_duration(modifier.duration_sec),
            )
            for modifier in one.energy_modifiers
        ],
        reward_modifiers=[
            rewards.RewardModifier(
                id=modifier.id,
                type=modifier.type,
                operator=modifier.operator,
                value=modifier.value,
                duration=seconds_duration(modifier.duration_sec),
            )
            for modifier in one.reward_modifiers
        ],
        item_instances=[
            rewards.RewardItemInstance(
                item_id=instance.item_id,
                count=instance.count,
                string_properties=instance.string_properties,
                numeric_properties=instance.numeric_properties,
            )
            for instance in one.item_instances
        ],
        message=one.message,
    )


def available_rewards(config: RewardConfig | None) -> rewards.AvailableRewards | None:
    """Return the odds of a reward."""
    if config is None:
        return None
    return rewards.AvailableRewards(
        guaranteed=None if config.guaranteed is None else _available_contents(config.guaranteed),
        weighted=[_available_contents(row) for row in config.weighted],
        max_rolls=config.max_rolls,
        max_repeat_rolls=config.max_repeat_rolls,
        total_weight=config.total_weight,
        mailbox_expiry=seconds_duration(config.to_mailbox_expiry_sec) if config.to_mailbox_expiry_sec else None,
        message=config.message,
    )


def _available_contents(contents: RewardContents) -> rewards.AvailableRewardContents:
    return rewards.AvailableRewardContents(
        items={key: _range(draw.count) for key, draw in contents.items.items()},
        item_sets=[
            rewards.AvailableRewardItemSet(sets=draw.sets, count=_range(draw.count), max_repeats=draw.max_repeats)
            for draw in contents.item_sets
        ],
        currencies={key: _range(span) for key, span in contents.currencies.items()},
        energies={key: _range(span) for key, span in contents.energies.items()},
        energy_modifiers=[
            rewards.AvailableRewardEnergyModifier(
                id=one.id,
                operator=one.operator,
                value=None if one.value is None else _range(one.value),
                duration_seconds=_range(one.duration_sec),
            )
            for one in contents.energy_modifiers
        ],
        reward_modifiers=[
            rewards.AvailableRewardModifier(
                id=one.id,
                type=one.type,
                operator=one.operator,
                value=_range(one.value),
                duration_seconds=_range(one.duration_sec),
            )
            for one in contents.reward_modifiers
        ],
        weight=contents.weight,
    )


def _range(span: Range) -> rewards.AvailableRewardRange:
    high = span.min if span.max is None else span.max
    return rewards.AvailableRewardRange(min=span.min, max=high, multiple=span.multiple)
