import datetime

from google.api import annotations_pb2 as _annotations_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from server.api.pb import leaderboard_pb2 as _leaderboard_pb2
from server.api.pb import live_pb2 as _live_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ListLeaderboardsRequest(_message.Message):
    __slots__ = ("with_archived", "page_size", "page_token")
    WITH_ARCHIVED_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    with_archived: bool
    page_size: int
    page_token: str
    def __init__(self, with_archived: _Optional[bool] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListLeaderboardsResponse(_message.Message):
    __slots__ = ("leaderboards", "next_page_token", "current_time")
    LEADERBOARDS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    CURRENT_TIME_FIELD_NUMBER: _ClassVar[int]
    leaderboards: _containers.RepeatedCompositeFieldContainer[_leaderboard_pb2.Leaderboard]
    next_page_token: str
    current_time: _timestamp_pb2.Timestamp
    def __init__(self, leaderboards: _Optional[_Iterable[_Union[_leaderboard_pb2.Leaderboard, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., current_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetLeaderboardRequest(_message.Message):
    __slots__ = ("key",)
    KEY_FIELD_NUMBER: _ClassVar[int]
    key: str
    def __init__(self, key: _Optional[str] = ...) -> None: ...

class GetLeaderboardResponse(_message.Message):
    __slots__ = ("leaderboard", "page", "current_time")
    LEADERBOARD_FIELD_NUMBER: _ClassVar[int]
    PAGE_FIELD_NUMBER: _ClassVar[int]
    CURRENT_TIME_FIELD_NUMBER: _ClassVar[int]
    leaderboard: _leaderboard_pb2.Leaderboard
    page: _leaderboard_pb2.LeaderboardPage
    current_time: _timestamp_pb2.Timestamp
    def __init__(self, leaderboard: _Optional[_Union[_leaderboard_pb2.Leaderboard, _Mapping]] = ..., page: _Optional[_Union[_leaderboard_pb2.LeaderboardPage, _Mapping]] = ..., current_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListEntriesRequest(_message.Message):
    __slots__ = ("key", "window_key", "period_start_time", "segment", "page_size", "page_token")
    KEY_FIELD_NUMBER: _ClassVar[int]
    WINDOW_KEY_FIELD_NUMBER: _ClassVar[int]
    PERIOD_START_TIME_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    key: str
    window_key: str
    period_start_time: _timestamp_pb2.Timestamp
    segment: str
    page_size: int
    page_token: str
    def __init__(self, key: _Optional[str] = ..., window_key: _Optional[str] = ..., period_start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., segment: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListEntriesResponse(_message.Message):
    __slots__ = ("page", "next_page_token", "current_time")
    PAGE_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    CURRENT_TIME_FIELD_NUMBER: _ClassVar[int]
    page: _leaderboard_pb2.LeaderboardPage
    next_page_token: str
    current_time: _timestamp_pb2.Timestamp
    def __init__(self, page: _Optional[_Union[_leaderboard_pb2.LeaderboardPage, _Mapping]] = ..., next_page_token: _Optional[str] = ..., current_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListEntriesAroundPlayerRequest(_message.Message):
    __slots__ = ("key", "window_key", "period_start_time", "segment", "player_id", "page_size")
    KEY_FIELD_NUMBER: _ClassVar[int]
    WINDOW_KEY_FIELD_NUMBER: _ClassVar[int]
    PERIOD_START_TIME_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    PLAYER_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    key: str
    window_key: str
    period_start_time: _timestamp_pb2.Timestamp
    segment: str
    player_id: str
    page_size: int
    def __init__(self, key: _Optional[str] = ..., window_key: _Optional[str] = ..., period_start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., segment: _Optional[str] = ..., player_id: _Optional[str] = ..., page_size: _Optional[int] = ...) -> None: ...

class ListEntriesAroundPlayerResponse(_message.Message):
    __slots__ = ("page", "current_time")
    PAGE_FIELD_NUMBER: _ClassVar[int]
    CURRENT_TIME_FIELD_NUMBER: _ClassVar[int]
    page: _leaderboard_pb2.LeaderboardPage
    current_time: _timestamp_pb2.Timestamp
    def __init__(self, page: _Optional[_Union[_leaderboard_pb2.LeaderboardPage, _Mapping]] = ..., current_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class BatchGetRanksRequest(_message.Message):
    __slots__ = ("key", "window_key", "period_start_time", "segment", "player_ids")
    KEY_FIELD_NUMBER: _ClassVar[int]
    WINDOW_KEY_FIELD_NUMBER: _ClassVar[int]
    PERIOD_START_TIME_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    PLAYER_IDS_FIELD_NUMBER: _ClassVar[int]
    key: str
    window_key: str
    period_start_time: _timestamp_pb2.Timestamp
    segment: str
    player_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, key: _Optional[str] = ..., window_key: _Optional[str] = ..., period_start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., segment: _Optional[str] = ..., player_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class BatchGetRanksResponse(_message.Message):
    __slots__ = ("page", "current_time")
    PAGE_FIELD_NUMBER: _ClassVar[int]
    CURRENT_TIME_FIELD_NUMBER: _ClassVar[int]
    page: _leaderboard_pb2.LeaderboardPage
    current_time: _timestamp_pb2.Timestamp
    def __init__(self, page: _Optional[_Union[_leaderboard_pb2.LeaderboardPage, _Mapping]] = ..., current_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class LeaderboardServiceSubmitScoreRequest(_message.Message):
    __slots__ = ("key", "score", "context", "metadata", "request_id")
    KEY_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    key: str
    score: float
    context: _struct_pb2.Struct
    metadata: str
    request_id: str
    def __init__(self, key: _Optional[str] = ..., score: _Optional[float] = ..., context: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., metadata: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class LeaderboardServiceSubmitScoreResponse(_message.Message):
    __slots__ = ("applied", "outcome", "improved", "previous_score", "score", "rank", "position", "num_scores", "segment", "period_start_time", "revision", "current_time")
    APPLIED_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    IMPROVED_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_SCORE_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    RANK_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    NUM_SCORES_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    PERIOD_START_TIME_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    CURRENT_TIME_FIELD_NUMBER: _ClassVar[int]
    applied: bool
    outcome: _leaderboard_pb2.ContributionOutcome
    improved: bool
    previous_score: float
    score: float
    rank: int
    position: int
    num_scores: int
    segment: str
    period_start_time: _timestamp_pb2.Timestamp
    revision: str
    current_time: _timestamp_pb2.Timestamp
    def __init__(self, applied: _Optional[bool] = ..., outcome: _Optional[_Union[_leaderboard_pb2.ContributionOutcome, str]] = ..., improved: _Optional[bool] = ..., previous_score: _Optional[float] = ..., score: _Optional[float] = ..., rank: _Optional[int] = ..., position: _Optional[int] = ..., num_scores: _Optional[int] = ..., segment: _Optional[str] = ..., period_start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., revision: _Optional[str] = ..., current_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListPeriodsRequest(_message.Message):
    __slots__ = ("key", "page_size", "page_token")
    KEY_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    key: str
    page_size: int
    page_token: str
    def __init__(self, key: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListPeriodsResponse(_message.Message):
    __slots__ = ("periods", "next_page_token", "current_time")
    PERIODS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    CURRENT_TIME_FIELD_NUMBER: _ClassVar[int]
    periods: _containers.RepeatedCompositeFieldContainer[_leaderboard_pb2.LeaderboardPeriod]
    next_page_token: str
    current_time: _timestamp_pb2.Timestamp
    def __init__(self, periods: _Optional[_Iterable[_Union[_leaderboard_pb2.LeaderboardPeriod, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., current_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListSegmentsRequest(_message.Message):
    __slots__ = ("key", "window_key", "period_start_time", "page_size")
    KEY_FIELD_NUMBER: _ClassVar[int]
    WINDOW_KEY_FIELD_NUMBER: _ClassVar[int]
    PERIOD_START_TIME_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    key: str
    window_key: str
    period_start_time: _timestamp_pb2.Timestamp
    page_size: int
    def __init__(self, key: _Optional[str] = ..., window_key: _Optional[str] = ..., period_start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., page_size: _Optional[int] = ...) -> None: ...

class ListSegmentsResponse(_message.Message):
    __slots__ = ("segments", "period", "current_time")
    SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    PERIOD_FIELD_NUMBER: _ClassVar[int]
    CURRENT_TIME_FIELD_NUMBER: _ClassVar[int]
    segments: _containers.RepeatedCompositeFieldContainer[LeaderboardSegment]
    period: _leaderboard_pb2.LeaderboardPeriod
    current_time: _timestamp_pb2.Timestamp
    def __init__(self, segments: _Optional[_Iterable[_Union[LeaderboardSegment, _Mapping]]] = ..., period: _Optional[_Union[_leaderboard_pb2.LeaderboardPeriod, _Mapping]] = ..., current_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class LeaderboardSegment(_message.Message):
    __slots__ = ("segment", "entries")
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    segment: str
    entries: int
    def __init__(self, segment: _Optional[str] = ..., entries: _Optional[int] = ...) -> None: ...

class WatchLeaderboardRequest(_message.Message):
    __slots__ = ("key", "window_key", "period_start_time", "segment", "limit", "resume_revision")
    KEY_FIELD_NUMBER: _ClassVar[int]
    WINDOW_KEY_FIELD_NUMBER: _ClassVar[int]
    PERIOD_START_TIME_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    RESUME_REVISION_FIELD_NUMBER: _ClassVar[int]
    key: str
    window_key: str
    period_start_time: _timestamp_pb2.Timestamp
    segment: str
    limit: int
    resume_revision: str
    def __init__(self, key: _Optional[str] = ..., window_key: _Optional[str] = ..., period_start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., segment: _Optional[str] = ..., limit: _Optional[int] = ..., resume_revision: _Optional[str] = ...) -> None: ...

class WatchLeaderboardResponse(_message.Message):
    __slots__ = ("revision", "ready", "score_update", "finalized", "closed", "heartbeat")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    READY_FIELD_NUMBER: _ClassVar[int]
    SCORE_UPDATE_FIELD_NUMBER: _ClassVar[int]
    FINALIZED_FIELD_NUMBER: _ClassVar[int]
    CLOSED_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    revision: str
    ready: LeaderboardReady
    score_update: LeaderboardScoreUpdate
    finalized: LeaderboardFinalized
    closed: _live_pb2.WatchClosed
    heartbeat: _live_pb2.WatchHeartbeat
    def __init__(self, revision: _Optional[str] = ..., ready: _Optional[_Union[LeaderboardReady, _Mapping]] = ..., score_update: _Optional[_Union[LeaderboardScoreUpdate, _Mapping]] = ..., finalized: _Optional[_Union[LeaderboardFinalized, _Mapping]] = ..., closed: _Optional[_Union[_live_pb2.WatchClosed, _Mapping]] = ..., heartbeat: _Optional[_Union[_live_pb2.WatchHeartbeat, _Mapping]] = ...) -> None: ...

class LiveEntry(_message.Message):
    __slots__ = ("player_id", "name", "avatar_url", "score", "rank", "position")
    PLAYER_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    AVATAR_URL_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    RANK_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    player_id: str
    name: str
    avatar_url: str
    score: float
    rank: int
    position: int
    def __init__(self, player_id: _Optional[str] = ..., name: _Optional[str] = ..., avatar_url: _Optional[str] = ..., score: _Optional[float] = ..., rank: _Optional[int] = ..., position: _Optional[int] = ...) -> None: ...

class LeaderboardReady(_message.Message):
    __slots__ = ("leaderboard", "segment", "period", "entries", "total", "self")
    LEADERBOARD_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    PERIOD_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    SELF_FIELD_NUMBER: _ClassVar[int]
    leaderboard: str
    segment: str
    period: _leaderboard_pb2.LeaderboardPeriod
    entries: _containers.RepeatedCompositeFieldContainer[LiveEntry]
    total: int
    self: LiveEntry
    def __init__(self_, leaderboard: _Optional[str] = ..., segment: _Optional[str] = ..., period: _Optional[_Union[_leaderboard_pb2.LeaderboardPeriod, _Mapping]] = ..., entries: _Optional[_Iterable[_Union[LiveEntry, _Mapping]]] = ..., total: _Optional[int] = ..., self: _Optional[_Union[LiveEntry, _Mapping]] = ...) -> None: ...

class LeaderboardScoreUpdate(_message.Message):
    __slots__ = ("updates", "left")
    UPDATES_FIELD_NUMBER: _ClassVar[int]
    LEFT_FIELD_NUMBER: _ClassVar[int]
    updates: _containers.RepeatedCompositeFieldContainer[LiveEntry]
    left: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, updates: _Optional[_Iterable[_Union[LiveEntry, _Mapping]]] = ..., left: _Optional[_Iterable[str]] = ...) -> None: ...

class LeaderboardFinalized(_message.Message):
    __slots__ = ("reason", "period", "entries", "total", "self")
    REASON_FIELD_NUMBER: _ClassVar[int]
    PERIOD_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    SELF_FIELD_NUMBER: _ClassVar[int]
    reason: _live_pb2.FinalizedReason
    period: _leaderboard_pb2.LeaderboardPeriod
    entries: _containers.RepeatedCompositeFieldContainer[LiveEntry]
    total: int
    self: LiveEntry
    def __init__(self_, reason: _Optional[_Union[_live_pb2.FinalizedReason, str]] = ..., period: _Optional[_Union[_leaderboard_pb2.LeaderboardPeriod, _Mapping]] = ..., entries: _Optional[_Iterable[_Union[LiveEntry, _Mapping]]] = ..., total: _Optional[int] = ..., self: _Optional[_Union[LiveEntry, _Mapping]] = ...) -> None: ...
