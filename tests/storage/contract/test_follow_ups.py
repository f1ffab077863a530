"""What is still to be done for final periods, and deliveries that are due each on its own (B13, B81)."""

from datetime import datetime

from server.domain.ids import DefinitionHash, LeaderboardKey
from server.domain.leaderboards.entry import PeriodId
from server.domain.leaderboards.periods import Stage
from server.ports.board_store import StoredPeriod
from server.ports.module_store import Draft, Lane, Notice
from server.ports.store import Store, Transaction
from tests.builders import DAY, HOUR, MINUTE, MONDAY, SECOND

LEASE = MINUTE


def period(board: str, day: int = 0) -> PeriodId:
    return PeriodId(LeaderboardKey(board), MONDAY + day * DAY)


async def final(store: Store, one: PeriodId, due_at: datetime | None, progress: str = "{}") -> None:
    """A period that is final, with something still to be done."""

    async def work(tx: Transaction) -> None:
        end = one.start + DAY
        await tx.pin_period(StoredPeriod(one, end, one.start.date().isoformat(), DefinitionHash("hash"), end))
        await tx.seal_period(one)
        await tx.finalize_period(one, end, 7)
        await tx.record_follow_up(one, progress, due_at)

    await store.transact(work)


async def acquired(store: Store, now: datetime, wall: datetime = MONDAY, limit: int = 10) -> list[StoredPeriod]:
    return await store.transact(lambda tx: tx.acquire_final_periods("worker", now, wall, LEASE, limit))


async def test_a_final_period_is_due_when_its_follow_up_is(store: Store) -> None:
    await final(store, period("now"), MONDAY, '{"task": 1}')
    await final(store, period("later"), MONDAY + HOUR)
    await final(store, period("never"), None)
    (found,) = await acquired(store, MONDAY)
    assert (found.period, found.stage, found.progress, found.entries) == (period("now"), Stage.FINAL, '{"task": 1}', 7)
    assert [one.period for one in await acquired(store, MONDAY + HOUR)] == [period("later")]


async def test_nobody_else_gets_it_until_its_lease_is_over_or_given_back(store: Store) -> None:
    await final(store, period("board"), MONDAY)
    assert len(await acquired(store, MONDAY)) == 1
    assert await acquired(store, MONDAY) == []
    assert len(await acquired(store, MONDAY, MONDAY + LEASE)) == 1
    await store.transact(lambda tx: tx.release_period(period("board")))
    assert len(await acquired(store, MONDAY)) == 1
    await store.transact(lambda tx: tx.break_leases(MONDAY))
    assert len(await acquired(store, MONDAY)) == 1


async def test_those_due_longest_come_first_and_what_is_done_does_not_come_again(store: Store) -> None:
    for number in range(3):
        await final(store, period("board", number), MONDAY + number * HOUR)
    found = await acquired(store, MONDAY + DAY, limit=2)
    assert [one.period for one in found] == [period("board", 0), period("board", 1)]
    for one in found:
        await store.transact(lambda tx, one=one: tx.record_follow_up(one.period, "", None))  # type: ignore[misc]
    assert [one.period for one in await acquired(store, MONDAY + DAY, MONDAY + DAY)] == [period("board", 2)]


async def test_a_period_that_is_not_final_has_nothing_to_follow(store: Store) -> None:
    one = period("board")

    async def work(tx: Transaction) -> None:
        await tx.pin_period(StoredPeriod(one, one.start + DAY, "name", DefinitionHash("hash"), one.start + DAY))
        await tx.record_follow_up(one, "{}", MONDAY)

    await store.transact(work)
    assert await acquired(store, MONDAY + DAY) == []


async def test_sealing_again_changes_nothing(store: Store) -> None:
    one = period("board")
    await final(store, one, None)
    await store.transact(lambda tx: tx.seal_period(one))
    (found,) = await store.read(lambda view: view.stored_periods([one]))
    assert found is not None
    assert found.stage is Stage.FINAL


async def write(store: Store, *drafts: Draft, due_at: datetime = MONDAY) -> None:
    await store.transact(lambda tx: tx.add_notices(drafts, due_at))


def delivery(number: int, endpoint: str = "webhook:a") -> Draft:
    return Draft(endpoint, f"evt_{number}", "kind", "{}", MONDAY)


async def due(store: Store, wall: datetime = MONDAY, limit: int = 10, endpoint: str = "webhook:a") -> list[Notice]:
    return await store.transact(lambda tx: tx.acquire_due_notices(endpoint, wall, wall + LEASE, limit))


async def test_deliveries_are_due_each_on_its_own_and_leased(store: Store) -> None:
    await write(store, delivery(1), delivery(2), delivery(3), delivery(4, "webhook:b"))
    first = await due(store, limit=2)
    assert [one.lane for one in first] == [Lane("webhook:a", "evt_1"), Lane("webhook:a", "evt_2")]
    assert [one.lane.name for one in await due(store)] == ["evt_3"]
    assert await due(store) == []
    await store.transact(lambda tx: tx.remove_notices(first[:1]))
    await store.transact(lambda tx: tx.record_failure(first[1], MONDAY + HOUR, "answered 500"))
    assert [one.lane.name for one in await due(store, MONDAY + LEASE)] == ["evt_3"]
    (again,) = [one for one in await due(store, MONDAY + HOUR) if one.lane.name == "evt_2"]
    assert (again.attempts, again.failure) == (1, "answered 500")


async def test_modules_are_not_handed_what_is_for_endpoints(store: Store) -> None:
    await write(store, delivery(1), Draft("module", "lane", "kind", "{}", MONDAY))
    lanes = await store.transact(lambda tx: tx.acquire_due_lanes(MONDAY, MONDAY + LEASE, 10))
    assert lanes == [Lane("module", "lane")]
    assert await due(store, endpoint="nobody") == []


async def test_all_but_the_last_can_be_parked(store: Store) -> None:
    await write(store, *(delivery(number) for number in range(5)), delivery(9, "webhook:b"))
    assert await store.transact(lambda tx: tx.park_oldest_notices("webhook:a", 5, "too many")) == 0
    assert await store.transact(lambda tx: tx.park_oldest_notices("webhook:a", 2, "too many")) == 3
    parked = await store.read(lambda view: view.parked_notices(0, 10))
    assert [(one.lane.name, one.failure) for one in parked] == [(f"evt_{number}", "too many") for number in range(3)]
    assert await store.read(lambda view: view.notice_counts()) == (3, 3)
    assert [one.lane.name for one in await due(store, MONDAY + SECOND)] == ["evt_3", "evt_4"]
