"""Messages and enums as JSON Schemas, by proto3's JSON mapping and in the words of their comments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from google.protobuf.descriptor import Descriptor, EnumDescriptor, EnumValueDescriptor, FieldDescriptor

Schema = dict[str, Any]

PACKAGE = "laurel.v1"
ERROR_INFO = "google.rpc.ErrorInfo"
DETAILS = {
    ERROR_INFO: "Why the call failed: `domain` is `laurel`, `reason` says what happened, `metadata` what else is known.",
    "google.rpc.BadRequest": "Which fields are wrong, and what is wrong with each.",
    "google.rpc.RetryInfo": "How long to wait before trying again.",
}
"""What stands in the details of an error, and what for."""

_SCHEMAS = "#/components/schemas/"
_WHOLE_NUMBER = "^-?[0-9]+$"
_SCALARS: dict[int, Schema] = {
    FieldDescriptor.TYPE_BOOL: {"type": "boolean"},
    FieldDescriptor.TYPE_BYTES: {"type": "string", "contentEncoding": "base64"},
    FieldDescriptor.TYPE_DOUBLE: {"type": "number", "format": "double"},
    FieldDescriptor.TYPE_INT32: {"type": "integer", "format": "int32"},
    FieldDescriptor.TYPE_INT64: {"type": "string", "format": "int64", "pattern": _WHOLE_NUMBER},
    FieldDescriptor.TYPE_STRING: {"type": "string"},
}
WELL_KNOWN: dict[str, Schema] = {
    "google.protobuf.Any": {"anyOf": [{"$ref": _SCHEMAS + name} for name in DETAILS]},
    "google.protobuf.Duration": {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]{1,9})?s$"},  # ISO 8601 writes another
    "google.protobuf.Struct": {"type": "object"},
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
}


class Schemas:
    """Schemas of messages and enums by their names. A name that was added stays as it was added first."""

    def __init__(self, comments: Mapping[str, str]) -> None:
        self._comments = comments
        self.made: dict[str, Schema] = {}

    def description(self, full_name: str) -> dict[str, str]:
        """Return the comment of something as its description. Ours all have one; what fields of Google's are for, we know."""
        text = self._comments.get(full_name, "")
        if not text and full_name.startswith(PACKAGE):
            raise SystemExit(f"{full_name}: has no comment, which would be its description for REST clients")
        return {"description": text} if text else {}

    def add(self, message: Descriptor, *, is_answer: bool, omitted: Iterable[str] = ()) -> None:
        """Add a message and all that it refers to. What is written is always there in answers, never in requests."""
        name = _name_of(message)
        if name in self.made:
            return
        fields = [field for field in message.fields if field.name not in omitted]
        schema = self.made[name] = {
            "type": "object",
            **self.description(message.full_name),
            "properties": {field.json_name: self._described(field, is_answer=is_answer) for field in fields},
        }
        required = [field.json_name for field in fields if field.is_repeated or not field.has_presence]
        if is_answer and required:
            schema["required"] = required
        if alternatives := [_one_at_most(one.fields) for one in message.oneofs if len(one.fields) > 1]:
            schema["allOf"] = alternatives

    def add_detail(self, message: Descriptor) -> None:
        """Add a message that stands in an Any, and so tells its type."""
        self.add(message, is_answer=True)
        schema = self.made[_name_of(message)]
        schema["properties"] = {
            "@type": {"const": f"type.googleapis.com/{message.full_name}"},
            **schema["properties"],
        }
        schema["required"] = ["@type", *schema.get("required", [])]

    def add_reasons(self, enum: EnumDescriptor, info: Descriptor) -> None:
        """Let the reason of an ErrorInfo be one of ours, or whatever a studio's module calls it."""
        prefix, reasons = enum.values[0].name.removesuffix("UNSPECIFIED"), list(enum.values[1:])
        known = {"type": "string", "enum": [one.name.removeprefix(prefix) for one in reasons]}
        self.made[_name_of(enum)] = {
            "description": self._told(enum, reasons, prefix),
            "anyOf": [known, {"type": "string"}],
        }
        self.made[_name_of(info)]["properties"]["reason"] = reference(enum)

    def parameter(self, field: FieldDescriptor) -> dict[str, Any]:
        """Return description and schema of a field outside of a body."""
        return {**self.description(field.full_name), "schema": self._schema(field, is_answer=False)}

    def _described(self, field: FieldDescriptor, *, is_answer: bool) -> Schema:
        return {**self._schema(field, is_answer=is_answer), **self.description(field.full_name)}

    def _schema(self, field: FieldDescriptor, *, is_answer: bool) -> Schema:
        message = field.message_type
        if message is not None and message.GetOptions().map_entry:
            return self._map(message, is_answer=is_answer)
        one = self._single(field, is_answer=is_answer)
        return {"type": "array", "items": one} if field.is_repeated else one

    def _map(self, entry: Descriptor, *, is_answer: bool) -> Schema:
        key, value = entry.fields_by_name["key"], entry.fields_by_name["value"]
        schema: Schema = {"type": "object", "additionalProperties": self._single(value, is_answer=is_answer)}
        if key.type != FieldDescriptor.TYPE_STRING:
            schema["propertyNames"] = {"pattern": _WHOLE_NUMBER}
        return schema

    def _single(self, field: FieldDescriptor, *, is_answer: bool) -> Schema:
        if field.enum_type is not None:
            self._add_enum(field.enum_type)
            return reference(field.enum_type)
        if field.message_type is not None:
            known = WELL_KNOWN.get(field.message_type.full_name)
            if known is not None:
                return dict(known)
            self.add(field.message_type, is_answer=is_answer)
            return reference(field.message_type)
        if field.type not in _SCALARS:
            raise SystemExit(f"{field.full_name}: proto/openapi.py does not know how JSON writes this type yet")
        return dict(_SCALARS[field.type])

    def _add_enum(self, enum: EnumDescriptor) -> None:
        self.made[_name_of(enum)] = {
            "type": "string",
            "description": self._told(enum, list(enum.values)),
            "enum": [one.name for one in enum.values],
        }

    def _told(self, enum: EnumDescriptor, values: list[EnumValueDescriptor], prefix: str = "") -> str:
        """Return what an enum is for, and each of its values."""

        def said(full_name: str) -> str:
            return self.description(full_name)["description"]

        lines = [f"- `{one.name.removeprefix(prefix)}`: {said(f'{enum.full_name}.{one.name}')}" for one in values]
        return "\n".join([said(enum.full_name), "", *lines])


def _name_of(thing: Descriptor | EnumDescriptor) -> str:
    return str(thing.full_name).removeprefix(f"{PACKAGE}.")


def reference(thing: Descriptor | EnumDescriptor) -> Schema:
    """Return a schema that stands for one of those that were added."""
    return {"$ref": _SCHEMAS + _name_of(thing)}


def _one_at_most(fields: Iterable[FieldDescriptor]) -> Schema:
    """Return what a oneof asks for: one of its fields, or none."""
    each: list[Schema] = [{"required": [field.json_name]} for field in fields]
    return {"oneOf": [*each, {"not": {"anyOf": each}}]}
