"""Those who open streams and take nothing, in the two ways in which that can be done to a server."""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from benchmarks.http2 import Connection
from benchmarks.load import Call

_DEFAULT_WINDOW = 65_535
_LOOK_SECONDS = 0.2
_RECEIVED_BYTES = 4096


class Idlers:
    """Clients of HTTP/2, each on a connection of its own, who answer pings and never allow more than their first window."""

    def __init__(self, port: int, watches: Sequence[Call]) -> None:
        self._lines = [_Mute(("127.0.0.1", port), _DEFAULT_WINDOW) for _ in watches]
        self._is_over = threading.Event()
        self._answering = threading.Thread(target=self._answer, daemon=True)
        for line, watch in zip(self._lines, watches, strict=True):
            line.send(*watch)
            line.flush()

    def __enter__(self) -> Self:
        self._answering.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._answering.join()
        for line in self._lines:
            line.close()

    @property
    def received_bytes(self) -> int:
        """What has come down all connections: it stops once the first windows are full."""
        return sum(line.received_bytes for line in self._lines)

    def _answer(self) -> None:
        with selectors.DefaultSelector() as selector:
            for line in self._lines:
                selector.register(line.socket, selectors.EVENT_READ, line)
            while not self._is_over.is_set():
                for key, _ in selector.select(_LOOK_SECONDS):
                    try:
                        key.data.receive()
                        key.data.flush()
                    except OSError:  # the server has had enough of this one
                        selector.unregister(key.fileobj)


class _Mute(Connection):
    def _consumed(self, count: int) -> None:
        """Allow nothing more."""


class DeafBrowsers:
    """Clients of HTTP/1.1 who ask for a stream of events and never read. `paths` with the token of each."""

    def __init__(self, port: int, paths: Sequence[tuple[str, str]]) -> None:
        self._sockets: list[socket.socket] = []
        for path, token in paths:
            one = socket.socket()
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVED_BYTES)
            one.connect(("127.0.0.1", port))
            one.sendall(f"GET {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\n\r\n".encode())
            self._sockets.append(one)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one in self._sockets:
            one.close()
