"""What points expressions are worth (B22, B32)."""

from collections.abc import Callable
from decimal import ROUND_UP, Decimal, localcontext
from typing import Any

import pytest

from server.domain.scoring import (
    Expression,
    ExpressionFailed,
    Failure,
    GameEvent,
    Json,
    Vocabulary,
    parse_expression,
)
from tests.domain.scoring.events import game_event, numbers

HUGE = Decimal("1e308")


def worth(text: str, event: GameEvent | None = None) -> Decimal:
    return parse_expression(text).evaluate((event or game_event()).value_at)


def failure(text: str, attrs: dict[str, Json] | None = None) -> tuple[Failure, str]:
    with pytest.raises(ExpressionFailed) as failed:
        worth(text, game_event(attrs=attrs))
    return failed.value.reason, failed.value.path


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("100", "100"),
        ("007", "7"),
        ("1.50", "1.5"),
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("10 - 4 - 3", "3"),
        ("10 - (4 - 3)", "9"),
        ("24 / 4 / 2", "3"),
        ("24 / (4 / 2)", "12"),
        ("2 * 3 / 4 * 5", "7.5"),
        ("1 - 2 * 3 + 4", "-1"),
        ("-2 * 3", "-6"),
        ("2 * -3", "-6"),
        ("2 - -3", "5"),
        ("--3", "3"),
        ("-(1 + 2)", "-3"),
        ("0 * -1", "0"),
        ("min(3, 1, 2)", "1"),
        ("max(3, 1, 2)", "3"),
        ("min(1, 2) * max(3, 4)", "4"),
        ("max(1, min(5, 7), 3) - abs(-4)", "1"),
        ("abs(2 - 5)", "3"),
        ("abs (1)", "1"),
        (" \t\r\n1\n+\n1 ", "2"),
        ("0.1 + 0.2", "0.3"),
        ("1 / 3", "0.3333333333333333333333333333"),
        ("2 / 3", "0.6666666666666666666666666667"),
    ],
)
def test_b32_arithmetic(text: str, points: str) -> None:
    assert worth(text) == Decimal(points)
    assert str(worth(text)) != "-0"


def test_b32_attributes_are_read_by_their_paths() -> None:
    event = game_event(
        attrs={"score": Decimal("12.5"), "match": {"kills": 3}, "2v2": 7, "점수": 9},
        context={"round": 2},
        actor_metadata={"multiplier": Decimal("1.1")},
    )
    assert worth("attrs.score * 0.1 - 50", event) == Decimal("-48.75")
    assert worth("attrs.match.kills * context.round * actor.metadata.multiplier", event) == Decimal("6.6")
    assert worth("attrs.2v2 + attrs.점수", event) == 16
    assert worth("-attrs.score-attrs.score", event) == -25


def test_b22_attributes_are_the_decimals_they_print_as() -> None:
    assert worth("attrs.a + attrs.b", numbers(a="0.1", b="0.2")) == Decimal("0.3")
    assert worth("attrs.a * 100", numbers(a="0.29")) == 29


def test_b22_results_are_rounded_to_28_digits_half_even() -> None:
    assert worth("attrs.a + 0.5", numbers(a=10**27)) == Decimal("1000000000000000000000000000")
    assert worth("attrs.a + 1.5", numbers(a=10**27)) == Decimal("1000000000000000000000000002")


def test_b22_attributes_longer_than_28_digits_are_rounded_when_read() -> None:
    assert worth("attrs.a", numbers(a="1." + "0" * 27 + "5")) == 1
    assert worth("attrs.a - 1", numbers(a="1." + "3" * 50)) == Decimal("0." + "3" * 27)


def test_b22_the_context_of_the_thread_is_neither_used_nor_changed() -> None:
    with localcontext() as context:
        context.prec, context.rounding = 3, ROUND_UP
        context.clear_flags()
        assert worth("1 / 3") == Decimal("0.3333333333333333333333333333")
        assert not any(context.flags.values())


def test_b32_a_missing_attribute_fails_with_its_path() -> None:
    assert failure("1 + attrs.a.b") == (Failure.MISSING_ATTRIBUTE, "attrs.a.b")
    assert failure("attrs.a", {"a": None}) == (Failure.MISSING_ATTRIBUTE, "attrs.a")
    assert failure("attrs.a * 0", {}) == (Failure.MISSING_ATTRIBUTE, "attrs.a")
    assert failure("min(1, attrs.a)", {}) == (Failure.MISSING_ATTRIBUTE, "attrs.a")


