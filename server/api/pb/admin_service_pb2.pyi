import datetime

from google.api import annotations_pb2 as _annotations_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from server.api.pb import event_leaderboard_pb2 as _event_leaderboard_pb2
from server.api.pb import session_service_pb2 as _session_service_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Severity(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SEVERITY_UNSPECIFIED: _ClassVar[Severity]
    SEVERITY_ERROR: _ClassVar[Severity]
    SEVERITY_WARNING: _ClassVar[Severity]
SEVERITY_UNSPECIFIED: Severity
SEVERITY_ERROR: Severity
SEVERITY_WARNING: Severity

class ReloadRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ReloadResponse(_message.Message):
    __slots__ = ("reloaded", "diagnostics")
    RELOADED_FIELD_NUMBER: _ClassVar[int]
    DIAGNOSTICS_FIELD_NUMBER: _ClassVar[int]
    reloaded: bool
    diagnostics: _containers.RepeatedCompositeFieldContainer[Diagnostic]
    def __init__(self, reloaded: _Optional[bool] = ..., diagnostics: _Optional[_Iterable[_Union[Diagnostic, _Mapping]]] = ...) -> None: ...

class GetCatalogueRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetCatalogueResponse(_message.Message):
    __slots__ = ("event_leaderboards", "modules", "item_count", "last_reload", "last_reload_time", "current_time", "leaderboards")
    EVENT_LEADERBOARDS_FIELD_NUMBER: _ClassVar[int]
    MODULES_FIELD_NUMBER: _ClassVar[int]
    ITEM_COUNT_FIELD_NUMBER: _ClassVar[int]
    LAST_RELOAD_FIELD_NUMBER: _ClassVar[int]
    LAST_RELOAD_TIME_FIELD_NUMBER: _ClassVar[int]
    CURRENT_TIME_FIELD_NUMBER: _ClassVar[int]
    LEADERBOARDS_FIELD_NUMBER: _ClassVar[int]
    event_leaderboards: _containers.RepeatedCompositeFieldContainer[CatalogueEntry]
    modules: _containers.RepeatedScalarFieldContainer[str]
    item_count: int
    last_reload: ReloadResponse
    last_reload_time: _timestamp_pb2.Timestamp
    current_time: _timestamp_pb2.Timestamp
    leaderboards: _containers.RepeatedCompositeFieldContainer[LeaderboardCatalogueEntry]
    def __init__(self, event_leaderboards: _Optional[_Iterable[_Union[CatalogueEntry, _Mapping]]] = ..., modules: _Optional[_Iterable[str]] = ..., item_count: _Optional[int] = ..., last_reload: _Optional[_Union[ReloadResponse, _Mapping]] = ..., last_reload_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., current_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., leaderboards: _Optional[_Iterable[_Union[LeaderboardCatalogueEntry, _Mapping]]] = ...) -> None: ...

class CatalogueEntry(_message.Message):
    __slots__ = ("id", "definition_hash", "activation_time", "activation_count", "phase_definition_hash", "phase_start_time", "phase_end_time", "phase_expiry_time", "next_start_time")
    ID_FIELD_NUMBER: _ClassVar[int]
    DEFINITION_HASH_FIELD_NUMBER: _ClassVar[int]
    ACTIVATION_TIME_FIELD_NUMBER: _ClassVar[int]
    ACTIVATION_COUNT_FIELD_NUMBER: _ClassVar[int]
    PHASE_DEFINITION_HASH_FIELD_NUMBER: _ClassVar[int]
    PHASE_START_TIME_FIELD_NUMBER: _ClassVar[int]
    PHASE_END_TIME_FIELD_NUMBER: _ClassVar[int]
    PHASE_EXPIRY_TIME_FIELD_NUMBER: _ClassVar[int]
    NEXT_START_TIME_FIELD_NUMBER: _ClassVar[int]
    id: str
    definition_hash: str
    activation_time: _timestamp_pb2.Timestamp
    activation_count: int
    phase_definition_hash: str
    phase_start_time: _timestamp_pb2.Timestamp
    phase_end_time: _timestamp_pb2.Timestamp
    phase_expiry_time: _timestamp_pb2.Timestamp
    next_start_time: _timestamp_pb2.Timestamp
    def __init__(self, id: _Optional[str] = ..., definition_hash: _Optional[str] = ..., activation_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., activation_count: _Optional[int] = ..., phase_definition_hash: _Optional[str] = ..., phase_start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., phase_end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., phase_expiry_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., next_start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class LeaderboardCatalogueEntry(_message.Message):
    __slots__ = ("key", "definition_hash", "activation_time", "activation_count", "is_archived", "period_definition_hash", "window_key", "period_start_time", "period_end_time", "next_start_time")
    KEY_FIELD_NUMBER: _ClassVar[int]
    DEFINITION_HASH_FIELD_NUMBER: _ClassVar[int]
    ACTIVATION_TIME_FIELD_NUMBER: _ClassVar[int]
    ACTIVATION_COUNT_FIELD_NUMBER: _ClassVar[int]
    IS_ARCHIVED_FIELD_NUMBER: _ClassVar[int]
    PERIOD_DEFINITION_HASH_FIELD_NUMBER: _ClassVar[int]
    WINDOW_KEY_FIELD_NUMBER: _ClassVar[int]
    PERIOD_START_TIME_FIELD_NUMBER: _ClassVar[int]
    PERIOD_END_TIME_FIELD_NUMBER: _ClassVar[int]
    NEXT_START_TIME_FIELD_NUMBER: _ClassVar[int]
    key: str
    definition_hash: str
    activation_time: _timestamp_pb2.Timestamp
    activation_count: int
    is_archived: bool
    period_definition_hash: str
    window_key: str
    period_start_time: _timestamp_pb2.Timestamp
    period_end_time: _timestamp_pb2.Timestamp
    next_start_time: _timestamp_pb2.Timestamp
    def __init__(self, key: _Optional[str] = ..., definition_hash: _Optional[str] = ..., activation_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., activation_count: _Optional[int] = ..., is_archived: _Optional[bool] = ..., period_definition_hash: _Optional[str] = ..., window_key: _Optional[str] = ..., period_start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., period_end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., next_start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ValidateDefinitionsRequest(_message.Message):
    __slots__ = ("event_leaderboards", "items", "leaderboards", "reward_policies")
    EVENT_LEADERBOARDS_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    LEADERBOARDS_FIELD_NUMBER: _ClassVar[int]
    REWARD_POLICIES_FIELD_NUMBER: _ClassVar[int]
    event_leaderboards: _containers.RepeatedCompositeFieldContainer[DefinitionFile]
    items: _containers.RepeatedCompositeFieldContainer[DefinitionFile]
    leaderboards: _containers.RepeatedCompositeFieldContainer[DefinitionFile]
    reward_policies: _containers.RepeatedCompositeFieldContainer[DefinitionFile]
    def __init__(self, event_leaderboards: _Optional[_Iterable[_Union[DefinitionFile, _Mapping]]] = ..., items: _Optional[_Iterable[_Union[DefinitionFile, _Mapping]]] = ..., leaderboards: _Optional[_Iterable[_Union[DefinitionFile, _Mapping]]] = ..., reward_policies: _Optional[_Iterable[_Union[DefinitionFile, _Mapping]]] = ...) -> None: ...

class DefinitionFile(_message.Message):
    __slots__ = ("name", "text")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    name: str
    text: str
    def __init__(self, name: _Optional[str] = ..., text: _Optional[str] = ...) -> None: ...

class ValidateDefinitionsResponse(_message.Message):
    __slots__ = ("valid", "diagnostics")
    VALID_FIELD_NUMBER: _ClassVar[int]
    DIAGNOSTICS_FIELD_NUMBER: _ClassVar[int]
    valid: bool
    diagnostics: _containers.RepeatedCompositeFieldContainer[Diagnostic]
    def __init__(self, valid: _Optional[bool] = ..., diagnostics: _Optional[_Iterable[_Union[Diagnostic, _Mapping]]] = ...) -> None: ...

class Diagnostic(_message.Message):
    __slots__ = ("severity", "file", "line", "column", "path", "message", "mend")
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    FILE_FIELD_NUMBER: _ClassVar[int]
    LINE_FIELD_NUMBER: _ClassVar[int]
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    MEND_FIELD_NUMBER: _ClassVar[int]
    severity: Severity
    file: str
    line: int
    column: int
    path: str
    message: str
    mend: str
    def __init__(self, severity: _Optional[_Union[Severity, str]] = ..., file: _Optional[str] = ..., line: _Optional[int] = ..., column: _Optional[int] = ..., path: _Optional[str] = ..., message: _Optional[str] = ..., mend: _Optional[str] = ...) -> None: ...

class LookUpPlayerRequest(_message.Message):
    __slots__ = ("player_id",)
    PLAYER_ID_FIELD_NUMBER: _ClassVar[int]
    player_id: str
    def __init__(self, player_id: _Optional[str] = ...) -> None: ...

class LookUpPlayerResponse(_message.Message):
    __slots__ = ("profile", "event_leaderboards", "properties")
    PROFILE_FIELD_NUMBER: _ClassVar[int]
    EVENT_LEADERBOARDS_FIELD_NUMBER: _ClassVar[int]
    PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    profile: _session_service_pb2.Profile
    event_leaderboards: _containers.RepeatedCompositeFieldContainer[_event_leaderboard_pb2.EventLeaderboard]
    properties: _struct_pb2.Struct
    def __init__(self, profile: _Optional[_Union[_session_service_pb2.Profile, _Mapping]] = ..., event_leaderboards: _Optional[_Iterable[_Union[_event_leaderboard_pb2.EventLeaderboard, _Mapping]]] = ..., properties: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...

class ListParkedNoticesRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListParkedNoticesResponse(_message.Message):
    __slots__ = ("notices", "next_page_token", "waiting_count", "parked_count")
    NOTICES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    WAITING_COUNT_FIELD_NUMBER: _ClassVar[int]
    PARKED_COUNT_FIELD_NUMBER: _ClassVar[int]
    notices: _containers.RepeatedCompositeFieldContainer[ParkedNotice]
    next_page_token: str
    waiting_count: int
    parked_count: int
    def __init__(self, notices: _Optional[_Iterable[_Union[ParkedNotice, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., waiting_count: _Optional[int] = ..., parked_count: _Optional[int] = ...) -> None: ...

class ParkedNotice(_message.Message):
    __slots__ = ("notice_id", "module", "kind", "lane", "content", "create_time", "attempts", "failure")
    NOTICE_ID_FIELD_NUMBER: _ClassVar[int]
    MODULE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    LANE_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    notice_id: int
    module: str
    kind: str
    lane: str
    content: str
    create_time: _timestamp_pb2.Timestamp
    attempts: int
    failure: str
    def __init__(self, notice_id: _Optional[int] = ..., module: _Optional[str] = ..., kind: _Optional[str] = ..., lane: _Optional[str] = ..., content: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., attempts: _Optional[int] = ..., failure: _Optional[str] = ...) -> None: ...

class RetryNoticeRequest(_message.Message):
    __slots__ = ("notice_id",)
    NOTICE_ID_FIELD_NUMBER: _ClassVar[int]
    notice_id: int
    def __init__(self, notice_id: _Optional[int] = ...) -> None: ...

class RetryNoticeResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class DropNoticeRequest(_message.Message):
    __slots__ = ("notice_id",)
    NOTICE_ID_FIELD_NUMBER: _ClassVar[int]
    notice_id: int
    def __init__(self, notice_id: _Optional[int] = ...) -> None: ...

class DropNoticeResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
