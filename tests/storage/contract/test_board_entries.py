"""What every store must do for segments, entries and their order: the docstrings of server/ports/board_store.py, as tests."""

import asyncio

import pytest

from server.domain.ids import PlayerId
from server.domain.instants import NEVER
from server.domain.leaderboards.entry import PeriodId, SegmentId
from server.ports.board_store import (
    EntryKey,
    OrderCount,
    OrderPoint,
    RankedEntry,
    SegmentSize,
    SettlementPoint,
    StoredEntry,
)
from server.ports.store import Store, Transaction
from tests.builders import MONDAY, WEEK
from tests.storage.contract.boards import (
    ANN,
    BOARD,
    BOB,
    CID,
    EDGE,
    GOLD,
    IRON,
    OTHER,
    PERIOD,
    aggregate,
    entry,
    finish,
    keep,
    key_of,
    period,
    pin,
)


async def order(store: Store, segment: SegmentId = GOLD) -> str:
    return names(await store.read(lambda view: view.order_after(segment, None, None, 99)))


def names(entries: list[StoredEntry]) -> str:
    return " ".join(one.key.player_id for one in entries)


def point(player: str, score: int) -> OrderPoint:
    return OrderPoint(key_of(score), PlayerId(player))


# Segments


async def test_a_segment_is_known_once_somebody_stood_in_it(store: Store) -> None:
    elsewhere = SegmentId(PeriodId(BOARD, MONDAY + WEEK), "gold")
    for _ in range(2):
        await store.transact(lambda tx: tx.add_segments([IRON, GOLD]))
    known = await store.read(lambda view: view.known_segments([GOLD, elsewhere, IRON, GOLD]))
    assert known == {GOLD, IRON}
    assert await store.read(lambda view: view.segment_count(PERIOD)) == 2
    assert await store.read(lambda view: view.segment_count(elsewhere.period)) == 0


async def test_segments_are_walked_by_name_but_for_that_of_a_board_in_one(store: Store) -> None:
    walked = [SegmentId(PERIOD, name) for name in ("", "Zinc", "gold", "iron", "ü")]
    await store.transact(lambda tx: tx.add_segments([*reversed(walked), SegmentId(PeriodId(OTHER, MONDAY), "h")]))
    assert await store.read(lambda view: view.segments_of(PERIOD, "", 2)) == ["Zinc", "gold"]
    assert await store.read(lambda view: view.segments_of(PERIOD, "gold", 9)) == ["iron", "ü"]


async def test_b53_segments_are_listed_by_size_then_by_name_and_only_ranked_entries_count(store: Store) -> None:
    standing = [entry("a", 1, "iron"), entry("b", 2, "iron"), entry("c", 3, "gold"), entry("d", 4, "Zinc")]
    await keep(store, *standing, entry("e", None, "gold"), entry("f", None, "lead"))
    sizes = [SegmentSize("iron", 2), SegmentSize("Zinc", 1), SegmentSize("gold", 1)]
    assert await store.read(lambda view: view.segment_sizes(PERIOD, 9)) == sizes
    assert await store.read(lambda view: view.segment_sizes(PERIOD, 2)) == sizes[:2]


# Entries


async def test_b22_an_entry_is_read_as_it_was_written_at_the_edges_too(store: Store) -> None:
    edge = StoredEntry(EntryKey(PERIOD, PlayerId("Ä nn")), "", EDGE, 2**40, None, NEVER, is_bot=True, is_hidden=True)
    plain = entry("ann", 5)
    await keep(store, edge, plain)
    missing = EntryKey(PeriodId(BOARD, MONDAY + WEEK), ANN)
    found = await store.read(lambda view: view.entries_of([plain.key, missing, edge.key, plain.key]))
    assert found == [plain, None, edge, plain]


async def test_an_entry_that_is_written_again_is_changed_whole(store: Store) -> None:
    await keep(store, StoredEntry(EntryKey(PERIOD, ANN), "", EDGE, 1, None, NEVER, is_bot=True, is_hidden=True))
    changed = entry("ann", 7, "iron", version=2)
    await keep(store, changed)
    assert await store.read(lambda view: view.entries_of([changed.key])) == [changed]
    assert await order(store, IRON) == "ann"


