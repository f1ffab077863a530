"""Whether what a leaderboard says fits together (B1, B22 to B24, B51)."""

from __future__ import annotations

from decimal import Decimal

from server.definitions.checks.prizes import policy_problems
from server.definitions.checks.problems import Problems, warning
from server.definitions.checks.scoring import rule_problems, scope_problems
from server.definitions.checks.world import World
from server.definitions.diagnostics import Problem
from server.definitions.models.leaderboard import LeaderboardModel, SegmentationModel
from server.definitions.models.reward_policy import RewardPolicyModel
from server.definitions.source import Path
from server.definitions.translate import SAME, translated, written_at
from server.domain.scoring import SCALED_MAX


def said_twice_problems(path: Path, model: LeaderboardModel) -> Problems:
    """Tell what is said in two systems' words at once, so that nobody knows which of them holds."""
    for word, said in SAME.items():
        if word not in _words_of(model):
            continue
        for ours in said:
            part = getattr(model, ours[0])
            given = ours[0] in model.model_fields_set and (len(ours) == 1 or ours[1] in part.model_fields_set)
            if given:
                name = ".".join(ours)
                yield Problem((*path, word), f"{word} and {name} say the same thing twice", f"keep {name}", at_key=True)


def scoring_problems(path: Path, model: LeaderboardModel) -> Problems:
    """Tell what is wrong with scope, rules and bounds."""
    scoring, ours = model.scoring, translated(model)
    here = (*path, "scoring")
    aggregation = ours.scoring.aggregation or "sum"
    yield from scope_problems((*path, "scope"), model.scope)
    yield from rule_problems((*here, "rules"), scoring.rules, needs_points=aggregation != "count")
    about = ("scoring.aggregation", "scoreAggregation")
    if scoring.min_samples > 1 and aggregation != "avg":
        message = f"min_samples says nothing to a board that takes the {aggregation}: only averages wait for samples"
        yield Problem((*here, "min_samples"), message, "remove it, or write aggregation: avg", about=about)
    if aggregation == "count":
        for option in ("contribution_min", "contribution_max"):
            if getattr(scoring, option) is not None:
                message = f"{option} says nothing to a board that counts: it looks at no points"
                yield Problem((*here, option), message, "put it into the conditions of a rule", about=about)
    low, high = scoring.contribution_min, scoring.contribution_max
    if low is not None and high is not None and low > high:
        yield Problem((*here, "contribution_min"), "contribution_min is greater than contribution_max", "swap them")
    for option in ("contribution_min", "contribution_max"):
        yield from _points_problems((*here, option), getattr(scoring, option), model.ranking.decimals)
    yield from _points_problems((*path, "ranking", "min_score"), model.ranking.min_score, model.ranking.decimals)


def ranking_problems(path: Path, model: LeaderboardModel) -> Problems:
    """Tell which words about ties contradict each other."""
    ranking = model.ranking
    if ranking.method == "time_asc" and "tie_break" in ranking.model_fields_set and ranking.tie_break == "none":
        yield Problem(
            (*path, "ranking", "tie_break"),
            "time_asc ranks equal scores by time, and tie_break none does not",
            "remove tie_break, or write method: score_desc",
        )


def segmentation_problems(path: Path, model: LeaderboardModel) -> Problems:
    """Tell what is wrong with how the board is split, and whose word decides about prizes."""
    segmentation = model.segmentation
    if segmentation is None:
        return
    here = (*path, "segmentation")
    buckets = segmentation.buckets or []
    for index, bucket in enumerate(buckets):
        if bucket in buckets[:index]:
            yield Problem((*here, "buckets", index), f"{bucket!r} is there already", "keep one of them")
    if segmentation.buckets is not None and "max_segments" in segmentation.model_fields_set:
        message = "buckets say already how many segments there are"
        yield warning((*here, "max_segments"), message, "leave out max_segments")
    if translated(model).reward_policy is not None and segmentation.source == "client":
        yield from _client_problems(here, segmentation)


def reward_policy_problems(path: Path, model: LeaderboardModel, world: World) -> Problems:
    """Tell what is wrong with the policy that a board names or holds."""
    ours = translated(model).reward_policy
    here = written_at(path, model, "reward_policy")
    if isinstance(ours, RewardPolicyModel):
        yield from policy_problems(here, ours, world)
    elif ours is not None and world.reward_policies.lacks(ours):
        mend = world.reward_policies.like(ours) or "add it to a file in config/reward_policies"
        yield Problem(here, f"there is no reward policy {ours!r}", mend)


def _words_of(model: LeaderboardModel) -> set[str]:
    fields = type(model).model_fields
    return {fields[name].alias or name for name in model.model_fields_set}


def _points_problems(path: Path, points: Decimal | None, decimals: int) -> Problems:
    if points is None:
        return
    exponent = points.normalize().as_tuple().exponent
    if isinstance(exponent, int) and -exponent > decimals:
        message = f"{points} has more decimal places than the {decimals} of the board's scores"
        yield Problem(path, message, "round it, or raise ranking.decimals", about=("ranking.decimals",))
    elif abs(points) * 10**decimals > SCALED_MAX:
        greatest = SCALED_MAX // 10**decimals
        message = f"{points} is beyond what a score with {decimals} decimal places can be"
        yield Problem(path, message, f"use {greatest} at most, or lower ranking.decimals", about=("ranking.decimals",))


def _client_problems(path: Path, segmentation: SegmentationModel) -> Problems:
    about = ("reward_policy", "rewardPolicy", "segmentation.buckets")
    here = (*path, "source")
    if segmentation.buckets is None:
        message = "players could make segments of their own and win the prizes of each"
        yield Problem(here, message, "write source: trusted, or list the buckets", about=about)
    else:
        yield warning(
            here, "players choose their segment, and with it whom they play for prizes", "write source: trusted", about
        )
