"""One connection to Redis, and the life of the server at its other end.

A connection ends with the process it leads to. So the life that is seen when it is made, and now and then again, is the one
that answers whatever is sent through it, and no call can meet the order of another life.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from redis.asyncio.connection import AbstractConnection, Connection, parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as LinkBroken
from redis.exceptions import NoScriptError, RedisError

from server.ranks.redis_scripts import Script
from server.ranks.redis_server import Server, server_from

_LOOK_AGAIN_SECONDS = 5.0


class Link:
    """A connection that is used by one call at a time. After anything but an answer it is to be ended."""

    def __init__(self, connection: AbstractConnection, server: Server) -> None:
        self.server = server
        self._connection = connection
        self._looked_at = time.monotonic()

    @classmethod
    async def to(cls, options: Mapping[str, Any]) -> Link:
        """Connect, and see who is there."""
        kind: type[AbstractConnection] = options.get("connection_class", Connection)
        connection = kind(**{name: option for name, option in options.items() if name != "connection_class"})
        try:
            await connection.connect()  # type: ignore[no-untyped-call] # the driver leaves it so
            return cls(connection, server_from(await _answer(connection, b"INFO")))
        except BaseException:
            await _end(connection)
            raise

    async def look(self) -> None:
        """See who is there, if that was long ago: a server may become a replica, or be configured otherwise."""
        if time.monotonic() - self._looked_at > _LOOK_AGAIN_SECONDS:
            self.server = server_from(await _answer(self._connection, b"INFO"))
            self._looked_at = time.monotonic()

    async def run(self, script: Script, keys: Sequence[bytes], arguments: Sequence[bytes | int]) -> Any:
        """Run a script."""
        rest = (len(keys), *keys, *arguments)
        try:
            return await _answer(self._connection, b"EVALSHA", script.digest, *rest)
        except NoScriptError:  # it remembers what it has run, until it is restarted
            return await _answer(self._connection, b"EVAL", script.text, *rest)

    async def get(self, key: bytes) -> bytes | None:
        """Return the value of a key."""
        value: bytes | None = await _answer(self._connection, b"GET", key)
        return value

    async def end(self) -> None:
        """End the connection, whatever state it is in."""
        await _end(self._connection)


def link_options(url: str) -> dict[str, Any]:
    """Return how to connect to a URL: `redis:`, `rediss:` for TLS, or `unix:` for a socket. Time limits are the caller's.

    :raises ValueError: if it is none of them
    """
    options: dict[str, Any] = dict(parse_url(url))
    return {**options, "retry": Retry(NoBackoff(), 0), "protocol": 2, "socket_timeout": None}


async def _answer(connection: AbstractConnection, *command: bytes | int) -> Any:
    if not connection.is_connected:  # the driver would connect again, to whoever is there now
        raise LinkBroken("the connection has ended")
    await connection.send_command(*command)
    return await connection.read_response()


async def _end(connection: AbstractConnection) -> None:
    with suppress(RedisError, OSError, TimeoutError):
        await connection.disconnect(nowait=True)