async def test_what_a_transaction_wrote_it_reads_and_writes_again(store: Store) -> None:
    async def work(tx: Transaction) -> list[StoredEntry | None]:
        for version in (1, 2, 3):
            await tx.entries_of([EntryKey(PERIOD, ANN)])
            await tx.record_entries([entry("ann", version, version=version)])
        return await tx.entries_of([EntryKey(PERIOD, ANN)])

    assert await store.transact(work) == [entry("ann", 3, version=3)]


async def test_what_a_failed_transaction_wrote_is_forgotten(store: Store) -> None:
    await keep(store, entry("ann", 1))

    async def work(tx: Transaction) -> None:
        await tx.entries_of([EntryKey(PERIOD, ANN), EntryKey(PERIOD, BOB)])
        await tx.record_entries([entry("ann", 2, version=2), entry("bob", 2)])
        raise LookupError

    with pytest.raises(LookupError):
        await store.transact(work)
    keys = [EntryKey(PERIOD, ANN), EntryKey(PERIOD, BOB)]
    assert await store.transact(lambda tx: tx.entries_of(keys)) == [entry("ann", 1), None]


async def test_an_entry_that_is_removed_can_be_added_again(store: Store) -> None:
    await keep(store, entry("ann", 1), entry("bob", 2))
    key = EntryKey(PERIOD, ANN)

    async def work(tx: Transaction) -> None:
        await tx.entries_of([key])
        await tx.remove_entries([key, EntryKey(PERIOD, CID)])
        assert await tx.entries_of([key]) == [None]
        await tx.record_entries([entry("ann", 8, version=9)])

    await store.transact(work)
    assert await order(store) == "ann bob"


async def test_a_period_has_entries_once_somebody_has_one_hidden_or_not(store: Store) -> None:
    assert not await store.read(lambda view: view.has_entries(PERIOD))
    await keep(store, entry("ann", None))
    assert await store.read(lambda view: view.has_entries(PERIOD))
    assert not await store.read(lambda view: view.has_entries(PeriodId(OTHER, MONDAY)))


async def test_an_index_is_loaded_in_the_order_of_ids_hidden_entries_included(store: Store) -> None:
    await keep(store, entry("b", 2, version=7), entry("a", None), entry("Z", 1, "iron", is_bot=True))
    asked = [
        RankedEntry(PlayerId("Z"), "iron", 1, key_of(1), is_bot=True),
        RankedEntry(PlayerId("a"), "gold", 1, None, is_bot=False),
        RankedEntry(PlayerId("b"), "gold", 7, key_of(2), is_bot=False),
    ]
    assert await store.read(lambda view: view.ranked_entries(PERIOD, None, 2)) == asked[:2]
    assert await store.read(lambda view: view.ranked_entries(PERIOD, PlayerId("a"), 2)) == asked[2:]


# The order


async def tied(store: Store) -> None:
    """Ann leads, Bob and Cid share a rank, Dan is a bot; somebody hidden and somebody elsewhere do not count."""
    standing = [entry("cid", 5), entry("dan", 3, is_bot=True), entry("bob", 5), entry("ann", 9)]
    await keep(store, *standing, entry("eva", None), entry("fay", 7, "iron"))


async def test_b50_what_stands_before_a_bound_is_counted(store: Store) -> None:
    await tied(store)

    async def count(below: bytes | None, tie_length: int) -> OrderCount:
        return await store.read(lambda view: view.count_order(GOLD, below, tie_length))

    assert await count(None, 8) == OrderCount(4, 3, 1)
    assert await count(None, 0) == OrderCount(4, 0, 1)
    assert await count(None, 24) == OrderCount(4, 3, 1)
    assert await count(key_of(5), 8) == OrderCount(1, 1, 0)
    assert await count(key_of(5) + b"\0", 8) == OrderCount(3, 2, 0)
    assert await count(b"", 8) == OrderCount(0, 0, 0)


async def test_whether_an_order_is_longer_than_a_number_is_told(store: Store) -> None:
    await tied(store)
    for length, longer in ((0, True), (3, True), (4, False), (100, False)):
        assert await store.read(lambda view, than=length: view.has_more_ranked(GOLD, than)) is longer  # type: ignore[misc]


