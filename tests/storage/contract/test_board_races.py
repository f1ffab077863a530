"""What contributions, seals and workers may do to one another when they meet (B12, B13, B23)."""

import asyncio
from dataclasses import replace

import pytest

from server.domain.ids import DefinitionHash, LeaderboardKey, PlayerId
from server.domain.leaderboards.entry import PeriodId, SegmentId
from server.domain.leaderboards.periods import Stage
from server.ports.board_store import EntryKey, StoredPeriod
from server.ports.store import Capability, Store, Transaction
from tests.builders import MINUTE, MONDAY, WEEK
from tests.storage.contract.boards import ANN, PERIOD, aggregate, entry, game_event, period, pin

ANNS = EntryKey(PERIOD, ANN)
DEADLINE = 10
"""Seconds after which whoever waits for another waits for ever."""


async def is_open(tx: Transaction) -> bool:
    (found,) = await tx.stored_periods([PERIOD])
    return found is not None and found.stage is Stage.OPEN


async def add_one(tx: Transaction, key: EntryKey) -> None:
    """Add 1 to the score of an entry, or add the entry."""
    (found,) = await tx.entries_of([key])
    one = found or entry(key.player_id, 0, version=0)
    await tx.record_entries([replace(one, aggregate=aggregate(one.aggregate.score + 1), version=one.version + 1)])


async def total_of(tx: Transaction) -> int:
    return sum(one.aggregate.score for one in await tx.entries_to_settle(PERIOD, None, 1000))


async def test_b13_a_contribution_is_on_exactly_one_side_of_the_seal(store: Store) -> None:
    await pin(store, period())

    async def contribute(tx: Transaction, number: int) -> bool:
        if not await is_open(tx):
            return False
        await add_one(tx, EntryKey(PERIOD, PlayerId(f"p{number % 7}")))
        return True

    async def settle() -> int:
        await store.transact(lambda tx: tx.seal_period(PERIOD))
        return await store.transact(total_of)

    contributing = [
        asyncio.ensure_future(store.transact(lambda tx, number=number: contribute(tx, number)))  # type: ignore[misc]
        for number in range(60)
    ]
    await contributing[5]
    settled = await settle()
    applied = sum(await asyncio.gather(*contributing))
    assert 0 < applied == settled == await store.transact(total_of)


@pytest.mark.needs(Capability.MANY_PROCESSES)
@pytest.mark.parametrize("verb", ["seal_period", "hold_period"])
async def test_b13_who_wants_a_period_alone_waits_for_contributions_on_their_way(store: Store, verb: str) -> None:
    await pin(store, period())
    begun, sealing = asyncio.Event(), asyncio.Event()
    order: list[str] = []

    async def contribute(tx: Transaction) -> None:
        assert await is_open(tx)
        begun.set()
        await sealing.wait()
        for _ in range(5):  # trips to the database, during which the seal would be done if it did not wait
            await add_one(tx, ANNS)
        order.append("contributed")

    async def settle(tx: Transaction) -> int:
        sealing.set()
        await getattr(tx, verb)(PERIOD)
        order.append("alone")
        return await total_of(tx)

    async def settle_meanwhile() -> int:
        await begun.wait()
        return await store.transact(settle)

    async with asyncio.timeout(DEADLINE):
        _, settled = await asyncio.gather(store.transact(contribute), settle_meanwhile())
    assert (order, settled) == (["contributed", "alone"], 5)


@pytest.mark.needs(Capability.MANY_PROCESSES)
async def test_contributions_to_one_period_do_not_wait_for_one_another(store: Store) -> None:
    await pin(store, period())
    both = asyncio.Barrier(2)

    async def contribute(tx: Transaction, player: str) -> None:
        assert await is_open(tx)
        await add_one(tx, EntryKey(PERIOD, PlayerId(player)))
        await both.wait()

    async with asyncio.timeout(DEADLINE):
        await asyncio.gather(*(store.transact(lambda tx, one=one: contribute(tx, one)) for one in ("ann", "bob")))  # type: ignore[misc]


@pytest.mark.needs(Capability.MANY_PROCESSES)
async def test_of_two_who_add_the_same_entry_one_runs_again_and_both_count(store: Store) -> None:
    both, attempts = asyncio.Barrier(2), 0

    async def add(tx: Transaction) -> None:
        nonlocal attempts
        attempts += 1
        (found,) = await tx.entries_of([ANNS])
        if attempts <= 2:
            await both.wait()
        score = 1 if found is None else found.aggregate.score + 1
        await tx.record_entries([entry("ann", score, version=score)])

    async with asyncio.timeout(DEADLINE):
        await asyncio.gather(store.transact(add), store.transact(add))
    assert attempts == 3
    assert await store.read(lambda view: view.entries_of([ANNS])) == [entry("ann", 2, version=2)]


