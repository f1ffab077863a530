"""What every store must do for leaderboards: the docstrings of server/ports/board_store.py, as tests."""

import asyncio
from datetime import timedelta

import pytest

from server.domain.ids import DefinitionHash, LeaderboardKey, PlayerId
from server.domain.instants import BEGINNING, NEVER
from server.domain.leaderboards.aggregation import TOTAL_MAX, Aggregate, Stamp
from server.domain.leaderboards.entry import PeriodId, SegmentId
from server.domain.leaderboards.periods import Stage
from server.domain.scoring import SCALED_MAX
from server.ports.board_store import (
    BoardActivation,
    EntryKey,
    GameEventKey,
    OrderCount,
    OrderPoint,
    RankedEntry,
    SegmentSize,
    SettlementPoint,
    StoredEntry,
    StoredPeriod,
)
from server.ports.store import Bulletin, Store, Transaction
from tests.builders import DAY, HOUR, MINUTE, MONDAY, SECOND, WEEK
from tests.storage.contract.boards import (
    ANN,
    BOARD,
    BOB,
    CID,
    GOLD,
    IRON,
    OTHER,
    PERIOD,
    aggregate,
    entry,
    finish,
    game_event,
    keep,
    key_of,
    logged,
    period,
    pin,
    place,
    seal,
)
from tests.storage.contract.conftest import Opener


async def bulletin(store: Store) -> Bulletin:
    return await store.read(lambda view: view.bulletin())


async def stored(store: Store, one: PeriodId = PERIOD) -> StoredPeriod:
    (found,) = await store.read(lambda view: view.stored_periods([one]))
    assert found is not None
    return found


async def due(store: Store, now: timedelta, wall: timedelta = timedelta(), limit: int = 9) -> list[str]:
    """Acquire what is due so long after Monday, and tell it as `board number-of-week`."""
    found = await store.transact(
        lambda tx: tx.acquire_due_periods("worker", MONDAY + now, MONDAY + wall, MINUTE, limit)
    )
    return [f"{one.period.leaderboard} {(one.period.start - MONDAY) // WEEK}" for one in found]


async def order(store: Store, segment: SegmentId = GOLD) -> str:
    return names(await store.read(lambda view: view.order_after(segment, None, None, 99)))


def names(entries: list[StoredEntry]) -> str:
    return " ".join(one.key.player_id for one in entries)


def point(player: str, score: int) -> OrderPoint:
    return OrderPoint(key_of(score), PlayerId(player))


# Activations


async def test_b3_the_history_of_a_board_keeps_what_was_activated_when(store: Store) -> None:
    first = BoardActivation(BOARD, MONDAY, DefinitionHash("one"), '{"a":1}')
    again = BoardActivation(BOARD, MONDAY + DAY, DefinitionHash("one"), '{"a":1}', restarts=True)
    gone = BoardActivation(BOARD, MONDAY + WEEK, None, None)
    other = BoardActivation(OTHER, MONDAY, DefinitionHash("two"), "{}")
    for one in (other, gone, again, first):
        await store.transact(lambda tx, one=one: tx.activate_board(one))  # type: ignore[misc]
    assert await store.read(lambda view: view.board_activations()) == [first, again, gone, other]


async def test_of_two_activations_of_one_instant_the_later_word_holds(store: Store) -> None:
    for content in ("one", "two"):
        activation = BoardActivation(BOARD, MONDAY, DefinitionHash(content), content)
        await store.transact(lambda tx, one=activation: tx.activate_board(one))  # type: ignore[misc]
    assert await store.read(lambda view: view.board_activations()) == [activation]


async def test_what_others_must_learn_raises_the_revision_of_the_catalogue(store: Store) -> None:
    activation = BoardActivation(BOARD, MONDAY, DefinitionHash("one"), "{}")
    seen = [(await bulletin(store)).catalog_revision]
    for work in (
        lambda tx: tx.activate_board(activation),
        lambda tx: tx.pin_period(period()),
        lambda tx: tx.repin_period(PERIOD, DefinitionHash("two")),
        lambda tx: tx.pin_period(period()),  # is there already
    ):
        await store.transact(work)
        seen.append((await bulletin(store)).catalog_revision)
    assert seen == [0, 1, 2, 3, 3]


