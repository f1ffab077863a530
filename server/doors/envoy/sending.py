"""Sending to clients who may be slow: Envoy keeps what they have not taken, and lets `send` wait once that is enough.

How much is enough Envoy counts in bytes, but keeps each body in pages of 4 KiB: a message of 600 bytes that waits costs seven
times what it counts. Bodies below 512 bytes are copied behind one another instead, so what is a little larger is sent in
pieces of that size. Messages near a page or above cost what they count, nearly, and are sent whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

COPIED_MAX = 511
"""So large a body is copied behind the one before it."""
WHOLE_MIN = 2048
"""From so many bytes on, pages are at least half full."""


def in_pieces(send: Send) -> Send:
    """Return a `send` that costs Envoy about as much as it counts, for each body that is not the last."""

    async def send_in_pieces(event: MutableMapping[str, Any]) -> None:
        body: bytes = event.get("body", b"")
        if not event.get("more_body") or not COPIED_MAX < len(body) < WHOLE_MIN:
            await send(event)
            return
        pieces = (body[start : start + COPIED_MAX] for start in range(0, len(body), COPIED_MAX))
        await asyncio.gather(
            *[send({**event, "body": piece}) for piece in pieces]
        )  # begun in order, and taken up together

    return send_in_pieces
