"""LeaderboardService: who stands where, and scores that are reported directly.

The studio's own servers may read, too: to them no line is their own, and they are told who is a bot.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

from server.api import requests as read
from server.api import trees
from server.api.codec import leaderboards as encode
from server.api.codec.times import timestamp
from server.api.entry_tokens import EntryTokens
from server.api.methods import Audience, Call, Entry, Method
from server.api.page_tokens import PageTokens, moment_in, moment_position
from server.api.pb import leaderboard_service_pb2 as pb
from server.api.requests import invalid
from server.api.submissions import board_score_of
from server.application.board_pages import PLAYERS_MAX, ROWS_DEFAULT, ROWS_MAX, PeriodAsked
from server.application.board_submissions import BoardSubmission
from server.application.segment_pages import SegmentAsked
from server.application.use_cases import UseCases
from server.domain.ids import LeaderboardKey, PlayerId
from server.domain.leaderboards.segments import LENGTH_MAX as SEGMENT_MAX
from server.ports.clock import Clock

KEY_MAX = 64
WINDOW_KEY_MAX = 64
_BOARDS_DEFAULT, _BOARDS_MAX = 50, 100
_PERIODS_DEFAULT, _PERIODS_MAX = 20, 100
_SEGMENTS_DEFAULT, _SEGMENTS_MAX = 20, 100

OfPeriod: TypeAlias = (
    pb.ListEntriesRequest
    | pb.ListEntriesAroundPlayerRequest
    | pb.BatchGetRanksRequest
    | pb.ListSegmentsRequest
    | pb.WatchLeaderboardRequest
)
_OfSegment: TypeAlias = pb.ListEntriesRequest | pb.ListEntriesAroundPlayerRequest | pb.BatchGetRanksRequest


class LeaderboardHandlers:
    """Translates LeaderboardService."""

    def __init__(self, use: UseCases, clock: Clock, tokens: PageTokens) -> None:
        self._use = use
        self._clock = clock
        self._tokens = tokens
        self._entry_tokens = EntryTokens(tokens)

    def methods(self) -> list[Method]:
        """Return the service's calls."""
        service = "LeaderboardService"
        reading: list[Entry] = [
            ("ListLeaderboards", pb.ListLeaderboardsRequest, self.list_leaderboards),
            ("GetLeaderboard", pb.GetLeaderboardRequest, self.get_leaderboard),
            ("ListEntries", pb.ListEntriesRequest, self.list_entries),
            ("ListEntriesAroundPlayer", pb.ListEntriesAroundPlayerRequest, self.list_entries_around_player),
            ("BatchGetRanks", pb.BatchGetRanksRequest, self.batch_get_ranks),
            ("ListPeriods", pb.ListPeriodsRequest, self.list_periods),
            ("ListSegments", pb.ListSegmentsRequest, self.list_segments),
        ]
        submit = self.submit_score
        return [
            *(Method(service, name, kind, Audience.PLAYER_OR_SERVER, handler) for name, kind, handler in reading),
            Method(service, "SubmitScore", pb.LeaderboardServiceSubmitScoreRequest, Audience.PLAYER, submit),
        ]

    async def list_leaderboards(self, _: Call, request: pb.ListLeaderboardsRequest) -> pb.ListLeaderboardsResponse:
        """List the leaderboards, by key."""
        scope = f"leaderboards {request.with_archived}"
        after = (self._tokens.position(scope, request.page_token) or b"").decode()
        limit = read.page_size(request.page_size, _BOARDS_DEFAULT, _BOARDS_MAX)
        page = await self._use.list_leaderboards(after, limit, with_archived=request.with_archived)
        return pb.ListLeaderboardsResponse(
            leaderboards=[encode.leaderboard(one) for one in page.boards],
            next_page_token=self._tokens.token(scope, page.next_after.encode() if page.next_after else None),
            current_time=timestamp(page.now),
        )

    async def get_leaderboard(self, call: Call, request: pb.GetLeaderboardRequest) -> pb.GetLeaderboardResponse:
        """Look at one leaderboard."""
        shown = await self._use.get_leaderboard(_reader(call), _key(request.key))
        page = None if shown.page is None else encode.page(shown.page, is_trusted=call.caller.is_trusted)
        return pb.GetLeaderboardResponse(
            leaderboard=encode.leaderboard(shown.view), page=page, current_time=timestamp(shown.now)
        )

    async def list_entries(self, call: Call, request: pb.ListEntriesRequest) -> pb.ListEntriesResponse:
        """Read entries from the top."""
        asked = _segment_asked(call, request)
        limit = read.page_size(request.page_size, ROWS_DEFAULT, ROWS_MAX)
        resumed = self._entry_tokens.resumed(asked, request.page_token)
        if resumed is None:
            page = await self._use.list_entries(asked, None, limit)
        else:
            page = await self._use.list_entries(replace(asked, period=resumed.period), resumed.after, limit)
        return pb.ListEntriesResponse(
            page=encode.page(page, is_trusted=call.caller.is_trusted),
            next_page_token=self._entry_tokens.token(asked, page),
            current_time=timestamp(page.now),
        )

    async def list_entries_around_player(
        self, call: Call, request: pb.ListEntriesAroundPlayerRequest
    ) -> pb.ListEntriesAroundPlayerResponse:
        """Read the entries around a player: the caller, unless another is named."""
        player_id = PlayerId(read.identifier("player_id", request.player_id or call.player_id))
        limit = read.page_size(request.page_size, ROWS_DEFAULT, ROWS_MAX)
        page = await self._use.list_entries_around_player(_segment_asked(call, request), player_id, limit)
        message = encode.page(page, is_trusted=call.caller.is_trusted)
        return pb.ListEntriesAroundPlayerResponse(page=message, current_time=timestamp(page.now))

    async def batch_get_ranks(self, call: Call, request: pb.BatchGetRanksRequest) -> pb.BatchGetRanksResponse:
        """Read the entries of some players."""
        if not 1 <= len(request.player_ids) <= PLAYERS_MAX:
            raise invalid("player_ids", f"has {len(request.player_ids)} players; send 1 to {PLAYERS_MAX}")
        player_ids = [PlayerId(read.identifier("player_ids", one)) for one in dict.fromkeys(request.player_ids)]
        page = await self._use.batch_get_ranks(_segment_asked(call, request), player_ids)
        message = encode.page(page, is_trusted=call.caller.is_trusted)
        return pb.BatchGetRanksResponse(page=message, current_time=timestamp(page.now))

    async def list_periods(self, _: Call, request: pb.ListPeriodsRequest) -> pb.ListPeriodsResponse:
        """List the periods, newest first."""
        key = _key(request.key)
        scope = f"periods {key}"
        before = moment_in(self._tokens.position(scope, request.page_token))
        limit = read.page_size(request.page_size, _PERIODS_DEFAULT, _PERIODS_MAX)
        page = await self._use.list_periods(key, before, limit)
        return pb.ListPeriodsResponse(
            periods=[encode.period(one) for one in page.periods],
            next_page_token=self._tokens.token(scope, moment_position(page.next_before)),
            current_time=timestamp(page.now),
        )

    async def list_segments(self, _: Call, request: pb.ListSegmentsRequest) -> pb.ListSegmentsResponse:
        """List the largest segments of a period."""
        limit = read.page_size(request.page_size, _SEGMENTS_DEFAULT, _SEGMENTS_MAX)
        shown = await self._use.list_segments(_key(request.key), period_asked(request), limit)
        return pb.ListSegmentsResponse(
            segments=[pb.LeaderboardSegment(segment=one.segment, entries=one.entries) for one in shown.segments],
            period=encode.period(shown.period),
            current_time=timestamp(shown.now),
        )

    async def submit_score(
        self, call: Call, request: pb.LeaderboardServiceSubmitScoreRequest
    ) -> pb.LeaderboardServiceSubmitScoreResponse:
        """Report a score."""
        submission = BoardSubmission(
            player_id=call.player_id,
            leaderboard=_key(request.key),
            caller=call.caller.name,
            score=board_score_of(request),
            context=trees.context("context", request.context),
            metadata=read.json_object("metadata", request.metadata) if request.HasField("metadata") else None,
            request_id=read.request_id(request.request_id),
        )
        submitted = await self._use.submit_leaderboard_score(submission)
        message = pb.LeaderboardServiceSubmitScoreResponse(
            outcome=encode.OUTCOMES[submitted.contributed.outcome],
            revision=submitted.revision,
            current_time=timestamp(self._clock.now()),
        )
        encode.put_score(message, submitted)
        return message


def _key(key: str) -> LeaderboardKey:
    return LeaderboardKey(read.identifier("key", key, KEY_MAX))


def _segment_asked(call: Call, request: _OfSegment) -> SegmentAsked:
    segment = read.optional_text("segment", request.segment, SEGMENT_MAX)
    return SegmentAsked(_reader(call), _key(request.key), period_asked(request), segment)


def _reader(call: Call) -> PlayerId | None:
    """Return whose own line a page shows: of nobody, where a server reads."""
    return None if call.caller.is_trusted else call.player_id


def period_asked(request: OfPeriod) -> PeriodAsked:
    """Return which period a request is of."""
    window_key = read.optional_text("window_key", request.window_key, WINDOW_KEY_MAX)
    if not request.HasField("period_start_time"):
        return PeriodAsked(window_key)
    if window_key:
        raise invalid("period_start_time", "names the period, and so does window_key; send one of them")
    return PeriodAsked(start=read.moment("period_start_time", request.period_start_time))