# Periods


async def test_b11_a_period_is_found_by_its_start_and_by_its_name(store: Store) -> None:
    endless = StoredPeriod(PeriodId(OTHER, BEGINNING), NEVER, "all", DefinitionHash("two"), NEVER)
    await pin(store, period(), endless)
    missing = PeriodId(OTHER, MONDAY)
    found = await store.read(lambda view: view.stored_periods([endless.period, missing, PERIOD, endless.period]))
    assert found == [endless, None, period(), endless]
    assert await store.read(lambda view: view.period_named(OTHER, "all")) == endless
    assert await store.read(lambda view: view.period_named(BOARD, "all")) is None


async def test_b3_who_pins_second_gets_what_was_pinned_first(store: Store) -> None:
    await pin(store, period())
    late = period(definition_hash=DefinitionHash("two"), end=MONDAY + DAY)
    assert await store.transact(lambda tx: tx.pin_period(late)) == period()
    assert await stored(store) == period()


async def test_periods_are_listed_newest_first_from_before_a_moment(store: Store) -> None:
    weeks = [period(MONDAY + number * WEEK) for number in range(4)]
    await pin(store, *weeks, period(MONDAY, OTHER))
    found = await store.read(lambda view: view.periods_before(BOARD, MONDAY + 3 * WEEK, 2))
    assert found == [weeks[2], weeks[1]]


