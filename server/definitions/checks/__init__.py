"""What no single field can tell: whether a definition makes sense as a whole (E1).

Errors keep it out; warnings let it in and say what smells. Each check yields all it finds and names its place, so that a
designer sees every problem of every file at once.
"""

from __future__ import annotations

from server.definitions.checks import contributions
from server.definitions.checks.board_smells import board_smells
from server.definitions.checks.bot_bindings import board_bot_problems, event_bot_problems
from server.definitions.checks.bots import bot_problems
from server.definitions.checks.leaderboards import (
    ranking_problems,
    reward_policy_problems,
    said_twice_problems,
    scoring_problems,
    segmentation_problems,
)
from server.definitions.checks.prizes import policy_problems
from server.definitions.checks.rewards import reward_problems
from server.definitions.checks.schedule import schedule_problems
from server.definitions.checks.smells import smells
from server.definitions.checks.tiers import bound_problems, rank_problems, tier_problems
from server.definitions.checks.timeframes import timeframe_problems
from server.definitions.checks.world import Shelf, World
from server.definitions.diagnostics import Problem
from server.definitions.models import EventLeaderboardModel, LeaderboardModel
from server.definitions.source import Path

__all__ = ["Shelf", "World", "bot_problems", "event_problems", "leaderboard_problems", "policy_problems"]


def event_problems(path: Path, model: EventLeaderboardModel, world: World) -> list[Problem]:
    """Return everything wrong or smelly about one event leaderboard whose fields are valid one by one."""
    return [
        *schedule_problems(path, model),
        *bound_problems(path, model),
        *tier_problems(path, model),
        *rank_problems(path, model),
        *reward_problems(path, model, world.items),
        *contributions.contribution_problems(path, model, world),
        *contributions.scoring_problems(path, model),
        *contributions.metric_problems(path, model),
        *event_bot_problems(path, model, world),
        *smells(path, model),
    ]


def leaderboard_problems(path: Path, model: LeaderboardModel, world: World) -> list[Problem]:
    """Return everything wrong or smelly about one leaderboard whose fields are valid one by one."""
    twice = list(said_twice_problems(path, model))
    if twice:  # nobody knows which of the two holds
        return twice
    return [
        *timeframe_problems(path, model, world),
        *scoring_problems(path, model),
        *ranking_problems(path, model),
        *segmentation_problems(path, model),
        *reward_policy_problems(path, model, world),
        *board_bot_problems(path, model, world),
        *board_smells(path, model, world),
    ]
