"""AdminService: for operators."""

from __future__ import annotations

from collections.abc import Iterable

from server.api import requests as read
from server.api.codec import event_leaderboards as encode
from server.api.codec import players
from server.api.codec.times import maybe_timestamp, timestamp
from server.api.methods import Audience, Call, Entry, Method
from server.api.page_tokens import PageTokens
from server.api.pb import admin_service_pb2 as pb
from server.application.use_cases import UseCases
from server.domain.event_leaderboards.timeline import Timeline
from server.domain.ids import EventId, LeaderboardKey, PlayerId
from server.domain.leaderboards.definition import Status
from server.ports.catalog import Board, Catalog
from server.ports.clock import Clock
from server.ports.module_store import Notice
from server.ports.operations import Finding, NamedText, Operations, ReloadResult

_NOTICES = "parked notices"
_NOTICES_DEFAULT, _NOTICES_MAX = 50, 200


class AdminHandlers:
    """Translates AdminService."""

    def __init__(
        self, use: UseCases, clock: Clock, catalog: Catalog, operations: Operations, tokens: PageTokens
    ) -> None:
        self._tokens = tokens
        self._use = use
        self._clock = clock
        self._catalog = catalog
        self._operations = operations

    def methods(self) -> list[Method]:
        """Return the service's calls."""
        calls: list[Entry] = [
            ("Reload", pb.ReloadRequest, self.reload),
            ("GetCatalogue", pb.GetCatalogueRequest, self.get_catalogue),
            ("ValidateDefinitions", pb.ValidateDefinitionsRequest, self.validate_definitions),
            ("LookUpPlayer", pb.LookUpPlayerRequest, self.look_up_player),
            ("ListParkedNotices", pb.ListParkedNoticesRequest, self.list_parked_notices),
            ("RetryNotice", pb.RetryNoticeRequest, self.retry_notice),
            ("DropNotice", pb.DropNoticeRequest, self.drop_notice),
        ]
        return [Method("AdminService", name, kind, Audience.SERVER, handler) for name, kind, handler in calls]

    async def reload(self, _: Call, __: pb.ReloadRequest) -> pb.ReloadResponse:
        """Read definitions and modules again."""
        return _reloaded(await self._operations.reload(announces=True))

    async def get_catalogue(self, _: Call, __: pb.GetCatalogueRequest) -> pb.GetCatalogueResponse:
        """Tell what is in force."""
        snapshot, last = self._catalog.current(), self._operations.last_reload()
        return pb.GetCatalogueResponse(
            event_leaderboards=[self._entry(one, line) for one, line in sorted(snapshot.timelines.items())],
            leaderboards=[self._leaderboard(key, board) for key, board in sorted(snapshot.boards.items())],
            modules=self._operations.modules(),
            item_count=len(snapshot.items),
            last_reload=_reloaded(last),
            last_reload_time=timestamp(last.at),
            current_time=timestamp(self._clock.now()),
        )

    async def validate_definitions(
        self, _: Call, request: pb.ValidateDefinitionsRequest
    ) -> pb.ValidateDefinitionsResponse:
        """Check definitions without putting them in force."""
        kinds = (request.event_leaderboards, request.items, request.leaderboards, request.reward_policies)
        findings = self._operations.validate(*map(_files, kinds))
        is_valid = not any(one.is_error for one in findings)
        return pb.ValidateDefinitionsResponse(valid=is_valid, diagnostics=_diagnostics(findings))

    async def look_up_player(self, _: Call, request: pb.LookUpPlayerRequest) -> pb.LookUpPlayerResponse:
        """Look up a player."""
        found = await self._use.look_up_player(PlayerId(read.identifier("player_id", request.player_id)))
        return pb.LookUpPlayerResponse(
            profile=players.profile(found.player),
            event_leaderboards=[
                encode.event_leaderboard(one, with_definition=False, is_trusted=True) for one in found.events
            ],
            properties=players.properties(found.properties),
        )

    async def list_parked_notices(self, _: Call, request: pb.ListParkedNoticesRequest) -> pb.ListParkedNoticesResponse:
        """List what modules could not be told."""
        after = int(self._tokens.position(_NOTICES, request.page_token) or b"0")
        limit = read.page_size(request.page_size, _NOTICES_DEFAULT, _NOTICES_MAX)
        page = await self._use.list_parked_notices(after, limit)
        next_after = None if page.next_after is None else str(page.next_after).encode()
        return pb.ListParkedNoticesResponse(
            notices=[_parked(one) for one in page.notices],
            next_page_token=self._tokens.token(_NOTICES, next_after),
            waiting_count=page.counts.waiting,
            parked_count=page.counts.parked,
        )

    async def retry_notice(self, _: Call, request: pb.RetryNoticeRequest) -> pb.RetryNoticeResponse:
        """Have a notice told again."""
        await self._use.put_away_notice(request.notice_id, drops=False)
        return pb.RetryNoticeResponse()

    async def drop_notice(self, _: Call, request: pb.DropNoticeRequest) -> pb.DropNoticeResponse:
        """Drop a notice."""
        await self._use.put_away_notice(request.notice_id, drops=True)
        return pb.DropNoticeResponse()

    def _entry(self, event_id: EventId, timeline: Timeline) -> pb.CatalogueEntry:
        now = self._clock.now()
        phase, upcoming = self._catalog.phase_at(event_id, now), timeline.next_phase(now)
        return pb.CatalogueEntry(
            id=event_id,
            definition_hash="" if timeline.current is None else timeline.current.hash,
            activation_time=timestamp(timeline.activations[-1].activated_at),
            activation_count=len(timeline.activations),
            phase_definition_hash="" if phase is None else phase.definition.hash,
            phase_start_time=None if phase is None else timestamp(phase.start),
            phase_end_time=None if phase is None else maybe_timestamp(phase.active_end),
            phase_expiry_time=None if phase is None else maybe_timestamp(phase.expiry),
            next_start_time=None if upcoming is None else timestamp(upcoming.start),
        )

    def _leaderboard(self, key: LeaderboardKey, board: Board) -> pb.LeaderboardCatalogueEntry:
        now = self._clock.now()
        period, upcoming = self._catalog.period_at(key, now), board.calendar.next_period(now)
        activations = board.calendar.timeline.activations
        return pb.LeaderboardCatalogueEntry(
            key=key,
            definition_hash=board.present.hash,
            activation_time=timestamp(activations[-1].activated_at),
            activation_count=len(activations),
            is_archived=board.present.status is Status.ARCHIVED,
            period_definition_hash="" if period is None else period.definition.hash,
            window_key="" if period is None else self._catalog.window_key_of(key, period),
            period_start_time=None if period is None else timestamp(period.start),
            period_end_time=None if period is None else maybe_timestamp(period.end),
            next_start_time=None if upcoming is None else timestamp(upcoming.start),
        )


def _parked(notice: Notice) -> pb.ParkedNotice:
    return pb.ParkedNotice(
        notice_id=notice.notice_id,
        module=notice.lane.module,
        kind=notice.kind,
        lane=notice.lane.name,
        content=notice.content,
        create_time=timestamp(notice.created_at),
        attempts=notice.attempts,
        failure=notice.failure,
    )


def _reloaded(result: ReloadResult) -> pb.ReloadResponse:
    return pb.ReloadResponse(reloaded=result.is_taken, diagnostics=_diagnostics(result.findings))


def _diagnostics(findings: Iterable[Finding]) -> list[pb.Diagnostic]:
    return [
        pb.Diagnostic(
            severity=pb.SEVERITY_ERROR if one.is_error else pb.SEVERITY_WARNING,
            file=one.file,
            line=one.line,
            column=one.column,
            path=one.path,
            message=one.message,
            mend=one.mend,
        )
        for one in findings
    ]


def _files(files: Iterable[pb.DefinitionFile]) -> list[NamedText]:
    return [NamedText(read.identifier("name", one.name), one.text) for one in files]
