"""Waiting for the disk, the one thing about SQLite that takes long: by the loop itself, or by a thread in its place."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from queue import SimpleQueue
from time import perf_counter, thread_time

from server.application.gathering import BUSY, Business

QUICK_SECONDS = 0.002
"""A commit that takes no longer is not worth a thread: among busy threads the way there and back takes as long, and at times
ten times as long."""
LEFT_MAX = 1024
"""So many commits at most are left to the thread before the loop looks again whether the disk has become quick."""


class Committer:
    """Commits the writer's transaction.

    A loop that has time waits itself, as long as the disk is quick. One that is busy leaves it to a thread and serves calls
    meanwhile. After a slow commit the thread gets the next one, and twice as many each time that the loop finds the disk slow
    again, half as many each time that it does not. Only the loop can tell: what a thread would measure is how long it waits
    for the interpreter.
    """

    def __init__(
        self, connection: sqlite3.Connection, quick_seconds: float = QUICK_SECONDS, *, counts_queueing: bool = False
    ) -> None:
        self._connection = connection
        self._quick_seconds = quick_seconds
        self._business = Business(counts_queueing=counts_queueing)
        self._waited = 0.0
        self._left = 0
        self._left_next = 1
        self._loop = asyncio.get_running_loop()
        self._asked: SimpleQueue[asyncio.Future[None] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="sqlite-commit", daemon=True)
        self._thread.start()

    async def commit(self) -> None:
        """Commit, and return when the transaction is on the disk.

        :raises sqlite3.Error: if it could not be written
        """
        if self._business.share(self._waited) <= BUSY and not self._left:
            self._commit_at_once()
            return
        self._left = max(self._left - 1, 0)
        done = self._loop.create_future()
        self._asked.put(done)
        await done

    def close(self) -> None:
        """End the thread. Nothing may be under way."""
        self._asked.put(None)
        self._thread.join()

    def _commit_at_once(self) -> None:
        began, worked = perf_counter(), thread_time()
        self._connection.execute("commit")
        took = perf_counter() - began
        self._waited += took - (thread_time() - worked)
        if took <= self._quick_seconds:
            self._left_next = max(self._left_next // 2, 1)
        else:
            self._left, self._left_next = self._left_next, min(self._left_next * 2, LEFT_MAX)

    def _run(self) -> None:
        while (done := self._asked.get()) is not None:
            error: sqlite3.Error | None = None
            try:
                self._connection.execute("commit")
            except sqlite3.Error as failure:
                error = failure
            self._loop.call_soon_threadsafe(_tell, done, error)


def _tell(done: asyncio.Future[None], error: sqlite3.Error | None) -> None:
    if done.done():
        return
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)
