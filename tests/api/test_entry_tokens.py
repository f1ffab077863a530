"""A page token of a leaderboard holds the last row's place and the period, and is good for one list (B52)."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.api.entry_tokens import EntryTokens, Resumed
from server.api.errors import InvalidPageToken
from server.api.page_tokens import PageTokens, moment_in, moment_position
from server.application.board_pages import BoardPage, PeriodAsked, PeriodView
from server.application.segment_pages import SegmentAsked
from server.domain.ids import LeaderboardKey, PlayerId
from server.domain.instants import BEGINNING
from server.domain.leaderboards.periods import PeriodState
from server.domain.leaderboards.ranking import KEY_LENGTH
from server.ports.rank_index import Mark
from tests.builders import DAY, MONDAY
from tests.domain.leaderboards.boards import board

TOKENS = EntryTokens(PageTokens(b"installation"))
ASKED = SegmentAsked(PlayerId("ann"), LeaderboardKey("daily"))
MARK = Mark(b"k" * KEY_LENGTH, PlayerId("bob"))


def page(next_after: Mark | None = MARK) -> BoardPage:
    period = PeriodView(LeaderboardKey("daily"), "2026-11-02", MONDAY, MONDAY + DAY, PeriodState.RUNNING)
    return BoardPage(board(), period, "", 2, [], None, "1.1", MONDAY, next_after)


@given(
    st.binary(min_size=KEY_LENGTH, max_size=KEY_LENGTH),
    st.text(st.characters(exclude_characters="\0"), min_size=1, max_size=128),
)
def test_a_list_goes_on_behind_its_last_row(order_key: bytes, player: str) -> None:
    mark = Mark(order_key, PlayerId(player.encode(errors="replace").decode()))
    assert TOKENS.resumed(ASKED, TOKENS.token(ASKED, page(mark))) == Resumed(PeriodAsked(start=MONDAY), mark)


def test_a_list_of_the_running_period_stays_in_it() -> None:
    """Who asks for no period gets the next pages of that in which he began."""
    resumed = TOKENS.resumed(ASKED, TOKENS.token(ASKED, page()))
    assert resumed is not None
    assert resumed.period.start == MONDAY


def test_the_last_page_has_no_token_and_the_first_needs_none() -> None:
    assert TOKENS.token(ASKED, page(None)) == ""
    assert TOKENS.resumed(ASKED, "") is None


def test_a_token_is_for_one_leaderboard_period_and_segment() -> None:
    token = TOKENS.token(ASKED, page())
    others = (
        replace(ASKED, leaderboard=LeaderboardKey("weekly")),
        replace(ASKED, segment="eu"),
        replace(ASKED, period=PeriodAsked("2026-11-03")),
        replace(ASKED, period=PeriodAsked(start=MONDAY + DAY)),
    )
    for other in others:
        with pytest.raises(InvalidPageToken):
            TOKENS.resumed(other, token)
    named = [replace(ASKED, period=period) for period in (PeriodAsked("2026-11-02"), PeriodAsked(start=MONDAY))]
    for one in named:
        assert TOKENS.resumed(one, token) == TOKENS.resumed(ASKED, TOKENS.token(one, page())), "named or not"
    assert TOKENS.resumed(replace(ASKED, player_id=None), token)  # what it says of the order is no secret of his


def test_lists_in_the_order_of_time_have_moments_for_positions() -> None:
    for moment in (MONDAY, BEGINNING, None):
        assert moment_in(moment_position(moment)) == moment
    for wrong in (b"", b"x", b"9" * 30):
        with pytest.raises(InvalidPageToken):
            moment_in(wrong)
