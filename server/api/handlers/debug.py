"""DebugService: for those who test a game (E82)."""

from __future__ import annotations

from datetime import timedelta

from server.api import requests as read
from server.api.codec.times import duration, timestamp
from server.api.methods import Audience, Call, Entry, Method
from server.api.pb import debug_service_pb2 as pb
from server.api.requests import invalid
from server.application.submit_random_scores import ScoreRange
from server.application.use_cases import UseCases
from server.domain.event_leaderboards.definition import COHORT_SIZE_MAX
from server.domain.ids import EventId, PlayerId
from server.domain.instants import EPOCH
from server.ports.clock import MovableClock

_SECONDS_MAX = 10**11


class DebugHandlers:
    """Translates DebugService."""

    def __init__(self, use: UseCases, clock: MovableClock) -> None:
        self._use = use
        self._clock = clock

    def methods(self) -> list[Method]:
        """Return the service's calls."""
        calls: list[Entry] = [
            ("FillCohort", pb.FillCohortRequest, self.fill_cohort),
            ("SubmitRandomScores", pb.SubmitRandomScoresRequest, self.submit_random_scores),
            ("UnenrolPlayer", pb.UnenrolPlayerRequest, self.unenrol_player),
            ("MoveClock", pb.MoveClockRequest, self.move_clock),
        ]
        return [Method("DebugService", name, kind, Audience.SERVER, handler) for name, kind, handler in calls]

    async def fill_cohort(self, _: Call, request: pb.FillCohortRequest) -> pb.FillCohortResponse:
        """Add made-up players."""
        if not 0 <= request.target_count <= COHORT_SIZE_MAX:
            raise invalid("target_count", f"must be 0 to {COHORT_SIZE_MAX}")
        return pb.FillCohortResponse(added=await self._use.fill_cohort(*_whom(request), request.target_count))

    async def submit_random_scores(
        self, _: Call, request: pb.SubmitRandomScoresRequest
    ) -> pb.SubmitRandomScoresResponse:
        """Let everybody else submit."""
        if request.score_min > request.score_max:
            raise invalid("score_min", "is greater than score_max")
        if request.subscore_min > request.subscore_max:
            raise invalid("subscore_min", "is greater than subscore_max")
        span = ScoreRange(
            request.score_min,
            request.score_max,
            request.subscore_min,
            request.subscore_max,
            read.operator(request.operator),
        )
        accepted = await self._use.submit_random_scores(*_whom(request), span)
        return pb.SubmitRandomScoresResponse(accepted=accepted)

    async def unenrol_player(self, _: Call, request: pb.UnenrolPlayerRequest) -> pb.UnenrolPlayerResponse:
        """Take a player out of an event."""
        await self._use.unenrol_player(*_whom(request))
        return pb.UnenrolPlayerResponse()

    async def move_clock(self, _: Call, request: pb.MoveClockRequest) -> pb.MoveClockResponse:
        """Move the game clock forward."""
        now = await self._use.move_clock(self._span(request))
        return pb.MoveClockResponse(current_time=timestamp(now), offset=duration(self._clock.offset))

    def _span(self, request: pb.MoveClockRequest) -> timedelta:
        match request.WhichOneof("target"):
            case "forward":
                seconds, nanos = request.forward.seconds, request.forward.nanos
            case "to_time":
                seconds, nanos = request.to_time.seconds, request.to_time.nanos
            case _:
                raise invalid("target", "is missing; send forward or to_time")
        if abs(seconds) > _SECONDS_MAX or abs(nanos) >= 10**9:
            raise invalid("target", "lies outside of the calendar")
        span = timedelta(seconds=seconds, microseconds=nanos // 1000)
        return span if request.WhichOneof("target") == "forward" else span - (self._clock.now() - EPOCH)


def _whom(
    request: pb.FillCohortRequest | pb.SubmitRandomScoresRequest | pb.UnenrolPlayerRequest,
) -> tuple[PlayerId, EventId]:
    player_id = PlayerId(read.identifier("player_id", request.player_id))
    return player_id, EventId(read.identifier("id", request.id))
