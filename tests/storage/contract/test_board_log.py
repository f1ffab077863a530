"""What every store must do for the log, game events and snapshots: the docstrings of server/ports/board_store.py, as tests."""

from datetime import timedelta

from server.domain.ids import LeaderboardKey, PlayerId
from server.domain.instants import BEGINNING, NEVER
from server.domain.leaderboards.entry import PeriodId, SegmentId
from server.ports.board_store import SegmentSize
from server.ports.contribution_store import GameEventKey
from server.ports.store import Store, Transaction
from tests.builders import DAY, HOUR, MINUTE, MONDAY, SECOND
from tests.storage.contract.boards import (
    ANN,
    CID,
    EDGE,
    GOLD,
    IRON,
    OTHER,
    PERIOD,
    game_event,
    logged,
    place,
)
from tests.storage.contract.conftest import Opener

# The log


async def test_b42_the_log_is_read_as_it_was_written_of_one_period_or_of_all(store: Store) -> None:
    elsewhere = PeriodId(OTHER, BEGINNING)
    one = logged("ann", metadata="{}", at=BEGINNING, arrived_at=NEVER)
    two = logged("bob")
    three = logged("ann", "c2", elsewhere)
    await store.transact(lambda tx: tx.log_contributions([one, three]))
    await store.transact(lambda tx: tx.log_contributions([two]))
    everything = await store.read(lambda view: view.contributions_after(0, 9))
    numbers = [row.number for row in everything]
    assert numbers == sorted(set(numbers))
    assert [(row.entry, row.contribution_id, row.at, row.arrived_at, row.metadata) for row in everything] == [
        (row.entry, row.contribution_id, row.at, row.arrived_at, row.metadata) for row in (one, three, two)
    ]
    assert await store.read(lambda view: view.contributions_to(PERIOD, 0, 9)) == [everything[0], everything[2]]
    assert await store.read(lambda view: view.contributions_to(PERIOD, numbers[0], 9)) == [everything[2]]
    assert await store.read(lambda view: view.contributions_after(numbers[0], 1)) == [everything[1]]
    assert await store.read(lambda view: view.last_contribution()) == numbers[-1]


async def test_a_number_of_the_log_is_never_used_again(opener: Opener) -> None:
    store = await opener()
    await store.transact(lambda tx: tx.log_contributions([logged("ann"), logged("bob")]))
    last = await store.read(lambda view: view.last_contribution())
    assert await store.transact(lambda tx: tx.forget_contributions(MONDAY + DAY, 9)) == 2
    await store.close()
    store = await opener()
    assert await store.read(lambda view: view.last_contribution()) == 0
    await store.transact(lambda tx: tx.log_contributions([logged("cid")]))
    assert await store.read(lambda view: view.last_contribution()) > last
    await store.close()


async def test_b42_the_log_tells_since_when_it_is_whole(store: Store) -> None:
    arrivals = [MONDAY, MONDAY + SECOND, MONDAY + SECOND, MONDAY + HOUR, MONDAY + DAY]
    await store.transact(lambda tx: tx.log_contributions([logged("ann", arrived_at=at) for at in arrivals]))

    async def forget(before: timedelta, limit: int = 9) -> int:
        return await store.transact(lambda tx: tx.forget_contributions(MONDAY + before, limit))

    async def whole_from() -> timedelta:
        begins: timedelta = await store.read(lambda view: view.log_begins_at()) - MONDAY
        return begins

    assert await forget(timedelta()) == 0
    assert await store.read(lambda view: view.log_begins_at()) == BEGINNING
    assert await forget(DAY, limit=2) == 2
    assert SECOND < await whole_from() <= SECOND + timedelta(microseconds=1)
    assert await forget(DAY) == 2
    assert HOUR < await whole_from() <= DAY
    await store.transact(lambda tx: tx.log_contributions([logged("bob", arrived_at=MONDAY)]))
    assert await forget(HOUR) == 1
    assert HOUR < await whole_from() <= DAY
    assert [one.arrived_at for one in await store.read(lambda view: view.contributions_after(0, 9))] == arrivals[4:]


# Game events


async def test_b40_game_events_are_found_by_server_key_and_id(store: Store) -> None:
    one, two = game_event("e1", BEGINNING), game_event("e1", MONDAY, "us", arrived_at=NEVER)
    await store.transact(lambda tx: tx.add_game_events([two, one]))
    missing = GameEventKey("eu", "e2")
    found = await store.read(lambda view: view.game_events([two.key, missing, one.key, one.key]))
    assert found == [two, None, one, one]


