"""What every store must do for leaderboards and their periods: the docstrings of server/ports/board_store.py, as tests."""

from datetime import timedelta

import pytest

from server.domain.ids import DefinitionHash, LeaderboardKey
from server.domain.instants import BEGINNING, NEVER
from server.domain.leaderboards.entry import PeriodId
from server.domain.leaderboards.periods import Stage
from server.ports.board_store import (
    BoardActivation,
    StoredPeriod,
)
from server.ports.store import Bulletin, Store
from tests.builders import DAY, HOUR, MINUTE, MONDAY, SECOND, WEEK
from tests.storage.contract.boards import (
    BOARD,
    OTHER,
    PERIOD,
    entry,
    finish,
    keep,
    period,
    pin,
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


# What is still to be done for final periods


async def followed_up(store: Store, now: timedelta, wall: timedelta = timedelta()) -> list[tuple[LeaderboardKey, str]]:
    found = await store.transact(lambda tx: tx.acquire_final_periods("worker", MONDAY + now, MONDAY + wall, MINUTE, 9))
    return sorted((one.period.leaderboard, one.progress) for one in found)


async def test_a_final_period_comes_back_as_long_as_something_is_to_be_done_for_it(store: Store) -> None:
    other = PeriodId(OTHER, MONDAY)
    await pin(store, period(), period(MONDAY, OTHER))
    await finish(store, PERIOD, other)
    assert await followed_up(store, 9 * WEEK) == []
    await store.transact(lambda tx: tx.record_follow_up(PERIOD, "drop", MONDAY + DAY))
    await store.transact(lambda tx: tx.record_follow_up(other, "pay", MONDAY + HOUR))
    assert await followed_up(store, HOUR) == [(OTHER, "pay")]
    assert await followed_up(store, DAY, MINUTE - SECOND) == [(BOARD, "drop")]
    assert await followed_up(store, DAY, MINUTE) == [(OTHER, "pay")]
    await store.transact(lambda tx: tx.release_period(PERIOD))
    await store.transact(lambda tx: tx.break_leases(MONDAY))
    assert await followed_up(store, DAY) == [(BOARD, "drop"), (OTHER, "pay")]
    await store.transact(lambda tx: tx.record_follow_up(PERIOD, "done", None))
    assert await followed_up(store, 9 * WEEK, HOUR) == [(OTHER, "pay")]
    assert (await stored(store)).progress == "done"


async def test_a_period_that_is_not_final_has_no_follow_up(store: Store) -> None:
    await pin(store, period())
    await seal(store, PERIOD)
    await store.transact(lambda tx: tx.record_follow_up(PERIOD, "drop", MONDAY))
    assert await followed_up(store, 9 * WEEK) == []


async def test_everything_survives_closing(opener: Opener) -> None:
    store = await opener()
    await pin(store, period())
    await keep(store, entry("ann", 1))
    await store.close()
    store = await opener()
    assert await stored(store) == period()
    assert await store.read(lambda view: view.has_entries(PERIOD))
    await store.close()
