"""Scores that are computed from what a player has done: kills, laps, perfect answers (B34).

A game reports metrics instead of a score; they are kept with the participant as they were reported, and the score is the
event's expression over what counts of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal
from enum import Enum

from server.domain.errors import MetricOverflow, MetricsNotTaken, MetricUnknown, ScoreExpressionFailed, ScoreOverflow
from server.domain.scoring import (
    MISSING,
    Expression,
    ExpressionFailed,
    Missing,
    Path,
    PointsOverflow,
    Vocabulary,
    parse_expression,
    scaled,
)
from server.domain.values import value

VALUE_MAX = Decimal(2**53)
PLACES_MAX = 6
"""As many decimal places as a metric keeps."""
METRIC_PATHS = Vocabulary(texts=(), trees=("metrics",))
"""What a score expression can name."""
NO_METRICS = "{}"
_EXACT = Context(prec=40, rounding=ROUND_HALF_EVEN, traps=[])
"""Room for the sum of two numbers within range, whatever the thread's own context is."""
_STEP = Decimal((0, (1,), -PLACES_MAX))
_ZERO = Decimal(0)


class Mode(Enum):
    """How reported values meet those that are there."""

    SET = "set"
    INCREMENT = "increment"


@value
class Metric:
    """One number that a game reports.

    `target` is what players are to reach, for clients to show. `cap`: more than that does not count. `reset_on`: when the
    metric of that name goes up, this one becomes 0 in the same write, whatever else the write says of it.
    """

    target: Decimal | None = None
    cap: Decimal | None = None
    reset_on: str | None = None


@value
class Metrics:
    """What an event makes its scores of."""

    metrics: Mapping[str, Metric]
    score: Expression


@value
class Report:
    """What a game reports of a player."""

    mode: Mode
    values: tuple[tuple[str, Decimal], ...]


def parse_score_expression(text: str) -> Expression:
    """Parse a score expression.

    :raises ExpressionError: with the column of what is wrong
    """
    return parse_expression(text, METRIC_PATHS)


def reported(defined: Metrics | None, kept: Mapping[str, Decimal], report: Report) -> dict[str, Decimal]:
    """Return the metrics after a report: first all that it says, then the resets, which win.

    :raises MetricsNotTaken, MetricUnknown, MetricOverflow: if the event does not take it
    """
    if defined is None:
        raise MetricsNotTaken
    after = dict(kept)
    for name, number in report.values:
        if name not in defined.metrics:
            raise MetricUnknown(metric=name)
        said = _in_range(number, name)
        if report.mode is Mode.INCREMENT:
            said = _in_range(_EXACT.add(kept.get(name, _ZERO), said), name)
        after[name] = said
    rising = {name for name in after if after[name] > kept.get(name, _ZERO)}
    for name, metric in defined.metrics.items():
        if metric.reset_on in rising:
            after[name] = _ZERO
    return after


def score_of(defined: Metrics, kept: Mapping[str, Decimal]) -> int:
    """Return the score that metrics come to, rounded half even to a whole number. What was never reported is 0.

    :raises ScoreExpressionFailed: if the expression has no value for them
    :raises ScoreOverflow: if it is beyond 2^53
    """
    counted = {name: _counted(metric, kept.get(name, _ZERO)) for name, metric in defined.metrics.items()}

    def lookup(path: Path) -> Decimal | Missing:
        return counted.get(path.keys[0], MISSING)

    try:
        return scaled(defined.score.evaluate(lookup), 0)
    except ExpressionFailed as failed:
        raise ScoreExpressionFailed(failure=failed.reason.value, path=failed.path) from None
    except PointsOverflow:
        raise ScoreOverflow from None


def metrics_from(text: str) -> dict[str, Decimal]:
    """Read metrics as they are kept."""
    return {name: Decimal(number) for name, number in json.loads(text).items()}


def metrics_text(kept: Mapping[str, Decimal]) -> str:
    """Write metrics as they are kept: decimals as text, so that none is changed on its way."""
    return json.dumps({name: format(number, "f") for name, number in kept.items()}, separators=(",", ":"))


def _counted(metric: Metric, number: Decimal) -> Decimal:
    return number if metric.cap is None else min(number, metric.cap)


def _in_range(number: Decimal, name: str) -> Decimal:
    """Return the number with as many places as are kept.

    :raises MetricOverflow: for what is none, or beyond 2^53
    """
    if not number.is_finite() or abs(number) > VALUE_MAX:
        raise MetricOverflow(metric=name)
    rounded = number.quantize(_STEP, context=_EXACT)
    return rounded.normalize(_EXACT) if rounded else _ZERO
