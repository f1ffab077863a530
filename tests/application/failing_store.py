"""A store whose process dies, as far as anybody can tell, at some transaction: before it, within it, or right behind it."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from enum import Enum

from server.ports.store import Reading, Store, T, Transaction


class Moment(Enum):
    """When it dies."""

    BEFORE = "before"
    WITHIN = "within"
    BEHIND = "behind"
    """The commit has happened, but nobody was told."""


class Died(BaseException):
    """The process is gone: nothing catches this."""


class FailingStore(Store):
    """Another store, until the transaction of this number."""

    def __init__(self, store: Store, dies_at: int, moment: Moment) -> None:
        self._store = store
        self._left = dies_at
        self._moment = moment
        self.capabilities = store.capabilities

    @property
    def waiting(self) -> int:
        return self._store.waiting

    async def transact(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        self._left -= 1
        if self._left > 0:
            return await self._store.transact(work)
        if self._moment is Moment.BEFORE:
            raise Died

        async def dies(tx: Transaction) -> T:
            answer = await work(tx)
            if self._moment is Moment.WITHIN:
                raise _RollBack
            return answer

        with suppress(_RollBack):
            await self._store.transact(dies)
        raise Died

    async def read(self, work: Callable[[Reading], Awaitable[T]]) -> T:
        return await self._store.read(work)

    async def installation_secret(self) -> bytes:
        return await self._store.installation_secret()

    async def close(self) -> None:
        await self._store.close()


class _RollBack(Exception):
    """Undoes the transaction."""
