"""The API as an OpenAPI 3.1 document, from its protos: operations by their google.api.http, schemas by proto3's JSON.

Whatever an annotation or a type could say that is not translated here stops the generator: a document that leaves something
out in silence is worse than none. Who may make a call stands in no proto; the server adds it when it serves the document.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from google.api import annotations_pb2
from google.protobuf.descriptor import Descriptor, MethodDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from schemas import DETAILS, ERROR_INFO, PACKAGE, WELL_KNOWN, Schema, Schemas, reference

REASON = f"{PACKAGE}.ErrorReason"
STATUS = "google.rpc.Status"
_VARIABLE = re.compile(r"\{(\w+)\}")
_ERROR_RESPONSE = {
    "description": "The call failed: a status of HTTP that is near the code, and why. What is no request of this API at all, "
    "such as a body that is no JSON, is refused with a line of text.",
    "content": {
        "application/json": {"schema": {"$ref": "#/components/schemas/" + STATUS}},
        "text/plain": {"schema": {"type": "string"}},
    },
}


def openapi(files: FileDescriptorSet) -> dict[str, Any]:
    """Return the document of all our services. `files` come with their source info, whose comments are the descriptions."""
    pool = DescriptorPool()
    for file in files.file:
        pool.Add(file)
    own = [file for file in files.file if file.package == PACKAGE]
    found = (one for file in own for one in pool.FindFileByName(file.name).services_by_name.values())
    services = sorted(found, key=lambda one: one.name)
    # Streams have no REST form: over HTTP they are server-sent events, which OpenAPI cannot describe (A8a).
    methods = [_Method(one) for service in services for one in service.methods if not one.server_streaming]
    comments = {name: text for file in own for name, text in _comments(file)}
    schemas = Schemas({**comments, STATUS: "An error: code, a sentence for people, and details.", **DETAILS})
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
        "tags": [{"name": service.name, **schemas.description(service.full_name)} for service in services],
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


def _paths(methods: Iterable[_Method], schemas: Schemas) -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for method in methods:
        paths.setdefault(method.path, {})[method.verb] = _operation(method, schemas)
    return paths


def _operation(method: _Method, schemas: Schemas) -> dict[str, Any]:
    service = method.of.containing_service
    operation = {
        "operationId": f"{service.name}_{method.of.name}",  # two services may give a call the same name
        "tags": [service.name],
        **schemas.description(method.of.full_name),
        "parameters": list(_parameters(method, schemas)),
        "responses": {
            "200": {
                **schemas.description(method.of.output_type.full_name),
                "content": _json(reference(method.of.output_type)),
            },
            "default": {"$ref": "#/components/responses/Error"},
        },
    }
    if method.has_body:
        operation["requestBody"] = {"required": True, "content": _json(reference(method.of.input_type))}
    return operation


def _parameters(method: _Method, schemas: Schemas) -> Iterator[dict[str, Any]]:
    """Yield what stands in the path and, where there is no body, every other field as part of the query."""
    for field in method.of.input_type.fields:
        if field.name in method.variables:
            yield {"name": field.json_name, "in": "path", "required": True, **schemas.parameter(field)}
    if not method.has_body:
        yield from _query(method.of.input_type, schemas, method.variables)


def _query(
    message: Descriptor, schemas: Schemas, omitted: Iterable[str] = (), prefix: str = ""
) -> Iterator[dict[str, Any]]:
    for field in message.fields:
        if field.name in omitted:
            continue
        nested = field.message_type
        if nested is None or WELL_KNOWN.get(nested.full_name, {}).get("type") == "string":
            yield {"name": prefix + field.json_name, "in": "query", **schemas.parameter(field)}
        elif field.is_repeated or nested.full_name in WELL_KNOWN:
            raise SystemExit(f"{field.full_name}: no query can carry this; give the call a body")
        else:
            yield from _query(nested, schemas, prefix=f"{prefix}{field.json_name}.")


def _json(schema: Schema) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
