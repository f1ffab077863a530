"""What has happened is told to modules: after the commit, in order, at least once, also after a restart (M1, M4)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from server.application.announce_phases import PHASES_AT_ONCE
from server.application.tell_modules import ATTEMPTS_MAX, LANES_OF_A_MODULE, TellModules
from server.ports.hooks import News
from server.ports.module_store import Notice
from server.storage.postgres.store import PostgresStore
from tests.builders import DAY, HOUR, MINUTE, WEEK
from tests.postgres import NEWEST, Databases
from tests.world import WEEKLY, Game, game

PRIZES = {
    "change_zones": {"0": {"promotion": 0.5}},
    "reward_tiers": {
        "0": [{"rank_min": 1, "rank_max": 1, "reward": {"guaranteed": {"currencies": {"coins": {"min": 5}}}}}]
    },
}
EVENT: dict[str, Any] = {**WEEKLY, **PRIZES, "cohort_size": 2, "tiers": 2, "auto_claim": True}
LISTENS = """
from server.modules_api import Refusal

told, fails = [], set()

def register(registry):
    for name, hook in {hooks}.items():
        registry.on(name, hook)

def say(*what):
    if what[0] in fails:
        raise RuntimeError("not now")
    told.append(what)

async def tier(player, change, notice):
    say("tier", player.id, change.from_tier, change.to_tier)

async def completed(event, cohort, notice):
    say("completed", event.id, cohort.count, cohort.completed_at.isoformat())

async def granted(player, grant, notice):
    say("granted", player.id, grant.reward.currencies)

async def began(event, phase):
    say("began", phase.start.isoformat())

async def ended(event, phase):
    say("ended", phase.active_end.isoformat())
"""
ALL = '{"tier_changed": tier, "cohort_completed": completed, "grant_created": granted}'
PHASES = '{"phase_started": began, "phase_ended": ended}'


@pytest.fixture
async def playing(tmp_path: Path) -> AsyncIterator[Game]:
    async with game(tmp_path, {"weekly": EVENT}) as playing:
        playing.module("mine", LISTENS.format(hooks=ALL))
        yield playing


def state_of(playing: Game, module: str = "mine") -> dict[str, Any]:
    """The module's globals, as they are in force."""
    hooks = [hook for some in playing.hooks._in_force.hooks.values() for hook in some if hook.module == module]
    state: dict[str, Any] = hooks[0].function.__globals__
    return state


def told(playing: Game, module: str = "mine") -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = state_of(playing, module)["told"]
    return found


async def tell(playing: Game) -> None:
    async with asyncio.timeout(10):
        while await playing.use.tell_modules():
            pass


async def play_a_week(playing: Game) -> None:
    for player, score in (("ann", 10), ("bob", 5)):
        await playing.roll(player)
        await playing.submit(player, score)
    playing.clock.advance(WEEK)
    await playing.settle()


async def parked(playing: Game) -> list[Notice]:
    return (await playing.use.list_parked_notices(0, 100)).notices


async def test_m1_a_week_is_told_in_its_order(playing: Game) -> None:
    await play_a_week(playing)
    await playing.roll("ann")
    assert told(playing) == []  # nothing is told inside a call
    await tell(playing)
    cohort = [one for one in told(playing) if one[0] != "tier"]
    assert cohort == [
        ("completed", "weekly", 2, "2026-11-09T00:00:00+00:00"),
        ("granted", "ann", {"coins": 5}),
        ("granted", "bob", {}),
    ]
    assert ("tier", "ann", 0, 1) in told(playing)
    assert await playing.use.tell_modules() == 0


