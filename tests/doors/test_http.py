"""The HTTP door by itself: what a probe sees when all is not well, and what garbage does to it (A8).

That the routes exist and answer on a healthy server is shown in tests/acceptance/test_operation.py.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from server.doors.http.door import HttpDoor, Probes, pages
from server.telemetry.metrics import Metrics

DEADLINE = 5
DOCUMENT = b'{"openapi":"3.1.0"}'


@dataclass
class World:
    """What the probes say, and how often gauges were refreshed."""

    why_not: str = ""
    error: Exception | None = None
    refreshed: int = 0
    metrics: Metrics = field(default_factory=Metrics)

    async def ready(self) -> str:
        if self.error is not None:
            raise self.error
        return self.why_not

    def refresh(self) -> None:
        self.refreshed += 1

    def door(self, host: str, port: int, tasks: asyncio.TaskGroup) -> HttpDoor:
        return HttpDoor(host, port, pages(Probes(self.ready, self.refresh), self.metrics, DOCUMENT), tasks)


@asynccontextmanager
async def opened(world: World, host: str = "127.0.0.1") -> AsyncIterator[int]:
    """A door on a port that was free, closed afterwards."""
    async with asyncio.timeout(DEADLINE * 2), asyncio.TaskGroup() as tasks:
        door = world.door(host, 0, tasks)
        port = await door.start()
        try:
            await _listens(host, port)
            yield port
        finally:
            await door.close()


async def _listens(host: str, port: int) -> None:
    """Wait until the door takes connections, which is a little after its start (see the last test)."""
    while True:
        try:
            _, writer = await asyncio.open_connection(host, port)
        except ConnectionRefusedError:
            await asyncio.sleep(0)
        else:
            writer.transport.abort()
            return


async def sent(port: int, request: bytes, host: str = "127.0.0.1") -> bytes:
    """Everything that the door answers to some bytes, until it or we have had enough."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(request)
        writer.write_eof()
        async with asyncio.timeout(DEADLINE):
            return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        writer.transport.abort()


async def got(port: int, path: str, method: str = "GET", host: str = "127.0.0.1") -> tuple[int, bytes]:
    """Status and body of a request."""
    answer = await sent(port, f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode(), host)
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


async def test_a_server_that_is_not_ready_says_why_and_is_still_alive() -> None:
    async with opened(World(why_not="draining")) as port:
        assert await got(port, "/readyz") == (503, b'{"ready":false,"reason":"draining"}')
        assert await got(port, "/healthz") == (200, b"ok\n")


async def test_a_probe_that_breaks_is_an_error_without_its_text() -> None:
    async with opened(World(error=RuntimeError("select * from player"))) as port:
        status, body = await got(port, "/readyz")
        assert status >= 500
        assert b"select" not in body
        assert (await got(port, "/healthz"))[0] == 200


async def test_the_document_of_the_api_is_json() -> None:
    async with opened(World()) as port:
        assert await got(port, "/openapi.json") == (200, DOCUMENT)


async def test_gauges_are_refreshed_for_each_scrape_and_for_nothing_else() -> None:
    world = World()
    async with opened(world) as port:
        for _ in range(2):
            status, body = await got(port, "/metrics")
            assert (status, b"laurel_calls_in_flight" in body) == (200, True)
        await got(port, "/healthz")
    assert world.refreshed == 2


@pytest.mark.parametrize("path", ["/", "/metrics/../etc/passwd", "/%00", "/healthz/", "/" + "x" * 5000, "//readyz"])
async def test_other_paths_are_not_there(path: str) -> None:
    async with opened(World()) as port:
        status, _ = await got(port, path)
        assert status in (307, 404)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_nothing_can_be_changed_here(method: str) -> None:
    async with opened(World()) as port:
        assert (await got(port, "/metrics", method))[0] == 405


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\0\xff" * 500,
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /healthz HTTP/1.1\r\n" + b"a: b\r\n" * 20_000 + b"\r\n",
        b"GET /healthz HTTP/1.1\r\nx: " + b"y" * 200_000,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
async def test_garbage_ends_its_connection_and_no_other(garbage: bytes) -> None:
    async with opened(World()) as port:
        assert b" 500 " not in (await sent(port, garbage))[:20]
        assert await got(port, "/healthz") == (200, b"ok\n")


async def test_it_listens_on_ipv6_too() -> None:
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    try:
        async with opened(World(), "::1") as port:
            assert (await got(port, "/healthz", host="::1"))[0] == 200
    except* OSError as refused:
        pytest.skip(f"this machine has no IPv6 address: {refused}")


async def test_a_port_that_is_taken_is_told_with_its_address() -> None:
    async with opened(World()) as port, asyncio.TaskGroup() as tasks:
        world = World()
        second = world.door("127.0.0.1", port, tasks)
        with pytest.raises(OSError, match=f"127.0.0.1:{port} cannot be bound"):
            await second.start()


async def test_a_door_that_never_opened_can_be_closed() -> None:
    world = World()
    async with asyncio.timeout(DEADLINE), asyncio.TaskGroup() as tasks:
        await world.door("127.0.0.1", 0, tasks).close()


async def test_a_door_that_is_closed_lets_nobody_in() -> None:
    async with opened(World()) as port:
        pass
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_a_door_that_has_started_takes_connections() -> None:
    """`start` says that it binds and serves; a port that is bound and not listened to can be bound by others, too."""
    world = World()
    async with asyncio.timeout(DEADLINE), asyncio.TaskGroup() as tasks:
        door = world.door("127.0.0.1", 0, tasks)
        port = await door.start()
        with socket.socket() as client:
            client.settimeout(1)  # the system answers for whoever listens, so this does not wait for our loop
            answer = client.connect_ex(("127.0.0.1", port))
        await _listens("127.0.0.1", port)
        await door.close()
    assert answer == 0
