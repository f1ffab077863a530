"""ServerService: what the studio's own servers do for players."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from server.api import requests as read
from server.api import trees
from server.api.codec.leaderboards import OUTCOMES, Contributions, put_score
from server.api.codec.players import properties, property_changes
from server.api.codec.rewards import grant
from server.api.codec.times import timestamp
from server.api.errors import ApiError
from server.api.handlers.event_leaderboard import EventMessages
from server.api.handlers.leaderboard import KEY_MAX
from server.api.methods import Audience, Call, Method
from server.api.pb import server_service_pb2 as pb
from server.api.requests import invalid
from server.api.status import Code, Failure, failure_of
from server.api.submissions import board_score_of, roll_context, submission_of
from server.api.texts import AVATAR_URL_MAX, NAME_MAX
from server.application.board_submissions import BoardSubmission, BoardSubmitted
from server.application.rolling import RollRequest
from server.application.submitting import SubmitRequest, Submitted
from server.application.use_cases import UseCases
from server.domain.errors import DomainError
from server.domain.ids import EventId, LeaderboardKey, PlayerId
from server.ports.catalog import Catalog
from server.ports.clock import Clock

SUBMISSIONS_MAX = 100
S = TypeVar("S")
A = TypeVar("A")
B = TypeVar("B")


class ServerHandlers:
    """Translates ServerService."""

    def __init__(self, use: UseCases, clock: Clock, catalog: Catalog) -> None:
        self._use = use
        self._clock = clock
        self._show = EventMessages(use, is_trusted=True)
        self._contributions = Contributions(catalog)

    def methods(self) -> list[Method]:
        """Return the service's calls."""
        service, audience = "ServerService", Audience.SERVER
        return [
            Method(service, "SubmitScores", pb.SubmitScoresRequest, audience, self.submit_scores),
            Method(service, "RollCohort", pb.ServerServiceRollCohortRequest, audience, self.roll_cohort),
            Method(service, "SetPlayerProperties", pb.SetPlayerPropertiesRequest, audience, self.set_player_properties),
        ]

    async def submit_scores(self, call: Call, request: pb.SubmitScoresRequest) -> pb.SubmitScoresResponse:
        """Report scores of many players; each has an answer of its own."""
        count = len(request.submissions) + len(request.leaderboard_submissions)
        if not 1 <= count <= SUBMISSIONS_MAX:
            raise invalid(
                "submissions", f"and leaderboard_submissions have {count} entries; send 1 to {SUBMISSIONS_MAX}"
            )
        asked = [_or_refusal(_event_submission, call, one) for one in request.submissions]
        asked_of_boards = [_or_refusal(_board_submission, call, one) for one in request.leaderboard_submissions]
        answers, answers_of_boards = await asyncio.gather(
            _answered(asked, self._use.submit_score.all),
            _answered(asked_of_boards, self._use.submit_leaderboard_score.all),
        )
        response = pb.SubmitScoresResponse(current_time=timestamp(self._clock.now()))
        for answer in answers:
            self._add(response, answer)
        for answer_of_board in answers_of_boards:
            self._add_of_board(response, answer_of_board)
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
            context=roll_context(request.context),
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

    async def set_player_properties(
        self, call: Call, request: pb.SetPlayerPropertiesRequest
    ) -> pb.SetPlayerPropertiesResponse:
        """Set and remove properties of a player."""
        player_id = PlayerId(read.identifier("player_id", request.player_id))
        changes = property_changes("properties", request.properties)
        after = await self._use.set_player_properties(player_id, changes, call.caller.name)
        return pb.SetPlayerPropertiesResponse(properties=properties(after), current_time=timestamp(self._clock.now()))

    def _add(self, response: pb.SubmitScoresResponse, answer: Submitted | Exception) -> None:
        """Add the answer to one of the scores; what is wrong with the server is wrong with the whole call."""
        if isinstance(answer, Submitted):
            result = _add_applied(response, answer)
            if answer.contributions:  # to ask a message for an empty list costs as much as two of its fields
                self._contributions.add(result.contributions, answer.contributions)
            return
        failure = self._refusal(answer)
        response.results.add(applied=False, reason=failure.reason, message=failure.message)

    def _add_of_board(self, response: pb.SubmitScoresResponse, answer: BoardSubmitted | Exception) -> None:
        """Add the answer to one of the leaderboards' scores."""
        if isinstance(answer, BoardSubmitted):
            put_score(response.leaderboard_results.add(outcome=OUTCOMES[answer.contributed.outcome]), answer)
            return
        failure = self._refusal(answer)
        response.leaderboard_results.add(reason=failure.reason, message=failure.message)

    def _refusal(self, answer: Exception) -> Failure:
        """Return how one of them is refused.

        :raises Exception: where it is not it that is wrong, but the server
        """
        failure = failure_of(answer, self._clock.now())
        if failure.code in (Code.UNAVAILABLE, Code.INTERNAL) and not isinstance(answer, DomainError):
            raise answer
        return failure


def _or_refusal(read_one: Callable[[Call, S], A], call: Call, one: S) -> A | ApiError:
    try:
        return read_one(call, one)
    except ApiError as refusal:  # an answer of its own; its neighbours are not concerned
        return refusal


async def _answered(
    asked: Sequence[A | ApiError], submit: Callable[[Sequence[A]], Awaitable[Sequence[B | Exception]]]
) -> list[B | Exception]:
    """Submit what can be submitted, and return an answer or a refusal for each, in order."""
    accepted = [one for one in asked if not isinstance(one, ApiError)]
    answers = iter(await submit(accepted) if accepted else ())
    return [one if isinstance(one, ApiError) else next(answers) for one in asked]


def _event_submission(call: Call, one: pb.ScoreSubmission) -> SubmitRequest:
    return SubmitRequest(
        PlayerId(read.identifier("player_id", one.player_id)),
        EventId(read.identifier("id", one.id)),
        call.caller.name,
        submission_of(one, is_trusted=True),
        read.request_id(one.request_id),
    )


def _board_submission(call: Call, one: pb.LeaderboardSubmission) -> BoardSubmission:
    return BoardSubmission(
        player_id=PlayerId(read.identifier("player_id", one.player_id)),
        leaderboard=LeaderboardKey(read.identifier("key", one.key, KEY_MAX)),
        caller=call.caller.name,
        score=board_score_of(one),
        context=trees.context("context", one.context),
        metadata=read.json_object("metadata", one.metadata) if one.HasField("metadata") else None,
        is_trusted=True,
        request_id=read.request_id(one.request_id),
    )


def _add_applied(response: pb.SubmitScoresResponse, one: Submitted) -> pb.ScoreResult:
    """Make the message in its place: one that is handed over is copied."""
    return response.results.add(
        applied=True,
        improved=one.is_improved,
        previous_score=one.previous_score,
        previous_subscore=one.previous_subscore,
        score=one.score,
        subscore=one.subscore,
        rank=one.rank,
        prize_rank=one.prize_rank,
        cohort_id=one.cohort_id,
        revision=one.revision,
    )
