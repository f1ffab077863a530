"""Who loads next: walks take turns, a chunk each, so that small boards are ready first, without counting any of them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Hashable

import structlog

from server.application.rank_loading import Walk
from server.ports.errors import WorldError
from server.ports.rank_index import SegmentNotHeld

log = structlog.get_logger(__name__)

TURNS = 6
"""Of the loop, which calls have to themselves between two chunks. A call needs a dozen from its first byte to its answer;
would each wait for a chunk, a submission took a quarter of a second while a large board is loaded."""


class RankLoader:
    """Does walks in turn, in a task that lives as long as there are any. `walked`: those that have come to their end."""

    def __init__(self, tasks: asyncio.TaskGroup) -> None:
        self._tasks = tasks
        self._walks: deque[Walk] = deque()
        self._known: dict[Hashable, Walk] = {}
        self._failed: list[Walk] = []
        self.walked = 0
        self._is_running = False
        self._is_closed = False
        self._idle = asyncio.Event()
        self._idle.set()

    def add(self, walk: Walk) -> None:
        """Load something, unless it is being loaded."""
        known = self._known.get(walk.key)
        if self._is_closed or (known is not None and known.is_wanted):
            return
        self._known[walk.key] = walk
        self._walks.append(walk)
        if not self._is_running:
            self._is_running = True
            self._idle.clear()
            self._tasks.create_task(self._run(), name="rank-loading")

    def walk_of(self, key: Hashable) -> Walk | None:
        """Return the walk of this key that is under way, if any."""
        walk = self._known.get(key)
        return walk if walk is not None and walk.is_wanted else None

    def retry(self) -> None:
        """Begin again what has failed."""
        failed, self._failed = self._failed, []
        for walk in failed:
            self.add(walk)

    async def idle(self) -> None:
        """Wait until nothing is being loaded."""
        await self._idle.wait()

    def close(self) -> None:
        """Begin nothing more, and end after the chunk under way."""
        self._is_closed = True

    async def _run(self) -> None:
        try:
            while self._walks and not self._is_closed:
                walk = self._walks.popleft()
                if await self._is_done(walk):
                    self._forget(walk)
                else:
                    self._walks.append(walk)
                for _ in range(TURNS):
                    await asyncio.sleep(0)
        finally:
            self._is_running = False
            self._idle.set()

    def _forget(self, walk: Walk) -> None:
        if self._known.get(walk.key) is walk:  # and not another, of orders that were begun anew meanwhile
            del self._known[walk.key]

    async def _is_done(self, walk: Walk) -> bool:
        try:
            is_done = not walk.is_wanted or await walk.step()
            self.walked += is_done
        except (WorldError, SegmentNotHeld) as error:  # what keeps the order lost it, or somebody else took over
            log.warning("rank_loading_failed", of=str(walk.key), error=repr(error))
            self._failed.append(walk.again())
            is_done = True
        for follower in walk.followers():
            self.add(follower)
        return is_done
