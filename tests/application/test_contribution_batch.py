"""Contributions in a transaction, on a real store (B2, B12, B20 to B24)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.domain.ids import LeaderboardKey
from server.domain.leaderboards.definition import (
    Aggregation,
    Leaderboard,
    Segmentation,
    SegmentSource,
    Status,
    Timeframe,
    TimeframeType,
)
from server.domain.leaderboards.entry import PeriodId
from server.domain.leaderboards.outcomes import Outcome
from server.domain.leaderboards.segments import Claim
from server.domain.leaderboards.timeframes import boundaries
from server.ports.contribution_store import Source
from server.ports.errors import CatalogBehind
from server.ports.store import Store
from server.storage.sqlite.connection import EPHEMERAL
from server.storage.sqlite.store import SqliteStore
from tests.application.boards import BoardCatalog, by_hash, contribute, contributing, entry_of, outcomes
from tests.builders import DAY, HOUR, MINUTE, MONDAY, SECOND, at
from tests.domain.leaderboards.boards import board

DAILY = Timeframe(TimeframeType.DAILY, ticks=boundaries(TimeframeType.DAILY, "UTC", at("2026-01-01T00:00").time()))
LEAGUES = Segmentation("league", frozenset({"gold", "iron"}))
COUNTRIES = Segmentation("country", source=SegmentSource.TRUSTED, max_segments=2)


@asynccontextmanager
async def opened(*boards: Leaderboard) -> AsyncIterator[tuple[Store, BoardCatalog]]:
    store = await SqliteStore.open(EPHEMERAL)
    try:
        yield store, BoardCatalog(boards)
    finally:
        await store.close()


async def test_what_one_contribution_changes_the_next_of_its_batch_sees() -> None:
    async with opened(board(Aggregation.SUM, decimals=2)) as (store, catalog):
        first, second = await contribute(store, catalog, contributing("0.1"), contributing("0.2", at=MONDAY + SECOND))
        assert first.entry is not None
        assert (first.before, first.entry.aggregate.score, first.entry.version) == (None, 10, 1)
        assert second.entry is not None
        assert second.before == first.entry
        assert (second.entry.aggregate.score, second.entry.version) == (30, 2)
        assert await entry_of(store) == second.entry


async def test_a_later_transaction_goes_on_from_what_is_stored() -> None:
    async with opened(board(Aggregation.SUM)) as (store, catalog):
        await contribute(store, catalog, contributing(1))
        (again,) = await contribute(store, catalog, contributing(2, at=MONDAY + SECOND), now=MONDAY + SECOND)
        assert again.entry is not None
        assert (again.entry.aggregate.score, again.entry.version, again.entry.updated_at) == (3, 2, MONDAY + SECOND)


async def test_b3_the_first_contribution_of_a_period_writes_it_down() -> None:
    async with opened(board(timeframe=DAILY)) as (store, catalog):
        await contribute(store, catalog, contributing(1, at=MONDAY + HOUR), now=MONDAY + HOUR)
        key = PeriodId(LeaderboardKey("board"), MONDAY)
        (stored,) = await store.read(lambda view: view.stored_periods([key]))
        assert stored is not None
        assert (stored.end, stored.window_key, stored.seals_at) == (MONDAY + DAY, "2026-11-02", MONDAY + DAY)
        assert catalog.is_known == {("board", MONDAY)}


async def test_b3_a_period_that_nothing_counts_in_is_not_written_down() -> None:
    async with opened(board(contribution_max=5)) as (store, catalog):
        assert outcomes(await contribute(store, catalog, contributing(6))) == ["out_of_bounds"]
        assert await store.read(lambda view: view.unsettled_periods(1)) == []


async def test_b3_a_period_that_is_stored_otherwise_is_not_decided_about() -> None:
    first = board(timeframe=DAILY)
    async with opened(first) as (store, catalog):
        await contribute(store, catalog, contributing(1))
        behind = BoardCatalog([by_hash(first, "another")])
        with pytest.raises(CatalogBehind):
            await contribute(store, behind, contributing(1))


async def test_b2_status_is_judged_when_a_contribution_arrives() -> None:
    async with opened(board(timeframe=DAILY)) as (store, catalog):
        catalog.edit("board", status=Status.INACTIVE)
        (answer,) = await contribute(store, catalog, contributing(1))
        assert (answer.outcome, answer.period_start) == (Outcome.INACTIVE, MONDAY)
        catalog.edit("board", status=Status.ACTIVE)
        assert outcomes(await contribute(store, catalog, contributing(1))) == ["applied"]


async def test_b12_the_period_is_that_of_the_contributions_time() -> None:
    daily = replace(DAILY, late_grace=timedelta(minutes=10))
    async with opened(board(timeframe=daily)) as (store, catalog):
        now = MONDAY + DAY + MINUTE
        answers = await contribute(
            store, catalog, contributing(1, at=now - 2 * MINUTE), contributing(2, at=now), now=now
        )
        assert [one.period_start for one in answers] == [MONDAY, MONDAY + DAY]
        assert outcomes(answers) == ["applied", "applied"]


async def test_b41_in_a_sealed_period_it_is_late() -> None:
    async with opened(board(timeframe=DAILY)) as (store, catalog):
        await contribute(store, catalog, contributing(1))
        await store.transact(lambda tx: tx.seal_period(PeriodId(LeaderboardKey("board"), MONDAY)))
        assert outcomes(await contribute(store, catalog, contributing(1))) == ["late"]
        late = await contribute(store, catalog, contributing(1), now=MONDAY + DAY)
        assert outcomes(late) == ["late"]


async def test_b10_outside_of_all_periods_nothing_counts() -> None:
    starting = Timeframe(start_time=MONDAY + DAY)
    async with opened(board(timeframe=starting)) as (store, catalog):
        (answer,) = await contribute(store, catalog, contributing(1))
        assert (answer.outcome, answer.period_start) == (Outcome.NO_PERIOD, None)


async def test_b22_what_leaves_the_range_is_an_overflow_and_the_entry_stays() -> None:
    async with opened(board(Aggregation.SUM, decimals=3)) as (store, catalog):
        answers = await contribute(store, catalog, contributing(2**42), contributing(2**60), contributing(2**43))
        assert outcomes(answers) == ["applied", "overflow", "overflow"]
        entry = await entry_of(store)
        assert entry is not None
        assert entry.aggregate.score == 1000 * 2**42


async def test_b21_below_min_samples_an_entry_has_no_order_key() -> None:
    async with opened(board(Aggregation.AVG, min_samples=2)) as (store, catalog):
        first, second = await contribute(store, catalog, contributing(1), contributing(3, one="b"))
        assert first.entry is not None
        assert first.entry.order_key is None
        assert second.entry is not None
        assert second.entry.order_key is not None


async def test_b51_an_order_key_knows_nothing_of_min_score() -> None:
    async with opened(board(min_score=100)) as (store, catalog):
        (answer,) = await contribute(store, catalog, contributing(1))
        assert answer.entry is not None
        assert answer.entry.order_key is not None


async def test_b72_a_hidden_entry_takes_scores_and_stays_hidden() -> None:
    async with opened(board()) as (store, catalog):
        (first,) = await contribute(store, catalog, contributing(1))
        assert first.entry is not None
        hidden = replace(first.entry, is_hidden=True, order_key=None, version=2)

        async def hide(tx: object) -> None:
            await tx.entries_of([hidden.key])  # type: ignore[attr-defined]
            await tx.record_entries([hidden])  # type: ignore[attr-defined]

        await store.transact(hide)
        (again,) = await contribute(store, catalog, contributing(5))
        assert again.entry is not None
        assert (again.entry.aggregate.score, again.entry.order_key, again.entry.is_hidden) == (6, None, True)


async def test_b23_the_first_that_counts_fixes_the_segment() -> None:
    async with opened(board(segmentation=LEAGUES)) as (store, catalog):
        answers = await contribute(
            store,
            catalog,
            contributing(1),
            contributing(1, said="lead"),
            contributing(1, said="gold"),
            contributing(1, said="iron"),
            contributing(1, said="gold"),
        )
        assert outcomes(answers) == ["segment_missing", "segment_unknown", "applied", "segment_fixed", "applied"]
        entry = await entry_of(store)
        assert entry is not None
        assert (entry.segment, entry.aggregate.score) == ("gold", 2)


async def test_b23_a_trusted_caller_moves_the_whole_entry_where_the_board_allows_it() -> None:
    async with opened(board(segmentation=replace(LEAGUES, may_move=True))) as (store, catalog):
        await contribute(store, catalog, contributing(1, said="iron"))
        untrusted = contributing(1, claim=Claim(from_client="gold"))
        refused, moved = await contribute(store, catalog, untrusted, contributing(1, said="gold"))
        assert refused.outcome is Outcome.SEGMENT_FIXED
        assert moved.entry is not None
        assert (moved.entry.segment, moved.entry.aggregate.score) == ("gold", 2)


async def test_b23_open_segments_have_a_limit_which_those_of_a_batch_share() -> None:
    async with opened(board(segmentation=COUNTRIES)) as (store, catalog):
        names = ("fr", "de", "it", "fr")
        answers = await contribute(
            store, catalog, *(contributing(1, f"p{number}", said=name) for number, name in enumerate(names))
        )
        assert outcomes(answers) == ["applied", "applied", "segment_limit", "applied"]
        later = await contribute(store, catalog, contributing(1, "q", said="de"), contributing(1, "r", said="pl"))
        assert outcomes(later) == ["applied", "segment_limit"]


async def test_b42_each_is_logged_with_what_became_of_it() -> None:
    async with opened(board(contribution_max=5, segmentation=LEAGUES)) as (store, catalog):
        await contribute(
            store,
            catalog,
            contributing("2.5", said="gold", one="a", metadata='{"map":1}'),
            contributing(9, said="gold", one="b"),
            contributing(9, said="gold", one="c", source=Source.GAME_EVENT),
            contributing(3, one="d", source=Source.GAME_EVENT),
        )
        period = PeriodId(LeaderboardKey("board"), MONDAY)
        logged = await store.read(lambda view: view.contributions_to(period, 0, 10))
        assert [(one.contribution_id, one.points, one.outcome) for one in logged] == [
            ("a", "2.5", "applied"),
            ("b", "9", "out_of_bounds"),
            ("d", "3", "segment_missing"),
        ]
        assert (logged[0].segment, logged[0].metadata) == ("gold", '{"map":1}')


async def test_where_contributions_are_counted_points_are_not_looked_at() -> None:
    async with opened(board(Aggregation.COUNT, decimals=1)) as (store, catalog):
        (answer,) = await contribute(store, catalog, contributing(""))
        assert answer.entry is not None
        assert answer.entry.aggregate.score == 10


async def test_what_is_refused_before_is_reported_and_changes_nothing() -> None:
    async with opened(board()) as (store, catalog):
        refused = contributing(1, refused=Outcome.EXPRESSION_FAILED, detail="attrs.kills")
        (answer,) = await contribute(store, catalog, refused)
        assert (answer.outcome, answer.detail, answer.entry) == (Outcome.EXPRESSION_FAILED, "attrs.kills", None)
        assert await entry_of(store) is None


ONE = st.tuples(st.sampled_from("abc"), st.integers(-5, 5), st.integers(0, 3), st.integers(0, 2))


@settings(max_examples=25, deadline=None)
@given(
    aggregation=st.sampled_from(Aggregation),
    lines=st.lists(ONE, min_size=1, max_size=12, unique_by=lambda one: (one[0], one[2], one[3])),
    order=st.randoms(use_true_random=False),
)
async def test_b21_batches_and_order_of_arrival_make_no_difference(
    aggregation: Aggregation, lines: list[tuple[str, int, int, int]], order: object
) -> None:
    """But for the number of changes, which each entry counts for itself."""
    arrived = [
        contributing(points, player, at=MONDAY + seconds * SECOND, one=str(one))
        for player, points, seconds, one in lines
    ]
    async with opened(board(aggregation)) as (together, catalog), opened(board(aggregation)) as (apart, other):
        await contribute(together, catalog, *arrived)
        shuffled = list(arrived)
        order.shuffle(shuffled)  # type: ignore[attr-defined]
        for one in shuffled:
            await contribute(apart, other, one)
        for player in "abc":
            assert await entry_of(together, player) == await entry_of(apart, player)


async def test_e30_the_time_of_the_call_counts_however_long_it_waits() -> None:
    async with opened(board(timeframe=DAILY)) as (store, catalog):
        just = MONDAY + DAY - SECOND
        waited = contributing(1, at=just, arrived_at=just)
        (answer,) = await contribute(store, catalog, waited, now=MONDAY + DAY + SECOND)
        assert answer.entry is not None
        assert (answer.period_start, answer.entry.updated_at) == (MONDAY, just)
