"""Whether the bots that a board names are there, and can go the way its scores go (L2, L6)."""

from __future__ import annotations

from collections.abc import Iterator

from server.definitions.build_bot import build_behavior
from server.definitions.checks.bot_blocks import form_problems
from server.definitions.checks.bots import bot_problems
from server.definitions.checks.problems import Problems, warning
from server.definitions.checks.world import World
from server.definitions.diagnostics import Problem
from server.definitions.models.bot import BotModel
from server.definitions.models.bot_binding import BoardBotsModel, BotsModel, EventBotsModel
from server.definitions.models.event_leaderboard import OPERATORS, EventLeaderboardModel
from server.definitions.models.leaderboard import LeaderboardModel
from server.definitions.models.reward_policy import RewardPolicyModel
from server.definitions.source import Path
from server.definitions.translate import translated
from server.domain.bots.behavior import Behavior
from server.domain.bots.slopes import direction_of, goals_of, has_goals
from server.domain.event_leaderboards.definition import Operator, bot_direction
from server.domain.leaderboards.definition import Aggregation, board_bot_direction
from server.domain.scoring import SCALED_MAX

_WAYS = {1: "grow", -1: "fall"}


def event_bot_problems(path: Path, model: EventLeaderboardModel, world: World) -> Problems:
    """Tell what is wrong with the bots of an event leaderboard."""
    bots = model.bots
    if bots is None:
        return
    here = (*path, "bots")
    yield from _binding_problems(here, bots, world)
    operator = OPERATORS[model.operator]
    direction = bot_direction(operator, ascending=model.ascending)
    about = ("operator", "ascending") if operator in {Operator.BEST, Operator.SET} else ("operator",)
    for place, bot_id, behavior in _behaviors(here, bots, world):
        yield from _direction_problems(place, bot_id, behavior, direction, about)
    smallest = min([model.cohort_size, *_sizes(model)])
    if bots.fill.to > smallest:
        message = f"a cohort has {smallest} places: no bot comes for the rest"
        yield warning(
            (*here, "fill", "to"), message, f"write {smallest} or less", about=("cohort_size", "tier_overrides")
        )


def board_bot_problems(path: Path, model: LeaderboardModel, world: World) -> Problems:
    """Tell what is wrong with the bots of a leaderboard."""
    bots = model.bots
    if bots is None:
        return
    here = (*path, "bots")
    yield from _binding_problems(here, bots, world)
    yield from _prize_problems(here, model, bots, world)
    if model.segmentation is not None and model.segmentation.buckets is None:
        message = "bots stand on boards whose segments are known: here any value makes one"
        yield Problem(here, message, "list segmentation.buckets, or leave bots out", about=("segmentation.buckets",))
    aggregation = Aggregation(translated(model).scoring.aggregation or Aggregation.SUM.value)
    about = ("scoring.aggregation", "scoreAggregation", "ranking.method")
    if aggregation is Aggregation.AVG:
        message = "a bot has a score and no samples: it cannot stand on a board that takes averages"
        yield Problem(here, message, "leave bots out, or write another aggregation", about=about)
        return
    direction = board_bot_direction(aggregation, ascending=model.ranking.method == "score_asc")
    for place, bot_id, behavior in _behaviors(here, bots, world):
        yield from _direction_problems(place, bot_id, behavior, direction, about)
        yield from _range_problems(place, bot_id, behavior, model.ranking.decimals)