async def test_batches_that_share_players_in_any_order_neither_block_nor_lose(store: Store) -> None:
    """Half of them name the players forwards, half backwards; some are there already, some are new."""
    keys = [EntryKey(PERIOD, PlayerId(f"p{number:02}")) for number in range(30)]

    async def add_to_all(tx: Transaction, wanted: list[EntryKey]) -> None:
        found = await tx.entries_of(wanted)
        scores = [1 if one is None else one.aggregate.score + 1 for one in found]
        await tx.record_entries(
            [entry(key.player_id, score, version=score) for key, score in zip(wanted, scores, strict=True)]
        )

    async with asyncio.timeout(6 * DEADLINE):
        await store.transact(lambda tx: add_to_all(tx, keys[::3]))
        batches = [keys if number % 2 else keys[::-1] for number in range(16)]
        await asyncio.gather(*(store.transact(lambda tx, batch=batch: add_to_all(tx, batch)) for batch in batches))  # type: ignore[misc]
    assert await store.transact(total_of) == 16 * 30 + 10


async def test_b23_a_period_never_has_more_segments_than_it_may(store: Store) -> None:
    limit = 3

    async def stand_in(tx: Transaction, name: str) -> bool:
        wanted = SegmentId(PERIOD, name)
        if wanted in await tx.known_segments([wanted]):
            return True
        if await tx.segment_count(PERIOD) >= limit:
            return False
        await tx.add_segments([wanted])
        return True

    names = [f"s{number % 9}" for number in range(27)]
    admitted = await asyncio.gather(*(store.transact(lambda tx, name=name: stand_in(tx, name)) for name in names))  # type: ignore[misc]
    assert await store.read(lambda view: view.segment_count(PERIOD)) == limit
    assert len({name for name, is_in in zip(names, admitted, strict=True) if is_in}) == limit


@pytest.mark.needs(Capability.MANY_PROCESSES)
async def test_b23_who_has_waited_to_count_knows_the_segments_that_were_added_meanwhile(store: Store) -> None:
    both, wanted = asyncio.Barrier(2), SegmentId(PERIOD, "new")

    async def stand_in(tx: Transaction) -> bool:
        assert await tx.known_segments([wanted]) == set()
        await both.wait()
        await tx.segment_count(PERIOD)
        if await tx.known_segments([wanted]):
            return False
        await tx.add_segments([wanted])
        return True

    async with asyncio.timeout(DEADLINE):
        assert sorted(await asyncio.gather(store.transact(stand_in), store.transact(stand_in))) == [False, True]


async def test_b13_no_two_workers_settle_one_period(store: Store) -> None:
    boards = [LeaderboardKey(f"b{number}") for number in range(12)]
    await pin(store, *(period(MONDAY + week * WEEK, board) for board in boards for week in range(2)))

    async def acquire(worker: int) -> list[StoredPeriod]:
        return await store.transact(
            lambda tx: tx.acquire_due_periods(f"w{worker}", MONDAY + 9 * WEEK, MONDAY, MINUTE, 3)
        )

    taken = [one.period for found in await asyncio.gather(*map(acquire, range(8))) for one in found]
    assert len(taken) == len(set(taken))
    assert {one.start for one in taken} == {MONDAY}
    taken += [one.period for found in await asyncio.gather(*map(acquire, range(8))) for one in found]
    assert sorted(taken) == [PeriodId(board, MONDAY) for board in sorted(boards)]


async def test_b3_of_many_who_pin_a_period_together_all_but_one_get_what_he_wrote(store: Store) -> None:
    async def pin_as(tx: Transaction, number: int) -> StoredPeriod:
        own = period(definition_hash=DefinitionHash(str(number)))
        return await tx.pin_period(own) or own

    pinned = await asyncio.gather(*(store.transact(lambda tx, one=one: pin_as(tx, one)) for one in range(9)))  # type: ignore[misc]
    assert len(set(pinned)) == 1
    assert (await store.read(lambda view: view.bulletin())).catalog_revision == 1


async def test_b40_of_two_who_report_the_same_game_event_one_finds_it(store: Store) -> None:
    one = game_event("e1")

    async def report(tx: Transaction) -> bool:
        if (await tx.game_events([one.key]))[0] is not None:
            return False
        await tx.add_game_events([one])
        return True

    assert sorted(await asyncio.gather(*(store.transact(report) for _ in range(6)))) == [False] * 5 + [True]
