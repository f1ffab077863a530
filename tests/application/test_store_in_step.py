"""Several processes on one store: none decides by what it remembers when the store says something newer (E8)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from server.application.store_in_step import StoreInStep
from server.domain import errors
from server.domain.ids import EventId
from server.ports.catalog import Catalog
from server.ports.errors import CatalogBehind, StoreConflict
from server.workers.following import Follower
from tests.builders import DAY, WEEK
from tests.world import WEEKLY, Game, game


@asynccontextmanager
async def two_processes(folder: Path) -> AsyncIterator[tuple[Game, Game]]:
    """Two servers on one store and one clock; each has a catalogue of its own."""
    async with (
        game(folder / "one", {"weekly": WEEKLY}) as one,
        game(folder / "other", {"weekly": WEEKLY}, store=one.store, clock=one.clock) as other,
    ):
        yield one, other


async def test_e8_a_cohort_of_a_phase_that_another_process_pinned_takes_scores(tmp_path: Path) -> None:
    async with two_processes(tmp_path) as (one, other):
        await other.roll("bob")
        one.clock.advance(WEEK)
        await one.roll("ann")
        await one.roll("cid")
        assert (await other.submit("ann", 7)).rank == 1
        answers = await asyncio.gather(other.submit("cid", 9), other.submit("bob", 1), return_exceptions=True)
        assert isinstance(answers[1], errors.CohortComplete)
        assert await other.order("ann") == ["cid", "ann"]


async def test_e8_a_phase_is_pinned_by_the_definition_that_another_process_put_in_force(tmp_path: Path) -> None:
    async with two_processes(tmp_path) as (one, other):
        one.clock.advance(DAY)
        await one.configure({"weekly": {**WEEKLY, "cohort_size": 2}})
        one.clock.advance(WEEK)
        rolled = await asyncio.gather(*(other.roll(name) for name in ("ann", "bob", "cid")))
        assert len({each.cohort_id for each in rolled}) == 2
        assert (await other.view("ann")).rules.cohort_size == 2


async def test_e8_a_phase_that_another_process_pinned_with_other_bounds_keeps_them(tmp_path: Path) -> None:
    async with two_processes(tmp_path) as (one, other):
        one.clock.advance(WEEK + DAY)
        await one.roll("ann")
        await one.configure({"weekly": {**WEEKLY, "reset_schedule": "0 0 * * 3"}})
        one.clock.advance(6 * DAY)
        await other.roll("bob")
        mine, his = (await one.view("bob")).phase, (await other.view("bob")).phase
        assert mine is not None
        assert his is not None
        assert (mine.start, mine.expiry) == (his.start, his.expiry)


async def test_settlement_seals_cohorts_of_phases_that_another_process_pinned(tmp_path: Path) -> None:
    async with two_processes(tmp_path) as (one, other):
        one.clock.advance(WEEK)
        rolled = await one.roll("ann")
        await one.submit("ann", 7)
        one.clock.advance(WEEK)
        assert await other.settle() == 1
        cohort = await one.store.read(lambda view: view.cohort_of(rolled.cohort_id))
        assert cohort is not None
        assert cohort.tally.sealed_at is not None


async def test_history_that_cannot_be_caught_up_with_is_told_as_a_conflict(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": WEEKLY}) as playing:
        runs = 0

        async def never_fits(_: object) -> None:
            nonlocal runs
            runs += 1
            raise CatalogBehind("for ever")

        with pytest.raises(StoreConflict, match="for ever"):
            await StoreInStep(playing.store, playing.catalog).transact(never_fits)
        assert runs == 5


async def test_a_crowd_catches_up_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with two_processes(tmp_path) as (one, other):
        one.clock.advance(WEEK)
        await asyncio.gather(*(one.roll(f"p{number}") for number in range(30)))
        swaps = 0
        swap = type(other.catalog)._swap

        def counted(*arguments: object) -> None:
            nonlocal swaps
            swaps += 1
            swap(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(type(other.catalog), "_swap", counted)
        await asyncio.gather(*(other.submit(f"p{number}", number) for number in range(30)))
        assert swaps == 1


async def test_following_learns_of_new_events_and_of_the_moved_clock(tmp_path: Path) -> None:
    async with two_processes(tmp_path) as (one, other):
        follower = Follower(other.store, other.catalog, other.clock, other.operations())
        await one.configure({"weekly": WEEKLY, "new": WEEKLY})
        with pytest.raises(errors.EventNotFound):
            await other.roll("ann", "new")
        await follower()
        await other.roll("ann", "new")
        await one.store.transact(lambda tx: tx.move_clock(other.clock.offset + DAY))
        before = other.clock.offset
        await follower()
        assert other.clock.offset == before + DAY


async def test_following_never_moves_the_clock_back(tmp_path: Path) -> None:
    async with two_processes(tmp_path) as (_, other):
        follower = Follower(other.store, other.catalog, other.clock, other.operations())
        other.clock.move_to_offset(DAY)
        await follower()
        assert other.clock.offset == DAY


def _texts(catalog: Catalog) -> str:
    current = catalog.timeline_of(EventId("weekly")).current
    assert current is not None
    return current.name


async def test_m6_a_reload_that_is_announced_is_followed_where_the_files_agree(tmp_path: Path) -> None:
    async with two_processes(tmp_path) as (one, other):
        mine, his = one.operations(), other.operations()
        follower = Follower(other.store, other.catalog, other.clock, his)
        await follower()
        edited = {"weekly": {**WEEKLY, "name": "Edited"}}
        one.write(edited)
        assert (await mine.reload(announces=True)).is_taken
        await follower()
        assert _texts(other.catalog) == "Edited"
        assert not his.last_reload().is_taken, "its own files say something else"
        assert "another process" in his.last_reload().findings[-1].message
        other.write(edited)
        other.write_module("hello", "def register(registry):\n    pass\n")
        await mine.reload(announces=True)
        await follower()
        assert his.last_reload().is_taken
        assert list(his.modules()) == ["hello"]
        at = his.last_reload()
        await follower()
        assert his.last_reload() is at, "nothing new has been announced"