def _binding_problems(here: Path, bots: BotsModel, world: World) -> Problems:
    for index, bot_id in enumerate(bots.which):
        if bot_id not in bots.kinds and world.bots.lacks(bot_id):
            mend = world.bots.like(bot_id) or "add it to a file in config/bots"
            yield Problem((*here, "which", index), f"there is no bot {bot_id!r}", mend, about=("bots.kinds",))
    for bot_id, kind in bots.kinds.items():
        place = (*here, "kinds", bot_id)
        yield from bot_problems(place, kind)
        if bot_id in world.bots.names:
            yield Problem(place, f"config/bots has a bot {bot_id!r}", "give this one another id", at_key=True)
        elif bot_id not in bots.which:
            yield warning(place, "no bot of this kind comes: which does not name it", "name it, or remove it")
    if bots.anchor == "join" and "catch_up_seconds" in bots.model_fields_set:
        other = "phase" if isinstance(bots, EventBotsModel) else "period"
        message = "catch_up_seconds says nothing with anchor: join: a bot begins when it comes"
        about = ("bots.anchor",)
        yield Problem((*here, "catch_up_seconds"), message, f"remove it, or write anchor: {other}", about=about)


def _prize_problems(here: Path, model: LeaderboardModel, bots: BoardBotsModel, world: World) -> Problems:
    policy = translated(model).reward_policy
    if isinstance(policy, str):
        policy = world.reward_policies.models.get(policy)
    about = ("reward_policy", "rewardPolicy")
    for option in ("bots_take_prizes", "bots_count"):
        if (
            getattr(bots, option)
            and policy is None
            and model.reward_policy is None
            and model.kraty_reward_policy is None
        ):
            message = f"{option} says nothing to a board without a reward policy"
            yield warning((*here, option), message, "leave it out", about=about)
    takes_prizes = bots.bots_take_prizes or (isinstance(policy, RewardPolicyModel) and policy.bots_take_prizes)
    if isinstance(policy, RewardPolicyModel) and policy.by == "rank" and not takes_prizes:
        message = "the reward policy pays by rank, and bots have ranks: they would take prizes from players"
        mend = "let it pay by position, or say bots_take_prizes"
        yield Problem(here, message, mend, about=(*about, "bots.bots_take_prizes"))
    said = "bots_take_prizes" in bots.model_fields_set
    if (
        said
        and isinstance(policy, RewardPolicyModel)
        and "bots_take_prizes" in policy.model_fields_set
        and policy.bots_take_prizes is not bots.bots_take_prizes
    ):
        message = "the reward policy says otherwise"
        yield Problem((*here, "bots_take_prizes"), message, "keep one of them", about=about)


def _behaviors(here: Path, bots: BotsModel, world: World) -> Iterator[tuple[Path, str, Behavior]]:
    """Yield where each bot is named, its id and what it does, of those that are sound."""
    for index, bot_id in enumerate(bots.which):
        kind: BotModel | None = bots.kinds.get(bot_id) or world.bots.models.get(bot_id)
        is_first = bot_id not in bots.which[:index]
        if kind is not None and is_first and not any(form_problems(("bots", bot_id, "behavior"), kind.behavior)):
            yield (*here, "which", index), bot_id, build_behavior(kind.behavior)


def _direction_problems(
    place: Path, bot_id: str, behavior: Behavior, direction: int, about: tuple[str, ...]
) -> Problems:
    if has_goals(behavior) and direction_of(behavior) != direction:
        message = f"the scores of {bot_id!r} {_WAYS[-direction]}, and here scores {_WAYS[direction]}"
        yield Problem(place, message, "name a bot whose goals lie on the other side of its start_score", about=about)


def _range_problems(place: Path, bot_id: str, behavior: Behavior, decimals: int) -> Problems:
    greatest = SCALED_MAX // 10**decimals
    scores = [behavior.start_score, *(goal for _, goal in goals_of(behavior))]
    if any(abs(score) > greatest for score in scores):
        message = f"{bot_id!r} goes beyond what a score with {decimals} decimal places can be"
        yield Problem(place, message, f"use {greatest} at most, or lower ranking.decimals", about=("ranking.decimals",))


def _sizes(model: EventLeaderboardModel) -> Iterator[int]:
    for override in model.tier_overrides.values():
        if override.cohort_size is not None:
            yield override.cohort_size
