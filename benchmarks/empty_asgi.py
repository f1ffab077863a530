"""The yardstick of the Envoy door: an ASGI application that answers a gRPC call with an empty message."""

from typing import Any

_START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"application/grpc")],
    "trailers": True,
}
_BODY = {"type": "http.response.body", "body": b"\0\0\0\0\0"}
_TRAILERS = {"type": "http.response.trailers", "headers": [(b"grpc-status", b"0")], "more_trailers": False}


async def app(_: Any, receive: Any, send: Any) -> None:
    """Read the request, and answer nothing."""
    while (await receive()).get("more_body"):
        continue
    await send(_START)
    await send(_BODY)
    await send(_TRAILERS)
