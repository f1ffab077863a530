"""Streams of watched boards: the other half of EventLeaderboardService and LeaderboardService."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager

from server.api import requests as read
from server.api.codec import live as encode
from server.api.handlers.leaderboard import period_asked
from server.api.methods import Audience, Call, StreamMethod
from server.api.pb import event_leaderboard_service_pb2 as cohorts
from server.api.pb import leaderboard_service_pb2 as boards
from server.application.live.frames import Frame
from server.application.watch_cohort import WatchCohort
from server.application.watch_leaderboard import Watching, WatchLeaderboard
from server.domain.ids import CohortId, LeaderboardKey
from server.domain.leaderboards.segments import LENGTH_MAX as SEGMENT_MAX
from server.domain.live.rows import ROWS_DEFAULT, ROWS_MAX
from server.ports.clock import Clock

_COHORT, _BOARD = "cohort message", "board message"


class WatchHandlers:
    """Translates what is watched."""

    def __init__(self, watch_cohort: WatchCohort, watch_leaderboard: WatchLeaderboard, clock: Clock) -> None:
        self._watch_cohort = watch_cohort
        self._watch_leaderboard = watch_leaderboard
        self._clock = clock

    def streams(self) -> list[StreamMethod]:
        """Return the calls."""
        return [
            StreamMethod(
                "EventLeaderboardService",
                "WatchCohort",
                cohorts.WatchCohortRequest,
                Audience.PLAYER_OR_SERVER,
                self.watch_cohort,
            ),
            StreamMethod(
                "LeaderboardService",
                "WatchLeaderboard",
                boards.WatchLeaderboardRequest,
                Audience.PLAYER_OR_SERVER,
                self.watch_leaderboard,
            ),
        ]

    @asynccontextmanager
    async def watch_cohort(
        self, call: Call, request: cohorts.WatchCohortRequest
    ) -> AsyncIterator[AsyncGenerator[bytes, None]]:
        """Watch a cohort."""
        cohort_id = CohortId(read.identifier("cohort_id", request.cohort_id))
        limit = read.page_size(request.limit, ROWS_DEFAULT, ROWS_MAX, "limit")
        seen = read.revision("resume_revision", request.resume_revision)
        async with self._watch_cohort(call.caller, cohort_id, limit, seen, self._ends_at(call)) as frames:
            yield _messages(frames, _COHORT, lambda frame: encode.cohort_message(frame).SerializeToString())

    @asynccontextmanager
    async def watch_leaderboard(
        self, call: Call, request: boards.WatchLeaderboardRequest
    ) -> AsyncIterator[AsyncGenerator[bytes, None]]:
        """Watch a segment of a leaderboard."""
        watching = Watching(
            LeaderboardKey(read.identifier("key", request.key)),
            period_asked(request),
            read.optional_text("segment", request.segment, SEGMENT_MAX),
            read.page_size(request.limit, ROWS_DEFAULT, ROWS_MAX, "limit"),
            read.revision("resume_revision", request.resume_revision),
            self._ends_at(call),
        )
        async with self._watch_leaderboard(call.caller, watching) as frames:
            yield _messages(frames, _BOARD, lambda frame: encode.board_message(frame).SerializeToString())

    def _ends_at(self, call: Call) -> float | None:
        """Return when the session ends, on the loop's clock."""
        if call.expires_at is None:
            return None
        return asyncio.get_running_loop().time() + (call.expires_at - self._clock.wall()).total_seconds()


async def _messages(
    frames: AsyncGenerator[Frame, None], kind: str, encoding: Callable[[Frame], bytes]
) -> AsyncGenerator[bytes, None]:
    async for frame in frames:
        yield encode.encoded_once(frame, kind, encoding)
