"""The broker of several processes: what one says, all hear (L23).

Whoever listens here is woken at once; the others hear of it over a channel, many topics in a message. What gets lost on the
way is missed for seconds only: every feed looks now and then whatever it has heard. So a channel that fails is tried again
and again, and nothing is kept for it meanwhile.
"""

from __future__ import annotations

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterable, Iterator

import structlog

from server.ports.broker import Topic
from server.streams.local import LocalBroker

log = structlog.get_logger(__name__)

GATHER_SECONDS = 0.02
"""So long topics gather before they are sent, which is a fraction of what a feed waits anyway."""
WAITING_MAX = 10_000
"""Of more topics than this none is sent: a channel that is down must not cost memory."""
_PAUSE_FIRST, _PAUSE_MAX = 0.25, 5.0


class ChannelBroken(Exception):
    """The channel does not work just now."""


class Channel(ABC):
    """Carries texts to all processes that listen, this one included."""

    message_bytes_max: int
    """What one text may have."""

    @abstractmethod
    async def send(self, text: str) -> None:
        """Send a text.

        :raises ChannelBroken: if it cannot be sent; it may have been, too
        """

    @abstractmethod
    def texts(self) -> AsyncIterator[str]:
        """Yield what anybody sends, from the moment at which it is listened to.

        :raises ChannelBroken: when it ends
        """

    @abstractmethod
    async def close(self) -> None:
        """Let go of it."""


class SharedBroker(LocalBroker):
    """A local broker that passes on what it is told, and hears what others pass on. `name` tells processes apart."""

    def __init__(self, channel: Channel, name: str, tasks: asyncio.TaskGroup) -> None:
        super().__init__()
        self._channel = channel
        self._name = name
        self._waiting: dict[Topic, None] = {}
        self._news = asyncio.Event()
        self._work = [tasks.create_task(self._send_all(), name="broker sends")]
        self._work.append(tasks.create_task(self._hear_all(), name="broker hears"))

    def publish(self, topics: Iterable[Topic]) -> None:
        """Wake who listens here, and let the others hear."""
        told = list(topics)
        super().publish(told)
        if len(self._waiting) < WAITING_MAX:
            self._waiting.update(dict.fromkeys(told))
            self._news.set()

    async def close(self) -> None:
        """Send and hear nothing more."""
        for one in self._work:
            one.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
        await self._channel.close()

    async def _send_all(self) -> None:
        pause = _PAUSE_FIRST
        while True:
            await self._news.wait()
            await asyncio.sleep(GATHER_SECONDS)
            self._news.clear()
            topics, self._waiting = list(self._waiting), {}
            try:
                for text in _texts(self._name, topics, self._channel.message_bytes_max):
                    await self._channel.send(text)
                pause = _PAUSE_FIRST
            except ChannelBroken as error:
                log.warning("broker_cannot_send", error=str(error), topics=len(topics))
                await asyncio.sleep(pause)
                pause = min(2 * pause, _PAUSE_MAX)

    async def _hear_all(self) -> None:
        pause = _PAUSE_FIRST
        while True:
            try:
                async for text in self._channel.texts():
                    pause = _PAUSE_FIRST
                    super().publish(_topics(text, self._name))
            except ChannelBroken as error:
                log.warning("broker_cannot_hear", error=str(error))
            await asyncio.sleep(pause)
            pause = min(2 * pause, _PAUSE_MAX)


def _texts(name: str, topics: Iterable[Topic], bytes_max: int) -> Iterator[str]:
    """Write topics as texts that fit."""
    some: list[str] = []
    size = overhead = len(json.dumps([name, []]))
    for topic in topics:
        length = len(json.dumps(topic)) + 2
        if some and size + length > bytes_max:
            yield json.dumps([name, some])
            some, size = [], overhead
        some.append(topic)
        size += length
    if some:
        yield json.dumps([name, some])


def _topics(text: str, own_name: str) -> list[Topic]:
    """Read the topics that another process has spoken of; what cannot be read says nothing."""
    try:
        name, topics = json.loads(text)
    except (ValueError, TypeError):
        return []
    if name == own_name or not isinstance(topics, list):
        return []
    return [Topic(topic) for topic in topics if isinstance(topic, str)]
