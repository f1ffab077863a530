"""The feeds that are open: one for each board that somebody watches in this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import contextmanager

from server.application.live.feed import TRY_AGAIN_AFTER, Feed
from server.application.live.frames import Closed, Frame, Reason
from server.application.live.sources import Source
from server.application.live.watcher import NOTHING_SEEN, Watcher
from server.domain.live.rows import Revision
from server.ports.broker import Broker, Topic
from server.ports.clock import Clock

PACE_SECONDS = 0.25
"""Four looks a second at most (L22)."""


class Feeds:
    """Opens a feed with its first watcher, and lets go of it with its last."""

    def __init__(
        self, broker: Broker, clock: Clock, tasks: asyncio.TaskGroup, pace_seconds: float = PACE_SECONDS
    ) -> None:
        self._broker = broker
        self._clock = clock
        self._tasks = tasks
        self._pace = pace_seconds
        self._open: dict[Topic, Feed] = {}
        self._is_draining = False
        self.caught_up = 0
        """How often somebody was behind, and got a whole picture instead of what he missed (L21)."""

    @property
    def open(self) -> int:
        """How many boards are watched."""
        return len(self._open)

    @property
    def watchers(self) -> int:
        """How many watch, over all boards."""
        return sum(feed.watchers for feed in self._open.values())

    @contextmanager
    def watching(
        self,
        topic: Topic,
        source: Callable[[], Source],
        watcher: Watcher,
        seen: Revision | None,
        also: Sequence[Topic] = (),
    ) -> Iterator[AsyncGenerator[Frame, None]]:
        """Watch a board for as long as the block runs. `source` makes what a new feed looks at.

        `topic` is the board's own, `also` is what else is spoken of when it changes.
        """
        feed = self._open.get(topic) or self._opened(topic, source(), also)
        feed.join(watcher, seen)
        if self._is_draining:
            watcher.offer(_DRAINING)
        try:
            yield feed.frames(watcher)
        finally:
            feed.leave(watcher)

    def drain(self) -> None:
        """End all streams, and those that are still opened; watchers are told when to come back."""
        self._is_draining = True
        for feed in self._open.values():
            feed.close(_DRAINING)

    def _count_behind(self) -> None:
        self.caught_up += 1

    def _opened(self, topic: Topic, source: Source, also: Sequence[Topic]) -> Feed:
        def forget() -> None:
            for stop in stops:
                stop()
            if self._open.get(topic) is feed:
                del self._open[topic]

        feed = Feed(source, self._clock, self._pace, forget, self._count_behind)
        stops = [self._broker.listen(one, feed.wake) for one in (topic, *also)]
        self._open[topic] = feed
        self._tasks.create_task(feed.run(), name=f"feed {topic}")
        return feed


_DRAINING = Closed(NOTHING_SEEN, Reason.DRAINING, TRY_AGAIN_AFTER)
