"""EventLeaderboardService: what players do."""

from __future__ import annotations

from google.protobuf.timestamp_pb2 import Timestamp

from server.api import requests as read
from server.api.codec import event_leaderboards as encode
from server.api.codec.leaderboards import Contributions
from server.api.codec.rewards import grant
from server.api.codec.times import timestamp
from server.api.methods import Audience, Call, Entry, Method
from server.api.page_tokens import PageTokens, moment_in, moment_position
from server.api.pb import event_leaderboard_pb2 as events
from server.api.pb import event_leaderboard_service_pb2 as pb
from server.api.submissions import roll_context, submission_of
from server.application.claiming import ClaimRequest
from server.application.get_event_leaderboard import Shown
from server.application.rolling import RollRequest
from server.application.standing_pages import ROWS_MAX, Standings
from server.application.submitting import SubmitRequest, Submitted
from server.application.use_cases import UseCases
from server.domain.event_leaderboards.situation import Situation
from server.domain.event_leaderboards.view import event_view, telling_of
from server.domain.ids import CohortId, EventId, PlayerId
from server.domain.instants import NEVER
from server.ports.catalog import Catalog
from server.ports.clock import Clock

_EVENTS_DEFAULT, _EVENTS_MAX = 50, 100
_ROWS_DEFAULT = 50
_PAST_DEFAULT, _PAST_MAX = 20, 100


class EventLeaderboardHandlers:
    """Translates EventLeaderboardService."""

    def __init__(self, use: UseCases, clock: Clock, catalog: Catalog, tokens: PageTokens) -> None:
        self._use = use
        self._clock = clock
        self._tokens = tokens
        self._show = EventMessages(use)
        self._contributions = Contributions(catalog)

    def methods(self) -> list[Method]:
        """Return the service's calls."""
        calls: list[Entry] = [
            ("ListEventLeaderboards", pb.ListEventLeaderboardsRequest, self.list_event_leaderboards),
            ("GetEventLeaderboard", pb.GetEventLeaderboardRequest, self.get_event_leaderboard),
            ("RollCohort", pb.RollCohortRequest, self.roll_cohort),
            ("SubmitScore", pb.SubmitScoreRequest, self.submit_score),
            ("ClaimReward", pb.ClaimRewardRequest, self.claim_reward),
            ("ListPastCohorts", pb.ListPastCohortsRequest, self.list_past_cohorts),
        ]
        reading: list[Entry] = [("ListStandings", pb.ListStandingsRequest, self.list_standings)]
        service = "EventLeaderboardService"
        return [
            *(Method(service, name, kind, Audience.PLAYER, handler) for name, kind, handler in calls),
            *(Method(service, name, kind, Audience.PLAYER_OR_SERVER, handler) for name, kind, handler in reading),
        ]

    async def list_event_leaderboards(
        self, call: Call, request: pb.ListEventLeaderboardsRequest
    ) -> pb.ListEventLeaderboardsResponse:
        """List the events, by id."""
        scope = f"events {sorted(request.categories)}"
        after = (self._tokens.position(scope, request.page_token) or b"").decode()
        limit = read.page_size(request.page_size, _EVENTS_DEFAULT, _EVENTS_MAX)
        wanted = read.standings(request.view)
        page = await self._use.list_event_leaderboards(call.player_id, set(request.categories), wanted, after, limit)
        return pb.ListEventLeaderboardsResponse(
            event_leaderboards=[
                encode.event_leaderboard(one, with_definition=request.with_definition) for one in page.events
            ],
            next_page_token=self._tokens.token(scope, page.next_after.encode() if page.next_after else None),
            current_time=timestamp(self._clock.now()),
        )

    async def get_event_leaderboard(
        self, call: Call, request: pb.GetEventLeaderboardRequest
    ) -> pb.GetEventLeaderboardResponse:
        """Look at one event."""
        event_id, wanted = EventId(read.identifier("id", request.id)), read.standings(request.view)
        shown = await self._use.get_event_leaderboard(call.player_id, event_id, wanted)
        message = encode.event_leaderboard(shown, with_definition=request.with_definition)
        return pb.GetEventLeaderboardResponse(event_leaderboard=message)

    async def roll_cohort(self, call: Call, request: pb.RollCohortRequest) -> pb.RollCohortResponse:
        """Join a cohort."""
        wanted = read.standings(request.view)
        rolled = await self._use.roll_cohort(
            RollRequest(
                player_id=call.player_id,
                event_id=EventId(read.identifier("id", request.id)),
                caller=call.caller.name,
                claim_reward=request.claim_reward,
                metadata=read.json_object("metadata", request.metadata),
                client_properties=read.struct("properties", request.properties),
                server_properties=call.server_properties,
                request_id=read.request_id(request.request_id),
                context=roll_context(request.context),
            )
        )
        return pb.RollCohortResponse(
            cohort_id=rolled.cohort_id,
            grant=None if rolled.grant is None else grant(rolled.grant, self._clock.now()),
            event_leaderboard=None
            if request.minimal
            else await self._show.after(rolled.situation, wanted, with_definition=request.with_definition),
            current_time=timestamp(self._clock.now()),
        )

    async def submit_score(self, call: Call, request: pb.SubmitScoreRequest) -> pb.SubmitScoreResponse:
        """Report a score."""
        wanted = read.standings(request.view)
        event_id = EventId(read.identifier("id", request.id))
        submission = submission_of(request, is_trusted=False)
        request_id = read.request_id(request.request_id)
        submitted = await self._use.submit_score(
            SubmitRequest(call.player_id, event_id, call.caller.name, submission, request_id)
        )
        message = _submitted(submitted, timestamp(self._clock.now()))
        if submitted.contributions:
            self._contributions.add(message.contributions, submitted.contributions)
        if wanted is not Standings.NONE:
            message.scores.extend(await self._show.scores(call.player_id, event_id, wanted))
        return message

    async def claim_reward(self, call: Call, request: pb.ClaimRewardRequest) -> pb.ClaimRewardResponse:
        """Collect what the last cohort won."""
        wanted = read.standings(request.view)
        event_id = EventId(read.identifier("id", request.id))
        request_id = read.request_id(request.request_id)
        claimed = await self._use.claim_reward(ClaimRequest(call.player_id, event_id, call.caller.name, request_id))
        return pb.ClaimRewardResponse(
            grant=grant(claimed.grant, self._clock.now()),
            event_leaderboard=None
            if request.minimal
            else await self._show.after(claimed.situation, wanted, with_definition=request.with_definition),
            current_time=timestamp(self._clock.now()),
        )

    async def list_standings(self, call: Call, request: pb.ListStandingsRequest) -> pb.ListStandingsResponse:
        """Read a cohort's standings."""
        cohort_id = CohortId(read.identifier("cohort_id", request.cohort_id))
        scope = f"standings {cohort_id}"
        after = self._tokens.position(scope, request.page_token) or b""
        limit = read.page_size(request.page_size, _ROWS_DEFAULT, ROWS_MAX)
        page = await self._use.list_standings(call.caller, cohort_id, after, limit)
        return pb.ListStandingsResponse(
            scores=encode.standings(page.rows, call.player_id, page.telling),
            next_page_token=self._tokens.token(scope, page.next_key),
            count=page.cohort.shown_count,
            revision=page.cohort.tally.revision,
            current_time=timestamp(page.now),
        )

    async def list_past_cohorts(self, call: Call, request: pb.ListPastCohortsRequest) -> pb.ListPastCohortsResponse:
        """Look back at finished cohorts."""
        event_id = EventId(read.identifier("id", request.id))
        scope = f"past cohorts {event_id}"
        before = moment_in(self._tokens.position(scope, request.page_token)) or NEVER
        limit = read.page_size(request.page_size, _PAST_DEFAULT, _PAST_MAX)
        page = await self._use.list_past_cohorts(call.player_id, event_id, before, limit)
        return pb.ListPastCohortsResponse(
            past_cohorts=[encode.past_cohort(one, page.now) for one in page.cohorts],
            next_page_token=self._tokens.token(scope, moment_position(page.next_before)),
            current_time=timestamp(page.now),
        )


