"""Leaderboards as modules see them: the server's own use cases (M2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from server.application.board_pages import PLAYERS_MAX, ROWS_MAX, BoardPage, PeriodAsked
from server.application.board_submissions import BoardSubmission
from server.application.segment_pages import SegmentAsked
from server.application.use_cases import UseCases
from server.domain.ids import LeaderboardKey, PlayerId, is_identifier
from server.hooks import answers, api, shown
from server.hooks.answers import Nonsense
from server.ports.rank_index import Mark

PERIODS_MAX = 100
_REQUEST_ID_MAX = 64


class ModuleLeaderboards:
    """Answers modules' questions about leaderboards with the server's own use cases."""

    def __init__(self, module: str, use: UseCases) -> None:
        self._caller = f"module:{module}"
        self._use = use

    async def submit_score(
        self,
        key: str,
        player_id: str,
        score: int | float | Decimal,
        *,
        context: Mapping[str, str] | None = None,
        metadata: Mapping[str, Any] | None = None,
        request_id: str = "",
    ) -> api.Counted:
        """Submit a score as a trusted server would."""
        try:
            points = str(answers.decimal(score))
            _refuse_unwritable(request_id)
            text = None if metadata is None else answers.json_object(dict(metadata), "metadata")
        except Nonsense as nonsense:
            raise ValueError(str(nonsense)) from nonsense
        submission = BoardSubmission(
            player_id=answers.player_id(player_id),
            leaderboard=LeaderboardKey(key),
            caller=self._caller,
            score=points,
            context=dict(context or {}),
            metadata=text,
            is_trusted=True,
            request_id=request_id,
            asks_modules=False,
        )
        return shown.counted(await self._use.submit_leaderboard_score(submission))

    async def entries(
        self,
        key: str,
        *,
        segment: str = "",
        window_key: str = "",
        after: api.LeaderboardRow | None = None,
        limit: int = 100,
    ) -> Sequence[api.LeaderboardRow]:
        """Return rows from the top, or from behind one."""
        mark = None if after is None else Mark(after.order_key, PlayerId(after.player_id))
        wanted = max(1, min(limit, ROWS_MAX))
        return _rows(await self._use.list_entries(_asked(key, segment, window_key), mark, wanted))

    async def around(
        self, key: str, player_id: str, *, segment: str = "", window_key: str = "", limit: int = 11
    ) -> Sequence[api.LeaderboardRow]:
        """Return the rows around a player."""
        wanted, asked = max(1, min(limit, ROWS_MAX)), _asked(key, segment, window_key)
        return _rows(await self._use.list_entries_around_player(asked, PlayerId(player_id), wanted))

    async def ranks(
        self, key: str, player_ids: Sequence[str], *, segment: str = "", window_key: str = ""
    ) -> Sequence[api.LeaderboardRow]:
        """Return the rows of some players."""
        if len(player_ids) > PLAYERS_MAX:
            raise ValueError(f"asked for {len(player_ids)} players at once; ask for {PLAYERS_MAX} at most")
        players = [PlayerId(one) for one in player_ids]
        return _rows(await self._use.batch_get_ranks(_asked(key, segment, window_key), players))

    async def periods(self, key: str, limit: int = 10) -> Sequence[api.Period]:
        """Return periods, the newest first."""
        found = await self._use.list_periods(LeaderboardKey(key), None, max(1, min(limit, PERIODS_MAX)))
        return [shown.period(one) for one in found.periods]


def _refuse_unwritable(request_id: str) -> None:
    """Refuse a request_id that no database takes: scores of others share its transaction, and would fail with it."""
    if request_id and not is_identifier(request_id, _REQUEST_ID_MAX):
        raise ValueError(f"{request_id!r} is no request_id: 1 to {_REQUEST_ID_MAX} characters that can be seen")


def _asked(key: str, segment: str, window_key: str) -> SegmentAsked:
    return SegmentAsked(None, LeaderboardKey(key), PeriodAsked(window_key), segment)


def _rows(page: BoardPage) -> list[api.LeaderboardRow]:
    return [shown.leaderboard_row(row, page.board.ranking.decimals) for row in page.rows]
