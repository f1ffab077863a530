"""Tokens of pages of a leaderboard's entries: they hold the last row's place in the order, and the period (B52).

Whoever names no period begins in the running one. His next pages stay in it, also when it ends while he turns them. The token
knows the period, so the next page may name it or not; another one is a mistake.
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
_END = b"\0"
"""Of a window key: neither that nor a player's id has one in it."""


@value
class Resumed:
    """Where a list goes on: in this period, behind this row."""

    period: PeriodAsked
    after: Mark


class EntryTokens:
    """Makes tokens, and reads those that it made. They are good for one segment of one period."""

    def __init__(self, tokens: PageTokens) -> None:
        self._tokens = tokens

    def token(self, asked: SegmentAsked, page: BoardPage) -> str:
        """Return the token of the next page, or an empty text on the last."""
        mark = page.next_after
        if mark is None:
            return ""
        place = _POSITION.pack(microseconds_of(page.period.start), mark.order_key)
        position = place + page.period.window_key.encode() + _END + mark.player_id.encode()
        return self._tokens.token(_scope_of(asked), position)

    def resumed(self, asked: SegmentAsked, token: str) -> Resumed | None:
        """Return where a list goes on, or None for an empty token: at the top.

        :raises InvalidPageToken: if the token was not made here, or for another list
        """
        position = self._tokens.position(_scope_of(asked), token)
        if position is None:
            return None
        if len(position) <= _POSITION.size + len(_END):
            raise InvalidPageToken
        start, order_key = _POSITION.unpack_from(position)
        window_key, _, player_id = position[_POSITION.size :].decode().partition(_END.decode())
        period = PeriodAsked(start=from_microseconds(start))
        if asked.period not in (PeriodAsked(), PeriodAsked(window_key), period):
            raise InvalidPageToken
        return Resumed(period, Mark(order_key, PlayerId(player_id)))


def _scope_of(asked: SegmentAsked) -> str:
    return json.dumps(["entries", asked.leaderboard, asked.segment])
