"""The broker of several processes: what one says, all hear (L23).

Whoever listens here is woken at once; the others hear of it over a channel, many topics in a message. What gets lost on the
way is missed for seconds only: every feed looks now and then whatever it has heard. So a channel that fails is tried again
and again, and nothing is kept for it meanwhile. When it is heard again, everybody here looks at once.

A connection may be dead without saying so. Everybody hears himself, too; so each process says something now and then, and
one that has not heard even itself for a while listens anew.
"""

from __future__ import annotations

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import aclosing

import structlog

from server.ports.broker import Topic
from server.streams.local import LocalBroker

log = structlog.get_logger(__name__)

GATHER_SECONDS = 0.02
"""So long topics gather before they are sent, which is a fraction of what a feed waits anyway."""
WAITING_MAX = 10_000
"""Of more topics than this none is sent: a channel that is down must not cost memory."""
GREETING_SECONDS = 5.0
"""After so long without news there is a text without topics: whoever listens hears that he does."""
SILENCE_SECONDS = 15.0
"""Who has heard nothing for so long does not listen any more, whatever his connection says."""
_PAUSE_FIRST, _PAUSE_MAX = 0.25, 2.0


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
    def texts(self) -> AsyncGenerator[str, None]:
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
        pauses = _Pauses()
        while True:
            try:
                async with asyncio.timeout(GREETING_SECONDS):
                    await self._news.wait()
            except TimeoutError:
                pass
            else:
                await asyncio.sleep(GATHER_SECONDS)
            self._news.clear()
            topics, self._waiting = list(self._waiting), {}
            try:
                texts = list(_texts(self._name, topics, self._channel.message_bytes_max))
                for text in texts or [json.dumps([self._name, []])]:
                    await self._channel.send(text)
                pauses.begin_anew()
            except Exception as error:  # whatever it is, a channel must not end the server
                _tell("broker_cannot_send", error, topics=len(topics))
                await asyncio.sleep(pauses.next())

    async def _hear_all(self) -> None:
        pauses, has_missed = _Pauses(), False
        while True:
            try:
                async with aclosing(self._channel.texts()) as texts, asyncio.timeout(SILENCE_SECONDS) as silence:
                    async for text in texts:
                        silence.reschedule(asyncio.get_running_loop().time() + SILENCE_SECONDS)
                        pauses.begin_anew()
                        if has_missed:
                            has_missed = False
                            self.wake_all()
                        super().publish(_topics(text, self._name))
            except Exception as error:
                _tell("broker_cannot_hear", error)
            has_missed = True
            await asyncio.sleep(pauses.next())

    def wake_all(self) -> None:
        """Wake everybody here."""
        super().publish(tuple(self._listeners))


class _Pauses:
    """How long to wait before a channel is tried again: longer each time, until it has worked."""

    def __init__(self) -> None:
        self._seconds = _PAUSE_FIRST

    def begin_anew(self) -> None:
        self._seconds = _PAUSE_FIRST

    def next(self) -> float:
        seconds, self._seconds = self._seconds, min(2 * self._seconds, _PAUSE_MAX)
        return seconds


def _tell(event: str, error: Exception, **fields: object) -> None:
    """Log what went wrong; with all of it where it is not the channel's own way to say so."""
    is_known = isinstance(error, ChannelBroken | TimeoutError)
    log.warning(event, error=str(error) or "nothing was heard", exc_info=None if is_known else error, **fields)


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
