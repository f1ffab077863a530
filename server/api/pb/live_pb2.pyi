import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class FinalizedReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FINALIZED_REASON_UNSPECIFIED: _ClassVar[FinalizedReason]
    FINALIZED_REASON_PHASE_ENDED: _ClassVar[FinalizedReason]
    FINALIZED_REASON_COMPLETED: _ClassVar[FinalizedReason]
    FINALIZED_REASON_PERIOD_ROLLED: _ClassVar[FinalizedReason]
    FINALIZED_REASON_ARCHIVED: _ClassVar[FinalizedReason]

class ClosedReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CLOSED_REASON_UNSPECIFIED: _ClassVar[ClosedReason]
    CLOSED_REASON_FINALIZED: _ClassVar[ClosedReason]
    CLOSED_REASON_GONE: _ClassVar[ClosedReason]
    CLOSED_REASON_FAILED: _ClassVar[ClosedReason]
    CLOSED_REASON_DRAINING: _ClassVar[ClosedReason]
    CLOSED_REASON_SESSION_EXPIRED: _ClassVar[ClosedReason]
FINALIZED_REASON_UNSPECIFIED: FinalizedReason
FINALIZED_REASON_PHASE_ENDED: FinalizedReason
FINALIZED_REASON_COMPLETED: FinalizedReason
FINALIZED_REASON_PERIOD_ROLLED: FinalizedReason
FINALIZED_REASON_ARCHIVED: FinalizedReason
CLOSED_REASON_UNSPECIFIED: ClosedReason
CLOSED_REASON_FINALIZED: ClosedReason
CLOSED_REASON_GONE: ClosedReason
CLOSED_REASON_FAILED: ClosedReason
CLOSED_REASON_DRAINING: ClosedReason
CLOSED_REASON_SESSION_EXPIRED: ClosedReason

class WatchHeartbeat(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class WatchClosed(_message.Message):
    __slots__ = ("reason", "retry_after")
    REASON_FIELD_NUMBER: _ClassVar[int]
    RETRY_AFTER_FIELD_NUMBER: _ClassVar[int]
    reason: ClosedReason
    retry_after: _duration_pb2.Duration
    def __init__(self, reason: _Optional[_Union[ClosedReason, str]] = ..., retry_after: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...
