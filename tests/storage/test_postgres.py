"""What is PostgreSQL's own: many processes on one database, conflicts, a server that goes away and comes back."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from server.application.submitting import Submitted
from server.domain.errors import CohortComplete, DomainError
from server.domain.ids import CohortId, EventId, PlayerId
from server.domain.players import Player
from server.ports.errors import StoreConflict, StoreUnavailable
from server.ports.store import Reading, Transaction
from server.storage.database import SchemaStatus, database_at, prepare
from server.storage.migrations import load_migrations
from server.storage.postgres import connection as pg
from server.storage.postgres.connection import Conflict
from server.storage.postgres.migrator import PACKAGE, migrate
from server.storage.postgres.store import PostgresStore
from server.storage.postgres.transaction import PostgresTransaction
from server.storage.queries import load_queries
from tests.builders import DAY, MONDAY, WEEK
from tests.postgres import NEWEST, Databases, postgres
from tests.world import WEEKLY, Game, ManualClock, game

PROCESSES = 4
PRIZE = {
    "reward_tiers": {
        "0": [{"rank_min": 1, "rank_max": 5, "reward": {"guaranteed": {"currencies": {"coins": {"min": 5}}}}}]
    }
}


@pytest.fixture
async def url(databases: Databases) -> str:
    return await databases.fresh(NEWEST)


@pytest.fixture
async def processes(url: str, tmp_path: Path) -> AsyncIterator[list[Game]]:
    """As many servers as there are processes: each with its own connections, all on one database and one clock."""
    async with side_by_side(url, tmp_path, {"weekly": WEEKLY | PRIZE}) as playing:
        yield playing


@asynccontextmanager
async def side_by_side(
    url: str, folder: Path, events: dict[str, Any], skew: timedelta = timedelta()
) -> AsyncIterator[list[Game]]:
    """Start the servers, on one clock or on clocks that go wrong: each is ahead of the one before it by the skew."""
    async with AsyncExitStack() as held:
        clock = ManualClock()
        playing = []
        for number in range(PROCESSES):
            store = await PostgresStore.open(url)
            held.push_async_callback(store.close)
            own = ManualClock(MONDAY + number * skew) if skew else clock
            starting = game(folder / str(number), events, store=store, clock=own)
            playing.append(await held.enter_async_context(starting))
        yield playing


def test_both_databases_answer_the_same_queries_but_for_what_only_one_needs() -> None:
    sqlite, postgres_ = load_queries("server.storage.sqlite"), load_queries("server.storage.postgres", "$")
    remembered = {"touch_cohort"}  # one process remembers what it wrote
    locking = {"lock", "lock_shared", "lock_cohorts_of", "seats_of"}  # many must wait for one another
    together = {"add_ledger_entry"}  # which the other does in one statement
    assert set(sqlite) - remembered - together == set(postgres_) - locking


async def test_e21_rolling_together_from_four_processes_fills_cohorts(processes: list[Game]) -> None:
    players = 203
    rolled = await asyncio.gather(*(processes[one % PROCESSES].roll(f"p{one}") for one in range(players)))
    sizes = Counter(one.cohort_id for one in rolled)
    assert max(sizes.values()) <= 5
    assert len(sizes) <= -(-players // 5) + PROCESSES
    for cohort_id, size in sizes.items():
        assert len(await processes[0].store.read(lambda view, one=cohort_id: view.players_of(one))) == size  # type: ignore[misc]


async def test_e21_ten_thousand_rolling_together_from_four_processes_fill_cohorts(url: str, tmp_path: Path) -> None:
    size, players = 50, 10_000
    async with side_by_side(url, tmp_path, {"weekly": {**WEEKLY, "cohort_size": size}}) as processes:
        rolled = await asyncio.gather(*(processes[one % PROCESSES].roll(f"p{one}") for one in range(players)))
        sizes = Counter(one.cohort_id for one in rolled)
        assert max(sizes.values()) <= size
        assert len(sizes) <= players // size + PROCESSES
        seats = await processes[0].store.read(lambda view: _seats(view, list(sizes)))
        assert seats == Counter({f"p{one}": 1 for one in range(players)})


async def _seats(view: Reading, cohort_ids: list[CohortId]) -> Counter[str]:
    return Counter([player for cohort_id in cohort_ids for player in await view.players_of(cohort_id)])


async def test_who_rolls_between_locking_and_reading_is_met_by_another_attempt(
    processes: list[Game], monkeypatch: pytest.MonkeyPatch
) -> None:
    await processes[0].roll("ann")
    locked: list[str] = []
    asked = PostgresTransaction._all

    async def with_a_roll_between(self: PostgresTransaction, query: str, /, **values: Any) -> Any:
        rows = await asked(self, query, **values)
        if query == "lock_cohorts_of" and rows:
            locked.append(query)
            if len(locked) == 1:
                await processes[1].roll("bob")
        return rows

    monkeypatch.setattr(PostgresTransaction, "_all", with_a_roll_between)
    keys = [(PlayerId(name), EventId("weekly")) for name in ("ann", "bob")]
    found = await processes[0].store.transact(lambda tx: tx.participations_of(keys))
    assert [one and one.player_id for one in found] == ["ann", "bob"]
    assert len(locked) == 2


async def test_e40_e53_clocks_that_differ_tell_no_two_finishers_the_same_rank(url: str, tmp_path: Path) -> None:
    race = {**WEEKLY, "operator": "incr", "score_target": 10, "score_target_players": 30, "cohort_size": 40}
    async with side_by_side(url, tmp_path, {"weekly": race}, skew=timedelta(milliseconds=200)) as processes:
        names = [f"p{one}" for one in range(40)]
        await asyncio.gather(*(processes[0].roll(name) for name in names))
        calls = (processes[one % PROCESSES].submit(name, 10) for one, name in enumerate(names))
        answers = await asyncio.gather(*calls, return_exceptions=True)
        ranks = [one.rank for one in answers if isinstance(one, Submitted)]
        refused = [one for one in answers if not isinstance(one, Submitted)]
        assert sorted(ranks) == list(range(1, len(ranks) + 1))
        assert len(ranks) >= 30
        assert all(isinstance(one, CohortComplete) for one in refused)
        order = await processes[1].order("p0")
        told = {name: one.rank for name, one in zip(names, answers, strict=True) if isinstance(one, Submitted)}
        assert {name: order.index(name) + 1 for name in told} == told


async def test_e52_clocks_that_differ_let_no_submission_into_a_sealed_cohort(url: str, tmp_path: Path) -> None:
    async with side_by_side(url, tmp_path, {"weekly": WEEKLY | PRIZE}, skew=timedelta(milliseconds=200)) as processes:
        slow, *_, fast = processes
        for name in ("ann", "bob"):
            await slow.roll(name)
            await slow.submit(name, 5)
        for one in processes:
            one.clock.advance(WEEK - timedelta(milliseconds=300))
        assert slow.clock.now() < MONDAY + WEEK <= fast.clock.now()
        await fast.claim("ann")
        with pytest.raises(CohortComplete):
            await slow.submit("bob", 100)
        assert (await slow.view("bob")).own.participant.result.score == 5  # type: ignore[union-attr]
        assert (await slow.claim("bob")).grant.reward.currencies == {"coins": 5}


async def test_e21_one_player_rolling_from_every_process_is_in_one_cohort(processes: list[Game]) -> None:
    answers = await asyncio.gather(*(one.roll("ann") for one in processes * 4), return_exceptions=True)
    rolled = [one for one in answers if not isinstance(one, BaseException)]
    assert len(rolled) == 1
    assert all(isinstance(one, DomainError) for one in answers if isinstance(one, BaseException))


async def test_e63_claims_from_every_process_grant_once(processes: list[Game]) -> None:
    await processes[0].roll("ann")
    await processes[1].submit("ann", 7)
    processes[0].clock.advance(7 * DAY)
    answers = await asyncio.gather(*(one.claim("ann") for one in processes * 10), return_exceptions=True)
    assert sum(not isinstance(one, BaseException) for one in answers) == 1
    assert await processes[2].use.get_wallet(PlayerId("ann")) == {"coins": 5}


async def test_e35_one_submission_sent_to_every_process_counts_once(processes: list[Game]) -> None:
    await processes[0].roll("ann")
    answers = await asyncio.gather(*(one.submit("ann", 3, request_id="same") for one in processes * 5))
    assert {(one.score, one.submission_count) for one in answers} == {(3, 1)}


async def test_e40_a_storm_from_every_process_is_one_order(processes: list[Game]) -> None:
    names = [f"p{number}" for number in range(5)]
    for name in names:
        await processes[0].roll(name)
    storm = [processes[turn % PROCESSES].submit(name, turn) for turn in range(20) for name in names]
    await asyncio.gather(*storm)
    for one in processes:
        assert set(await one.order("p0")) == set(names)
    (seen,) = await processes[3].store.read(lambda view: view.participations_of([(PlayerId("p0"), EventId("weekly"))]))
    assert seen is not None
    assert (seen.participant.result.score, seen.participant.result.submission_count) == (19, 20)
    assert seen.cohort.tally.revision == len(storm) + len(names)


async def test_e40_ranks_that_a_process_remembers_are_those_of_the_database(url: str, tmp_path: Path) -> None:
    """Whoever joins, leaves or scores by another process: a rank that is told is the one that the database counts."""
    dice = random.Random(5)
    event = {**WEEKLY, "operator": "set", "cohort_size": 30}
    async with side_by_side(url, tmp_path, {"weekly": event}) as processes:
        names = [f"p{number}" for number in range(12)]
        for name in names:
            await processes[0].roll(name)
        for step in range(250):
            chosen = processes[dice.choice((0, 0, 0, 1, 2))]
            name = dice.choice(names)
            told = (await chosen.submit(name, dice.randrange(6))).rank
            order = await processes[3].order(names[0])
            assert order.index(name) + 1 == told, step
            if step % 40 == 20:
                names.append(f"late{step}")
                await dice.choice(processes).roll(names[-1])
            if step % 50 == 30:
                await dice.choice(processes).use.unenrol_player(PlayerId(names.pop(1)), EventId("weekly"))
            if step % 30 == 10:
                await dice.choice(processes).use.update_profile(PlayerId(names[0]), f"Name {step}", None)


async def test_a_conflict_runs_the_work_again_and_ends_after_some_attempts(url: str) -> None:
    store = await PostgresStore.open(url)
    attempts = 0

    async def work(tx: Transaction) -> str:
        nonlocal attempts
        attempts += 1
        await tx.add_player(Player(PlayerId(f"p{attempts}"), MONDAY))
        if attempts < 3:
            raise Conflict
        return "done"

    assert await store.transact(work) == "done"
    assert await store.read(lambda view: view.player_of(PlayerId("p1"))) is None
    assert await store.read(lambda view: view.player_of(PlayerId("p3"))) is not None

    async def never(_: Transaction) -> None:
        raise Conflict

    with pytest.raises(StoreConflict, match="still in conflict after"):
        await store.transact(never)
    await store.close()


async def test_a_database_that_restarts_is_used_again_and_nothing_is_lost() -> None:
    with postgres(NEWEST, is_durable=True) as server:
        url = server.create_database("restarts")
        assert await prepare(database_at(url), applies=False)
        store = await PostgresStore.open(url)
        await store.transact(lambda tx: tx.add_player(Player(PlayerId("kept"), MONDAY)))
        server.stop("immediate")
        with pytest.raises(StoreUnavailable):
            await store.transact(lambda tx: tx.add_player(Player(PlayerId("lost"), MONDAY)))
        server.start(is_durable=True)
        assert await store.read(lambda view: view.player_of(PlayerId("kept"))) is not None
        assert await store.transact(lambda tx: tx.add_player(Player(PlayerId("next"), MONDAY)))
        await store.close()


async def test_processes_that_start_together_migrate_once(databases: Databases) -> None:
    url = await databases.empty(NEWEST)
    connections = await asyncio.gather(*(pg.connect(url) for _ in range(PROCESSES)))
    applied = await asyncio.gather(*map(migrate, connections))
    assert sorted(map(len, applied)) == [0] * (PROCESSES - 1) + [len(load_migrations(PACKAGE))]
    await asyncio.gather(*(one.close() for one in connections))
    status = await database_at(url).status()
    assert isinstance(status, SchemaStatus)
    assert not status.pending


async def test_an_outdated_schema_is_refused_and_names_the_command(databases: Databases) -> None:
    with pytest.raises(StoreUnavailable, match="laurel migrate up"):
        await PostgresStore.open(await databases.empty(NEWEST))


async def test_a_server_that_is_not_there_is_told_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable) as caught:
        await PostgresStore.open(f"postgresql://laurel:hunter2@/nothing?host={tmp_path}")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "end", ["hunter2/x@host/laurel", "hunter2@host:hunter2/laurel", "hunter2@127.0.0.1:99999/laurel"]
)
async def test_a_url_that_cannot_be_read_is_told_without_the_password(end: str) -> None:
    for opening in (pg.connect(f"postgresql://laurel:{end}"), PostgresStore.open(f"postgresql://laurel:{end}")):
        with pytest.raises(StoreUnavailable, match="the URL of PostgreSQL cannot be read") as caught:
            await opening
        assert "hunter2" not in str(caught.value)
