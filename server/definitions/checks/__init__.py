"""What no single field can tell: whether a definition makes sense as a whole (E1).

Errors keep it out; warnings let it in and say what smells. Each check yields all it finds and names its place, so that a
designer sees every problem of every file at once.
"""

from __future__ import annotations

from collections.abc import Mapping

from server.definitions.checks.rewards import reward_problems
from server.definitions.checks.schedule import schedule_problems
from server.definitions.checks.smells import smells
from server.definitions.checks.tiers import bound_problems, rank_problems, tier_problems
from server.definitions.diagnostics import Problem
from server.definitions.models.event_leaderboard import EventLeaderboardModel
from server.definitions.models.item import ItemModel
from server.definitions.source import Path

__all__ = ["event_problems"]


def event_problems(path: Path, model: EventLeaderboardModel, items: Mapping[str, ItemModel] | None) -> list[Problem]:
    """Return everything wrong or smelly about one event leaderboard whose fields are valid one by one.

    `items` is None where the items themselves are in doubt: then what rewards name is taken on trust.
    """
    return [
        *schedule_problems(path, model),
        *bound_problems(path, model),
        *tier_problems(path, model),
        *rank_problems(path, model),
        *reward_problems(path, model, items),
        *smells(path, model),
    ]
