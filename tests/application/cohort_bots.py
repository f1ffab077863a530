"""Events with bots, and what is seen of them: for tests of whole servers."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from server.application.list_past_cohorts import PastCohort
from server.application.standing_pages import Standings
from server.domain.event_leaderboards.cohort_bots import CohortBot
from server.domain.event_leaderboards.view import StandingRow
from server.domain.ids import CohortId, EventId, PlayerId
from server.ports.store import Store
from server.storage.postgres.store import PostgresStore
from server.storage.sqlite.connection import connect
from server.storage.sqlite.migrator import migrate
from server.storage.sqlite.store import SqliteStore
from tests.builders import WEEK
from tests.missing import not_here
from tests.postgres import NEWEST, Databases, installations
from tests.world import Game

NAMES = ["Ada", "Bo", "Cy", "Di", "Ed"]


def going_to(score: int, seconds: int) -> dict[str, Any]:
    params = {"target_score": score, "duration_seconds": seconds}
    behavior = {"type": "single", "block": "progress_linear", "params": params}
    return {"behavior": behavior, "names": NAMES, "time_spread": 0.2}


SHADOW = {
    "behavior": {
        "type": "single",
        "block": "track_position",
        "params": {"anchor": "leader", "offset": -5, "most_per_second": 40},
    },
    "names": NAMES,
}


WINNER = {
    "behavior": {"type": "single", "block": "complete_at", "params": {"score": 1000, "after_seconds": 400}},
    "names": NAMES,
}


def bots(fill: Mapping[str, int] | None = None, **options: Any) -> dict[str, Any]:
    kinds = options.pop("kinds", {"runner": going_to(900, 600)})
    return {"which": list(kinds), "kinds": kinds, "fill": fill or {"to": 5}, **options}


def event(**options: Any) -> dict[str, Any]:
    coins = {str(rank): {"min": 100 - rank} for rank in range(5)}
    brackets = [
        {"rank_min": rank, "rank_max": rank, "reward": {"guaranteed": {"currencies": {"coins": coins[str(rank - 1)]}}}}
        for rank in range(1, 6)
    ]
    base = {"reset_schedule": "0 0 * * 1", "cohort_size": 5, "operator": "best", "reward_tiers": {"0": brackets}}
    return {**base, "bots": bots(), **options}


def without_bots(chosen: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in chosen.items() if key != "bots"}


async def past(playing: Game, player: str, name: str = "weekly") -> PastCohort:
    until = playing.clock.now() + WEEK
    return (await playing.use.list_past_cohorts(PlayerId(player), EventId(name), until, 1)).cohorts[0]


async def rows(playing: Game, player: str, name: str = "weekly") -> list[StandingRow]:
    shown = await playing.use.get_event_leaderboard(PlayerId(player), EventId(name), Standings.COHORT)
    assert shown.view.own is None or shown.view.own in shown.rows
    return shown.rows


async def company(store: Store, cohort_id: CohortId) -> list[CohortBot]:
    return (await store.read(lambda view: view.cohort_bots_of([cohort_id])))[cohort_id]


async def revision(playing: Game, cohort_id: CohortId) -> int:
    cohort = await playing.store.read(lambda view: view.cohort_of(cohort_id))
    assert cohort is not None
    return cohort.tally.revision


async def sqlite(folder: Path, _: Databases) -> Callable[[], Awaitable[Store]]:
    file = folder / "laurel.db"
    connection = connect(file)
    migrate(connection)
    connection.close()
    return lambda: SqliteStore.open(str(file))


async def postgres(_: Path, databases: Databases) -> Callable[[], Awaitable[Store]]:
    if NEWEST not in installations():
        not_here(f"PostgreSQL {NEWEST} is not installed")
    url = await databases.fresh(NEWEST)
    return lambda: PostgresStore.open(url)


both_stores = pytest.mark.parametrize("make", [sqlite, postgres])


Make = Callable[[Path, Databases], Awaitable[Callable[[], Awaitable[Store]]]]


async def dump(store: Store, cohort_id: CohortId) -> tuple[Any, ...]:
    lines = await store.read(lambda view: view.lines_of(cohort_id, 1, 99))
    seen = await store.read(lambda view: view.cohort_sightings_of([cohort_id]))
    return await store.read(lambda view: view.cohort_of(cohort_id)), await company(store, cohort_id), lines, seen