NO_NUMBERS: list[Any] = [
    True,
    False,
    "12",
    "",
    [],
    [1],
    {},
    {"a": 1},
    Decimal("NaN"),
    Decimal("sNaN"),
    Decimal("-Infinity"),
]


@pytest.mark.parametrize("found", NO_NUMBERS)
def test_b32_a_non_number_fails_with_its_path(found: Json) -> None:
    assert failure("attrs.a + 1", {"a": found}) == (Failure.NOT_A_NUMBER, "attrs.a")


@pytest.mark.parametrize("text", ["1 / 0", "0 / 0", "1 / (2 - 2)", "1 / attrs.zero", "1 / -attrs.zero", "-1 / 0.000"])
def test_b32_division_by_zero_fails(text: str) -> None:
    assert failure(text, {"zero": Decimal("0.00")}) == (Failure.DIVISION_BY_ZERO, "")


BEYOND = [
    ("attrs.a", HUGE),
    ("attrs.a", -HUGE),
    ("attrs.a * 0", Decimal("1e999999999")),
    ("attrs.a", 10**4000),
    ("attrs.a", 1 << 50_000_000),
    ("attrs.a", Decimal("1e61")),
    ("attrs.a + attrs.a", Decimal("9e60")),
    ("attrs.a * attrs.a", Decimal("1e31")),
    ("1 / attrs.a", Decimal("1e-61")),
    ("attrs.a * attrs.a / attrs.a", Decimal("1e40")),
]


@pytest.mark.parametrize(("text", "found"), BEYOND, ids=range(len(BEYOND)))
def test_b32_beyond_the_bound_it_fails_as_overflow_even_half_way(text: str, found: Json) -> None:
    assert failure(text, {"a": found}) == (Failure.OVERFLOW, "")


def test_b32_up_to_the_bound_it_is_computed() -> None:
    assert worth("attrs.a", numbers(a="9e60")) == Decimal("9e60")
    assert worth("attrs.a * attrs.a", numbers(a="1e30")) == Decimal("1e60")


@pytest.mark.parametrize("tiny", ["1e-60", "1e-308", "1e-999999", "1e-999999999"])
def test_b32_tiny_numbers_lose_themselves_in_28_digits(tiny: str) -> None:
    assert worth("1 + attrs.a", numbers(a=tiny)) == 1
    assert abs(worth("attrs.a * attrs.a", numbers(a=tiny))) <= Decimal(tiny)


def test_b32_the_first_failure_from_the_left_is_told() -> None:
    assert failure("1 / 0 + attrs.a", {}) == (Failure.DIVISION_BY_ZERO, "")
    assert failure("attrs.a + 1 / 0", {}) == (Failure.MISSING_ATTRIBUTE, "attrs.a")


def test_b32_the_linter_learns_which_attributes_are_read() -> None:
    text = "attrs.b + max(attrs.a, context.c, attrs.b) * actor.metadata.d"
    assert parse_expression(text).paths == ("attrs.b", "attrs.a", "context.c", "actor.metadata.d")
    assert parse_expression("1 + 2").paths == ()


@pytest.mark.parametrize(
    ("text", "places"),
    [("attrs.a", 0), ("100", 0), ("1.5 * 0.125 + 3", 3), ("1.50", 1), ("1.000", 0), ("0.000", 0), ("-0.0000001", 7)],
)
def test_b32_the_linter_learns_how_many_places_literals_need(text: str, places: int) -> None:
    assert parse_expression(text).literal_places == places


def test_b34_the_same_expressions_compute_with_metrics() -> None:
    metrics = {"kills": 3, "deaths": 2}
    expression = parse_expression("metrics.kills * 10 - metrics.deaths", Vocabulary(texts=(), trees=("metrics",)))
    assert expression.evaluate(lambda path: metrics[path.keys[0]]) == 28


@pytest.mark.parametrize("make", [parse_expression, lambda text: parse_expression(" " + text)])
def test_expressions_are_values(make: Callable[[str], Expression]) -> None:
    assert make("attrs.a + 1") == make("attrs.a + 1")
    assert hash(make("attrs.a + 1")) == hash(make("attrs.a + 1"))
    assert make("attrs.a + 1") != make("attrs.a + 2")
