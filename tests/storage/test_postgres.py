"""What is PostgreSQL's own: many processes on one database, conflicts, a server that goes away and comes back."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from server.domain.errors import DomainError
from server.domain.ids import EventId, PlayerId
from server.domain.players import Player
from server.ports.errors import StoreConflict, StoreUnavailable
from server.ports.store import Transaction
from server.storage.database import SchemaStatus, database_at, prepare
from server.storage.migrations import load_migrations
from server.storage.postgres import connection as pg
from server.storage.postgres.migrator import PACKAGE, migrate
from server.storage.postgres.store import PostgresStore
from server.storage.postgres.transaction import Conflict
from server.storage.queries import load_queries
from tests.builders import DAY, MONDAY
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
    async with AsyncExitStack() as held:
        clock = ManualClock()
        playing = []
        for number in range(PROCESSES):
            store = await PostgresStore.open(url)
            held.push_async_callback(store.close)
            folder = tmp_path / str(number)
            playing.append(
                await held.enter_async_context(game(folder, {"weekly": WEEKLY | PRIZE}, store=store, clock=clock))
            )
        yield playing


def test_both_databases_answer_the_same_queries_but_for_what_only_one_needs() -> None:
    sqlite, postgres_ = load_queries("server.storage.sqlite"), load_queries("server.storage.postgres", "$")
    remembered = {"order_of", "touch_cohort"}  # one process remembers what it wrote
    locking = {"lock"}  # many must wait for one another
    assert set(sqlite) - remembered == set(postgres_) - locking


async def test_e21_rolling_together_from_four_processes_fills_cohorts(processes: list[Game]) -> None:
    players = 203
    rolled = await asyncio.gather(*(processes[one % PROCESSES].roll(f"p{one}") for one in range(players)))
    sizes = Counter(one.cohort_id for one in rolled)
    assert max(sizes.values()) <= 5
    assert len(sizes) <= -(-players // 5) + PROCESSES
    for cohort_id, size in sizes.items():
        assert len(await processes[0].store.read(lambda view, one=cohort_id: view.players_of(one))) == size  # type: ignore[misc]


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
