import datetime

from google.api import annotations_pb2 as _annotations_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from server.api.pb import event_leaderboard_pb2 as _event_leaderboard_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class FillCohortRequest(_message.Message):
    __slots__ = ("id", "player_id", "target_count")
    ID_FIELD_NUMBER: _ClassVar[int]
    PLAYER_ID_FIELD_NUMBER: _ClassVar[int]
    TARGET_COUNT_FIELD_NUMBER: _ClassVar[int]
    id: str
    player_id: str
    target_count: int
    def __init__(self, id: _Optional[str] = ..., player_id: _Optional[str] = ..., target_count: _Optional[int] = ...) -> None: ...

class FillCohortResponse(_message.Message):
    __slots__ = ("added",)
    ADDED_FIELD_NUMBER: _ClassVar[int]
    added: int
    def __init__(self, added: _Optional[int] = ...) -> None: ...

class SubmitRandomScoresRequest(_message.Message):
    __slots__ = ("id", "player_id", "score_min", "score_max", "subscore_min", "subscore_max", "operator")
    ID_FIELD_NUMBER: _ClassVar[int]
    PLAYER_ID_FIELD_NUMBER: _ClassVar[int]
    SCORE_MIN_FIELD_NUMBER: _ClassVar[int]
    SCORE_MAX_FIELD_NUMBER: _ClassVar[int]
    SUBSCORE_MIN_FIELD_NUMBER: _ClassVar[int]
    SUBSCORE_MAX_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    id: str
    player_id: str
    score_min: int
    score_max: int
    subscore_min: int
    subscore_max: int
    operator: _event_leaderboard_pb2.Operator
    def __init__(self, id: _Optional[str] = ..., player_id: _Optional[str] = ..., score_min: _Optional[int] = ..., score_max: _Optional[int] = ..., subscore_min: _Optional[int] = ..., subscore_max: _Optional[int] = ..., operator: _Optional[_Union[_event_leaderboard_pb2.Operator, str]] = ...) -> None: ...

class SubmitRandomScoresResponse(_message.Message):
    __slots__ = ("accepted",)
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    accepted: int
    def __init__(self, accepted: _Optional[int] = ...) -> None: ...

class UnenrolPlayerRequest(_message.Message):
    __slots__ = ("id", "player_id")
    ID_FIELD_NUMBER: _ClassVar[int]
    PLAYER_ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    player_id: str
    def __init__(self, id: _Optional[str] = ..., player_id: _Optional[str] = ...) -> None: ...

class UnenrolPlayerResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class MoveClockRequest(_message.Message):
    __slots__ = ("forward", "to_time")
    FORWARD_FIELD_NUMBER: _ClassVar[int]
    TO_TIME_FIELD_NUMBER: _ClassVar[int]
    forward: _duration_pb2.Duration
    to_time: _timestamp_pb2.Timestamp
    def __init__(self, forward: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., to_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class MoveClockResponse(_message.Message):
    __slots__ = ("current_time", "offset")
    CURRENT_TIME_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    current_time: _timestamp_pb2.Timestamp
    offset: _duration_pb2.Duration
    def __init__(self, current_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., offset: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...
