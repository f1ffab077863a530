"""A call of the API, whichever door it comes through: its name, its message, who may make it, and what serves it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from enum import Enum
from typing import Any

from google.protobuf.message import Message

from server.application.callers import Caller
from server.domain.ids import PlayerId
from server.domain.values import value
from server.hooks.specs import player_call, snake_case

PACKAGE = "laurel.v1"


class Audience(Enum):
    """Who may make a call (A3)."""

    ANYBODY = "anybody"
    PLAYER = "player"
    SERVER = "server"
    PLAYER_OR_SERVER = "player or server"


@value
class Call:
    """Who calls. `player_id` is set in calls of players, and only there.

    `server_properties` is what modules want a roll to know, as the text of a JSON object (M5).
    """

    caller: Caller
    player_id: PlayerId
    server_properties: str = "{}"
    expires_at: datetime | None = None
    """When the session ends (real time) that a stream was opened with; None: it has no end, or the call is no stream."""


Handler = Callable[[Call, Any], Awaitable[Message]]


StreamHandler = Callable[[Call, Any], AbstractAsyncContextManager[AsyncGenerator[bytes, None]]]
"""Refuses when it is entered; then yields messages as bytes, since many streams are sent the same."""

Entry = tuple[str, type[Message], Handler]
"""A call of a service: its name, its request message, and what serves it."""


@value
class Method:
    """A call of the API."""

    service: str
    name: str
    request: type[Message]
    audience: Audience
    handler: Handler
    is_bulk: bool = False
    """Its requests carry many things at once, and may be larger than those of other calls (A5)."""

    @property
    def hook_names(self) -> tuple[str, str]:
        """The names of the hooks before and after the call; empty where it is not one of players' (M1)."""
        call = player_call(self.service, self.name)
        return (f"before_{snake_case(call)}", f"after_{snake_case(call)}") if call else ("", "")

    @property
    def path(self) -> str:
        """The gRPC path: `/laurel.v1.Service/Method`."""
        return f"/{PACKAGE}.{self.service}/{self.name}"


@value
class StreamMethod:
    """A call of the API that is answered by a stream of messages."""

    service: str
    name: str
    request: type[Message]
    audience: Audience
    handler: StreamHandler

    @property
    def path(self) -> str:
        """The gRPC path: `/laurel.v1.Service/Method`."""
        return f"/{PACKAGE}.{self.service}/{self.name}"
