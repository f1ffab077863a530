"""What is legal and smells (E1): warnings that keep nothing out."""

from __future__ import annotations

from server.definitions.build import build_definition
from server.definitions.checks.problems import Problems, tier_option, warning
from server.definitions.models.event_leaderboard import EventLeaderboardModel
from server.definitions.source import Path
from server.domain.ids import EventId


def smells(path: Path, model: EventLeaderboardModel) -> Problems:
    """Warn of what works as written and is rarely meant."""
    yield from _farming_warnings(path, model)
    if not model.authoritative and model.score_max is None:
        yield warning(
            path,
            "players submit scores without an upper bound",
            "set score_max, or authoritative: true",
            about=("score_max",),
        )
    zones = model.change_zones.items()
    if any(zone.demotion and not zone.demote_idle for _, zone in zones):
        key = next(key for key, zone in zones if zone.demotion and not zone.demote_idle)
        yield warning(
            (*path, "change_zones", key, "demotion"),
            "who skips a phase keeps the tier that losers lose",
            "set demote_idle: true",
        )
    if not model.min_cohort_size and (any(zone.promotion for _, zone in zones) or model.max_rolls not in (0, 1)):
        yield warning(
            path,
            "a player alone in a cohort wins it: tiers move, or rolls begin anew, without an opponent",
            "set min_cohort_size",
            about=("min_cohort_size", "change_zones", "max_rolls"),
        )
    yield from _per_tier_warnings(path, model)


def _per_tier_warnings(path: Path, model: EventLeaderboardModel) -> Problems:
    unread = {
        "reset_schedule": "",
        "scoring": None,
        "score_expression": None,
        "bots": None,
    }  # what may be wrong plays no part here
    rules_of = build_definition(EventId(str(path[-1])), model.model_copy(update=unread)).rules_of
    for tier in range(model.tiers):
        rules = rules_of(tier)
        brackets = model.reward_tiers.get(str(tier), [])
        for index, bracket in enumerate(brackets):
            if bracket.rank_min > rules.cohort_size:
                yield warning(
                    (*path, "reward_tiers", str(tier), index, "rank_min"),
                    f"nobody can reach rank {bracket.rank_min}: a cohort of tier {tier} has {rules.cohort_size} places",
                    "lower rank_min or raise cohort_size",
                )
        if rules.score_target is None:
            continue
        if not any(bracket.reward is not None for bracket in brackets):
            yield warning(
                tier_option(path, model, tier, "score_target")[1],
                f"tier {tier} has a target and no reward for reaching it",
                "add reward_tiers",
                about=("reward_tiers",),
            )
        if rules.score_target_players > rules.cohort_size:
            yield warning(
                tier_option(path, model, tier, "score_target_players")[1],
                f"a cohort of tier {tier} has {rules.cohort_size} places; {rules.score_target_players} can never finish",
                "lower score_target_players",
            )
        elif model.min_cohort_size > rules.score_target_players:
            yield warning(
                tier_option(path, model, tier, "score_target_players")[1],
                "a race can be decided before min_cohort_size is reached, and then lasts until the phase ends",
                "raise score_target_players to min_cohort_size",
            )


def _farming_warnings(path: Path, model: EventLeaderboardModel) -> Problems:
    """Warn of rewards that can be collected without end: many rerolls, prizes by rank, and nothing that slows them."""
    has_prizes = any(bracket.reward is not None for brackets in model.reward_tiers.values() for bracket in brackets)
    always_free = any(
        zone.promotion_reroll_count_freeze and zone.demotion_reroll_count_freeze and zone.nochange_reroll_count_freeze
        for zone in model.change_zones.values()
    )
    if has_prizes and not model.roll_cooldown_sec and (model.max_rolls == -1 or always_free):
        option = "max_rolls" if model.max_rolls == -1 else "change_zones"
        yield warning(
            (*path, option),
            "rewards can be farmed: rolls never run out and need no waiting",
            "set roll_cooldown_sec or max_rolls",
        )
