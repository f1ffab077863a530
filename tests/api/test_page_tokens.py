"""Page tokens say nothing to clients, and are good for the list that they came from (A7)."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.api.errors import InvalidPageToken
from server.api.page_tokens import PageTokens

TOKENS = PageTokens(b"installation")


@given(st.text(max_size=40), st.binary(max_size=60))
def test_a_token_brings_its_position_back(scope: str, position: bytes) -> None:
    assert TOKENS.position(scope, TOKENS.token(scope, position)) == position


def test_the_first_page_needs_no_token_and_the_last_gives_none() -> None:
    assert TOKENS.position("grants ann", "") is None
    assert TOKENS.token("grants ann", None) == ""


def test_a_token_of_another_list_is_refused() -> None:
    token = TOKENS.token("grants ann", b"7")
    for other in ("grants bob", "grants ann ", "standings ann", ""):
        with pytest.raises(InvalidPageToken):
            TOKENS.position(other, token)


def test_scope_and_position_cannot_be_shifted_into_each_other() -> None:
    with pytest.raises(InvalidPageToken):
        TOKENS.position("grants a", TOKENS.token("grants ", b"a"))


def test_a_token_of_another_installation_is_refused() -> None:
    with pytest.raises(InvalidPageToken):
        PageTokens(b"another").position("grants ann", TOKENS.token("grants ann", b"7"))


def test_no_bit_of_a_token_can_be_changed() -> None:
    data = base64.urlsafe_b64decode(TOKENS.token("grants ann", b"0123456789ab"))
    for bit in range(len(data) * 8):
        torn = bytearray(data)
        torn[bit // 8] ^= 1 << bit % 8
        with pytest.raises(InvalidPageToken):
            TOKENS.position("grants ann", base64.urlsafe_b64encode(torn).decode())


@given(st.text(min_size=1, max_size=200))
def test_whatever_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(InvalidPageToken):
        TOKENS.position("grants ann", text)


def test_a_cut_token_is_refused() -> None:
    token = TOKENS.token("grants ann", b"0123456789ab")
    for end in range(1, len(token)):
        with pytest.raises(InvalidPageToken):
            TOKENS.position("grants ann", token[:end])
