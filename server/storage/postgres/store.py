"""The store of many processes: a pool of connections, and transactions that run again when they conflict."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import asyncpg

from server.ports.errors import StoreConflict, StoreOverloaded, StoreUnavailable
from server.ports.store import Capability, Reading, Store, T, Transaction
from server.storage.copying import UNFINISHED
from server.storage.postgres.connection import CONFLICTS, UNREACHABLE, open_pool
from server.storage.postgres.doors import Doors
from server.storage.postgres.migrator import pending_migrations
from server.storage.postgres.orders import Orders
from server.storage.postgres.reading import PostgresReading
from server.storage.postgres.tables import is_unfinished_copy
from server.storage.postgres.transaction import PostgresTransaction

QUEUE_MAX = 20_000
ATTEMPTS = 8
FIRST_PAUSE_SECONDS = 0.004
"""Before the second attempt, on average; it doubles with each, and the dice keep two rivals from meeting again."""
CONNECTIONS = 10
STATEMENTS_CACHED = 256


class PostgresStore(Store):
    """A store in a PostgreSQL database. The schema must be up to date before it is opened."""

    capabilities = Capability.MANY_PROCESSES

    def __init__(self, pool: asyncpg.Pool[asyncpg.Record]) -> None:
        self._pool = pool
        self._doors = Doors()
        self._orders = Orders()
        self._running: set[asyncio.Task[Any]] = set()
        self._is_closing = False

    @classmethod
    async def open(
        cls, url: str, connections: int = CONNECTIONS, statements_cached: int = STATEMENTS_CACHED
    ) -> PostgresStore:
        """Open a database, `postgresql://user:password@host:port/database`.

        :raises StoreUnavailable: if it cannot be reached, its schema is not up to date, or a copy into it was not finished
        :raises MigrationsDiffer: if it was written by another version
        """
        pool = await open_pool(url, connections, statements_cached)
        async with AsyncExitStack() as held:
            held.push_async_callback(pool.close)
            async with pool.acquire() as connection:
                missing = await pending_migrations(connection)  # type: ignore[arg-type] # a proxy is as good
                unfinished = await is_unfinished_copy(connection)  # type: ignore[arg-type]
            if missing:
                raise StoreUnavailable("the schema of the database is not up to date; run `laurel migrate up`")
            if unfinished:
                raise StoreUnavailable(f"the database {UNFINISHED}")
            held.pop_all()
        return cls(pool)

    @property
    def waiting(self) -> int:
        """How many transactions run or wait for a connection."""
        return len(self._running)

    async def transact(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        if self._is_closing:
            raise StoreUnavailable("the store is closing")
        if len(self._running) >= QUEUE_MAX:
            raise StoreOverloaded(f"{QUEUE_MAX} transactions are waiting")
        task = asyncio.get_running_loop().create_task(self._until_it_fits(work))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def read(self, work: Callable[[Reading], Awaitable[T]]) -> T:
        with_snapshot = "begin isolation level repeatable read, read only"
        async with _translated(), self._pool.acquire() as connection, _transaction(connection, with_snapshot):
            return await work(PostgresReading(connection))

    async def installation_secret(self) -> bytes:
        async def work(tx: Transaction) -> bytes:
            assert isinstance(tx, PostgresTransaction)
            return await tx.installation_secret()

        return await self.transact(work)

    async def close(self) -> None:
        if self._is_closing:
            return
        self._is_closing = True
        if self._running:
            await asyncio.wait(self._running)
        await self._pool.close()

    async def _until_it_fits(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        pause = FIRST_PAUSE_SECONDS
        for _ in range(ATTEMPTS):
            try:
                return await self._attempt(work)
            except CONFLICTS as conflict:
                last = conflict
            await asyncio.sleep(random.uniform(0, 2 * pause))  # noqa: S311 - to come apart, not to hide
            pause *= 2
        raise StoreConflict(f"still in conflict after {ATTEMPTS} attempts: {last}") from last

    async def _attempt(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        async with _translated(), self._pool.acquire() as connection, AsyncExitStack() as held:
            tx = PostgresTransaction(connection, self._doors, self._orders, held)
            async with _transaction(connection, "begin"):
                answer = await work(tx)
            tx.committed()
            return answer


@asynccontextmanager
async def _transaction(connection: asyncpg.pool.PoolConnectionProxy[asyncpg.Record], begin: str) -> AsyncIterator[None]:
    await connection.execute(begin)
    try:
        yield
    except BaseException:
        if not connection.is_closed():
            await connection.execute("rollback")
        raise
    await connection.execute("commit")


@asynccontextmanager
async def _translated() -> AsyncIterator[None]:
    try:
        yield
    except CONFLICTS:
        raise
    except (asyncpg.PostgresError, *UNREACHABLE) as error:
        raise StoreUnavailable(f"PostgreSQL failed: {error}") from error
