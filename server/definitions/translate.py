"""Other systems' words, and what stands elsewhere, put into ours: what remains says one thing in one way (B1).

Equal meaning has equal content then, whoever's words a designer writes. Whether the same thing was said twice is for the
checks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.definitions.build_bot_binding import with_kinds
from server.definitions.models.bot import BotModel
from server.definitions.models.event_leaderboard import EventLeaderboardModel
from server.definitions.models.leaderboard import LeaderboardModel
from server.definitions.models.reward_policy import RewardPolicyModel
from server.definitions.source import Path

CADENCES: Mapping[str, Mapping[str, str]] = {
    "never": {"type": "never"},
    "weekly": {"type": "weekly", "reset_day": "monday"},
    "monthly": {"type": "monthly"},
}
"""Kraty's cadences. Each begins at midnight."""


SAME: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "resetCadence": (
        ("timeframe", "type"),
        ("timeframe", "reset_day"),
        ("timeframe", "reset_time"),
        ("timeframe", "cron"),
        ("timeframe", "custom_duration_seconds"),
        ("timeframe", "event_leaderboard"),
    ),
    "resetTimezone": (("timeframe", "timezone"),),
    "scoreAggregation": (("scoring", "aggregation"),),
    "rewardPolicy": (("reward_policy",),),
}
"""Kraty's words, and what of ours says the same."""


def translated(model: LeaderboardModel) -> LeaderboardModel:
    """Return a leaderboard that says everything in Laurel's words; a reward policy that it names stays a name."""
    said = model.model_dump(exclude_unset=True, by_alias=True)
    timeframe = dict(said.get("timeframe", {}))
    if timeframe.get("type") == "real_time":
        timeframe["type"] = "never"
    timeframe |= CADENCES.get(said.pop("resetCadence", None) or "", {})
    _move(said, "resetTimezone", timeframe, "timezone")
    scoring = dict(said.get("scoring", {}))
    _move(said, "scoreAggregation", scoring, "aggregation")
    _move(said, "rewardPolicy", said, "reward_policy")
    said |= {key: part for key, part in (("timeframe", timeframe), ("scoring", scoring)) if part}
    return LeaderboardModel.model_validate(said)


def leaderboard_in_our_words(
    model: LeaderboardModel, policies: Mapping[str, RewardPolicyModel], bots: Mapping[str, BotModel]
) -> LeaderboardModel:
    """Return a leaderboard that says everything in Laurel's words, its reward policy and its bots included."""
    ours = translated(model)
    if not isinstance(ours.reward_policy, str) and ours.bots is None:
        return ours
    said = ours.model_dump(exclude_unset=True, by_alias=True)
    if isinstance(ours.reward_policy, str):
        said["reward_policy"] = policies[ours.reward_policy].model_dump(exclude_unset=True, by_alias=True)
    if ours.bots is not None:
        said["bots"] = with_kinds(ours.bots, bots)
    return LeaderboardModel.model_validate(said)


def written_at(path: Path, model: LeaderboardModel, *ours: str) -> Path:
    """Return where that which we call `ours` is written in a leaderboard, in whosever words."""
    for word, said in SAME.items():
        if said[0] == ours and _FIELDS[word] in model.model_fields_set:
            return (*path, word)
    return (*path, *ours)


_FIELDS = {field.alias: name for name, field in LeaderboardModel.model_fields.items() if field.alias is not None}


def event_in_our_words(model: EventLeaderboardModel, bots: Mapping[str, BotModel]) -> EventLeaderboardModel:
    """Return an event leaderboard that says everything in Laurel's words, its bots included."""
    if "kraty_contributes_to" not in model.model_fields_set and model.bots is None:
        return model
    said = model.model_dump(exclude_unset=True, by_alias=True)
    if model.bots is not None:
        said["bots"] = with_kinds(model.bots, bots)
    _move(said, "contributesTo", said, "contributes_to")
    return EventLeaderboardModel.model_validate(said)


def _move(said: dict[str, Any], word: str, target: dict[str, Any], ours: str) -> None:
    """Put what was said under another word under ours; null says nothing."""
    if word in said:
        value = said.pop(word)
        if value is not None:
            target[ours] = value
