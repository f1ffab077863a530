"""Tokens of pages of a leaderboard's entries: they hold the last row's place in the order, and the period (B52).

Whoever names no period begins in the running one. His next pages stay in it, also when it ends while he turns them.
"""

from __future__ import annotations

import json
from struct import Struct

from server.api.errors import InvalidPageToken
from server.api.page_tokens import PageTokens
from server.application.board_pages import BoardPage, PeriodAsked
from server.application.segment_pages import SegmentAsked
from server.domain.ids import PlayerId
from server.domain.instants import from_microseconds, microseconds_of
from server.domain.leaderboards.ranking import KEY_LENGTH
from server.domain.values import value
from server.ports.rank_index import Mark

_POSITION = Struct(f">q{KEY_LENGTH}s")


@value
class Resumed:
    """Where a list goes on: in this period, behind this row."""

    period: PeriodAsked
    after: Mark


class EntryTokens:
    """Makes tokens, and reads those that it made. They are good for one segment, asked for in one way."""

    def __init__(self, tokens: PageTokens) -> None:
        self._tokens = tokens

    def token(self, asked: SegmentAsked, page: BoardPage) -> str:
        """Return the token of the next page, or an empty text on the last."""
        mark = page.next_after
        if mark is None:
            return ""
        position = _POSITION.pack(microseconds_of(page.period.start), mark.order_key) + mark.player_id.encode()
        return self._tokens.token(_scope_of(asked), position)

    def resumed(self, asked: SegmentAsked, token: str) -> Resumed | None:
        """Return where a list goes on, or None for an empty token: at the top.

        :raises InvalidPageToken: if the token was not made here, or for another list
        """
        position = self._tokens.position(_scope_of(asked), token)
        if position is None:
            return None
        if len(position) <= _POSITION.size:
            raise InvalidPageToken
        start, order_key = _POSITION.unpack_from(position)
        player_id = PlayerId(position[_POSITION.size :].decode())
        return Resumed(PeriodAsked(start=from_microseconds(start)), Mark(order_key, player_id))


def _scope_of(asked: SegmentAsked) -> str:
    period = asked.period
    start = "" if period.start is None else str(microseconds_of(period.start))
    return json.dumps(["entries", asked.leaderboard, period.window_key, start, asked.segment])
