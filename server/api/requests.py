"""From fields of a message to arguments that use cases accept. What cannot be right is refused here, field by field."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from google.protobuf import json_format
from google.protobuf.struct_pb2 import Struct
from google.protobuf.timestamp_pb2 import Timestamp

from server.api.errors import InvalidFields
from server.api.texts import can_be_shown
from server.application.standing_pages import Standings
from server.domain.event_leaderboards.definition import Operator
from server.domain.ids import ID_MAX, is_identifier
from server.domain.instants import BEGINNING, EPOCH, NEVER
from server.domain.live.rows import Revision

REQUEST_ID_MAX = 64
JSON_BYTES_MAX = 1024
"""Metadata and properties, as JSON (E33, M5)."""
PAYLOAD_BYTES_MAX = 64 * 1024
"""What a function of a module may be told."""

_T = TypeVar("_T")
_OPERATORS: Mapping[int, Operator] = {1: Operator.BEST, 2: Operator.SET, 3: Operator.INCREMENT, 4: Operator.DECREMENT}
_WHOLE_MAX = 2**53
_BILLION = 10**9
_FIRST_SECOND, _LAST_SECOND = (int((moment - EPOCH).total_seconds()) for moment in (BEGINNING, NEVER))
_STANDINGS = {0: Standings.NONE, 1: Standings.NONE, 2: Standings.AROUND, 3: Standings.COHORT}


def invalid(field: str, what: str) -> InvalidFields:
    """Return the refusal of one field."""
    return InvalidFields([(field, what)])


def identifier(field: str, value: str, length_max: int = ID_MAX) -> str:
    """Return an id: 1 to `length_max` printable characters."""
    if is_identifier(value, length_max):
        return value
    if not value:
        raise invalid(field, "is missing")
    if len(value) > length_max:
        raise invalid(field, f"is longer than {length_max} characters")
    raise invalid(field, "has characters that cannot be seen")


def optional_text(field: str, value: str, length_max: int) -> str:
    """Return a text that can be shown, or an empty one."""
    if len(value) > length_max:
        raise invalid(field, f"is longer than {length_max} characters")
    if not can_be_shown(value):
        raise invalid(field, "has characters that cannot be shown")
    return value


def request_id(value: str) -> str:
    """Return a request id, or an empty text where none was given (E35)."""
    return optional_text("request_id", value, REQUEST_ID_MAX) if value else ""


def json_object(field: str, value: str) -> str:
    """Return a JSON object as text, `{}` for an empty one; at most 1 KiB (E33)."""
    if not value:
        return "{}"
    if len(value.encode()) > JSON_BYTES_MAX:
        raise invalid(field, f"is larger than {JSON_BYTES_MAX} bytes")
    try:
        data = json.loads(value, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise invalid(field, "is no JSON") from error
    if not isinstance(data, dict):
        raise invalid(field, "is no JSON object")
    return value


def json_text(field: str, value: str) -> str:
    """Return any JSON as text, `null` for an empty one; at most 64 KiB."""
    if len(value.encode()) > PAYLOAD_BYTES_MAX:
        raise invalid(field, f"is larger than {PAYLOAD_BYTES_MAX} bytes")
    try:
        json.loads(value or "null", parse_constant=_no_constant, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise invalid(field, "is no JSON") from error
    return value or "null"


def struct(field: str, value: Struct) -> str:
    """Return a Struct as the text of a JSON object; at most 1 KiB (M5)."""
    if not value.fields:
        return "{}"
    try:
        text = json.dumps(json_format.MessageToDict(value), separators=(",", ":"), allow_nan=False)
    except (ValueError, RecursionError, json_format.Error) as error:
        raise invalid(field, "is no JSON object") from error
    if len(text.encode()) > JSON_BYTES_MAX:
        raise invalid(field, f"is larger than {JSON_BYTES_MAX} bytes")
    return text


def operator(value: int) -> Operator | None:
    """Return the operator that was asked for, or None for the event's own."""
    if value == 0:
        return None
    return _chosen("operator", value, _OPERATORS)


def standings(value: int) -> Standings:
    """Return how much of the standings is wanted."""
    return _chosen("view", value, _STANDINGS)


def number(field: str, double: float) -> int | Decimal:
    """Return a double as the number that it prints as: 0.1 is a tenth (B22)."""
    if not math.isfinite(double):
        raise invalid(field, "is no finite number")
    is_whole = double.is_integer() and abs(double) <= _WHOLE_MAX
    return int(double) if is_whole else Decimal(repr(double))


def moment(field: str, value: Timestamp) -> datetime:
    """Return a moment, to the microsecond."""
    if not (_FIRST_SECOND <= value.seconds < _LAST_SECOND and 0 <= value.nanos < _BILLION):
        raise invalid(field, "lies outside of the calendar")
    return EPOCH + timedelta(seconds=value.seconds, microseconds=value.nanos // 1000)


def page_size(value: int, default: int, most: int, field: str = "page_size") -> int:
    """Return how many rows a page has: 0 is the default, more than the most is the most (A7)."""
    if value < 0:
        raise invalid(field, "is negative")
    return min(value or default, most)


def revision(field: str, text: str) -> Revision | None:
    """Return the revision that a watcher has seen, if he names one."""
    if not text:
        return None
    seen = Revision.read(text)
    if seen is None:
        raise invalid(field, "is no revision; send that of the last message, or nothing")
    return seen


def _chosen(field: str, value: int, known: Mapping[int, _T]) -> _T:
    if value not in known:
        raise invalid(field, f"{value} is not known")
    return known[value]


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _finite(digits: str) -> float:
    """Return a number that a module can hand on: what is read as infinity could not be written again."""
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits} is too large")
    return number
