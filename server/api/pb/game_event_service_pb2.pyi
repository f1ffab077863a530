import datetime

from google.api import annotations_pb2 as _annotations_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from server.api.pb import leaderboard_pb2 as _leaderboard_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GameEventOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    GAME_EVENT_OUTCOME_UNSPECIFIED: _ClassVar[GameEventOutcome]
    GAME_EVENT_OUTCOME_ACCEPTED: _ClassVar[GameEventOutcome]
    GAME_EVENT_OUTCOME_DUPLICATE: _ClassVar[GameEventOutcome]
    GAME_EVENT_OUTCOME_REJECTED: _ClassVar[GameEventOutcome]
GAME_EVENT_OUTCOME_UNSPECIFIED: GameEventOutcome
GAME_EVENT_OUTCOME_ACCEPTED: GameEventOutcome
GAME_EVENT_OUTCOME_DUPLICATE: GameEventOutcome
GAME_EVENT_OUTCOME_REJECTED: GameEventOutcome

class GameEvent(_message.Message):
    __slots__ = ("event_id", "type", "actor", "attrs", "context", "occurred_at")
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    ATTRS_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    type: str
    actor: GameEventActor
    attrs: _struct_pb2.Struct
    context: _struct_pb2.Struct
    occurred_at: _timestamp_pb2.Timestamp
    def __init__(self, event_id: _Optional[str] = ..., type: _Optional[str] = ..., actor: _Optional[_Union[GameEventActor, _Mapping]] = ..., attrs: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., context: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GameEventActor(_message.Message):
    __slots__ = ("id", "metadata", "name", "avatar_url")
    ID_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    AVATAR_URL_FIELD_NUMBER: _ClassVar[int]
    id: str
    metadata: _struct_pb2.Struct
    name: str
    avatar_url: str
    def __init__(self, id: _Optional[str] = ..., metadata: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., name: _Optional[str] = ..., avatar_url: _Optional[str] = ...) -> None: ...

class IngestGameEventsRequest(_message.Message):
    __slots__ = ("events",)
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[GameEvent]
    def __init__(self, events: _Optional[_Iterable[_Union[GameEvent, _Mapping]]] = ...) -> None: ...

class IngestGameEventsResponse(_message.Message):
    __slots__ = ("results", "current_time")
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    CURRENT_TIME_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[GameEventResult]
    current_time: _timestamp_pb2.Timestamp
    def __init__(self, results: _Optional[_Iterable[_Union[GameEventResult, _Mapping]]] = ..., current_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GameEventResult(_message.Message):
    __slots__ = ("event_id", "outcome", "reason", "message", "contributions", "submissions")
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    CONTRIBUTIONS_FIELD_NUMBER: _ClassVar[int]
    SUBMISSIONS_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    outcome: GameEventOutcome
    reason: str
    message: str
    contributions: _containers.RepeatedCompositeFieldContainer[_leaderboard_pb2.LeaderboardContribution]
    submissions: _containers.RepeatedCompositeFieldContainer[GameEventSubmission]
    def __init__(self, event_id: _Optional[str] = ..., outcome: _Optional[_Union[GameEventOutcome, str]] = ..., reason: _Optional[str] = ..., message: _Optional[str] = ..., contributions: _Optional[_Iterable[_Union[_leaderboard_pb2.LeaderboardContribution, _Mapping]]] = ..., submissions: _Optional[_Iterable[_Union[GameEventSubmission, _Mapping]]] = ...) -> None: ...

class GameEventSubmission(_message.Message):
    __slots__ = ("id", "applied", "outcome", "reason", "message", "detail", "score", "rank", "cohort_id", "revision", "contributions", "prize_rank")
    ID_FIELD_NUMBER: _ClassVar[int]
    APPLIED_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    RANK_FIELD_NUMBER: _ClassVar[int]
    COHORT_ID_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    CONTRIBUTIONS_FIELD_NUMBER: _ClassVar[int]
    PRIZE_RANK_FIELD_NUMBER: _ClassVar[int]
    id: str
    applied: bool
    outcome: _leaderboard_pb2.ContributionOutcome
    reason: str
    message: str
    detail: str
    score: int
    rank: int
    cohort_id: str
    revision: int
    contributions: _containers.RepeatedCompositeFieldContainer[_leaderboard_pb2.LeaderboardContribution]
    prize_rank: int
    def __init__(self, id: _Optional[str] = ..., applied: _Optional[bool] = ..., outcome: _Optional[_Union[_leaderboard_pb2.ContributionOutcome, str]] = ..., reason: _Optional[str] = ..., message: _Optional[str] = ..., detail: _Optional[str] = ..., score: _Optional[int] = ..., rank: _Optional[int] = ..., cohort_id: _Optional[str] = ..., revision: _Optional[int] = ..., contributions: _Optional[_Iterable[_Union[_leaderboard_pb2.LeaderboardContribution, _Mapping]]] = ..., prize_rank: _Optional[int] = ...) -> None: ...

class ExplainGameEventRequest(_message.Message):
    __slots__ = ("event",)
    EVENT_FIELD_NUMBER: _ClassVar[int]
    event: GameEvent
    def __init__(self, event: _Optional[_Union[GameEvent, _Mapping]] = ...) -> None: ...

class ExplainGameEventResponse(_message.Message):
    __slots__ = ("leaderboards", "event_leaderboards", "current_time")
    LEADERBOARDS_FIELD_NUMBER: _ClassVar[int]
    EVENT_LEADERBOARDS_FIELD_NUMBER: _ClassVar[int]
    CURRENT_TIME_FIELD_NUMBER: _ClassVar[int]
    leaderboards: _containers.RepeatedCompositeFieldContainer[LeaderboardExplanation]
    event_leaderboards: _containers.RepeatedCompositeFieldContainer[EventLeaderboardExplanation]
    current_time: _timestamp_pb2.Timestamp
    def __init__(self, leaderboards: _Optional[_Iterable[_Union[LeaderboardExplanation, _Mapping]]] = ..., event_leaderboards: _Optional[_Iterable[_Union[EventLeaderboardExplanation, _Mapping]]] = ..., current_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class LeaderboardExplanation(_message.Message):
    __slots__ = ("leaderboard", "applied", "outcome", "rule", "points", "segment", "window_key", "detail")
    LEADERBOARD_FIELD_NUMBER: _ClassVar[int]
    APPLIED_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    POINTS_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    WINDOW_KEY_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    leaderboard: str
    applied: bool
    outcome: _leaderboard_pb2.ContributionOutcome
    rule: int
    points: str
    segment: str
    window_key: str
    detail: str
    def __init__(self, leaderboard: _Optional[str] = ..., applied: _Optional[bool] = ..., outcome: _Optional[_Union[_leaderboard_pb2.ContributionOutcome, str]] = ..., rule: _Optional[int] = ..., points: _Optional[str] = ..., segment: _Optional[str] = ..., window_key: _Optional[str] = ..., detail: _Optional[str] = ...) -> None: ...

class EventLeaderboardExplanation(_message.Message):
    __slots__ = ("id", "applied", "outcome", "rule", "score", "detail")
    ID_FIELD_NUMBER: _ClassVar[int]
    APPLIED_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    id: str
    applied: bool
    outcome: _leaderboard_pb2.ContributionOutcome
    rule: int
    score: int
    detail: str
    def __init__(self, id: _Optional[str] = ..., applied: _Optional[bool] = ..., outcome: _Optional[_Union[_leaderboard_pb2.ContributionOutcome, str]] = ..., rule: _Optional[int] = ..., score: _Optional[int] = ..., detail: _Optional[str] = ...) -> None: ...
