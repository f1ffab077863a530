"""What the embedded store's writer remembers of entries is what the file says, whatever went wrong."""

from collections.abc import AsyncIterator

import pytest

from server.ports.store import Store, Transaction
from server.storage.sqlite.connection import EPHEMERAL
from server.storage.sqlite.entries import Entries
from server.storage.sqlite.store import SqliteStore
from tests.storage.contract.boards import PERIOD, entry, keep, period, pin


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    opened = await SqliteStore.open(EPHEMERAL)
    await pin(opened, period())
    yield opened
    await opened.close()


async def test_what_a_failed_transaction_wrote_is_not_remembered(store: Store) -> None:
    before, after = entry("ann", 5), entry("ann", 9, version=2)
    await keep(store, before)

    async def fail(tx: Transaction) -> None:
        await tx.entries_of([after.key])
        await tx.record_entries([after, entry("bob", 1)])
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await store.transact(fail)
    keys = [after.key, entry("bob", 1).key]
    assert await store.transact(lambda tx: tx.entries_of(keys)) == [before, None]


async def test_what_was_removed_is_not_remembered(store: Store) -> None:
    ann = entry("ann", 5)
    await keep(store, ann)
    await store.transact(lambda tx: tx.remove_entries([ann.key]))
    assert await store.transact(lambda tx: tx.entries_of([ann.key])) == [None]


async def test_what_was_dropped_with_its_period_is_not_remembered(store: Store) -> None:
    ann = entry("ann", 5)
    await keep(store, ann)
    await store.transact(lambda tx: tx.seal_period(PERIOD))
    await store.transact(lambda tx: tx.finalize_period(PERIOD, period().end, 1))
    assert await store.transact(lambda tx: tx.entries_of([ann.key])) == [ann]
    assert await store.transact(lambda tx: tx.drop_entries(PERIOD, 10)) == 1
    assert await store.transact(lambda tx: tx.entries_of([ann.key])) == [None]


def test_of_too_many_those_known_longest_are_forgotten_first() -> None:
    entries, memory = [entry(name, 1) for name in "abc"], Entries(2)
    memory.learn(entries)
    assert memory.known([one.key for one in entries]) == [None, *entries[1:]]
