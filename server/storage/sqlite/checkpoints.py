"""Writing the log back into the database: beside the writer, who only waits for the little that has come meanwhile.

Left to itself SQLite writes back within a commit once the log is long, and all calls wait for it: a millisecond or two where
few pages are written again and again, 60 on a large board (docs/PERFORMANCE.md). A second connection does the same while
commits go on; but the log starts anew only where all of it has been written back, also what they append meanwhile. So the
rest is done in a moment in which nobody commits.
"""

from __future__ import annotations

import asyncio
import sqlite3
from concurrent.futures import Future, ThreadPoolExecutor

import structlog

from server.storage.sqlite.connection import LOG_PAGES

log = structlog.get_logger(__name__)

_LATE = 4
"""So many times as long as it should be, and commits write the log back after all: the disk is too slow for the thread."""
_LEAST, _FIRST, _MOST = 1 / 8, 1 / 4, 2.0
"""Rows to a page: between which numbers the truth lies, and what is taken for it until a checkpoint has told. A log that was
once too long keeps its length."""


class Checkpoints:
    """Writes the log of the writer back. `connection` serves for nothing else.

    How long the log is nobody but a checkpoint tells. Between two of them the rows are counted that the writer has changed;
    how many make a page is learned each time.
    """

    def __init__(self, writer: sqlite3.Connection, connection: sqlite3.Connection, log_pages: int = LOG_PAGES) -> None:
        self._writer = writer
        self._connection = connection
        self._log_pages = log_pages
        self._rows_to_a_page = _FIRST
        self._began = writer.total_changes
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite-checkpoint")
        self._beside: Future[int] | None = None
        writer.execute(f"pragma wal_autocheckpoint = {_LATE * log_pages}")

    async def look(self) -> None:
        """Look at the log between two transactions: begin to write it back, or wait for the rest."""
        if self._beside is None:
            if self._writer.total_changes - self._began >= self._log_pages * self._rows_to_a_page:
                self._beside = self._thread.submit(_written_back, self._connection)
        elif self._beside.done():
            self._beside = None
            pages = await asyncio.get_running_loop().run_in_executor(self._thread, _written_back, self._writer)
            self._learn(pages)

    def close(self) -> None:
        """Wait for what runs beside. Nothing may be written any more."""
        self._thread.shutdown()

    def _learn(self, pages: int) -> None:
        rows = self._writer.total_changes - self._began
        self._began += rows
        if pages > 0:
            self._rows_to_a_page = min(max(rows / pages, _LEAST), _MOST)


def _written_back(connection: sqlite3.Connection) -> int:
    """Write back what nobody prevents, waiting for nobody; return how many pages the log has had, 0 where that failed.

    What fails is tried again after the next rows, and nothing is lost: the log keeps what is not in the database.
    """
    try:
        _, pages, _ = connection.execute("pragma wal_checkpoint(passive)").fetchone()
    except sqlite3.Error as error:
        log.warning("log_not_written_back", error=str(error))
        return 0
    return int(pages)
