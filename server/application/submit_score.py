"""A player reports a score (E30 to E36).

The hot path. Submissions that wait together are loaded, decided and written together, in one transaction: a queue gathers
them while the transaction before them commits. One that is refused is an answer like any other and harms no neighbour.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from server.application.gathering import Gathering
from server.application.submission_batch import SubmissionBatch, SubmitRequest, Submitted
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.errors import StoreOverloaded
from server.ports.store import Store, Transaction

BATCH_MAX = 64
QUEUE_MAX = 20_000


@dataclass(slots=True)
class _Waiting:
    request: SubmitRequest
    now: datetime
    done: asyncio.Future[Submitted]


class SubmitScore:
    """Apply a score to the player's cohort and tell where he stands."""

    def __init__(self, store: Store, catalog: Catalog, clock: Clock, tasks: asyncio.TaskGroup) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock
        self._tasks = tasks
        self._waiting: deque[_Waiting] = deque()
        self._gathering = Gathering()
        self._is_writing = False

    @property
    def waiting(self) -> int:
        """How many submissions wait for a batch."""
        return len(self._waiting)

    async def __call__(self, request: SubmitRequest) -> Submitted:
        """Submit. The time of the call counts, however long it waits (E30).

        :raises EventNotFound: if there is no such event
        :raises DomainError: the first refusal of E30 that applies
        :raises RequestIdReused: if the request_id stood for another submission
        :raises StoreOverloaded: if too many submissions are waiting
        """
        self._catalog.timeline_of(request.event_id)
        if len(self._waiting) >= QUEUE_MAX:
            raise StoreOverloaded(f"{QUEUE_MAX} submissions are waiting")
        waiting = _Waiting(request, self._clock.now(), asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if not self._is_writing:
            self._is_writing = True
            self._tasks.create_task(self._write_all())
        return await waiting.done

    async def _write_all(self) -> None:
        """Write batch after batch until nobody waits."""
        try:
            while self._waiting:
                await self._gathering.wait(self._waiting, BATCH_MAX)
                batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), BATCH_MAX))]
                _tell(batch, await self._written(batch))
        finally:
            self._is_writing = False

    async def _written(self, batch: Sequence[_Waiting]) -> Sequence[Submitted | Exception]:
        wall = self._clock.wall()

        async def work(tx: Transaction) -> list[Submitted | Exception]:
            pieces = SubmissionBatch(tx, self._catalog, wall)
            return await pieces.apply([(waiting.request, waiting.now) for waiting in batch])

        try:
            return await self._store.transact(work)
        except Exception as error:  # told to every caller of the batch
            return [error] * len(batch)


def _tell(batch: Sequence[_Waiting], answers: Sequence[Any]) -> None:
    for waiting, answer in zip(batch, answers, strict=True):
        if waiting.done.done():
            continue
        if isinstance(answer, Exception):
            waiting.done.set_exception(answer)
        else:
            waiting.done.set_result(answer)
