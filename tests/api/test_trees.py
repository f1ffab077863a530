"""Trees of JSON that callers send, and numbers in them: exact, finite, and no deeper than anybody needs (B22, B40)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from google.protobuf.struct_pb2 import Struct
from hypothesis import given
from hypothesis import strategies as st

from server.api import requests as read
from server.api.errors import InvalidFields
from server.api.trees import DEPTH_MAX, TREE_BYTES_MAX, context, tree
from server.domain.scoring.attributes import is_number


def struct(fields: Mapping[str, Any]) -> Struct:
    made = Struct()
    made.update(fields)
    return made


def nested(levels: int) -> dict[str, Any]:
    made: dict[str, Any] = {"end": 1}
    for _ in range(levels - 1):
        made = {"a": made}
    return made


def test_b22_a_number_is_the_decimal_that_it_prints_as() -> None:
    assert read.number("score", 0.1) + read.number("score", 0.2) == Decimal("0.3")
    assert [read.number("score", one) for one in (0.0, -0.0, 3.0, -7.0, 2.0**53)] == [0, 0, 3, -7, 2**53]
    assert read.number("score", 1e300) == Decimal("1e300")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_b22_reading_a_number_loses_nothing(double: float) -> None:
    found = read.number("score", double)
    assert is_number(found)
    assert float(found) == double


@pytest.mark.parametrize("double", [float("nan"), float("inf"), float("-inf")])
def test_a_number_beyond_all_numbers_is_refused(double: float) -> None:
    with pytest.raises(InvalidFields) as refused:
        read.number("score", double)
    assert refused.value.violations[0][0] == "score"
    for held in ({"a": double}, {"a": {"b": [double]}}):
        with pytest.raises(InvalidFields):
            tree("attrs", struct(held))


def test_a_tree_is_plain_values() -> None:
    told = {
        "mode": "duo",
        "ranked": True,
        "kills": 7,
        "ratio": 0.25,
        "none": None,
        "map": {"name": "x", "tags": [1, "a"]},
    }
    assert tree("attrs", struct(told)) == {**told, "ratio": Decimal("0.25")}
    assert type(tree("attrs", struct(told))["ranked"]) is bool
    assert tree("attrs", Struct()) == {}


def test_a_tree_may_be_so_deep_and_so_large_and_no_more() -> None:
    assert tree("attrs", struct(nested(DEPTH_MAX)))
    with pytest.raises(InvalidFields, match="nested deeper"):
        tree("attrs", struct(nested(DEPTH_MAX + 1)))
    with pytest.raises(InvalidFields, match=f"larger than {TREE_BYTES_MAX} bytes"):
        tree("attrs", struct({"a": "x" * TREE_BYTES_MAX}))
    with pytest.raises(InvalidFields, match="larger than 1024 bytes"):
        context("context", struct({"a": "x" * 1024}))


def test_a_value_of_no_kind_is_refused() -> None:
    made = Struct()
    made.fields["nothing"]  # reading makes it
    with pytest.raises(InvalidFields, match="no kind"):
        tree("attrs", made)
