"""Conditions, rules and metrics: from models to what judges game events (B30 to B34)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from server.definitions.models.contribution import EventScoringModel, MetricModel
from server.definitions.models.scoring import RuleModel
from server.domain.event_leaderboards.metrics import Metric, Metrics, parse_score_expression
from server.domain.scoring import Filters, ScoringRule, filters_of, parse_expression

_ONE = "1"
"""What a rule without an expression is worth: only a board that counts has such rules, and it looks at no points."""


def build_rules(models: Iterable[RuleModel]) -> tuple[ScoringRule, ...]:
    """Return rules in their order.

    :raises FilterError, ExpressionError: where one is none
    """
    return tuple(
        ScoringRule(model.event_type, filters_of(model.conditions), parse_expression(model.points_expression or _ONE))
        for model in models
    )


def build_event_rules(model: EventScoringModel | None) -> tuple[ScoringRule, ...]:
    """Return the rules of an event leaderboard: what its scope asks, each of them asks first."""
    if model is None:
        return ()
    scope = filters_of(model.scope.filters).conditions
    return tuple(
        ScoringRule(rule.event_type, Filters((*scope, *rule.conditions.conditions)), rule.points)
        for rule in build_rules(model.rules)
    )


def build_metrics(models: Mapping[str, MetricModel], expression: str | None) -> Metrics | None:
    """Return the metrics of an event leaderboard, if it has any.

    :raises ExpressionError: if the expression is none
    """
    if not models or expression is None:
        return None
    metrics = {name: Metric(model.target, model.cap, model.reset_on) for name, model in models.items()}
    return Metrics(metrics, parse_score_expression(expression))
