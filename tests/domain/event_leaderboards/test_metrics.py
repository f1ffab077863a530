"""Scores that are made of metrics (B34)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain import errors
from server.domain.event_leaderboards.metrics import (
    Metric,
    Metrics,
    Mode,
    Report,
    metrics_from,
    metrics_text,
    parse_score_expression,
    reported,
    score_of,
)

NAMES = ("kills", "streak", "deaths")
DEFINED = Metrics(
    {"kills": Metric(cap=Decimal(10)), "streak": Metric(reset_on="deaths"), "deaths": Metric()},
    parse_score_expression("metrics.kills * 10 + metrics.streak - metrics.deaths"),
)


def report(mode: Mode = Mode.INCREMENT, **values: object) -> Report:
    return Report(mode, tuple((name, Decimal(str(number))) for name, number in values.items()))


def after(*reports: Report) -> dict[str, Decimal]:
    kept: dict[str, Decimal] = {}
    for one in reports:
        kept = reported(DEFINED, kept, one)
    return kept


def test_increments_add_up_and_set_replaces() -> None:
    assert after(report(kills=2), report(kills=3))["kills"] == 5
    assert after(report(kills=2), report(Mode.SET, kills=3))["kills"] == 3


def test_what_was_never_reported_counts_as_nothing() -> None:
    assert score_of(DEFINED, {}) == 0
    assert score_of(DEFINED, after(report(kills=1))) == 10


def test_more_than_the_cap_is_kept_and_does_not_count() -> None:
    kept = after(report(kills=25))
    assert (kept["kills"], score_of(DEFINED, kept)) == (25, 100)


def test_a_metric_is_reset_when_its_sibling_goes_up_whatever_else_the_report_says() -> None:
    kept = after(report(streak=4), report(streak=3, deaths=1))
    assert (kept["streak"], kept["deaths"]) == (0, 1)


def test_a_sibling_that_stays_or_falls_resets_nothing() -> None:
    kept = after(report(deaths=2), report(streak=4), report(Mode.SET, deaths=1), report(Mode.SET, deaths=1, kills=1))
    assert kept["streak"] == 4


def test_an_unknown_metric_is_refused() -> None:
    with pytest.raises(errors.MetricUnknown):
        after(report(wins=1))


def test_an_event_without_metrics_takes_none() -> None:
    with pytest.raises(errors.MetricsNotTaken):
        reported(None, {}, report(kills=1))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e16", "-1e16"])
def test_what_is_no_number_within_range_is_refused(number: str) -> None:
    with pytest.raises(errors.MetricOverflow):
        after(report(Mode.SET, kills=number))


def test_a_sum_beyond_the_range_is_refused() -> None:
    with pytest.raises(errors.MetricOverflow):
        after(report(kills=2**53), report(kills=1))


def test_an_expression_without_a_value_is_refused() -> None:
    ratio = Metrics(DEFINED.metrics, parse_score_expression("metrics.kills / metrics.deaths"))
    with pytest.raises(errors.ScoreExpressionFailed) as refusal:
        score_of(ratio, after(report(kills=1)))
    assert refusal.value.details["failure"] == "DIVISION_BY_ZERO"


def test_a_score_is_rounded_half_even() -> None:
    half = Metrics(DEFINED.metrics, parse_score_expression("metrics.kills / 2"))
    assert [score_of(half, after(report(kills=number))) for number in (1, 3, 5)] == [0, 2, 2]


NUMBERS = st.decimals(min_value=-1000, max_value=1000, places=2)
VALUES = st.dictionaries(st.sampled_from(NAMES), NUMBERS, min_size=1).map(lambda one: tuple(one.items()))


@given(st.lists(st.builds(Report, st.sampled_from(Mode), VALUES), max_size=8))
def test_what_is_kept_is_read_as_it_was_written(reports: list[Report]) -> None:
    kept = after(*reports)
    assert metrics_from(metrics_text(kept)) == kept


@given(st.lists(VALUES, max_size=8), st.randoms(use_true_random=False))
def test_without_resets_increments_may_come_in_any_order(
    values: list[tuple[tuple[str, Decimal], ...]], dice: object
) -> None:
    plain = Metrics({name: Metric() for name in NAMES}, DEFINED.score)
    shuffled = list(values)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    one: dict[str, Decimal] = {}
    other: dict[str, Decimal] = {}
    for first, second in zip(values, shuffled, strict=True):
        one = reported(plain, one, Report(Mode.INCREMENT, first))
        other = reported(plain, other, Report(Mode.INCREMENT, second))
    assert one == other


@given(st.lists(VALUES, min_size=1, max_size=8))
def test_after_a_report_that_raises_the_sibling_the_metric_is_always_nothing(
    values: list[tuple[tuple[str, Decimal], ...]],
) -> None:
    kept: dict[str, Decimal] = {}
    for one in values:
        before = kept.get("deaths", Decimal(0))
        kept = reported(DEFINED, kept, Report(Mode.INCREMENT, one))
        if kept.get("deaths", Decimal(0)) > before:
            assert kept["streak"] == 0
