"""The embedded store, with group commit.

Transactions that wait together commit together: one BEGIN IMMEDIATE, a savepoint each, so that one failing does not fail
the rest, and one COMMIT with full durability, after which all of them are answered. Statements run on the event loop,
where they cost microseconds and a thread hop would cost more; only COMMIT, which waits for the disk, may go to a thread: when
the loop is busy, or the disk is slow. While it waits the next batch gathers, so the slower the disk, the larger the batches.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import structlog

from server.application.gathering import IMPATIENT, Gathering, Patience
from server.ports.errors import StoreOverloaded, StoreUnavailable
from server.ports.store import Reading, Store, T, Transaction
from server.storage.copying import UNFINISHED
from server.storage.sqlite.boards import CAPACITY, Boards
from server.storage.sqlite.checkpoints import Checkpoints
from server.storage.sqlite.committer import Committer
from server.storage.sqlite.connection import EPHEMERAL, FileLock, connect
from server.storage.sqlite.migrator import migrate, pending_migrations
from server.storage.sqlite.tables import is_unfinished_copy
from server.storage.sqlite.transaction import SqliteTransaction
from server.storage.sqlite.writing import WritingTransaction

log = structlog.get_logger(__name__)

QUEUE_MAX = 20_000
BATCH_MAX = 64


@dataclass(slots=True)
class _Job:
    work: Callable[[Transaction], Awaitable[Any]]
    done: asyncio.Future[Any]
    error: BaseException | None = None
    answer: Any = None


class SqliteStore(Store):
    """A store in one file. The schema must be up to date before it is opened."""

    def __init__(
        self,
        writer: sqlite3.Connection,
        reader: sqlite3.Connection,
        checkpoints: Checkpoints,
        held: ExitStack,
        on_commit: Callable[[int], None],
        remembered: int,
        patience: Patience,
    ) -> None:
        self._writer = writer
        self._reader = reader
        self._held = held
        self._on_commit = on_commit
        self._boards = Boards(remembered)
        self._writing = WritingTransaction(writer, self._boards)
        self._reading = SqliteTransaction(reader)
        self._read_turn = asyncio.Lock()
        self._waiting: deque[_Job] = deque()
        self._wake = asyncio.Event()
        self._gathering = Gathering(IMPATIENT)
        self._committer = Committer(writer, counts_queueing=patience.counts_queueing)
        self._checkpoints = checkpoints
        self._is_closing = False
        self._worker = asyncio.get_running_loop().create_task(self._write_batches(), name="sqlite-writer")

    @classmethod
    async def open(
        cls,
        database: str,
        on_commit: Callable[[int], None] = lambda _: None,
        remembered: int = CAPACITY,
        patience: Patience = IMPATIENT,
    ) -> SqliteStore:
        """Open a file, or `:memory:`. `on_commit` is told the size of each batch; `remembered` bounds the boards.

        `patience` is that of the door: it tells what counts as a busy loop.

        :raises StoreUnavailable: if another process has it, it cannot be read, or its schema is not up to date, or a copy
            into it was not finished
        """
        with ExitStack() as held:
            is_ephemeral = database == EPHEMERAL
            folder = held.enter_context(TemporaryDirectory(prefix="laurel-")) if is_ephemeral else ""
            file = Path(folder, "laurel.db") if is_ephemeral else Path(database)
            held.callback(FileLock(file).release)
            writer = connect(file, is_durable=not is_ephemeral)
            held.callback(writer.close)
            if is_ephemeral:
                migrate(writer)
            elif pending_migrations(writer):
                raise StoreUnavailable(f"the schema of {file} is not up to date; run `laurel migrate up`")
            elif is_unfinished_copy(writer):
                raise StoreUnavailable(f"{file} {UNFINISHED}")
            reader = connect(file, is_reader=True)
            held.callback(reader.close)
            beside = connect(file, is_durable=not is_ephemeral)
            held.callback(beside.close)
            return cls(writer, reader, Checkpoints(writer, beside), held.pop_all(), on_commit, remembered, patience)

    @property
    def waiting(self) -> int:
        """How many transactions wait for a batch."""
        return len(self._waiting)

    async def transact(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        if self._is_closing:
            raise StoreUnavailable("the store is closing")
        if len(self._waiting) >= QUEUE_MAX:
            raise StoreOverloaded(f"{QUEUE_MAX} transactions are waiting")
        job = _Job(work, asyncio.get_running_loop().create_future())
        self._waiting.append(job)
        self._wake.set()
        answer: T = await asyncio.shield(job.done)
        return answer

    async def read(self, work: Callable[[Reading], Awaitable[T]]) -> T:
        async with self._read_turn:
            try:
                self._reader.execute("begin")
                try:
                    return await work(self._reading)
                finally:
                    self._reader.execute("commit")
            except sqlite3.Error as error:
                raise StoreUnavailable(f"SQLite failed to read: {error}") from error

    async def installation_secret(self) -> bytes:
        return await self.transact(lambda _: self._writing.installation_secret())

    async def close(self) -> None:
        if self._is_closing:
            return
        self._is_closing = True
        self._wake.set()
        await self._worker
        self._committer.close()
        self._checkpoints.close()
        self._held.close()

    async def _write_batches(self) -> None:
        while self._waiting or not self._is_closing:
            if not self._waiting:
                self._wake.clear()
                await self._wake.wait()
                continue
            await self._gathering.wait(self._waiting.__len__, BATCH_MAX)
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), BATCH_MAX))]
            try:
                await self._write(batch)
            except Exception as error:  # whatever it was, the writer goes on with the next batch
                self._roll_back()
                log.exception("batch_failed", transactions=len(batch))
                for job in batch:
                    job.error = StoreUnavailable(f"SQLite failed to write: {error}")
            for job in batch:
                _answer(job)
            await self._checkpoints.look()

    async def _write(self, batch: list[_Job]) -> None:
        self._writer.execute("begin immediate")
        if len(batch) == 1:  # the transaction itself is its savepoint, which would copy every page that it touches
            await self._attempt(batch[0], "rollback")
        else:
            for job in batch:
                await self._run(job)
        if self._writer.in_transaction:
            await self._committer.commit()
        self._on_commit(len(batch))

    async def _run(self, job: _Job) -> None:
        """Run one job in a savepoint: when it fails, nothing of it stays, and the others of the batch go on."""
        self._writer.execute("savepoint job")
        await self._attempt(job, "rollback to job")
        self._writer.execute("release job")

    async def _attempt(self, job: _Job, undo: str) -> None:
        self._boards.begin()
        try:
            job.answer = await job.work(self._writing)
        except sqlite3.OperationalError:
            raise  # the disk, not the job: the whole batch fails
        except Exception as error:  # handed to the caller
            job.error = error
            self._writer.execute(undo)
            self._boards.roll_back()

    def _roll_back(self) -> None:
        self._boards.forget_all()
        if self._writer.in_transaction:
            self._writer.execute("rollback")


def _answer(job: _Job) -> None:
    if job.done.done():
        return
    if job.error is None:
        job.done.set_result(job.answer)
    else:
        job.done.set_exception(job.error)
