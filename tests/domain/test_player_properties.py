"""Properties of players: what one can be, and what a change leaves (B23)."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.errors import TooManyProperties
from server.domain.player_properties import (
    COUNT_MAX,
    PropertyValue,
    changed,
    is_property_key,
    property_value,
)

keys = st.text("abc_-09", min_size=1, max_size=3)
values = st.text(max_size=5) | st.integers(-9, 9) | st.booleans()


@given(st.dictionaries(keys, values), st.dictionaries(keys, st.none() | values))
def test_b23_a_change_sets_what_it_names_and_leaves_the_rest(
    known: dict[str, PropertyValue], changes: dict[str, PropertyValue | None]
) -> None:
    after = changed(known, changes)
    for key in {*known, *changes}:
        assert after.get(key) == (changes[key] if key in changes else known[key])
    assert changed(after, changes) == after


def test_b23_a_player_has_so_many_properties_and_no_more() -> None:
    full = {f"p{number}": number for number in range(COUNT_MAX)}
    with pytest.raises(TooManyProperties):
        changed(full, {"one-more": 1})
    assert len(changed(full, {"one-more": 1, "p0": None})) == COUNT_MAX


@pytest.mark.parametrize("key", ["league", "a", "0_-", "x" * 64])
def test_b23_a_property_is_called_as_a_segmentation_may_be(key: str) -> None:
    assert is_property_key(key)


@pytest.mark.parametrize("key", ["", "League", "a b", "ä", "x" * 65, "a\n"])
def test_b23_what_no_segmentation_can_name_is_no_property(key: str) -> None:
    assert not is_property_key(key)


@pytest.mark.parametrize("value", ["", "gold", "é" * 128, 0, -1.5, 2**53, True])
def test_b23_texts_numbers_and_truth_values_are_kept(value: PropertyValue) -> None:
    assert property_value(value) is value


@pytest.mark.parametrize("value", ["é" * 129, "a\nb", "\ud800", math.nan, math.inf, 2**53 + 1, None, [], {}])
def test_b23_nothing_else_is(value: object) -> None:
    with pytest.raises(ValueError, match=r"^(is|has) "):
        property_value(value)
