"""Which rule decides, and which boards are asked (B31, B33)."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from server.domain.scoring import (
    Failed,
    Failure,
    Filters,
    Json,
    NoRule,
    ScoringRule,
    filters_of,
    matching_rule,
    parse_expression,
    points_of,
    routes_of,
)
from tests.domain.scoring.events import game_event


def rule(event_type: str, points: str = "1", conditions: dict[str, Json] | None = None) -> ScoringRule:
    return ScoringRule(event_type, filters_of(conditions) if conditions else Filters(), parse_expression(points))


MATCH_RULES = (
    rule("match.completed", "attrs.score", {"attrs.victory": {"eq": True}}),
    rule("match.completed", "attrs.score * 0.5"),
    rule("*", "1"),
)


@pytest.mark.parametrize(
    ("type_", "victory", "points"),
    [("match.completed", True, "10"), ("match.completed", False, "5"), ("login", True, "1")],
)
def test_b31_the_first_rule_whose_type_and_conditions_match_decides(type_: str, victory: bool, points: str) -> None:
    event = game_event(type_, attrs={"score": 10, "victory": victory})
    assert points_of(MATCH_RULES, event) == Decimal(points)


def test_b31_an_earlier_rule_for_any_type_goes_before_an_exact_one() -> None:
    assert points_of((rule("*", "1"), rule("login", "2")), game_event("login")) == 1


def test_b31_conditions_guard_rules_for_any_type_too() -> None:
    rules = (rule("*", "1", {"context.mode": {"eq": "ranked"}}),)
    assert points_of(rules, game_event()) == NoRule()
    assert points_of(rules, game_event(context={"mode": "ranked"})) == 1


@pytest.mark.parametrize("type_", ["match", "match.completed.late", "Match.Completed", "", "**"])
def test_b31_types_are_compared_exactly(type_: str) -> None:
    assert points_of((rule("match.completed"), rule("match.*")), game_event(type_)) == NoRule()


def test_b31_without_rules_nothing_matches() -> None:
    assert points_of((), game_event()) == NoRule()
    assert matching_rule((), game_event()) is None


def test_b31_a_rule_that_fails_does_not_hand_over_to_the_next() -> None:
    rules = (rule("login", "attrs.none"), rule("login", "5"))
    assert points_of(rules, game_event("login")) == Failed(Failure.MISSING_ATTRIBUTE, "attrs.none")
    assert points_of((rule("login", "1 / 0"), rule("*", "5")), game_event("login")) == Failed(Failure.DIVISION_BY_ZERO)


def test_b21_a_board_that_counts_finds_its_rule_without_computing() -> None:
    assert matching_rule((rule("x"), rule("login", "1 / 0")), game_event("login")) == 1


def test_b33_boards_are_found_by_the_type_of_the_game_event() -> None:
    routes = routes_of(
        {
            "wins": [rule("match.completed"), rule("match.won")],
            "all": [rule("*")],
            "logins": [rule("login")],
            "both": [rule("login"), rule("*")],
            "fed by events": [],
        }
    )
    assert routes.boards_for("match.completed") == ("wins", "all", "both")
    assert routes.boards_for("match.won") == ("wins", "all", "both")
    assert routes.boards_for("login") == ("all", "logins", "both")
    assert routes.boards_for("purchase") == ("all", "both")
    assert routes.boards_for("*") == ("all", "both")


def test_b33_boards_of_other_types_are_not_looked_at() -> None:
    looked_at: list[str] = []

    class Watched(tuple[ScoringRule, ...]):
        __slots__ = ()

        def __iter__(self) -> Iterator[ScoringRule]:
            looked_at.append(self[0].event_type)
            return super().__iter__()

    boards = {f"board{number}": Watched([rule(f"type{number}")]) for number in range(200)}
    routes = routes_of(boards)
    looked_at.clear()
    for key in routes.boards_for("type7"):
        assert points_of(boards[key], game_event("type7")) == 1
    assert looked_at == ["type7"]