async def test_what_a_catalogue_must_know_is_all_that_is_not_final_and_the_last_that_are(store: Store) -> None:
    weeks = [period(MONDAY + number * WEEK) for number in range(6)]
    await pin(store, *weeks, period(MONDAY, OTHER), period(MONDAY + WEEK, OTHER))
    await finish(store, *(one.period for one in weeks[1:5]), PeriodId(OTHER, MONDAY + WEEK))
    found = await store.read(lambda view: view.unsettled_periods(2))
    told = [(one.period.leaderboard, (one.period.start - MONDAY) // WEEK, one.stage) for one in found]
    assert told == [
        (BOARD, 0, Stage.OPEN),
        (BOARD, 3, Stage.FINAL),
        (BOARD, 4, Stage.FINAL),
        (BOARD, 5, Stage.OPEN),
        (OTHER, 0, Stage.OPEN),
        (OTHER, 1, Stage.FINAL),
    ]


async def test_b2_a_cut_ends_the_open_period_that_runs_over_the_moment_and_no_other(store: Store) -> None:
    at = MONDAY + WEEK + DAY
    weeks = [period(MONDAY + number * WEEK) for number in range(3)]
    await pin(store, *weeks, period(MONDAY + WEEK, OTHER))
    await store.transact(lambda tx: tx.cut_periods(BOARD, at))
    found = await store.read(lambda view: view.periods_before(BOARD, NEVER, 9))
    assert found == [weeks[2], period(MONDAY + WEEK, end=at, seals_at=at), weeks[0]]
    assert (await stored(store, PeriodId(OTHER, MONDAY + WEEK))).end == MONDAY + 2 * WEEK


async def test_b42_only_an_open_period_takes_another_definition(store: Store) -> None:
    await pin(store, period())
    await store.transact(lambda tx: tx.repin_period(PERIOD, DefinitionHash("two")))
    await seal(store, PERIOD)
    await store.transact(lambda tx: tx.repin_period(PERIOD, DefinitionHash("three")))
    assert (await stored(store)).definition_hash == "two"


# Settlement's turn


async def test_b13_of_each_board_the_oldest_unsettled_period_is_due_first(store: Store) -> None:
    await pin(store, *(period(MONDAY + number * WEEK) for number in range(3)), period(MONDAY, OTHER))
    assert await due(store, WEEK - SECOND) == []
    assert await due(store, 9 * WEEK) == ["arena 0", "duels 0"]
    await finish(store, PERIOD)
    assert await due(store, 9 * WEEK) == ["arena 1"]


async def test_an_older_period_that_is_not_due_keeps_the_younger_waiting(store: Store) -> None:
    await pin(store, period(seals_at=MONDAY + 5 * WEEK), period(MONDAY + WEEK))
    assert await due(store, 4 * WEEK) == []


async def test_who_takes_few_takes_those_that_are_due_longest(store: Store) -> None:
    await pin(store, period(seals_at=MONDAY + 2 * WEEK), period(MONDAY, OTHER))
    assert await due(store, 9 * WEEK, limit=1) == ["duels 0"]


async def test_a_period_is_leased_to_one_worker_until_he_gives_it_back_or_his_lease_ends(store: Store) -> None:
    await pin(store, period())
    assert await due(store, WEEK) == ["arena 0"]
    assert await due(store, WEEK, MINUTE - SECOND) == []
    assert await due(store, WEEK, MINUTE) == ["arena 0"]
    await store.transact(lambda tx: tx.release_period(PERIOD))
    assert await due(store, WEEK, MINUTE) == ["arena 0"]


async def test_the_only_process_breaks_what_its_forerunner_had_leased(store: Store) -> None:
    await pin(store, period())
    assert await due(store, WEEK) == ["arena 0"]
    await store.transact(lambda tx: tx.break_leases(MONDAY))
    assert await due(store, WEEK) == ["arena 0"]


async def test_b13_a_period_is_sealed_works_on_and_is_final(store: Store) -> None:
    await pin(store, period())
    await seal(store, PERIOD)
    await store.transact(lambda tx: tx.record_progress(PERIOD, "gold 500"))
    sealed = await stored(store)
    assert (sealed.stage, sealed.progress, sealed.finalized_at) == (Stage.SEALED, "gold 500", None)
    await store.transact(lambda tx: tx.finalize_period(PERIOD, MONDAY + WEEK + HOUR, 1234))
    await seal(store, PERIOD)
    final = await stored(store)
    assert (final.stage, final.entries, final.finalized_at) == (Stage.FINAL, 1234, MONDAY + WEEK + HOUR)


async def test_a_period_that_was_never_sealed_cannot_be_final(store: Store) -> None:
    await pin(store, period())
    with pytest.raises(AssertionError):
        await store.transact(lambda tx: tx.finalize_period(PERIOD, MONDAY, 0))


async def test_a_final_period_is_never_due_again(store: Store) -> None:
    await pin(store, period())
    await finish(store, PERIOD)
    assert await due(store, 9 * WEEK) == []


# Segments


async def test_a_segment_is_known_once_somebody_stood_in_it(store: Store) -> None:
    elsewhere = SegmentId(PeriodId(BOARD, MONDAY + WEEK), "gold")
    for _ in range(2):
        await store.transact(lambda tx: tx.add_segments([IRON, GOLD]))
    known = await store.read(lambda view: view.known_segments([GOLD, elsewhere, IRON, GOLD]))
    assert known == {GOLD, IRON}
    assert await store.read(lambda view: view.segment_count(PERIOD)) == 2
    assert await store.read(lambda view: view.segment_count(elsewhere.period)) == 0


async def test_b53_segments_are_listed_by_size_then_by_name_and_only_ranked_entries_count(store: Store) -> None:
    standing = [entry("a", 1, "iron"), entry("b", 2, "iron"), entry("c", 3, "gold"), entry("d", 4, "Zinc")]
    await keep(store, *standing, entry("e", None, "gold"), entry("f", None, "lead"))
    sizes = [SegmentSize("iron", 2), SegmentSize("Zinc", 1), SegmentSize("gold", 1)]
    assert await store.read(lambda view: view.segment_sizes(PERIOD, 9)) == sizes
    assert await store.read(lambda view: view.segment_sizes(PERIOD, 2)) == sizes[:2]


# Entries


EDGE = Aggregate(
    score=-SCALED_MAX,
    samples=2**40,
    total=-TOTAL_MAX,
    first_at=BEGINNING,
    latest=Stamp(NEVER, "ü\t'"),
    changed_at=None,
    metadata='{"a":"\\u0000"}',
    metadata_stamp=Stamp(BEGINNING, ""),
)


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
    first = place("ann", 1, prize_position=1, prize_tier="top", name="Ännchen", avatar_url="https://a", aggregate=EDGE)
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


async def test_everything_survives_closing(opener: Opener) -> None:
    store = await opener()
    await pin(store, period())
    await keep(store, entry("ann", 1))
    await store.close()
    store = await opener()
    assert await stored(store) == period()
    assert await order(store) == "ann"
    await store.close()


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
