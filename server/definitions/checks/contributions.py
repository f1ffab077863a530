"""Whether an event leaderboard and the leaderboards it feeds fit together, and its metrics make a score (B20, B34)."""

from __future__ import annotations

from server.definitions.checks.problems import Problems, warning
from server.definitions.checks.scoring import expression_problems, parsed, rule_problems, scope_problems
from server.definitions.checks.world import World
from server.definitions.diagnostics import Problem
from server.definitions.explain import nearest
from server.definitions.models.contribution import BindingModel
from server.definitions.models.event_leaderboard import EventLeaderboardModel
from server.definitions.models.leaderboard import LeaderboardModel
from server.definitions.source import Path
from server.definitions.translate import translated
from server.domain.event_leaderboards.metrics import METRIC_PATHS, parse_score_expression
from server.domain.scoring import ExpressionError


def contribution_problems(path: Path, model: EventLeaderboardModel, world: World) -> Problems:
    """Tell what is wrong with contributes_to."""
    word = "contributesTo" if "kraty_contributes_to" in model.model_fields_set else "contributes_to"
    if {"contributes_to", "kraty_contributes_to"} <= model.model_fields_set:
        message = "contributesTo and contributes_to say the same thing twice"
        yield Problem((*path, word), message, "keep contributes_to", at_key=True)
        return
    seen: set[str] = set()
    for index, written in enumerate(model.kraty_contributes_to or model.contributes_to):
        here: Path = (*path, word, index)
        binding = written if isinstance(written, BindingModel) else BindingModel(leaderboard=written)
        key = binding.leaderboard
        place = here if isinstance(written, str) else (*here, "leaderboard")
        if key in seen:
            yield Problem(place, f"{key!r} is fed already", "keep one of them")
        seen.add(key)
        if world.leaderboards.lacks(key):
            mend = world.leaderboards.like(key) or "add it to a file in config/leaderboards"
            yield Problem(place, f"there is no leaderboard {key!r}", mend)
        board = world.leaderboards.models.get(key)
        if board is not None:
            yield from _binding_problems(here, place, binding, board)
            yield from _binding_warnings(place, model, board)
            if binding.contribute == "final" and _ends_without_grace(board):
                message = (
                    "a final score is known when the cohort is over, and comes too late for a period that ends then"
                )
                yield warning(place, message, f"give {key} timeframe.late_grace_seconds, 300 for example")


def scoring_problems(path: Path, model: EventLeaderboardModel) -> Problems:
    """Tell what is wrong with the rules by which game events are submissions."""
    if model.scoring is None:
        return
    here = (*path, "scoring")
    yield from scope_problems((*here, "scope"), model.scoring.scope)
    yield from rule_problems((*here, "rules"), model.scoring.rules, needs_points=True)
    for index, rule in enumerate(model.scoring.rules):
        expression = parsed(rule.points_expression)
        if expression is not None and expression.literal_places:
            message = "scores of event leaderboards are whole numbers: points are rounded"
            place = (*here, "rules", index, "points_expression")
            yield warning(place, message, "write whole numbers, if rounding is not meant")


def metric_problems(path: Path, model: EventLeaderboardModel) -> Problems:
    """Tell what is wrong with metrics and the expression over them."""
    names = sorted(model.metrics)
    for name, metric in model.metrics.items():
        here = (*path, "metrics", name, "reset_on")
        if metric.reset_on == name:
            yield Problem(here, "a metric cannot be reset by itself", "name another metric")
        elif metric.reset_on is not None and metric.reset_on not in names:
            mend = nearest(metric.reset_on, names) or "name another metric of this event"
            yield Problem(here, f"there is no metric {metric.reset_on!r}", mend)
    place = (*path, "score_expression")
    if model.score_expression is None:
        if names:
            mend = f'add "score_expression": "metrics.{names[0]}"'
            about = ("score_expression",)
            yield Problem((*path, "metrics"), "nothing says how metrics become a score", mend, about=about)
        return
    if not names:
        mend = "add metrics, or remove the expression"
        yield Problem(place, "there are no metrics to compute from", mend, about=("metrics",))
        return
    yield from expression_problems(place, model.score_expression, METRIC_PATHS)
    yield from _unknown_metrics(place, model.score_expression, names)


def _unknown_metrics(path: Path, text: str, names: list[str]) -> Problems:
    try:
        expression = parse_score_expression(text)
    except ExpressionError:
        return
    for named in expression.paths:
        name = named.partition(".")[2]
        if name not in names:
            near = nearest(name, names)
            yield Problem(
                path,
                f"there is no metric {name!r}",
                near or f"there are {', '.join(names)}",
                about=("metrics",),
                column=text.index(named) + 1,
            )


def _binding_problems(here: Path, place: Path, binding: BindingModel, board: LeaderboardModel) -> Problems:
    aggregation = translated(board).scoring.aggregation or "sum"
    contribute = binding.contribute
    if contribute == "total" and aggregation == "sum":
        message = "each submission would add the whole score again: the board sums"
        yield Problem((*here, "contribute"), message, "write delta, or leave it out")
    elif contribute == "delta" and aggregation != "sum":
        message = f"a difference means nothing to a board that takes the {aggregation}"
        yield Problem((*here, "contribute"), message, "write total, or leave it out")
    elif contribute == "total" and aggregation == "count":
        message = "a board that counts takes 1 for each submission"
        yield Problem((*here, "contribute"), message, "leave it out")
    if binding.segment is None:
        return
    if board.segmentation is None:
        message = f"{binding.leaderboard!r} is not split into segments"
        yield Problem((*here, "segment"), message, "leave it out, or give the board a segmentation")
    elif board.segmentation.buckets is not None and binding.segment not in board.segmentation.buckets:
        mend = nearest(binding.segment, board.segmentation.buckets)
        message = f"{binding.leaderboard!r} has no segment {binding.segment!r}"
        yield Problem((*here, "segment"), message, mend or f"there are {', '.join(board.segmentation.buckets)}")


def _binding_warnings(place: Path, model: EventLeaderboardModel, board: LeaderboardModel) -> Problems:
    aggregation = translated(board).scoring.aggregation or "sum"
    if board.status == "archived":
        yield warning(
            place, "this leaderboard is archived: nothing is applied", "take it out, or make the board active"
        )
    if aggregation == "sum" and _can_reroll(model):
        yield warning(
            place,
            "every reroll begins at 0 again, so the board adds up the scores of all cohorts",
            "feed a board that takes the best, or set max_rolls to 1",
            about=("max_rolls",),
        )
    if aggregation == "best" and (board.ranking.method == "score_asc") is not model.ascending:
        yield warning(
            place,
            "what is best in this event is worst on the board: one ranks the highest first, the other the lowest",
            "let ascending and ranking.method agree",
            about=("ascending",),
        )


def _ends_without_grace(board: LeaderboardModel) -> bool:
    timeframe = translated(board).timeframe
    return timeframe.type not in (None, "never") and timeframe.late_grace_seconds == 0


def _can_reroll(model: EventLeaderboardModel) -> bool:
    is_free = any(
        zone.promotion_reroll_count_freeze or zone.demotion_reroll_count_freeze or zone.nochange_reroll_count_freeze
        for zone in model.change_zones.values()
    )
    is_free = is_free or any(tier.reroll_count_freeze for tiers in model.reward_tiers.values() for tier in tiers)
    return model.max_rolls not in (0, 1) or is_free
