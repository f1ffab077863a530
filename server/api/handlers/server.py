"""ServerService: what the studio's own servers do for players."""

from __future__ import annotations

from server.api import requests as read
from server.api.codec.rewards import grant
from server.api.codec.times import timestamp
from server.api.errors import ApiError
from server.api.handlers.event_leaderboard import EventMessages
from server.api.methods import Audience, Call, Method
from server.api.pb import server_service_pb2 as pb
from server.api.requests import invalid
from server.api.status import Code, failure_of
from server.api.texts import AVATAR_URL_MAX, NAME_MAX
from server.application.rolling import RollRequest
from server.application.submission_batch import SubmitRequest, Submitted
from server.application.use_cases import UseCases
from server.domain.errors import DomainError
from server.domain.event_leaderboards.submissions import Submission
from server.domain.ids import EventId, PlayerId
from server.ports.clock import Clock

SUBMISSIONS_MAX = 100


class ServerHandlers:
    """Translates ServerService."""

    def __init__(self, use: UseCases, clock: Clock) -> None:
        self._use = use
        self._clock = clock
        self._show = EventMessages(use)

    def methods(self) -> list[Method]:
        """Return the service's calls."""
        service, audience = "ServerService", Audience.SERVER
        return [
            Method(service, "SubmitScores", pb.SubmitScoresRequest, audience, self.submit_scores),
            Method(service, "RollCohort", pb.ServerServiceRollCohortRequest, audience, self.roll_cohort),
        ]

    async def submit_scores(self, call: Call, request: pb.SubmitScoresRequest) -> pb.SubmitScoresResponse:
        """Report scores of many players; each has an answer of its own."""
        if not 1 <= len(request.submissions) <= SUBMISSIONS_MAX:
            raise invalid("submissions", f"has {len(request.submissions)} entries; send 1 to {SUBMISSIONS_MAX}")
        asked = [_request_or_refusal(call, one) for one in request.submissions]
        accepted = [one for one in asked if isinstance(one, SubmitRequest)]
        answers = iter(await self._use.submit_score.all(accepted))
        response = pb.SubmitScoresResponse(current_time=timestamp(self._clock.now()))
        for one in asked:
            self._add(response, next(answers) if isinstance(one, SubmitRequest) else one)
        return response

    async def roll_cohort(
        self, call: Call, request: pb.ServerServiceRollCohortRequest
    ) -> pb.ServerServiceRollCohortResponse:
        """Put a player into a cohort."""
        player_id = PlayerId(read.identifier("player_id", request.player_id))
        wanted = read.standings(request.view)
        roll = RollRequest(
            player_id=player_id,
            event_id=EventId(read.identifier("id", request.id)),
            caller=call.caller.name,
            is_trusted=True,
            claim_reward=request.claim_reward,
            metadata=read.json_object("metadata", request.metadata),
            server_properties=read.struct("properties", request.properties),
            tier=request.tier if request.HasField("tier") else None,
            request_id=read.request_id(request.request_id),
            name=read.optional_text("name", request.name, NAME_MAX),
            avatar_url=read.optional_text("avatar_url", request.avatar_url, AVATAR_URL_MAX),
        )
        rolled = await self._use.roll_cohort(roll)
        return pb.ServerServiceRollCohortResponse(
            cohort_id=rolled.cohort_id,
            grant=None if rolled.grant is None else grant(rolled.grant, self._clock.now()),
            event_leaderboard=None
            if request.minimal
            else await self._show.after(rolled.situation, wanted, with_definition=request.with_definition),
            current_time=timestamp(self._clock.now()),
        )

    def _add(self, response: pb.SubmitScoresResponse, answer: Submitted | Exception) -> None:
        """Add the answer to one of the scores; what is wrong with the server is wrong with the whole call."""
        if isinstance(answer, Submitted):
            _add_applied(response, answer)
            return
        failure = failure_of(answer, self._clock.now())
        if failure.code in (Code.UNAVAILABLE, Code.INTERNAL) and not isinstance(answer, DomainError):
            raise answer
        response.results.add(applied=False, reason=failure.reason, message=failure.message)


def _request_or_refusal(call: Call, one: pb.ScoreSubmission) -> SubmitRequest | Exception:
    try:
        return _request(call, one)
    except ApiError as refusal:  # an answer of its own; its neighbours are not concerned
        return refusal


def _request(call: Call, one: pb.ScoreSubmission) -> SubmitRequest:
    submission = Submission(
        one.score,
        one.subscore,
        read.json_object("metadata", one.metadata) if one.HasField("metadata") else None,
        one.conditional_metadata_update,
        read.operator(one.operator),
        is_trusted=True,
    )
    return SubmitRequest(
        PlayerId(read.identifier("player_id", one.player_id)),
        EventId(read.identifier("id", one.id)),
        call.caller.name,
        submission,
        read.request_id(one.request_id),
    )


def _add_applied(response: pb.SubmitScoresResponse, one: Submitted) -> None:
    """Make the message in its place: one that is handed over is copied."""
    response.results.add(
        applied=True,
        improved=one.is_improved,
        previous_score=one.previous_score,
        previous_subscore=one.previous_subscore,
        score=one.score,
        subscore=one.subscore,
        rank=one.rank,
        cohort_id=one.cohort_id,
        revision=one.revision,
    )
