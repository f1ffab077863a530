"""Jobs run when their cron expression says so: by one process, missed runs made up for by one (M1)."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from server.application.run_jobs import LEASE
from server.ports.module_store import JobKey, JobRun
from tests.builders import DAY, HOUR, WEEK
from tests.world import WEEKLY, Game, game

JOB = """
runs = []

def register(registry):
    registry.schedule("0 4 * * *", nightly)

async def nightly(ctx):
    runs.append(ctx.now().isoformat())
    {then}
"""
KEY = JobKey("mine", "nightly")


@pytest.fixture
async def playing(tmp_path: Path) -> AsyncIterator[Game]:
    async with game(tmp_path, {"weekly": WEEKLY}) as playing:
        playing.module("mine", JOB.format(then="pass"))
        yield playing


def runs(playing: Game) -> list[str]:
    (job,) = playing.hooks._in_force.jobs
    state: dict[str, Any] = job.hook.function.__globals__
    found: list[str] = state["runs"]
    return found


async def test_m1_a_job_waits_for_its_next_time_and_runs_once_then(playing: Game) -> None:
    for _ in range(3):
        assert await playing.use.run_jobs() == 0
    playing.clock.advance(4 * HOUR)
    assert await playing.use.run_jobs() == 1
    assert await playing.use.run_jobs() == 0
    assert runs(playing) == ["2026-11-02T04:00:00+00:00"]


async def test_m1_missed_runs_are_made_up_for_by_one(playing: Game) -> None:
    await playing.use.run_jobs()
    playing.clock.advance(2 * WEEK)
    assert [await playing.use.run_jobs() for _ in range(3)] == [1, 0, 0]
    playing.clock.advance(DAY)
    assert await playing.use.run_jobs() == 1
    assert len(runs(playing)) == 2


async def test_m4_a_job_that_fails_is_logged_and_waits_for_its_next_time(playing: Game) -> None:
    playing.module("mine", JOB.format(then="raise RuntimeError('broken')"))
    await playing.use.run_jobs()
    playing.clock.advance(DAY)
    with capture_logs() as lines:
        assert [await playing.use.run_jobs() for _ in range(2)] == [1, 0]
    assert [line["hook"] for line in lines if line["event"] == "hook_failed"] == ["schedule nightly"]
    playing.clock.advance(DAY)
    assert await playing.use.run_jobs() == 1


async def test_m8_a_job_that_hangs_keeps_no_other_modules_jobs_waiting(playing: Game) -> None:
    """The first waits for what the second leaves behind, and would be given up after half a minute."""
    waits = "while await ctx.storage.get('jobs', 'done') is None:\n        await asyncio.sleep(0.01)"
    playing.module("a_slow_one", "import asyncio\n" + JOB.format(then=waits))
    playing.module("mine", JOB.format(then="await ctx.storage.put('jobs', 'done', True)"))
    await playing.use.run_jobs()
    playing.clock.advance(DAY)
    async with asyncio.timeout(5):
        assert await playing.use.run_jobs() == 2


async def test_m1_of_two_processes_one_runs_a_job(tmp_path: Path, playing: Game) -> None:
    async with game(tmp_path / "other", {"weekly": WEEKLY}, store=playing.store, clock=playing.clock) as other:
        other.module("mine", JOB.format(then="pass"))
        for one in (playing, other):
            await one.use.run_jobs()
        playing.clock.advance(DAY)
        assert sum(await asyncio.gather(playing.use.run_jobs(), other.use.run_jobs())) == 1
        assert len(runs(playing) + runs(other)) == 1


async def test_m1_a_job_whose_process_died_is_run_by_another_when_its_lease_is_over(playing: Game) -> None:
    await playing.use.run_jobs()
    playing.clock.advance(DAY)
    now, wall = playing.clock.now(), playing.clock.wall()
    await playing.store.transact(lambda tx: tx.record_job(KEY, JobRun(now - DAY, wall + LEASE)))
    assert await playing.use.run_jobs() == 0
    playing.clock.advance(LEASE)
    assert await playing.use.run_jobs() == 1


async def test_m6_a_job_that_was_taken_out_is_run_no_more(playing: Game) -> None:
    await playing.use.run_jobs()
    playing.module("mine", "def register(registry):\n    pass\n")
    playing.clock.advance(DAY)
    assert await playing.use.run_jobs() == 0
