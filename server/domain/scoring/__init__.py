"""Scoring: what a game event is worth on a board (B22, B30 to B33).

`attributes` what a value can be · `paths` how it is named · `game_events` where it stands · `operators`, `filters` who may
score · `expressions` how much · `rules` which of several decides · `routes` which boards are asked · `points` rounding.
"""

from server.domain.scoring.attributes import MISSING, Json, Missing
from server.domain.scoring.expressions import (
    Expression,
    ExpressionError,
    ExpressionFailed,
    Failure,
    parse_expression,
)
from server.domain.scoring.filters import Condition, FilterError, Filters, filter_errors, filters_of
from server.domain.scoring.game_events import GameEvent
from server.domain.scoring.paths import GAME_EVENT_PATHS, Path, PathError, Vocabulary
from server.domain.scoring.points import SCALED_MAX, PointsOverflow, scaled
from server.domain.scoring.routes import Routes, routes_of
from server.domain.scoring.rules import ANY_TYPE, Failed, NoRule, ScoringRule, matching_rule, points_of

__all__ = [
    "ANY_TYPE",
    "GAME_EVENT_PATHS",
    "MISSING",
    "SCALED_MAX",
    "Condition",
    "Expression",
    "ExpressionError",
    "ExpressionFailed",
    "Failed",
    "Failure",
    "FilterError",
    "Filters",
    "GameEvent",
    "Json",
    "Missing",
    "NoRule",
    "Path",
    "PathError",
    "PointsOverflow",
    "Routes",
    "ScoringRule",
    "Vocabulary",
    "filter_errors",
    "filters_of",
    "matching_rule",
    "parse_expression",
    "points_of",
    "routes_of",
    "scaled",
]
