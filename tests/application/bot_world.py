"""Words for tests of bots on leaderboards: kinds of bots, their binding, and where they stand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from server.application.bot_entries import ground_of
from server.domain.bots.field import Field
from server.domain.leaderboards.entry import SegmentId
from server.ports.board_store import StoredEntry
from tests.application.board_world import Boards

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def run(target: int, seconds: int = 3600, **options: Any) -> dict[str, Any]:
    params = {"target_score": target, "duration_seconds": seconds, "jitter": 0.5}
    behavior = {"type": "single", "block": "progress_linear", "params": params}
    return {"behavior": behavior, "score_spread": 0.3, "time_spread": 0.2, "names": list("abcdefghij"), **options}


SHADOW: dict[str, Any] = {
    "behavior": {
        "type": "single",
        "block": "track_position",
        "params": {"anchor": "leader", "offset": -3, "most_per_second": 2},
    }
}
MIDDLE: dict[str, Any] = {
    "behavior": {"type": "single", "block": "match_player_pace", "params": {"factor": 0.5, "most_per_second": 5}}
}


def bots(to: int = 5, **options: Any) -> dict[str, Any]:
    fill = {"to": to, **options.pop("fill", {})}
    kinds = options.pop("kinds", {"runner": run(500)})
    return {"which": list(kinds), "fill": fill, "kinds": kinds, **options}


def points(page: Sequence[Any]) -> dict[str, int]:
    return {row.player_id: row.aggregate.score for row in page if row.is_bot}


async def entries(playing: Boards, segment: SegmentId) -> list[StoredEntry]:
    return await playing.playing.store.read(lambda view: view.order_after(segment, None, None, 1000))


def field_of(playing: Boards, segment: SegmentId) -> Field:
    board = playing.board(segment.period.leaderboard)
    assert board.bots is not None
    return Field(ground_of(playing.playing.use.settle_periods._secret, segment, board), board.bots)
