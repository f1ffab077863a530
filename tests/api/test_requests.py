"""Fields that cannot be right are refused one by one, before any rule of the game is asked (A4, A5, A7)."""

import json

import pytest
from google.protobuf.struct_pb2 import Struct
from hypothesis import given
from hypothesis import strategies as st

from server.api import requests as read
from server.api.errors import InvalidFields
from server.application.standing_pages import Standings
from server.domain.event_leaderboards.definition import Operator


def field_of(refused: pytest.ExceptionInfo[InvalidFields]) -> str:
    return refused.value.violations[0][0]


@pytest.mark.parametrize("text", ["", "a\0b", "a\nb", "\x7f", "\ud800", "\uffff", "x" * 129])
def test_an_id_is_1_to_128_printable_characters(text: str) -> None:
    with pytest.raises(InvalidFields) as refused:
        read.identifier("player_id", text)
    assert field_of(refused) == "player_id"


@pytest.mark.parametrize("text", ["x", "x" * 128, "Zoë", "玩家", "\U0001f3c6", "a b"])
def test_ids_may_be_written_in_any_script(text: str) -> None:
    assert read.identifier("id", text) == text


def test_optional_texts_may_be_empty_and_have_their_own_bound() -> None:
    assert read.optional_text("name", "", 3) == ""
    assert read.request_id("x" * 64) == "x" * 64
    with pytest.raises(InvalidFields):
        read.optional_text("name", "four", 3)
    with pytest.raises(InvalidFields):
        read.request_id("x" * 65)


@given(st.text(max_size=200))
def test_a_text_is_kept_as_it_is_or_refused(text: str) -> None:
    try:
        assert read.optional_text("name", text, 64) == text
    except InvalidFields:
        assert len(text) > 64 or not text.isprintable()


@pytest.mark.parametrize(
    "text", ["{", "[]", "1", "null", '"x"', '{"a": NaN}', '{"a": Infinity}', "[" * 1000, '{"a":' * 200, "{'a': 1}"]
)
def test_metadata_is_a_json_object(text: str) -> None:
    with pytest.raises(InvalidFields) as refused:
        read.json_object("metadata", text)
    assert field_of(refused) == "metadata"


def test_metadata_is_kept_byte_for_byte_up_to_1_kib() -> None:
    largest = json.dumps({"a": "x" * (1024 - len('{"a": ""}'))})
    assert read.json_object("metadata", largest) == largest
    assert read.json_object("metadata", "") == "{}"
    for above in (largest.replace("x", "xx", 1), largest.replace("x", "é", 1)):
        with pytest.raises(InvalidFields, match="larger than 1024 bytes"):
            read.json_object("metadata", above)


def test_a_struct_becomes_a_json_object_or_is_refused() -> None:
    good = Struct()
    good.update({"league": "gold", "level": 3, "tags": ["a", None, True]})
    assert json.loads(read.struct("properties", good)) == {"league": "gold", "level": 3, "tags": ["a", None, True]}
    assert read.struct("properties", Struct()) == "{}"
    for value in (float("nan"), float("inf"), "x" * 1024):
        bad = Struct()
        bad.update({"a": value})
        with pytest.raises(InvalidFields):
            read.struct("properties", bad)


def test_enums_that_are_not_known_are_refused() -> None:
    assert [read.operator(number) for number in range(5)] == [None, *Operator]
    assert [read.standings(number) for number in range(4)] == [
        Standings.NONE,
        Standings.NONE,
        Standings.AROUND,
        Standings.COHORT,
    ]
    for number in (-1, 5, 2**31 - 1):
        with pytest.raises(InvalidFields):
            read.operator(number)
        with pytest.raises(InvalidFields):
            read.standings(number)


def test_a7_page_sizes() -> None:
    assert [read.page_size(size, 20, 100) for size in (0, 1, 100, 101, 2**31 - 1)] == [20, 1, 100, 100, 100]
    for size in (-1, -(2**31)):
        with pytest.raises(InvalidFields):
            read.page_size(size, 20, 100)


def test_a_refusal_names_every_field() -> None:
    refused = InvalidFields([("a", "is missing"), ("b", "is negative")])
    assert refused.message == "a: is missing; b: is negative"
