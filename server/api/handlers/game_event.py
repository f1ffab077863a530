"""GameEventService: what the studio's own servers report of their games."""

from __future__ import annotations

from server.api.codec import game_events as encode
from server.api.codec.leaderboards import Contributions
from server.api.codec.times import timestamp
from server.api.errors import ApiError
from server.api.methods import Audience, Call, Method
from server.api.pb import game_event_service_pb2 as pb
from server.api.requests import invalid
from server.application.game_events import EVENTS_MAX, ReportedEvent
from server.application.use_cases import UseCases
from server.ports.catalog import Catalog
from server.ports.clock import Clock


class GameEventHandlers:
    """Translates GameEventService."""

    def __init__(self, use: UseCases, clock: Clock, catalog: Catalog) -> None:
        self._use = use
        self._clock = clock
        self._contributions = Contributions(catalog)

    def methods(self) -> list[Method]:
        """Return the service's calls."""
        service, audience = "GameEventService", Audience.SERVER
        ingest, explain = self.ingest_game_events, self.explain_game_event
        return [
            Method(service, "IngestGameEvents", pb.IngestGameEventsRequest, audience, ingest, is_bulk=True),
            Method(service, "ExplainGameEvent", pb.ExplainGameEventRequest, audience, explain),
        ]

    async def ingest_game_events(self, call: Call, request: pb.IngestGameEventsRequest) -> pb.IngestGameEventsResponse:
        """Report game events; each has an answer of its own."""
        if not 1 <= len(request.events) <= EVENTS_MAX:
            raise invalid("events", f"has {len(request.events)} entries; send 1 to {EVENTS_MAX}")
        read = [_reported_or_refusal(one) for one in request.events]
        accepted = [one for one in read if isinstance(one, ReportedEvent)]
        answers = iter(await self._use.ingest_game_events(call.caller.key_name, accepted))
        now, shown = self._clock.now(), self._contributions.add
        response = pb.IngestGameEventsResponse(current_time=timestamp(now))
        for event, one in zip(request.events, read, strict=True):
            if isinstance(one, ReportedEvent):
                encode.add_result(response.results, next(answers), shown, now)
            else:
                encode.add_rejected(response.results, event.event_id, one, now)
        return response

    async def explain_game_event(self, _: Call, request: pb.ExplainGameEventRequest) -> pb.ExplainGameEventResponse:
        """Tell what a game event would do, and why."""
        explained = await self._use.explain_game_event(encode.reported(request.event, needs_id=False))
        return pb.ExplainGameEventResponse(
            leaderboards=[encode.explained(one) for one in explained.boards],
            event_leaderboards=[encode.event_explained(one) for one in explained.events],
            current_time=timestamp(self._clock.now()),
        )


def _reported_or_refusal(event: pb.GameEvent) -> ReportedEvent | ApiError:
    try:
        return encode.reported(event)
    except ApiError as refusal:  # an answer of its own; its neighbours are not concerned
        return refusal
