"""The client side of HTTP/2, as little of it as gRPC calls need, framed by hand so that the load generator is not the limit.

Header blocks are built once for each player, without Huffman coding or dynamic tables; the server is told to use no dynamic
table either, so the trailers of a successful call are always the same bytes and need no decoding.
"""

from __future__ import annotations

import socket
from struct import Struct

from hpack import Decoder

DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0x0, 0x1, 0x3, 0x4, 0x6, 0x7, 0x8
END_STREAM, END_HEADERS, ACK = 0x1, 0x4, 0x1
_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_HEAD = Struct(">HBBBI")
_U32 = Struct(">I")
_SETTING = Struct(">HI")
_WINDOW = 2**30
_REFILL = 2**24


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    """Return a frame."""
    length = len(payload)
    return _HEAD.pack(length >> 8, length & 0xFF, kind, flags, stream) + payload


def request_headers(path: str, headers: dict[str, str]) -> bytes:
    """Return the header block of a gRPC call: static names where there are, plain literals for the rest."""
    block = b"\x83\x86" + _literal(4, path) + _literal(1, "bench") + _literal(31, "application/grpc")
    block += _named("te", "trailers")
    for name, value in headers.items():
        block += _literal(23, value) if name == "authorization" else _named(name, value)
    return block


def grpc_body(message: bytes) -> bytes:
    """Return a message with gRPC's five bytes before it."""
    return b"\x00" + _U32.pack(len(message)) + message


class Connection:
    """One connection. `send` queues calls, `flush` writes them, `receive` returns the streams that have ended.

    `window`: how much the server may send ahead of what is read, on each stream.
    """

    def __init__(self, address: tuple[str, int], window: int = _WINDOW) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        settings = _SETTING.pack(0x1, 0) + _SETTING.pack(0x2, 0) + _SETTING.pack(0x4, window)
        self.socket.sendall(_PREFACE + frame(SETTINGS, 0, 0, settings) + frame(WINDOW_UPDATE, 0, 0, _U32.pack(window)))
        self._out: list[bytes] = []
        self._in = b""
        self._stream = 1
        self._send_window = 65_535
        self._received = 0
        self.sent_bytes = 0
        self.received_bytes = 0
        self._ok_trailers: set[bytes] = set()
        self.failures: dict[str, int] = {}
        self.bodies: dict[int, bytes] | None = None

    def send(self, headers: bytes, body: bytes) -> int:
        """Queue a call and return its stream."""
        stream, self._stream = self._stream, self._stream + 2
        self._send_window -= len(body)
        self._out.append(frame(HEADERS, END_HEADERS, stream, headers) + frame(DATA, END_STREAM, stream, body))
        return stream

    @property
    def has_window(self) -> bool:
        """Whether the server's flow control allows another call."""
        return self._send_window > 4096

    def flush(self) -> None:
        """Write what is queued."""
        if self._out:
            data = b"".join(self._out)
            self.socket.sendall(data)
            self.sent_bytes += len(data)
            self._out.clear()

    def close(self) -> None:
        """Hang up."""
        self.socket.close()

    def receive(self) -> list[int]:
        """Read what has come, and return the streams that have ended.

        :raises ConnectionError: if the server has gone away
        """
        received = self.socket.recv(1 << 18)
        if not received:
            raise ConnectionError("the server has closed the connection")
        self.received_bytes += len(received)
        data = self._in + received
        ended: list[int] = []
        at, size = 0, len(data)
        while size - at >= 9:
            high, low, kind, flags, stream = _HEAD.unpack_from(data, at)
            end = at + 9 + (high << 8 | low)
            if end > size:
                break
            self._handle(kind, flags, stream & 0x7FFFFFFF, data, at + 9, end, ended)
            at = end
        self._in = data[at:]
        return ended

    def _handle(self, kind: int, flags: int, stream: int, data: bytes, start: int, end: int, ended: list[int]) -> None:
        if kind == DATA:
            self._consumed(end - start)
            if self.bodies is not None and end > start:
                self.bodies[stream] = self.bodies.get(stream, b"") + data[start:end]
        elif kind == HEADERS:
            if flags & END_STREAM:
                trailers = data[start:end]
                if trailers not in self._ok_trailers:
                    self._judge(trailers)
                ended.append(stream)
        elif kind == WINDOW_UPDATE:
            if stream == 0:
                self._send_window += _U32.unpack_from(data, start)[0]
        elif kind == SETTINGS and not flags & ACK:
            self._out.append(frame(SETTINGS, ACK, 0, b""))
        elif kind == PING and not flags & ACK:
            self._out.append(frame(PING, ACK, 0, data[start:end]))
        elif kind == RST_STREAM:
            self._fail("reset")
            ended.append(stream)
        elif kind == GOAWAY:
            raise ConnectionError(f"the server went away: {data[start:end]!r}")

    def _consumed(self, count: int) -> None:
        self._received += count
        if self._received > _REFILL:
            self._out.append(frame(WINDOW_UPDATE, 0, 0, _U32.pack(self._received)))
            self._received = 0

    def _judge(self, trailers: bytes) -> None:
        """Decode trailers that are not known to be good ones."""
        found = dict(Decoder().decode(trailers))
        status = found.get("grpc-status", "missing")
        if status == "0":
            self._ok_trailers.add(trailers)
        else:
            self._fail(f"grpc-status {status}: {found.get('grpc-message', '')}")

    def _fail(self, why: str) -> None:
        self.failures[why] = self.failures.get(why, 0) + 1


def _literal(index: int, value: str) -> bytes:
    return _integer(index, 4) + _text(value)


def _named(name: str, value: str) -> bytes:
    return b"\x00" + _text(name) + _text(value)


def _text(value: str) -> bytes:
    data = value.encode()
    return _integer(len(data), 7) + data


def _integer(value: int, bits: int) -> bytes:
    limit = (1 << bits) - 1
    if value < limit:
        return bytes([value])
    out = bytearray([limit])
    value -= limit
    while value >= 128:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*out, value))