async def test_b42_game_events_are_walked_by_time(store: Store) -> None:
    times = [("d", HOUR), ("a", MINUTE), ("c", MINUTE), ("b", SECOND), ("e", DAY)]
    await store.transact(lambda tx: tx.add_game_events([game_event(name, MONDAY + at) for name, at in times]))
    walked, after = [], None
    while found := await store.read(
        lambda view, after=after: view.game_events_between(MONDAY + SECOND, MONDAY + DAY, after, 2)  # type: ignore[misc]
    ):
        walked += found
        after = (found[-1].at, found[-1].key)
    assert [one.key.event_id for one in walked] == ["b", "a", "c", "d"]


async def test_game_events_are_dropped_by_their_arrival(store: Store) -> None:
    events = [
        game_event(name, MONDAY, arrived_at=MONDAY + late) for name, late in (("a", DAY), ("b", HOUR), ("c", HOUR))
    ]
    await store.transact(lambda tx: tx.add_game_events(events))
    assert await store.transact(lambda tx: tx.forget_game_events(MONDAY + DAY, 1)) == 1
    assert await store.transact(lambda tx: tx.forget_game_events(MONDAY + DAY, 9)) == 1
    found = await store.read(lambda view: view.game_events([one.key for one in events]))
    assert found == [events[0], None, None]


# Snapshots


async def test_b13_final_places_are_read_as_they_were_written(store: Store) -> None:
    first = place(
        "ann",
        1,
        prize_position=1,
        prize_tier="top",
        name="Ännchen",
        avatar_url="https://a",
        aggregate=EDGE,
        updated_at=MONDAY + SECOND,
    )
    second = place("bot", 2, is_bot=True)
    others = [place("cid", 1, IRON), place("ann", 1, SegmentId(PeriodId(OTHER, MONDAY), "gold"))]
    await store.transact(lambda tx: tx.add_snapshot([first, second, *others]))
    assert await store.read(lambda view: view.snapshot_page(GOLD, 0, 9)) == [first, second]
    assert await store.read(lambda view: view.snapshot_page(GOLD, 1, 9)) == [second]
    assert await store.read(lambda view: view.snapshot_page(GOLD, 0, 1)) == [first]
    asked = [PlayerId("bot"), CID, PlayerId("nobody"), ANN, ANN]
    assert await store.read(lambda view: view.snapshot_of(GOLD, asked)) == [first, second]
    sizes = [SegmentSize("gold", 2), SegmentSize("iron", 1)]
    assert await store.read(lambda view: view.snapshot_sizes(PERIOD, 9)) == sizes
    assert await store.read(lambda view: view.snapshot_sizes(PERIOD, 1)) == sizes[:1]
    assert await store.read(lambda view: view.snapshot_size(GOLD)) == 2
    assert await store.read(lambda view: view.snapshot_size(SegmentId(PERIOD, "none"))) == 0


async def test_places_that_are_there_already_stay(store: Store) -> None:
    first = place("ann", 1)
    await store.transact(lambda tx: tx.add_snapshot([first]))
    await store.transact(lambda tx: tx.add_snapshot([place("ann", 1, name="Another"), place("bob", 2)]))
    assert await store.read(lambda view: view.snapshot_page(GOLD, 0, 9)) == [first, place("bob", 2)]


async def test_retention_gives_a_snapshot_up_bit_by_bit(store: Store) -> None:
    await store.transact(lambda tx: tx.add_snapshot([place("ann", 1), place("bob", 2), place("cid", 1, IRON)]))
    assert await store.transact(lambda tx: tx.drop_snapshot(PERIOD, 2)) == 2
    assert await store.transact(lambda tx: tx.drop_snapshot(PERIOD, 2)) == 1
    assert await store.read(lambda view: view.snapshot_sizes(PERIOD, 9)) == []


async def test_nothing_asked_is_nothing_answered(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        assert await tx.stored_periods([]) == await tx.entries_of([]) == await tx.game_events([]) == []
        assert await tx.known_segments([]) == set()
        assert await tx.snapshot_of(GOLD, []) == []
        await tx.record_entries([])
        await tx.remove_entries([])
        await tx.log_contributions([])
        await tx.add_segments([])
        await tx.add_game_events([])
        await tx.add_snapshot([])
        assert await tx.add_grants([]) == []

    await store.transact(work)
    assert await store.read(lambda view: view.unsettled_periods(4)) == []
    assert await store.read(lambda view: view.periods_before(LeaderboardKey("none"), NEVER, 3)) == []
