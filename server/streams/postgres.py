"""A channel over PostgreSQL's NOTIFY: enough for a few processes where there is no Redis.

Its limits: a message has 8,000 bytes, all messages of a server pass through one queue, and it does not pass through a pooler
that hands connections around; then only what this process does itself is seen at once, and the rest within seconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress

import asyncpg

from server.streams.shared import Channel, ChannelBroken

NAME = "laurel_changes"
_BYTES_MAX = 7900
_SECONDS = 10.0
_TEXTS_MAX = 10_000
_BROKEN = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)


class PostgresChannel(Channel):
    """Two connections of their own: one that sends, and one that listens."""

    message_bytes_max = _BYTES_MAX

    def __init__(self, url: str) -> None:
        self._url = url
        self._sender: asyncpg.Connection[asyncpg.Record] | None = None
        self._listener: asyncpg.Connection[asyncpg.Record] | None = None

    async def send(self, text: str) -> None:
        """Notify everybody who listens."""
        try:
            if self._sender is None or self._sender.is_closed():
                self._sender = await self._connected()
            await self._sender.execute("select pg_notify($1, $2)", NAME, text, timeout=_SECONDS)
        except _BROKEN as error:
            raise ChannelBroken(str(error)) from error

    async def texts(self) -> AsyncGenerator[str, None]:
        """Listen."""
        heard: asyncio.Queue[str | None] = asyncio.Queue(_TEXTS_MAX)

        def hear(_: object, __: int, ___: str, payload: object) -> None:
            with suppress(asyncio.QueueFull):  # a lost message is mended by the next look
                heard.put_nowait(str(payload))

        def end(_: object) -> None:
            while heard.full():
                heard.get_nowait()
            heard.put_nowait(None)

        connection: asyncpg.Connection[asyncpg.Record] | None = None
        try:
            connection = self._listener = await self._connected()
            connection.add_termination_listener(end)
            await connection.add_listener(NAME, hear)
            while (text := await heard.get()) is not None:
                yield text
        except _BROKEN as error:
            raise ChannelBroken(str(error)) from error
        finally:
            if connection is not None and not connection.is_closed():
                connection.terminate()
        raise ChannelBroken("the connection has ended")

    async def close(self) -> None:
        """Close both connections."""
        for connection in (self._sender, self._listener):
            if connection is not None and not connection.is_closed():
                connection.terminate()

    async def _connected(self) -> asyncpg.Connection[asyncpg.Record]:
        return await asyncpg.connect(self._url, timeout=_SECONDS, statement_cache_size=0)
