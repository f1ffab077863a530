"""What REST clients read: the OpenAPI document of the calls that this server offers, and who may make each (A3).

proto/openapi.py has made the document of all calls. It cannot know which of them are switched on, nor their audiences.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from importlib.resources import files
from typing import Any

from server import api
from server.api.admission import SERVER_KEY
from server.api.methods import Audience, Method

_SESSION, _SERVER_KEY = "session", "serverKey"
_SECURITY: dict[Audience, list[dict[str, list[str]]]] = {
    Audience.ANYBODY: [],
    Audience.PLAYER: [{_SESSION: []}],
    Audience.SERVER: [{_SERVER_KEY: []}],
    Audience.PLAYER_OR_SERVER: [{_SESSION: []}, {_SERVER_KEY: []}],
}
_SCHEMES = {
    _SESSION: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "Token of a player's session: from SessionService, or from the studio's own login.",
    },
    _SERVER_KEY: {
        "type": "apiKey",
        "in": "header",
        "name": SERVER_KEY,
        "description": "Key of one of the studio's own servers.",
    },
}
_REFERENCE = re.compile(r'"#/components/schemas/([^"]+)"')


def openapi_document(methods: Iterable[Method]) -> bytes:
    """Return the document of these calls and no others, as JSON."""
    document = json.loads(files(api).joinpath("openapi.json").read_bytes())
    offered = {f"{method.service}_{method.name}": method for method in methods}
    document["paths"] = {
        path: kept for path, operations in document["paths"].items() if (kept := _offered(operations, offered))
    }
    services = {method.service for method in offered.values()}
    document["tags"] = [tag for tag in document["tags"] if tag["name"] in services]
    components = document["components"]
    components["schemas"] = _needed(components["schemas"], [document["paths"], components["responses"]])
    components["securitySchemes"] = _SCHEMES
    return json.dumps(document, ensure_ascii=False).encode()


def _offered(operations: dict[str, Any], offered: dict[str, Method]) -> dict[str, Any]:
    return {
        verb: {**operation, "security": _SECURITY[method.audience]}
        for verb, operation in operations.items()
        if (method := offered.get(operation["operationId"]))
    }


def _needed(schemas: dict[str, Any], users: list[Any]) -> dict[str, Any]:
    """Return the schemas that are referred to, directly or by others that are."""
    names: set[str] = set()
    new = set(_REFERENCE.findall(json.dumps(users)))
    while new:
        names |= new
        new = set(_REFERENCE.findall(json.dumps([schemas[name] for name in new]))) - names
    return {name: schema for name, schema in schemas.items() if name in names}