async def test_m1_where_nobody_listens_nothing_is_written(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": EVENT}) as playing:
        await play_a_week(playing)
        assert await playing.store.read(lambda view: view.notice_counts()) == (0, 0)


async def test_m4_a_failing_module_is_told_again_later_and_later_and_its_lane_waits(playing: Game) -> None:
    state_of(playing)["fails"].add("completed")
    await play_a_week(playing)
    await tell(playing)
    assert told(playing) == []
    state_of(playing)["fails"].clear()
    await tell(playing)
    assert told(playing) == []  # not yet
    playing.clock.advance(timedelta(seconds=1))
    await tell(playing)
    assert [one[0] for one in told(playing)] == ["completed", "granted", "granted"]


async def test_m4_what_fails_ten_times_is_parked_and_shown_and_its_lane_goes_on(playing: Game) -> None:
    state_of(playing)["fails"].add("granted")
    await play_a_week(playing)
    with capture_logs() as lines:
        for _ in range(3 * ATTEMPTS_MAX):
            await tell(playing)
            playing.clock.advance(5 * MINUTE)
    assert [one[0] for one in told(playing)] == ["completed"]
    given_up = await parked(playing)
    assert [(one.kind, one.attempts) for one in given_up] == [("grant_created", ATTEMPTS_MAX)] * 2
    incidents = {line["incident"] for line in lines if line["event"] == "hook_failed"}
    assert {one.failure for one in given_up} <= incidents
    assert len([line for line in lines if line["event"] == "notice_parked"]) == 2

    state_of(playing)["fails"].clear()
    first, second = given_up
    await playing.use.put_away_notice(first.notice_id, drops=False)
    await playing.use.put_away_notice(second.notice_id, drops=True)
    await tell(playing)
    assert [one[0] for one in told(playing)] == ["completed", "granted"]
    assert await playing.store.read(lambda view: view.notice_counts()) == (0, 0)


async def test_m4_one_module_that_fails_keeps_no_other_from_being_told(playing: Game) -> None:
    playing.module("other", LISTENS.format(hooks=ALL))
    state_of(playing)["fails"].update({"granted", "completed"})
    await play_a_week(playing)
    await tell(playing)
    assert told(playing) == []
    assert [one[0] for one in told(playing, "other")] == ["completed", "granted", "granted"]


async def test_m1_a_process_that_dies_while_it_tells_leaves_it_to_the_next(playing: Game) -> None:
    """The notice is removed after it was told: what dies in between is told again, when its lease is over."""
    await play_a_week(playing)
    wall = playing.clock.wall()
    await playing.store.transact(lambda tx: tx.acquire_due_lanes(wall, wall + MINUTE, 10))
    await tell(playing)
    assert told(playing) == []
    playing.clock.advance(MINUTE)
    await tell(playing)
    assert [one[0] for one in told(playing)] == ["completed", "granted", "granted"]


SLOW = """
import asyncio

begun, go_on = [], asyncio.Event()

def register(registry):
    registry.cohort_completed(wait)

async def wait(cohort):
    begun.append(cohort.id)
    await go_on.wait()
"""


async def test_m8_a_module_that_takes_its_time_holds_no_other_up(playing: Game) -> None:
    """Nor does it take all the lanes, however many of its own are due."""
    playing.module("slow", SLOW)
    for number in range(80):
        await playing.roll(f"p{number}")
        await playing.submit(f"p{number}", 1)
    playing.clock.advance(WEEK)
    await playing.settle()
    async with asyncio.timeout(20):
        while len(told(playing)) < 3 * 40:
            await playing.use.tell_modules()
        slow = state_of(playing, "slow")
        assert len(slow["begun"]) <= 2 * LANES_OF_A_MODULE
        slow["go_on"].set()
    await tell(playing)
    assert len(slow["begun"]) == len(set(slow["begun"])) == 40


async def test_m4_who_stops_telling_leaves_the_rest_to_be_told(playing: Game) -> None:
    playing.module("slow", SLOW)
    await play_a_week(playing)
    await playing.use.tell_modules()
    async with asyncio.timeout(10):
        while len(told(playing)) < 3:
            await playing.use.tell_modules()
    playing.use.tell_modules.close()
    assert await playing.use.tell_modules() in (0, 1)
    assert await playing.store.read(lambda view: view.notice_counts()) == (1, 0)


async def test_m6_a_notice_for_a_module_that_is_gone_is_parked_in_the_end(playing: Game) -> None:
    await play_a_week(playing)
    (playing.folder / "modules" / "mine.py").unlink()
    playing.hooks.put_in_force(playing.hooks.load())
    for _ in range(3 * ATTEMPTS_MAX):
        await tell(playing)
        playing.clock.advance(5 * MINUTE)
    assert {one.failure for one in await parked(playing)} == {"nobody listens any more"}
    assert len(await parked(playing)) == 3


async def test_m6_a_notice_waits_for_a_process_that_has_its_module(tmp_path: Path, playing: Game) -> None:
    """While a new module is rolled out, a process that has not loaded it yet may be the first to look."""
    await play_a_week(playing)
    async with game(tmp_path / "other", {"weekly": EVENT}, store=playing.store, clock=playing.clock) as other:
        await tell(other)
        playing.clock.advance(MINUTE)
        await tell(playing)
    assert [one[0] for one in told(playing)] == ["completed", "granted", "granted"]
    assert await parked(playing) == []


async def test_m1_a_refusal_is_a_failure_like_any_other(playing: Game) -> None:
    playing.module("mine", LISTENS.format(hooks=ALL).replace('RuntimeError("not now")', 'Refusal("NO", "no")'))
    state_of(playing)["fails"].add("completed")
    await play_a_week(playing)
    await tell(playing)
    counts = await playing.store.read(lambda view: view.notice_counts())
    assert counts == (3, 0)


async def test_m1_a_tier_is_told_of_when_it_changes_and_not_otherwise(playing: Game) -> None:
    await play_a_week(playing)
    await playing.roll("bob")
    await tell(playing)
    assert not [one for one in told(playing) if one[0] == "tier"]


class Recorder:
    """Hooks that only write down what is told, as one process of several."""

    def __init__(self, told: list[Notice]) -> None:
        self._told = told

    async def tell(self, _: News, notice: Notice) -> None:
        await asyncio.sleep(0)
        self._told.append(notice)


async def test_m1_processes_that_tell_at_once_tell_each_notice_once_and_in_order(
    tmp_path: Path, databases: Databases
) -> None:
    store = await PostgresStore.open(await databases.fresh(NEWEST))
    async with game(tmp_path, {"weekly": EVENT}, store=store) as playing:
        playing.module("mine", LISTENS.format(hooks=ALL))
        for number in range(40):
            await playing.roll(f"p{number}")
            await playing.submit(f"p{number}", number)
        playing.clock.advance(WEEK)
        await playing.settle()
        recorded: list[Notice] = []
        hooks: Any = Recorder(recorded)
        async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
            tellers = [TellModules(playing.store, playing.catalog, playing.clock, hooks, tasks) for _ in range(4)]
            while sum(await asyncio.gather(*(teller() for teller in tellers))):
                pass
        lanes = {one.lane for one in recorded}
        assert len(lanes) == 20
        for lane in lanes:
            seen = [one.notice_id for one in recorded if one.lane == lane]
            assert seen == sorted(set(seen))
            assert len(seen) == 3
    await store.close()


# Phases


async def announce(playing: Game) -> None:
    async with asyncio.timeout(10):
        while await playing.use.announce_phases():
            pass
    await tell(playing)


async def test_m1_phases_are_announced_once_each_from_when_somebody_listens(playing: Game) -> None:
    playing.module("mine", LISTENS.format(hooks=PHASES))
    await announce(playing)
    assert told(playing) == []  # the running phase began before
    playing.clock.advance(WEEK)
    for _ in range(2):
        await announce(playing)
    assert told(playing) == [("ended", "2026-11-09T00:00:00+00:00"), ("began", "2026-11-09T00:00:00+00:00")]


async def test_m1_what_was_slept_through_is_announced_whole_and_in_order(tmp_path: Path) -> None:
    hourly = {"reset_schedule": "0 * * * *", "duration": 1800, "cohort_size": 5}
    async with game(tmp_path, {"hourly": hourly}) as playing:
        playing.module("mine", LISTENS.format(hooks=PHASES))
        await announce(playing)
        playing.clock.advance(10 * DAY)
        await announce(playing)
        moments = [moment for _, moment in told(playing)]
        assert moments == sorted(moments)
        assert len(moments) == len(set(moments)) == 2 * 240 > PHASES_AT_ONCE


async def test_m1_two_processes_announce_a_phase_once(tmp_path: Path, playing: Game) -> None:
    playing.module("mine", LISTENS.format(hooks=PHASES))
    async with game(tmp_path / "other", {"weekly": EVENT}, store=playing.store, clock=playing.clock) as other:
        other.module("mine", LISTENS.format(hooks=PHASES))
        for one in (playing, other):
            await one.use.announce_phases()
        playing.clock.advance(WEEK + HOUR)
        await asyncio.gather(playing.use.announce_phases(), other.use.announce_phases())
        await asyncio.gather(tell(playing), tell(other))
        assert sorted(told(playing) + told(other)) == [
            ("began", "2026-11-09T00:00:00+00:00"),
            ("ended", "2026-11-09T00:00:00+00:00"),
        ]


async def test_m1_a_process_that_has_not_heard_of_new_definitions_tells_their_phases(
    tmp_path: Path, playing: Game
) -> None:
    """It may have the lane before it has followed; what it does not know is not gone."""
    playing.module("mine", LISTENS.format(hooks=PHASES))
    async with game(tmp_path / "other", {"weekly": EVENT}, store=playing.store, clock=playing.clock) as other:
        other.module("mine", LISTENS.format(hooks=PHASES))
        hourly = {**EVENT, "reset_schedule": "0 * * * *"}
        await playing.configure({"weekly": hourly, "new": hourly})
        await playing.use.announce_phases()
        playing.clock.advance(HOUR)
        await playing.use.announce_phases()
        await tell(other)
        assert told(other).count(("began", "2026-11-02T01:00:00+00:00")) == 2  # of both events
