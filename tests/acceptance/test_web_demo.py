"""The demonstration of live boards in a browser without a screen: it signs in, paints, moves rows, and comes back (L20, L21)."""

import asyncio
import base64
import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from server.client import Client
from tests.acceptance.process import ServerProcess, eventually, free_ports
from tests.missing import not_here

BOARD = "LeaderboardService"
DAILY = {"name": "Daily", "timeframe": {"type": "daily"}, "scoring": {"aggregation": "sum"}, "authoritative": False}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
DEADLINE, START_SECONDS, END_SECONDS = 60, 30, 10
_COUNTS_DOWN = r"/^\d{2,3}:[0-5]\d:[0-5]\d$/.test(document.getElementById('left').textContent)"
_ROWS = "[...document.querySelectorAll('#rows li')].map(one => [...one.children].map(part => part.textContent))"


def browser() -> str:
    """Return the browser that is installed."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), "")
    return found or not_here("no browser: install chromium", "browser")


class Page:
    """A page of a browser, told what to do over its debugging socket: WebSocket as far as that needs it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._number = 0

    async def run(self, expression: str) -> Any:
        """Return what an expression comes to."""
        self._number += 1
        parameters = {"expression": expression, "returnByValue": True, "awaitPromise": True}
        await self._send({"id": self._number, "method": "Runtime.evaluate", "params": parameters})
        while True:
            answer = json.loads(await self._message())
            if answer.get("id") == self._number:
                assert "exceptionDetails" not in answer["result"], answer
                return answer["result"]["result"].get("value")

    async def _send(self, message: dict[str, Any]) -> None:
        data = json.dumps(message).encode()
        mask = os.urandom(4)
        head = bytes([0x81, 0x80 | 126]) + len(data).to_bytes(2, "big")
        self._writer.write(head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(data)))
        await self._writer.drain()

    async def _message(self) -> bytes:
        data = b""
        while True:
            first, size = await self._reader.readexactly(2)
            length = size
            if size >= 126:
                length = int.from_bytes(await self._reader.readexactly(2 if size == 126 else 8), "big")
            data += await self._reader.readexactly(length)
            if first & 0x80:
                return data


@asynccontextmanager
async def page_at(url: str, folder: Path) -> AsyncIterator[Page]:
    """Open a page in a browser of its own."""
    command = [
        browser(),
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
    ]
    command += ["--disable-background-networking", "--remote-debugging-port=0", f"--user-data-dir={folder}", url]
    process = await asyncio.create_subprocess_exec(
        *command,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "HOME": str(folder)},
    )
    try:
        async with asyncio.timeout(START_SECONDS):
            port = int(await _read(folder / "DevToolsActivePort"))
            reader, writer = await _socket(port, await _path_of_page(port, url))
        try:
            yield Page(reader, writer)
        finally:
            writer.close()
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        async with asyncio.timeout(END_SECONDS):
            await process.wait()


async def _read(file: Path) -> str:
    text = ""

    async def is_written() -> bool:
        nonlocal text
        text = await asyncio.to_thread(lambda: file.read_text() if file.exists() else "")
        return "\n" in text

    await eventually(is_written, START_SECONDS)
    return text.splitlines()[0]


async def _path_of_page(port: int, url: str) -> str:
    while True:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET /json HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        size = int(next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))[15:])
        targets = json.loads(await reader.readexactly(size))
        writer.close()
        for target in targets:
            if target["type"] == "page" and target["url"].startswith(url):
                return "/" + target["webSocketDebuggerUrl"].split("/", 3)[3]
        await asyncio.sleep(0.05)


async def _socket(port: int, path: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Upgrade: websocket", "Connection: Upgrade"]
    lines += [f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13"]
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
    return reader, writer


@pytest.fixture
async def with_board(tmp_path: Path, door: str) -> AsyncIterator[ServerProcess]:
    browser()
    grpc_port, http_port = free_ports()
    environment = {"LAUREL_GRPC__PORT": str(grpc_port), "LAUREL_HTTP__PORT": str(http_port)}
    environment["LAUREL_SESSION__SECRET"] = "a-secret-that-survives-the-restart-0123"
    process = await ServerProcess(tmp_path, None, environment, {"daily": DAILY}).start()
    yield process
    await process.stop()


async def score(player: Client, points: float) -> None:
    await player.call(f"{BOARD}/SubmitScore", key="daily", score=points)


async def test_l20_a_page_shows_a_board_that_moves_and_comes_back(
    with_board: ServerProcess, door: str, tmp_path: Path
) -> None:
    ann, bob = await with_board.player("ann"), await with_board.player("bob")
    await score(ann, 5)
    await score(bob, 3)
    port = with_board.port if door == "envoy" else with_board.http_port
    async with asyncio.timeout(DEADLINE), page_at(f"http://127.0.0.1:{port}/demo/", tmp_path / "browser") as page:

        async def shows(*rows: list[str]) -> None:
            await eventually(lambda: _is(page, _ROWS, list(rows)), DEADLINE)

        await eventually(lambda: _is(page, "document.forms.length && document.readyState", "complete"))
        await page.run("document.querySelector('[name=device]').value = 'device-of-ann'")
        await page.run("document.querySelector('[name=board]').value = 'daily'")
        await page.run("document.querySelector('form').requestSubmit()")
        await shows(["1", "ann", "5"], ["2", "bob", "3"])
        assert await page.run("document.querySelector('li.self .name').textContent") == "ann"
        await eventually(lambda: _is(page, _COUNTS_DOWN, True))
        await score(bob, 4)
        await shows(["1", "bob", "7"], ["2", "ann", "5"])
        await with_board.stop()
        await with_board.start()
        await score(await with_board.player("ann"), 4)
        await shows(["1", "ann", "9"], ["2", "bob", "7"])
        cohort_id = (await rolled(with_board, "ann")).cohort_id
        await page.run(f"document.querySelector('[name=board]').value = '{cohort_id}'")
        await page.run("document.querySelector('[value=cohorts]').checked = true")
        await page.run("document.querySelector('form').requestSubmit()")
        await shows(["1", "ann", "0"])
        await page.run("document.getElementById('left').textContent = ''")
        await eventually(lambda: _is(page, _COUNTS_DOWN, True))


async def rolled(server: ServerProcess, name: str) -> Any:
    player = await server.player(name)
    return await player.call("EventLeaderboardService/RollCohort", id="weekly", minimal=True)


async def _is(page: Page, expression: str, wanted: Any) -> bool:
    return bool(await page.run(expression) == wanted)


async def test_production_has_no_demonstration(tmp_path: Path, door: str) -> None:
    environment = {"LAUREL_ENVIRONMENT": "production", "LAUREL_SESSION__SECRET": "kX9vQ2mT7bL4pW8zR1cN6hJ3fD5gY0sA"}
    server = await ServerProcess(tmp_path, None, environment).start()
    try:
        if door == "grpcio":
            assert (await server.http("/demo/"))[0] == 404
            assert (await server.http("/healthz"))[0] == 200
        else:
            server.http_port = server.port
            assert (await server.http("/demo/"))[0] == 404
    finally:
        await server.stop()
