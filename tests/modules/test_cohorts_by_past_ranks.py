"""`modules/cohorts_by_past_ranks.py` does what its docstring promises, as the file that ships."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from server.domain.event_leaderboards.cohort import Cohort
from tests.builders import WEEK
from tests.world import WEEKLY, Game, game

SHIPPED = Path(__file__).parents[2] / "modules" / "cohorts_by_past_ranks.py"
BANDED: dict[str, Any] = {**WEEKLY, "cohort_size": 9, "additional_properties": {"cohorts": "by_past_ranks"}}
NINE = [f"p{number}" for number in range(9)]


def install(playing: Game) -> None:
    """Copy the module in, as a studio does."""
    playing.module(SHIPPED.stem, SHIPPED.read_text())


async def week_of(playing: Game, order: Sequence[str], idle: Sequence[str] = ()) -> None:
    """Play a week that ends in this order; those who are idle only roll."""
    for name in (*order, *idle):
        await playing.roll(name, claim_reward=True)
    for place, name in enumerate(order):
        await playing.submit(name, 100 - place)
    playing.clock.advance(WEEK)


async def cohort_of(playing: Game, player: str) -> Cohort:
    """Roll, and return the cohort that the player came into."""
    rolled = await playing.roll(player, claim_reward=True)
    cohort = await playing.store.read(lambda view: view.cohort_of(rolled.cohort_id))
    assert cohort is not None
    return cohort


async def band_of(playing: Game, player: str) -> str | None:
    cohort = await cohort_of(playing, player)
    band: str | None = json.loads(cohort.properties).get("band")
    return band


async def test_players_who_came_in_alike_meet_and_others_do_not(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": BANDED}) as playing:
        install(playing)
        await week_of(playing, NINE)
        bands = [await band_of(playing, name) for name in NINE]
        assert bands == ["leaders"] * 3 + ["middle"] * 3 + ["followers"] * 3
        for third in (NINE[:3], NINE[3:6], NINE[6:]):
            assert await playing.order(third[0]) == third


async def test_who_has_no_history_plays_with_newcomers(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": BANDED}) as playing:
        install(playing)
        await week_of(playing, ["ann", "bob"])
        assert [await band_of(playing, name) for name in ("ann", "new", "bob", "newer")] == [
            "leaders",
            "newcomers",
            "followers",
            "newcomers",
        ]
        assert await playing.order("new") == ["new", "newer"]


async def test_a_cohort_that_he_did_not_play_in_says_nothing(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": BANDED}) as playing:
        await week_of(playing, ["ann", "bob"], idle=["idle"])
        await week_of(playing, ["bob", "idle"], idle=["ann"])
        install(playing)
        assert [await band_of(playing, name) for name in ("ann", "idle")] == ["leaders", "middle"]


async def test_only_the_last_five_cohorts_count(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": BANDED}) as playing:
        for week in range(6):
            await week_of(playing, ["bob", "ann"] if week == 0 else ["ann", "bob"])
        install(playing)
        assert [await band_of(playing, name) for name in ("ann", "bob")] == ["leaders", "followers"]


async def test_the_mean_decides_and_a_cohort_alone_is_the_middle(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": BANDED}) as playing:
        await week_of(playing, ["ann", "bob"])
        await week_of(playing, ["bob", "ann"])
        playing.module(
            "alone",
            "from server.modules_api import *\n\ndef register(registry):\n    registry.cohort_selection(lambda: NewCohort())\n",
        )
        await week_of(playing, ["alone"])
        (playing.folder / "modules" / "alone.py").unlink()
        install(playing)
        assert [await band_of(playing, name) for name in ("ann", "bob", "alone")] == ["middle"] * 3


async def test_he_joins_the_fullest_open_cohort_of_his_band_and_a_full_one_gets_a_successor(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": {**BANDED, "cohort_size": 2}}) as playing:
        install(playing)
        first, second, third = [await cohort_of(playing, name) for name in ("ann", "bob", "cid")]
        assert first.cohort_id == second.cohort_id != third.cohort_id
        assert (await cohort_of(playing, "dan")).cohort_id == third.cohort_id


async def test_events_that_do_not_ask_for_it_are_left_alone(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": {**BANDED, "additional_properties": {"cohorts": "any"}}}) as playing:
        install(playing)
        await week_of(playing, NINE)
        assert {await band_of(playing, name) for name in NINE} == {None}
        assert len(await playing.order(NINE[0])) == len(NINE)


async def test_players_who_roll_at_once_share_the_cohort_of_their_band(tmp_path: Path) -> None:
    """ "At most three more cohorts are part-filled per tier": above all in the minute after the weekly reset (E23)."""
    async with game(tmp_path, {"weekly": BANDED}) as playing:
        install(playing)
        async with asyncio.timeout(10):
            rolled = await asyncio.gather(*(playing.roll(f"new{number}") for number in range(18)))
        assert len({one.cohort_id for one in rolled}) <= 3
