"""What every store must do for players' properties: the docstrings of server/ports/player_store.py, as tests (B23)."""

import asyncio

from server.domain.ids import PlayerId
from server.domain.player_properties import PropertyValue
from server.ports.player_store import PropertyKey
from server.ports.store import Store, Transaction
from tests.storage.contract.conftest import Opener

ANN, BOB = PlayerId("ann"), PlayerId("bob")


async def record(store: Store, player_id: PlayerId, **changes: PropertyValue | None) -> None:
    await store.transact(lambda tx: tx.record_properties(player_id, changes))


async def properties(store: Store, player_id: PlayerId) -> dict[str, PropertyValue]:
    return await store.read(lambda view: view.properties_of(player_id))


async def test_b23_properties_are_what_was_written_last_and_what_is_removed_is_gone(store: Store) -> None:
    await record(store, ANN, league="gold", level=7, share=0.1, vip=False, gone="x")
    await record(store, BOB, league="iron")
    await record(store, ANN, league="Ü-💎", gone=None, never=None)
    found = await properties(store, ANN)
    assert found == {"league": "Ü-💎", "level": 7, "share": 0.1, "vip": False}
    assert list(found) == sorted(found)
    assert found["vip"] is False
    assert await properties(store, PlayerId("nobody")) == {}


async def test_b23_many_players_are_asked_about_at_once_in_the_order_asked(store: Store) -> None:
    await record(store, ANN, league="gold", vip=False)
    await record(store, BOB, league="iron")
    keys = [PropertyKey(BOB, "league"), PropertyKey(ANN, "none"), PropertyKey(ANN, "vip"), PropertyKey(ANN, "league")]
    assert await store.read(lambda view: view.property_values_of(keys)) == ["iron", None, False, "gold"]
    assert await store.transact(lambda tx: tx.property_values_of(keys)) == ["iron", None, False, "gold"]
    assert await store.read(lambda view: view.property_values_of([])) == []


async def test_b23_what_a_transaction_has_read_nobody_else_changes_until_its_end(store: Store) -> None:
    async def count(tx: Transaction) -> None:
        before = (await tx.properties_of(ANN)).get("visits", 0)
        await asyncio.sleep(0)
        await tx.record_properties(ANN, {"visits": int(before) + 1})

    await asyncio.gather(*(store.transact(count) for _ in range(20)))
    assert await properties(store, ANN) == {"visits": 20}


async def test_b23_properties_survive_the_store(opener: Opener) -> None:
    first = await opener()
    await record(first, ANN, league="gold")
    await first.close()
    again = await opener()
    assert await properties(again, ANN) == {"league": "gold"}
    await again.close()
