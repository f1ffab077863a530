"""Trees of JSON that callers send, as the rules read them: plain values, and numbers that are exact (B22).

A number in a google.protobuf.Struct is a double. It stands for the decimal that it prints as, so that 0.1 is a tenth, and
sums of tenths are what people expect.
"""

from __future__ import annotations

from google.protobuf.struct_pb2 import ListValue, Struct, Value

from server.api.requests import JSON_BYTES_MAX, invalid, number
from server.domain.scoring.attributes import Json

DEPTH_MAX = 16
TREE_BYTES_MAX = 16 * 1024
"""Of each tree of a game event, as it is encoded in its message."""


def tree(field: str, struct: Struct, bytes_max: int = TREE_BYTES_MAX) -> dict[str, Json]:
    """Return a Struct as a plain tree."""
    if not struct.fields:
        return {}
    if struct.ByteSize() > bytes_max:
        raise invalid(field, f"is larger than {bytes_max} bytes")
    return _object(field, struct, DEPTH_MAX)


def context(field: str, struct: Struct) -> dict[str, Json]:
    """Return what is said of a player's segments."""
    return tree(field, struct, JSON_BYTES_MAX)


def _object(field: str, struct: Struct, depth: int) -> dict[str, Json]:
    fields = struct.fields
    return {name: _value(field, fields[name], depth) for name in fields}  # its items() is a loop of the interpreter's


def _list(field: str, values: ListValue, depth: int) -> list[Json]:
    return [_value(field, one, depth) for one in values.values]


def _value(field: str, one: Value, depth: int) -> Json:
    match one.WhichOneof("kind"):
        case "number_value":
            return number(field, one.number_value)
        case "string_value":
            return one.string_value
        case "bool_value":
            return one.bool_value
        case "null_value":
            return None
        case None:
            raise invalid(field, "has a value of no kind")
    if depth == 1:
        raise invalid(field, f"is nested deeper than {DEPTH_MAX} levels")
    if one.HasField("struct_value"):
        return _object(field, one.struct_value, depth - 1)
    return _list(field, one.list_value, depth - 1)
