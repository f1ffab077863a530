"""The line between the process that was started and the Envoy that serves for it: a socket, a JSON object a line.

Down it come `reload` and `stop`; up it go `serving`, `refused` with the reason, and `stopped`. Its end means that the other
side is gone.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
from typing import Any

DESCRIPTOR = "LAUREL_CONTROL_DESCRIPTOR"
FLAGS = "LAUREL_CONTROL_FLAGS"


class Control:
    """One end of the line."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def over(cls, end: socket.socket) -> Control:
        """Speak over a connected socket."""
        return cls(*await asyncio.open_connection(sock=end))

    @classmethod
    async def inherited(cls) -> Control:
        """Speak to the process that started this one."""
        return await cls.over(socket.socket(fileno=int(os.environ[DESCRIPTOR])))

    def say(self, event: str, **fields: Any) -> None:
        """Send a line."""
        self._writer.write(json.dumps({"event": event, **fields}).encode() + b"\n")

    async def hear(self) -> dict[str, Any] | None:
        """Return the next line, or None when the other side is gone."""
        try:
            line = await self._reader.readline()
        except ConnectionError:
            return None
        heard: dict[str, Any] | None = json.loads(line) if line else None
        return heard

    def close(self) -> None:
        """Hang up."""
        self._writer.close()
