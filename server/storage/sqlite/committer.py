"""Waiting for the disk in a thread: the one thing about SQLite that takes longer than a thread hop."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from queue import SimpleQueue


class Committer:
    """Commits the writer's transaction. An executor would do the same with three times the ceremony for each batch."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._asked: SimpleQueue[asyncio.Future[None] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="sqlite-commit", daemon=True)
        self._thread.start()

    async def commit(self) -> None:
        """Commit, and return when the transaction is on the disk.

        :raises sqlite3.Error: if it could not be written
        """
        done = self._loop.create_future()
        self._asked.put(done)
        await done

    def close(self) -> None:
        """End the thread. Nothing may be under way."""
        self._asked.put(None)
        self._thread.join()

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