class EventMessages:
    """Views of events after a change: made from the situation at hand, read again where standings are wanted or bots move.

    `is_trusted`: who sees them may know who is a bot.
    """

    def __init__(self, use: UseCases, *, is_trusted: bool = False) -> None:
        self._use = use
        self._is_trusted = is_trusted

    async def after(self, situation: Situation, wanted: Standings, *, with_definition: bool) -> events.EventLeaderboard:
        """Return the event as its player sees it once a call has changed something."""
        shown = Shown(event_view(situation), [])
        one, held = situation.participation, situation.held
        has_bots = held is not None and held.definition.bots is not None
        if one is not None and (has_bots or wanted is not Standings.NONE):
            shown = await self._use.get_event_leaderboard(one.player_id, one.event_id, wanted)
        return encode.event_leaderboard(shown, with_definition=with_definition, is_trusted=self._is_trusted)

    async def scores(self, player_id: PlayerId, event_id: EventId, wanted: Standings) -> list[events.Standing]:
        """Return the wanted part of the standings of the player's cohort."""
        shown = await self._use.get_event_leaderboard(player_id, event_id, wanted)
        return encode.standings(shown.rows, player_id, telling_of(shown.view.definition, is_trusted=self._is_trusted))


def _submitted(one: Submitted, current_time: Timestamp) -> pb.SubmitScoreResponse:
    flags = one.flags
    return pb.SubmitScoreResponse(
        applied=True,
        improved=one.is_improved,
        previous_score=one.previous_score,
        previous_subscore=one.previous_subscore,
        score=one.score,
        subscore=one.subscore,
        rank=one.rank,
        prize_rank=one.prize_rank,
        count=one.participant_count,
        num_scores=one.submission_count,
        cohort_id=one.cohort_id,
        revision=one.revision,
        is_active=flags.is_active,
        can_update=flags.can_update,
        can_claim=flags.can_claim,
        can_roll=flags.can_roll,
        can_roll_with_claim=flags.can_roll_with_claim,
        current_time=current_time,
    )
