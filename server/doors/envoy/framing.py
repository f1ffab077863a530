"""gRPC over HTTP/2, as far as unary calls need it: frames, deadlines, and how an error is written into headers."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterable, AsyncIterator
from struct import Struct
from urllib.parse import quote

from server.api.errors import MalformedMessage, MessageTooLarge
from server.api.status import Failure

_PREFIX = Struct(">BI")
_UNITS = {b"H": 3600.0, b"M": 60.0, b"S": 1.0, b"m": 1e-3, b"u": 1e-6, b"n": 1e-9}
_DIGITS_MAX = 8
_UNESCAPED = "".join(map(chr, range(0x20, 0x7F))).replace("%", "")

Headers = list[tuple[bytes, bytes]]
GRPC = (b"content-type", b"application/grpc")
OK_TRAILERS: Headers = [(b"grpc-status", b"0")]


def message_in(body: bytes, bytes_max: int) -> bytes:
    """Return the one message of a request's body.

    :raises MessageTooLarge: if its prefix announces more than we take
    :raises MalformedMessage: if it is torn, compressed, or not alone
    """
    if len(body) < _PREFIX.size:
        raise MalformedMessage
    is_compressed, length = _PREFIX.unpack_from(body)
    if length > bytes_max:
        raise MessageTooLarge(bytes_max=bytes_max)
    if is_compressed or len(body) != _PREFIX.size + length:
        raise MalformedMessage
    return body[_PREFIX.size :]


async def messages_in(chunks: AsyncIterable[bytes], bytes_max: int) -> AsyncIterator[bytes]:
    """Yield the messages of a stream, however its bytes were cut.

    :raises MessageTooLarge, MalformedMessage: as for one message; a stream must not end within one
    """
    held = b""
    async for chunk in chunks:
        held += chunk
        while len(held) >= _PREFIX.size:
            end = _PREFIX.size + int(_PREFIX.unpack_from(held)[1])
            if end - _PREFIX.size <= bytes_max and len(held) < end:
                break
            yield message_in(held[:end], bytes_max)
            held = held[end:]
    if held:
        raise MalformedMessage


def framed(message: bytes) -> bytes:
    """Return a message with its prefix."""
    return _PREFIX.pack(0, len(message)) + message


def seconds_of(timeout: bytes | None) -> float | None:
    """Return the seconds of a grpc-timeout header, or None where there is none that can be read."""
    if timeout is None:
        return None
    digits, unit = timeout[:-1], _UNITS.get(timeout[-1:])
    if unit is None or not digits.isdigit() or len(digits) > _DIGITS_MAX:
        return None
    return int(digits) * unit


def error_headers(failure: Failure) -> Headers:
    """Return an error as headers: status, message and details."""
    details = base64.b64encode(failure.details).rstrip(b"=")
    return [
        (b"grpc-status", str(failure.code.value).encode()),
        (b"grpc-message", quote(failure.message, safe=_UNESCAPED).encode()),
        (b"grpc-status-details-bin", details),
    ]
