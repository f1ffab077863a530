"""The API as an OpenAPI 3.1 document, from its protos: operations by their google.api.http, schemas by proto3's JSON.

Whatever an annotation or a type could say that is not translated here stops the generator: a document that leaves something
out in silence is worse than none. Who may make a call stands in no proto; the server adds it when it serves the document.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from google.api import annotations_pb2
from google.protobuf.descriptor import (
    Descriptor,
    EnumDescriptor,
    EnumValueDescriptor,
    FieldDescriptor,
    MethodDescriptor,
)
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool

PACKAGE = "laurel.v1"
REASON = f"{PACKAGE}.ErrorReason"
STATUS = "google.rpc.Status"
ERROR_INFO = "google.rpc.ErrorInfo"
DETAILS = (ERROR_INFO, "google.rpc.BadRequest", "google.rpc.RetryInfo")

Schema = dict[str, Any]
Comments = dict[str, str]

_VARIABLE = re.compile(r"\{(\w+)\}")
_SCHEMAS = "#/components/schemas/"
_WHOLE_NUMBER = "^-?[0-9]+$"
_INT32: Schema = {"type": "integer", "format": "int32"}
_INT64: Schema = {"type": "string", "format": "int64", "pattern": _WHOLE_NUMBER}
_SCALARS: dict[int, Schema] = {
    FieldDescriptor.TYPE_BOOL: {"type": "boolean"},
    FieldDescriptor.TYPE_BYTES: {"type": "string", "contentEncoding": "base64"},
    FieldDescriptor.TYPE_DOUBLE: {"type": "number", "format": "double"},
    FieldDescriptor.TYPE_INT32: _INT32,
    FieldDescriptor.TYPE_INT64: _INT64,
    FieldDescriptor.TYPE_STRING: {"type": "string"},
}
_WELL_KNOWN: dict[str, Schema] = {
    "google.protobuf.Any": {"anyOf": [{"$ref": _SCHEMAS + name} for name in DETAILS]},
    "google.protobuf.Duration": {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]{1,9})?s$"},  # ISO 8601 writes another
    "google.protobuf.Struct": {"type": "object"},
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
}
_ERROR_RESPONSE = {
    "description": "The call failed: a status of HTTP that is near the code, and why. What is no request of this API at all, "
    "such as a body that is no JSON, is refused with a line of text.",
    "content": {
        "application/json": {"schema": {"$ref": _SCHEMAS + STATUS}},
        "text/plain": {"schema": {"type": "string"}},
    },
}


def openapi(files: FileDescriptorSet) -> dict[str, Any]:
    """Return the document of all our services. `files` come with their source info, whose comments are the descriptions."""
    pool, comments = DescriptorPool(), Comments()
    for file in files.file:
        comments.update(_comments(file))
        pool.Add(file)
    ours = [pool.FindFileByName(file.name) for file in files.file if file.package == PACKAGE]
    services = sorted((one for file in ours for one in file.services_by_name.values()), key=lambda one: one.name)
    methods = [_Method(method) for service in services for method in service.methods]
    schemas = _Schemas(comments)
    for method in methods:  # before any answer, so that a message of both is described with what requests may leave out
        if method.has_body:
            schemas.add(method.of.input_type, is_answer=False, omitted=method.variables)
    for message in (*(method.of.output_type for method in methods), pool.FindMessageTypeByName(STATUS)):
        schemas.add(message, is_answer=True)
    for name in DETAILS:
        schemas.add_detail(pool.FindMessageTypeByName(name))
    schemas.add_reasons(pool.FindEnumTypeByName(REASON), pool.FindMessageTypeByName(ERROR_INFO))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Laurel",
            "version": PACKAGE.rpartition(".")[2],
            "description": "A game server for competitive events. 64-bit integers are strings of digits, in both ways.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "tags": [{"name": service.name, "description": comments[service.full_name]} for service in services],
        "paths": _paths(methods, schemas),
        "components": {"schemas": dict(sorted(schemas.made.items())), "responses": {"Error": _ERROR_RESPONSE}},
    }


def _comments(file: FileDescriptorProto) -> Iterator[tuple[str, str]]:
    """Yield full names with the comments that stand before them, of everything in a file that has a name."""
    for location in file.source_code_info.location:
        if location.leading_comments and (name := _name_at(file, list(location.path))):
            yield name, "\n".join(line.strip() for line in location.leading_comments.strip().splitlines())


def _name_at(file: FileDescriptorProto, path: list[int]) -> str:
    """Return the full name of what a path of field numbers and indices leads to, or an empty text."""
    thing: Any = file
    names = [file.package]
    for number, index in zip(path[::2], path[1::2], strict=False):
        field = thing.DESCRIPTOR.fields_by_number[number]
        if not field.is_repeated:
            return ""
        thing = getattr(thing, field.name)[index]
        names.append(getattr(thing, "name", ""))
    return ".".join(names) if len(path) % 2 == 0 else ""


class _Method:
    """An RPC with its annotation taken apart."""

    def __init__(self, method: MethodDescriptor) -> None:
        rule = method.GetOptions().Extensions[annotations_pb2.http]
        self.of = method
        self.verb = rule.WhichOneof("pattern") or ""
        template = getattr(rule, self.verb, "")
        if (
            self.verb not in ("get", "put", "post", "delete", "patch")
            or "{" in _VARIABLE.sub("", template)
            or rule.additional_bindings
            or rule.response_body
            or rule.body not in ("", "*")
        ):
            raise SystemExit(f"{method.full_name}: proto/openapi.py cannot describe this google.api.http yet")
        self.variables: list[str] = _VARIABLE.findall(template)
        self.has_body = rule.body == "*"
        self.path = _VARIABLE.sub(lambda found: f"{{{self._json_name(found[1])}}}", template)

    def _json_name(self, name: str) -> str:
        return str(self.of.input_type.fields_by_name[name].json_name)


def _paths(methods: Iterable[_Method], schemas: "_Schemas") -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for method in methods:
        paths.setdefault(method.path, {})[method.verb] = _operation(method, schemas)
    return paths


def _operation(method: _Method, schemas: "_Schemas") -> dict[str, Any]:
    service = method.of.containing_service
    operation = {
        "operationId": f"{service.name}_{method.of.name}",  # two services may give a call the same name
        "tags": [service.name],
        "description": schemas.comments[method.of.full_name],
        "parameters": list(_parameters(method, schemas)),
        "responses": {
            "200": {
                "description": schemas.comments[method.of.output_type.full_name],
                "content": _json(_reference(method.of.output_type)),
            },
            "default": {"$ref": "#/components/responses/Error"},
        },
    }
    if method.has_body:
        operation["requestBody"] = {"required": True, "content": _json(_reference(method.of.input_type))}
    return operation


def _parameters(method: _Method, schemas: "_Schemas") -> Iterator[dict[str, Any]]:
    """Yield what stands in the path and, where there is no body, every other field as part of the query."""
    for field in method.of.input_type.fields:
        if field.name in method.variables:
            yield {"name": field.json_name, "in": "path", "required": True, **schemas.parameter(field)}
    if not method.has_body:
        yield from _query(method.of.input_type, schemas, method.variables)


def _query(
    message: Descriptor, schemas: "_Schemas", omitted: Iterable[str] = (), prefix: str = ""
) -> Iterator[dict[str, Any]]:
    for field in message.fields:
        if field.name in omitted:
            continue
        nested = field.message_type
        if nested is not None and nested.full_name not in _WELL_KNOWN:
            if field.is_repeated:
                raise SystemExit(f"{field.full_name}: a query cannot carry repeated messages; give the call a body")
            yield from _query(nested, schemas, prefix=f"{prefix}{field.json_name}.")
        else:
            yield {"name": prefix + field.json_name, "in": "query", **schemas.parameter(field)}


class _Schemas:
    """Schemas of messages and enums by their names. A name that was added stays as it was added first."""

    def __init__(self, comments: Comments) -> None:
        self.comments = comments
        self.made: dict[str, Schema] = {}

    def add(self, message: Descriptor, *, is_answer: bool, omitted: Iterable[str] = ()) -> None:
        """Add a message and all that it refers to. What is written is always there in answers, never in requests."""
        name = _name_of(message)
        if name in self.made:
            return
        fields = [field for field in message.fields if field.name not in omitted]
        schema = self.made[name] = {
            "type": "object",
            "description": self.comments.get(message.full_name, ""),
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
        self.made[_name_of(info)]["properties"]["reason"] = _reference(enum)

    def parameter(self, field: FieldDescriptor) -> dict[str, Any]:
        """Return description and schema of a field outside of a body."""
        return {
            "description": self.comments.get(field.full_name, ""),
            "schema": self._schema(field, is_answer=False),
        }

    def _described(self, field: FieldDescriptor, *, is_answer: bool) -> Schema:
        schema = self._schema(field, is_answer=is_answer)
        return {**schema, "description": self.comments.get(field.full_name, "")}

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
            return _reference(field.enum_type)
        if field.message_type is not None:
            known = _WELL_KNOWN.get(field.message_type.full_name)
            if known is not None:
                return dict(known)
            self.add(field.message_type, is_answer=is_answer)
            return _reference(field.message_type)
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
        lines = [
            f"- `{one.name.removeprefix(prefix)}`: {self.comments[f'{enum.full_name}.{one.name}']}" for one in values
        ]
        return "\n".join([self.comments[enum.full_name], "", *lines])


def _name_of(thing: Descriptor | EnumDescriptor) -> str:
    return str(thing.full_name).removeprefix(f"{PACKAGE}.")


def _reference(thing: Descriptor | EnumDescriptor) -> Schema:
    return {"$ref": _SCHEMAS + _name_of(thing)}


def _json(schema: Schema) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _one_at_most(fields: Iterable[FieldDescriptor]) -> Schema:
    """Return what a oneof asks for: one of its fields, or none."""
    each: list[Schema] = [{"required": [field.json_name]} for field in fields]
    return {"oneOf": [*each, {"not": {"anyOf": each}}]}
