"""What every store must do for the bots of leaderboards: the docstrings of server/ports/board_bot_store.py, as tests."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from server.domain.bots.behavior import Anchor
from server.domain.bots.sightings import Lookout
from server.domain.ids import PlayerId
from server.domain.leaderboards.entry import PeriodId, SegmentId
from server.domain.players import Player
from server.ports.board_bot_store import NEVER_LOOKED, BotLease, StoredBots, StoredSighting
from server.ports.board_store import StoredEntry
from server.ports.store import Capability, Store, Transaction
from tests.builders import MONDAY, WEEK
from tests.storage.contract.boards import BOARD, GOLD, IRON, PERIOD, entry, keep, key_of

SECOND = timedelta(seconds=1)
LEADER, THIRD = Lookout(Anchor.LEADER), Lookout(Anchor.RANK, 3)
ELSEWHERE = SegmentId(PeriodId(BOARD, MONDAY + WEEK), "gold")


async def test_nothing_is_known_of_bots_that_nobody_has_looked_at(store: Store) -> None:
    assert await store.read(lambda view: view.bots_of(GOLD)) == StoredBots(GOLD, NEVER_LOOKED)


async def test_what_is_known_of_bots_stays_as_it_was_written(store: Store) -> None:
    known = StoredBots(GOLD, 77, 5, is_full=True, revision=2**40)

    async def work(tx: Transaction) -> StoredBots:
        held = await tx.hold_bots(GOLD)
        await tx.record_bots(known)
        return held

    assert await store.transact(work) == StoredBots(GOLD)
    assert await store.read(lambda view: view.bots_of(GOLD)) == known
    assert await store.transact(lambda tx: tx.hold_bots(GOLD)) == known
    assert await store.read(lambda view: view.bots_of(IRON)) == StoredBots(IRON)


async def test_l8_two_who_move_the_same_bots_take_turns(store: Store) -> None:
    async def move(tx: Transaction) -> None:
        held = await tx.hold_bots(GOLD)
        await asyncio.sleep(0)
        await tx.record_bots(StoredBots(GOLD, held.second + 1, held.bots + 1, revision=held.revision + 1))

    await asyncio.gather(*(store.transact(move) for _ in range(8)))
    assert await store.read(lambda view: view.bots_of(GOLD)) == StoredBots(GOLD, 7, 8, revision=8)


def came(one: StoredEntry, at: datetime) -> StoredEntry:
    return replace(one, aggregate=replace(one.aggregate, first_at=at))


async def test_l2_the_first_humans_are_told_in_order_and_bots_are_none(store: Store) -> None:
    at = [MONDAY + number * SECOND for number in (30, 10, 20, 5)]
    people = [came(entry(f"p{number}", number), one) for number, one in enumerate(at)]
    bot = came(entry("bot", 50, is_bot=True), MONDAY)
    hidden = came(entry("hidden", None, is_hidden=True), MONDAY)
    await keep(store, *people, bot, hidden, entry("other", 1, "iron"))
    assert await store.read(lambda view: view.first_humans(GOLD, 3)) == sorted(at)[:3]
    assert await store.read(lambda view: view.first_humans(GOLD, 99)) == sorted(at)
    assert await store.read(lambda view: view.first_humans(ELSEWHERE, 99)) == []


async def test_l4_the_human_at_a_place_is_found_among_bots(store: Store) -> None:
    await keep(store, *(entry(f"p{score}", score, is_bot=score % 2 == 1) for score in range(1, 9)))
    below = key_of(2)
    found = [await store.read(lambda view, at=place: view.human_at(GOLD, None, at)) for place in range(5)]  # type: ignore[misc]
    assert found == [key_of(8), key_of(6), key_of(4), key_of(2), None]
    assert await store.read(lambda view: view.human_at(GOLD, below, 3)) is None


async def test_l4_what_bots_saw_is_kept_in_order(store: Store) -> None:
    seen = [StoredSighting(LEADER, 5, 2**50), StoredSighting(THIRD, 5, -7), StoredSighting(LEADER, 9, 0)]
    await store.transact(lambda tx: tx.add_sightings(GOLD, [seen[2], seen[0], seen[1]]))
    await store.transact(lambda tx: tx.add_sightings(IRON, [StoredSighting(LEADER, 5, 1)]))
    assert await store.read(lambda view: view.sightings_of(GOLD, -1)) == seen
    assert await store.read(lambda view: view.sightings_of(GOLD, 5)) == seen[2:]


async def leased(store: Store, worker: str, at: datetime, *segments: SegmentId) -> dict[SegmentId, BotLease]:
    return dict(await store.transact(lambda tx: tx.lease_bots(segments, worker, at, at + 5 * SECOND)))


async def test_l8_one_worker_looks_after_the_bots_of_a_segment(store: Store) -> None:
    await store.transact(lambda tx: tx.hold_bots(GOLD))
    await store.transact(lambda tx: tx.hold_bots(IRON))
    assert await leased(store, "one", MONDAY, GOLD) == {GOLD: BotLease(is_held=True, second=-1)}
    assert await leased(store, "two", MONDAY + 4 * SECOND, GOLD, IRON, ELSEWHERE) == {
        GOLD: BotLease(is_held=False, second=-1),
        IRON: BotLease(is_held=True, second=-1),
    }
    assert await leased(store, "one", MONDAY + 4 * SECOND, GOLD) == {GOLD: BotLease(is_held=True, second=-1)}
    assert (await leased(store, "two", MONDAY + 9 * SECOND, GOLD))[GOLD].is_held


async def test_a_lease_and_what_is_known_of_bots_do_not_get_in_each_others_way(store: Store) -> None:
    await store.transact(lambda tx: tx.hold_bots(GOLD))
    await leased(store, "one", MONDAY, GOLD)
    await store.transact(lambda tx: tx.record_bots(StoredBots(GOLD, 12, 3)))
    assert await leased(store, "two", MONDAY, GOLD) == {GOLD: BotLease(is_held=False, second=12)}


async def test_the_only_process_breaks_leases_of_one_that_died(store: Store) -> None:
    await store.transact(lambda tx: tx.hold_bots(GOLD))
    await leased(store, "dead", MONDAY, GOLD)
    await store.transact(lambda tx: tx.break_leases(MONDAY))
    assert (await leased(store, "living", MONDAY, GOLD))[GOLD].is_held


async def test_b42_bots_begin_anew_and_their_revision_goes_on(store: Store) -> None:
    await store.transact(lambda tx: tx.hold_bots(GOLD))
    await store.transact(lambda tx: tx.record_bots(StoredBots(GOLD, 12, 3, is_full=True, revision=6)))
    await store.transact(lambda tx: tx.reset_bots(PERIOD))
    assert await store.read(lambda view: view.bots_of(GOLD)) == StoredBots(GOLD, revision=7)


async def test_what_is_kept_of_bots_goes_with_their_period_and_players_stay(store: Store) -> None:
    accounts = [Player(PlayerId(name), MONDAY, name.title()) for name in ("bot", "ann")]

    async def work(tx: Transaction) -> None:
        for one in accounts:
            await tx.add_player(one)
        await tx.hold_bots(GOLD)
        await tx.hold_bots(ELSEWHERE)
        await tx.add_sightings(GOLD, [StoredSighting(LEADER, 5, 1)])

    await keep(store, entry("bot", 5, is_bot=True), entry("ann", 4))
    await store.transact(work)
    await store.transact(lambda tx: tx.record_bots(StoredBots(ELSEWHERE, 1)))
    await store.transact(lambda tx: tx.drop_bots(PERIOD))
    found = await store.read(lambda view: view.accounts_of([one.player_id for one in accounts]))
    assert found == [None, accounts[1]]
    assert await store.read(lambda view: view.sightings_of(GOLD, -1)) == []
    assert await store.read(lambda view: view.bots_of(ELSEWHERE)) == StoredBots(ELSEWHERE, 1)


@pytest.mark.needs(Capability.MANY_PROCESSES)
async def test_l8_many_processes_never_hold_the_same_bots_at_once(store: Store) -> None:
    await store.transact(lambda tx: tx.hold_bots(GOLD))
    found = await asyncio.gather(*(leased(store, f"worker {number}", MONDAY, GOLD) for number in range(6)))
    assert sum(one[GOLD].is_held for one in found) == 1