async def test_b52_an_order_is_read_from_behind_a_point_to_a_bound(store: Store) -> None:
    await tied(store)

    async def after(at: OrderPoint | None, below: bytes | None, limit: int = 9) -> str:
        return names(await store.read(lambda view: view.order_after(GOLD, at, below, limit)))

    assert await after(None, None) == "ann bob cid dan"
    assert await after(point("bob", 5), None, 1) == "cid"
    assert await after(point("cid", 5), None) == "dan"
    assert await after(point("ann", 9), key_of(3)) == "bob cid"
    assert await after(point("gone", 4), None) == "dan"
    assert await after(None, key_of(9)) == ""


async def test_b53_an_order_is_read_back_from_a_point(store: Store) -> None:
    await tied(store)

    async def before(at: OrderPoint, limit: int = 9) -> str:
        return names(await store.read(lambda view: view.order_before(GOLD, at, limit)))

    assert await before(point("dan", 3)) == "ann bob cid"
    assert await before(point("dan", 3), 2) == "bob cid"
    assert await before(point("cid", 5)) == "ann bob"
    assert await before(point("ann", 9)) == ""


async def test_b13_settlement_walks_all_segments_in_order_without_the_hidden(store: Store) -> None:
    await tied(store)
    walked, after = [], None
    while found := await store.read(lambda view, after=after: view.entries_to_settle(PERIOD, after, 2)):  # type: ignore[misc]
        walked += found
        last = walked[-1]
        assert last.order_key is not None
        after = SettlementPoint(last.segment, last.order_key, last.key.player_id)
    assert names(walked) == "ann bob cid dan fay"


async def test_entries_of_a_final_period_can_be_dropped_and_only_those(store: Store) -> None:
    later = PeriodId(BOARD, MONDAY + WEEK)
    await pin(store, period(), period(later.start))
    await keep(store, entry("ann", 1), entry("bob", None), entry("cid", 3), entry("ann", 1, in_period=later))
    await store.transact(lambda tx: tx.add_segments([GOLD, SegmentId(later, "gold")]))
    assert await store.transact(lambda tx: tx.drop_entries(PERIOD, 9)) == 0
    await finish(store, PERIOD)
    assert await store.transact(lambda tx: tx.drop_entries(later, 9)) == 0
    assert await store.transact(lambda tx: tx.drop_entries(PERIOD, 2)) == 2
    assert await store.read(lambda view: view.known_segments([GOLD])) == {GOLD}
    assert await store.transact(lambda tx: tx.drop_entries(PERIOD, 2)) == 1
    assert not await store.read(lambda view: view.has_entries(PERIOD))
    assert await store.read(lambda view: view.known_segments([GOLD, SegmentId(later, "gold")])) == {
        SegmentId(later, "gold")
    }
    assert await store.read(lambda view: view.has_entries(later))


async def test_an_aggregate_of_nothing_but_zeros_stays_without_a_change(store: Store) -> None:
    zeros = StoredEntry(EntryKey(PERIOD, ANN), "gold", aggregate(changed_at=None), 1, key_of(0), MONDAY)
    await keep(store, zeros)
    (found,) = await store.read(lambda view: view.entries_of([zeros.key]))
    assert found == zeros


async def test_many_at_once_lose_nothing(store: Store) -> None:
    """Each adds 1 to what it finds in three of ten entries: a lost update would be missing at the end."""

    async def add(tx: Transaction, number: int) -> None:
        keys = [EntryKey(PERIOD, PlayerId(f"p{(number * step) % 10}")) for step in (1, 3, 7)]
        keys = list(dict.fromkeys(keys))
        found = await tx.entries_of(keys)
        await asyncio.sleep(0)
        await tx.record_entries(
            [
                entry(key.player_id, (one.aggregate.score if one else 0) + 1, version=(one.version if one else 0) + 1)
                for key, one in zip(keys, found, strict=True)
            ]
        )

    await asyncio.gather(*(store.transact(lambda tx, number=number: add(tx, number)) for number in range(40)))  # type: ignore[misc]
    found = await store.read(lambda view: view.order_after(GOLD, None, None, 99))
    expected = sum(len({(number * step) % 10 for step in (1, 3, 7)}) for number in range(40))
    assert sum(one.aggregate.score for one in found) == sum(one.version for one in found) == expected
