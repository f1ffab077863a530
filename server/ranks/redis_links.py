"""The connections of one process to Redis: where a call goes, how long it may take, and what failing means.

Of a cluster the server that is named tells where a key lies (MOVED); that is remembered, and asked for again once it fails.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog
from redis.crc import key_slot
from redis.exceptions import ConnectionError as LinkBroken
from redis.exceptions import MovedError, RedisError

from server.ports.errors import RanksUnavailable
from server.ranks.redis_link import Link, link_options
from server.ranks.redis_scripts import Script
from server.ranks.redis_server import Server

log = structlog.get_logger(__name__)

KeysFor = Callable[[str], list[bytes]]
"""Makes keys for one life of a server. All of one call lie in one slot, whatever the life."""
_Command = Callable[[Link, list[bytes]], Awaitable[Any]]
_Address = tuple[str, int] | None
"""A server of a cluster; None: the one that is named in the settings."""

_REST_SECONDS = 0.25
"""For so long after a failure nobody tries: a Redis that is paused must not hold up each call for the whole time limit."""
_TRIES = 3
"""A connection may turn out to be broken, and a key to lie elsewhere. Whatever is sent may be done twice."""


class RedisLinks:
    """A few connections, made when they are needed. Whatever goes wrong on one of them ends it."""

    def __init__(
        self, url: str, *, timeout_seconds: float, connections: int, on_failure: Callable[[], None] = lambda: None
    ) -> None:
        """Take the URL of a server. `on_failure` is called whenever a call was not answered.

        :raises ValueError: if it is none
        """
        self._options = link_options(url)
        self._timeout = timeout_seconds
        self._turns = asyncio.Semaphore(connections)
        self._idle: dict[_Address, list[Link]] = defaultdict(list)
        self._routes: dict[int, tuple[str, int]] = {}
        self._rests_until = 0.0
        self._warned_of = ""
        self._on_failure = on_failure
        self._trouble = ""

    @property
    def trouble(self) -> str:
        """Why the last call was not answered; empty: it was."""
        return self._trouble

    async def server(self) -> Server:
        """Return who is at the address of the settings.

        :raises RanksUnavailable: if nobody answers there
        """
        try:
            async with asyncio.timeout(self._timeout):
                link = await Link.to(self._options)
                await link.end()
                return link.server
        except (RedisError, OSError) as error:
            raise self._failed(error) from error

    async def run(self, script: Script, keys_for: KeysFor, arguments: Sequence[bytes | int]) -> Any:
        """Run a script on the keys for the life that runs it.

        :raises RanksUnavailable: if it was not answered; it may have been run all the same
        """
        return await self._in_time(keys_for, lambda link, keys: link.run(script, keys, arguments))

    async def get(self, keys_for: KeysFor) -> bytes | None:
        """Return the value of one key.

        :raises RanksUnavailable: if it was not answered
        """
        value: bytes | None = await self._in_time(keys_for, lambda link, keys: link.get(keys[0]))
        return value

    async def close(self) -> None:
        """End all connections."""
        for address in list(self._idle):
            await self._drop(address)

    async def _in_time(self, keys_for: KeysFor, command: _Command) -> Any:
        if time.monotonic() < self._rests_until:
            raise RanksUnavailable("Redis did not answer a moment ago")
        try:
            async with asyncio.timeout(self._timeout), self._turns:
                answer = await self._routed(keys_for, command)
        except (RedisError, OSError) as error:
            if isinstance(error, LinkBroken | OSError):  # a refusal comes at once; silence and broken lines take time
                self._rests_until = time.monotonic() + _REST_SECONDS
            raise self._failed(error) from error
        self._trouble = ""
        return answer

    async def _routed(self, keys_for: KeysFor, command: _Command) -> Any:
        slot = key_slot(keys_for("")[0]) if self._routes else 0
        for tries_left in reversed(range(_TRIES)):
            address = self._routes.get(slot)
            try:
                return await self._through(address, keys_for, command)
            except MovedError as moved:
                slot = moved.slot_id
                self._routes[slot] = (moved.host or self._options.get("host", ""), moved.port)  # empty: where we are
            except LinkBroken:
                await self._drop(address)
                self._routes.pop(slot, None)
                if not tries_left:
                    raise
        raise LinkBroken("a key lies nowhere for long")

    async def _through(self, address: _Address, keys_for: KeysFor, command: _Command) -> Any:
        """Do a command on a connection, which is kept only if it has answered."""
        link = idle.pop() if (idle := self._idle[address]) else await Link.to(self._options | _place(address))
        try:
            await link.look()
            self._judge(link.server)
            answer = await command(link, keys_for(link.server.life))
        except BaseException:
            await link.end()
            raise
        self._idle[address].append(link)
        return answer

    def _judge(self, server: Server) -> None:
        """Refuse who cannot be asked, and say once what is amiss with who can."""
        if server.unfit != self._warned_of:
            self._warned_of = server.unfit
            if server.unfit:
                log.error("redis_is_unfit", reason=server.unfit)
        if server.unusable:
            raise RedisError(server.unusable)

    def _failed(self, error: RedisError | OSError) -> RanksUnavailable:
        self._on_failure()
        self._trouble = f"Redis does not answer: {str(error) or 'not in time'}"
        return RanksUnavailable(self._trouble)

    async def _drop(self, address: _Address) -> None:
        """End the idle connections to a server: what broke one has broken all."""
        for link in self._idle.pop(address, []):
            await link.end()


def _place(address: _Address) -> dict[str, Any]:
    return {} if address is None else {"host": address[0], "port": address[1]}
