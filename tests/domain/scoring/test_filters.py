"""Which game events pass (B30)."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.scoring import FilterError, Filters, Json, filter_errors, filters_of
from tests.domain.scoring.events import game_event

ABSENT = object()
OTHER_KINDS: list[Any] = [ABSENT, None, [], [1], {}, {"a": 1}]


def passes(operator: str, operand: Json, found: Any) -> bool:
    attrs = {} if found is ABSENT else {"x": found}
    return filters_of({"attrs.x": {operator: operand}}).admits(game_event(attrs=attrs))


def test_b30_without_filters_every_game_event_passes() -> None:
    assert Filters().admits(game_event())
    assert filters_of({}) == Filters()


EQUAL = [
    (1, 1),
    (1, Decimal("1.0")),
    (Decimal("1.0"), 1),
    (Decimal("0.10"), Decimal("0.1")),
    (Decimal("1e2"), 100),
    (0, Decimal("-0")),
    (True, True),
    (False, False),
    ("ios", "ios"),
    ("", ""),
]
UNEQUAL = [
    (1, True),
    (True, 1),
    (0, False),
    (False, Decimal(0)),
    (1, "1"),
    ("1", 1),
    ("true", True),
    (True, "true"),
    ("ios", "iOS"),
    (1, 2),
    (1, Decimal("NaN")),
    (1, Decimal("sNaN")),
    (1, Decimal("Infinity")),
    ("number", ABSENT),
    *((1, other) for other in OTHER_KINDS),
    *(("", other) for other in OTHER_KINDS),
    *((False, other) for other in OTHER_KINDS),
]


@pytest.mark.parametrize(("operand", "found"), EQUAL)
def test_b30_eq_and_in_hold_for_the_same_type_and_value(operand: Json, found: Any) -> None:
    assert passes("eq", operand, found)
    assert passes("in", ["other", operand], found)
    assert not passes("ne", operand, found)
    assert not passes("nin", ["other", operand], found)


@pytest.mark.parametrize(("operand", "found"), UNEQUAL)
def test_b30_another_type_or_nothing_equals_nothing(operand: Json, found: Any) -> None:
    assert not passes("eq", operand, found)
    assert not passes("in", ["other", operand], found)
    assert passes("ne", operand, found)
    assert passes("nin", ["other", operand], found)


@pytest.mark.parametrize(
    ("found", "gt", "gte", "lt", "lte"),
    [
        (Decimal("9.99"), False, False, True, True),
        (10, False, True, False, True),
        (Decimal("10.0"), False, True, False, True),
        (Decimal("10.000001"), True, True, False, False),
        (-11, False, False, True, True),
        (Decimal("1e999999"), True, True, False, False),
        (10**1000, True, True, False, False),
    ],
)
def test_b30_greater_and_less_compare_numbers(found: Json, gt: bool, gte: bool, lt: bool, lte: bool) -> None:
    answers = [passes(operator, 10, found) for operator in ("gt", "gte", "lt", "lte")]
    assert answers == [gt, gte, lt, lte]


@pytest.mark.parametrize("operator", ["gt", "gte", "lt", "lte"])
@pytest.mark.parametrize("found", ["12", "", True, False, Decimal("NaN"), Decimal("sNaN"), *OTHER_KINDS])
def test_b30_greater_and_less_are_false_for_all_that_is_no_number(operator: str, found: Any) -> None:
    assert not passes(operator, 0, found)
    assert not passes(operator, -1, found)
    assert not passes(operator, 1, found)


@pytest.mark.parametrize("found", [0, "", False, [], {}, "x"])
def test_b30_exists_holds_for_whatever_is_there(found: Json) -> None:
    assert passes("exists", True, found)
    assert not passes("exists", False, found)


@pytest.mark.parametrize("found", [ABSENT, None])
def test_b30_what_is_missing_or_null_does_not_exist(found: Any) -> None:
    assert not passes("exists", True, found)
    assert passes("exists", False, found)


def test_b30_several_operators_on_one_path_and_several_paths_mean_and() -> None:
    filters = filters_of({"attrs.level": {"gte": 10, "lt": 20}, "context.mode": {"in": ["ranked", "scrim"]}})
    assert filters.admits(game_event(attrs={"level": 10}, context={"mode": "scrim"}))
    assert not filters.admits(game_event(attrs={"level": 20}, context={"mode": "scrim"}))
    assert not filters.admits(game_event(attrs={"level": 9}, context={"mode": "scrim"}))
    assert not filters.admits(game_event(attrs={"level": 10}, context={"mode": "casual"}))
    assert not filters.admits(game_event(attrs={"level": 10}))


@pytest.mark.parametrize("path", ["type", "actor.id", "actor.metadata.x", "attrs.x", "attrs.x.y", "context.x"])
def test_b30_all_paths_can_be_asked(path: str) -> None:
    filters = filters_of({path: {"eq": "here"}})
    assert not filters.admits(game_event())


REFUSED = [
    ({"attr.mode": {"eq": 1}}, ("attr.mode",), "no attribute", "attrs.mode"),
    ({"attrs": {"eq": 1}}, ("attrs",), "all of them", "attrs.name"),
    ({"attrs.x": {"equals": 1}}, ("attrs.x", "equals"), "no operator", "eq"),
    ({"attrs.x": {">=": 1}}, ("attrs.x", ">="), "no operator", "gte"),
    ({"attrs.x": {"$nin": [1]}}, ("attrs.x", "$nin"), "no operator", "nin"),
    ({"attrs.x": {"exist": True}}, ("attrs.x", "exist"), "no operator", "exists"),
    ({"attrs.x": {"matches": ".*"}}, ("attrs.x", "matches"), "no operator", ""),
    ({"attrs.x": "ios"}, ("attrs.x",), "in an object", '{"eq": ...}'),
    ({"attrs.x": ["ios"]}, ("attrs.x",), "in an object", '{"in": [...]}'),
    ({"attrs.x": {}}, ("attrs.x",), "asks nothing", '{"exists": true}'),
    ({"attrs.x": {"eq": None}}, ("attrs.x", "eq"), "null", '"exists": false'),
    ({"attrs.x": {"ne": None}}, ("attrs.x", "ne"), "null", '"exists": false'),
    ({"attrs.x": {"eq": [1]}}, ("attrs.x", "eq"), "a text, a number, true or false", ""),
    ({"attrs.x": {"eq": Decimal("NaN")}}, ("attrs.x", "eq"), "a text, a number, true or false", ""),
    ({"attrs.x": {"gt": "1"}}, ("attrs.x", "gt"), "without quotes", ""),
    ({"attrs.x": {"gt": True}}, ("attrs.x", "gt"), "numbers", ""),
    ({"attrs.x": {"lte": Decimal("Infinity")}}, ("attrs.x", "lte"), "numbers", ""),
    ({"attrs.x": {"in": "ios"}}, ("attrs.x", "in"), "a list", ""),
    ({"attrs.x": {"in": []}}, ("attrs.x", "in"), "empty", ""),
    ({"attrs.x": {"nin": [1, {}]}}, ("attrs.x", "nin"), "a text, a number, true or false", ""),
    ({"attrs.x": {"exists": 1}}, ("attrs.x", "exists"), "true or false", ""),
]


@pytest.mark.parametrize(("written", "path", "message", "hint"), REFUSED)
def test_b30_what_cannot_be_asked_is_refused_when_built(
    written: dict[str, Json], path: tuple[str, ...], message: str, hint: str
) -> None:
    with pytest.raises(FilterError) as refused:
        filters_of(written)
    assert refused.value.path == path
    assert message in refused.value.message
    assert refused.value.hint == hint


def test_e1_all_that_is_wrong_is_told_at_once() -> None:
    written: dict[str, Json] = {"attr.x": {"eq": 1}, "attrs.x": {"gt": "1", "eq": 1, "like": "a"}, "attrs.y": {}}
    places = [("attr.x",), ("attrs.x", "gt"), ("attrs.x", "like"), ("attrs.y",)]
    assert [error.path for error in filter_errors(written)] == places
    assert filter_errors({"attrs.x": {"eq": 1}}) == []


def test_filters_are_values() -> None:
    written: dict[str, Json] = {"attrs.x": {"in": [1, "a"], "gt": 0}}
    assert filters_of(written) == filters_of(written)
    assert hash(filters_of(written)) == hash(filters_of(written))
    assert filters_of({"attrs.x": {"eq": 1}}) != filters_of({"attrs.x": {"eq": True}})
    assert filters_of({"attrs.x": {"eq": 1}}) != filters_of({"attrs.x": {"ne": 1}})


# Against a naive reading of B30, over few values so that they meet.

numbers = st.sampled_from([0, 1, 2, Decimal("1.0"), Decimal("1.5"), Decimal(-1)])
scalars = st.one_of(numbers, st.booleans(), st.sampled_from(["1", "", "a", "true"]))
trees = st.recursive(
    st.one_of(scalars, st.none()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.sampled_from(["a", "b", "0"]), inner, max_size=2)
    ),
    max_leaves=6,
)
objects = st.dictionaries(st.sampled_from(["a", "b", "0"]), trees, max_size=3)
operands = {
    **dict.fromkeys(("eq", "ne"), scalars),
    **dict.fromkeys(("gt", "gte", "lt", "lte"), numbers),
    **dict.fromkeys(("in", "nin"), st.lists(scalars, min_size=1, max_size=3)),
    "exists": st.booleans(),
}
questions = st.fixed_dictionaries({}, optional=operands).filter(bool)
keys = st.lists(st.sampled_from(["a", "b", "0"]), min_size=1, max_size=3).map(".".join)
paths = st.one_of(
    st.sampled_from(["type", "actor.id"]),
    st.tuples(st.sampled_from(["attrs", "context", "actor.metadata"]), keys).map(".".join),
)


def found_by(tree: Any, keys: list[str]) -> Any:
    for key in keys:
        if type(tree) is not dict or key not in tree:
            return None
        tree = tree[key]
    return tree


def kind(found: Any) -> str:
    names = {bool: "truth", int: "number", Decimal: "number", str: "text"}
    return names.get(type(found), "other")


def same(one: Any, other: Any) -> bool:
    return kind(one) != "other" and kind(one) == kind(other) and one == other


def answer(operator: str, operand: Any, found: Any) -> bool:
    is_number = kind(found) == "number"
    match operator:
        case "eq":
            return same(found, operand)
        case "ne":
            return not same(found, operand)
        case "in":
            return any(same(found, one) for one in operand)
        case "nin":
            return not any(same(found, one) for one in operand)
        case "gt":
            return is_number and found > operand
        case "gte":
            return is_number and found >= operand
        case "lt":
            return is_number and found < operand
        case "lte":
            return is_number and found <= operand
        case _:
            return (found is not None) == operand


@given(st.dictionaries(paths, questions, max_size=3), objects, objects, objects)
def test_b30_filters_agree_with_a_naive_reading(
    written: dict[str, Any], attrs: dict[str, Json], context: dict[str, Json], metadata: dict[str, Json]
) -> None:
    event = game_event("a", attrs=attrs, context=context, actor_metadata=metadata)
    whole = {
        "type": "a",
        "actor": {"id": "ann", "metadata": metadata},
        "attrs": attrs,
        "context": context,
    }
    expected = all(
        answer(operator, operand, found_by(whole, path.split(".")))
        for path, asked in written.items()
        for operator, operand in asked.items()
    )
    assert filters_of(written).admits(event) is expected


@given(
    st.dictionaries(st.text(max_size=20), st.dictionaries(st.text(max_size=8), trees, max_size=2) | trees, max_size=3)
)
def test_b30_whatever_is_written_is_built_or_refused(written: dict[str, Any]) -> None:
    if filter_errors(written):
        with pytest.raises(FilterError):
            filters_of(written)
    else:
        assert filters_of(written).admits(game_event()) in {True, False}
