"""What is legal on a leaderboard and smells (E1): warnings that keep nothing out."""

from __future__ import annotations

from server.definitions.build_leaderboard import is_authoritative
from server.definitions.checks.problems import Problems, warning
from server.definitions.checks.scoring import place_warnings
from server.definitions.checks.world import World
from server.definitions.models.contribution import BindingModel
from server.definitions.models.leaderboard import LeaderboardModel
from server.definitions.models.reward_policy import RewardPolicyModel
from server.definitions.source import Path
from server.definitions.translate import translated, written_at


def board_smells(path: Path, model: LeaderboardModel, world: World) -> Problems:
    """Warn of what works as written and is rarely meant."""
    yield from _scoring_smells(path, model)
    yield from _direction_smells(path, model)
    yield from _prize_smells(path, model, world)
    yield from _source_smells(path, model, world)


def _scoring_smells(path: Path, model: LeaderboardModel) -> Problems:
    rules = (*path, "scoring", "rules")
    if _aggregation(model) != "count":
        yield from place_warnings(rules, model.scoring.rules, model.ranking.decimals)
        return
    for index, rule in enumerate(model.scoring.rules):
        if rule.points_expression is not None:
            message = "a board that counts looks at no points"
            place = (*rules, index, "points_expression")
            yield warning(place, message, "leave it out, or write aggregation: sum", about=("scoring.aggregation",))


def _direction_smells(path: Path, model: LeaderboardModel) -> Problems:
    is_ascending = model.ranking.method == "score_asc"
    aggregation = _aggregation(model)
    about = ("ranking.method", "scoring.aggregation", "scoreAggregation")
    method = (*path, "ranking", "method")
    if is_ascending and model.ranking.min_score is not None:
        message = "the lowest score stands first here, so min_score hides the scores above it"
        yield warning((*path, "ranking", "min_score"), message, "leave it out, if it was to hide low scores", about)
    if is_ascending and aggregation in {"sum", "count"}:
        message = f"the lowest {aggregation} stands first: who plays least leads"
        yield warning(method, message, "write score_desc, or another aggregation", about)
    if aggregation == ("max" if is_ascending else "min"):
        place = written_at(path, model, "scoring", "aggregation")
        message = "of each player the worst score counts, in the ranking's direction"
        yield warning(place, message, "write best, or another ranking.method", about)


def _prize_smells(path: Path, model: LeaderboardModel, world: World) -> Problems:
    ours = translated(model)
    if ours.reward_policy is None:
        return
    here = written_at(path, model, "reward_policy")
    if (ours.timeframe.type or "never") == "never" and not ours.timeframe.end_time_sec:
        message = "the board never ends, so it never pays"
        about = ("timeframe", "resetCadence")
        yield warning(here, message, "set a timeframe that ends, or leave out the policy", about)
    if model.authoritative is False:
        message = "players report the scores that win prizes"
        yield warning((*path, "authoritative"), message, "leave it out: scores then come from your servers")
    policy = _policy_of(ours, world)
    if policy is not None and model.segmentation is not None and policy.min_entries == 1:
        message = "a player alone in a segment wins its first prize"
        yield warning(here, message, "set min_entries in the policy", about=("segmentation",))


def _source_smells(path: Path, model: LeaderboardModel, world: World) -> Problems:
    is_open = not is_authoritative(model)
    bound = "contribution_min" if model.ranking.method == "score_asc" else "contribution_max"
    if is_open and _aggregation(model) != "count" and getattr(model.scoring, bound) is None:
        message = "players submit scores without a bound"
        mend = f"set scoring.{bound}, or authoritative: true"
        yield warning(
            path, message, mend, about=(f"scoring.{bound}", "authoritative", "ranking.method", "scoring.rules")
        )
    if model.scoring.rules or is_open or model.authoritative is not None or model.status == "archived":
        return
    if world.events.is_sound and str(path[-1]) not in _fed(world):
        yield warning(
            path,
            "nothing feeds this board: it has no rules, no event contributes to it, and players cannot submit",
            "add scoring.rules or an event's contributes_to, or say authoritative: true if your servers submit",
            about=("scoring.rules", "authoritative"),
        )


def _policy_of(ours: LeaderboardModel, world: World) -> RewardPolicyModel | None:
    policy = ours.reward_policy
    return world.reward_policies.models.get(policy) if isinstance(policy, str) else policy


def _aggregation(model: LeaderboardModel) -> str:
    return translated(model).scoring.aggregation or "sum"


def _fed(world: World) -> set[str]:
    """Return the boards that some event contributes to."""
    return {
        one.leaderboard if isinstance(one, BindingModel) else one
        for event in world.events.models.values()
        for one in (*event.contributes_to, *event.kraty_contributes_to)
    }
