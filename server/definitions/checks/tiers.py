"""Whether tiers, ranks and bounds fit together (E1)."""

from __future__ import annotations

from itertools import pairwise

from server.definitions.checks.problems import Problems, tier_option, warning
from server.definitions.diagnostics import Problem
from server.definitions.models.event_leaderboard import OPERATORS, EventLeaderboardModel, RewardTierModel
from server.definitions.source import Path
from server.domain.event_leaderboards.definition import Operator


def bound_problems(path: Path, model: EventLeaderboardModel) -> Problems:
    """Tell whether any score could be accepted."""
    counts = OPERATORS[model.operator] in (Operator.INCREMENT, Operator.DECREMENT)
    if model.score_min is not None and model.score_max is not None and model.score_min > model.score_max:
        yield Problem((*path, "score_min"), "score_min is greater than score_max", "swap them, or leave one out")
    elif counts and model.score_max is not None and model.score_max < (model.score_min or 0):
        message = "no submission can be accepted: incr and decr take 0 or more"
        yield Problem((*path, "score_max"), message, "raise score_max, or set score_min")


def tier_problems(path: Path, model: EventLeaderboardModel) -> Problems:
    """Tell what is said about tiers that do not exist, and of cohorts that are smaller than their minimum."""
    for option in ("reward_tiers", "change_zones", "tier_overrides"):
        for key in getattr(model, option):
            if int(key) >= model.tiers:
                mend = f"use 0 to {model.tiers - 1}, or raise tiers"
                yield Problem((*path, option, key), f"there is no tier {key}", mend, about=("tiers",), at_key=True)
    if model.start_tier >= model.tiers:
        mend = f"use 0 to {model.tiers - 1}, or raise tiers"
        yield Problem((*path, "start_tier"), f"there is no tier {model.start_tier}", mend, about=("tiers",))
    for tier in range(model.tiers):
        size, place = tier_option(path, model, tier, "cohort_size")
        if model.min_cohort_size > size:
            yield Problem(
                place,
                f"min_cohort_size is {model.min_cohort_size}, more than the {size} places in a cohort of tier {tier}",
                "lower min_cohort_size or raise cohort_size",
                about=("min_cohort_size", "cohort_size", "tiers"),
            )


def rank_problems(path: Path, model: EventLeaderboardModel) -> Problems:
    """Tell which ranks lie in two reward tiers, and which in none."""
    for key, brackets in model.reward_tiers.items():
        here = (*path, "reward_tiers", key)
        for index, bracket in enumerate(brackets):
            if bracket.rank_min > bracket.rank_max:
                yield Problem(
                    (*here, index, "rank_min"),
                    f"rank_min {bracket.rank_min} is greater than rank_max {bracket.rank_max}",
                    "swap them",
                )
        ordered = sorted(enumerate(brackets), key=lambda pair: pair[1].rank_min)
        for (_, better), (index, worse) in pairwise(ordered):
            yield from _neighbour_problems((*here, index, "rank_min"), better, worse)
        if ordered and ordered[0][1].rank_min > 1:
            yield _gap((*here, ordered[0][0], "rank_min"), 1, ordered[0][1].rank_min - 1)


def _neighbour_problems(place: Path, better: RewardTierModel, worse: RewardTierModel) -> Problems:
    if worse.rank_min <= better.rank_max:
        yield Problem(
            place,
            f"ranks {worse.rank_min} to {min(better.rank_max, worse.rank_max)} lie in two reward tiers",
            f"begin at {better.rank_max + 1}, or end the other earlier",
        )
    elif worse.rank_min > better.rank_max + 1:
        yield _gap(place, better.rank_max + 1, worse.rank_min - 1)


def _gap(place: Path, first: int, last: int) -> Problem:
    ranks = f"rank {first} wins" if first == last else f"ranks {first} to {last} win"
    return warning(place, f"{ranks} nothing: no reward tier holds them", "close the gap, if it is not meant")
