"""Bots on leaderboards: they come, move while somebody looks, and stand at the end where their seed says (L2 to L8)."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.application.bot_entries import bot_entry
from server.domain.bots.field import Watched
from server.domain.bots.sightings import Lookout
from tests.application.board_world import Boards, boards
from tests.application.bot_world import HOUR, MIDDLE, SECOND, SHADOW, bots, entries, field_of, points, run
from tests.application.test_settle_periods import daily, rows, settle, tier
from tests.builders import DAY


@pytest.fixture
async def playing(tmp_path: Path) -> AsyncIterator[Boards]:
    async with boards(
        tmp_path, daily(tier(3, "gold"), bots=bots(fill={"after_seconds": 10, "every_seconds": 5}))
    ) as one:
        yield one


async def test_l2_bots_drip_in_until_there_are_enough(playing: Boards) -> None:
    found = []
    for _ in range(8):
        found.append(len((await playing.page()).rows))
        playing.playing.clock.advance(5 * SECOND)
    assert found == [0, 0, 1, 2, 3, 4, 5, 5]
    page = await playing.page()
    assert all(row.is_bot for row in page.rows)
    assert len({row.name for row in page.rows}) == 5, "each has a name of its own"


async def test_l2_humans_take_the_places_that_are_not_taken_and_send_nobody_away(playing: Boards) -> None:
    playing.playing.clock.advance(16 * SECOND)
    assert len((await playing.page()).rows) == 2
    await playing.score({"ann": 900, "ben": 800, "cid": 1, "dan": 2})
    playing.playing.clock.advance(HOUR)
    page = await playing.page()
    assert (len(page.rows), len(points(page.rows))) == (6, 2)


async def test_l8_a_first_read_brings_bots_up_and_others_use_the_last_look(playing: Boards) -> None:
    playing.playing.clock.advance(600 * SECOND)
    first = points((await playing.page()).rows)
    assert all(first.values())
    playing.playing.clock.advance(2 * SECOND)
    assert points((await playing.page()).rows) == first
    playing.playing.clock.advance(60 * SECOND)
    await playing.playing.use.board_bots()
    moved = points((await playing.page()).rows)
    assert moved != first
    assert all(moved[one] >= first[one] for one in first)


async def test_l8_bots_move_only_while_somebody_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with boards(tmp_path, daily(bots=bots())) as playing:
        seconds = [100.0]
        use = playing.playing.use.board_bots
        monkeypatch.setattr(use, "_seconds", lambda: seconds[0])
        monkeypatch.setattr(use._interest, "_clock", lambda: seconds[0])
        await playing.page()
        segment = playing.segment()
        for _ in range(30):
            seconds[0] += 1
            playing.playing.clock.advance(SECOND)
            await use()
        looked = await playing.playing.store.read(lambda view: view.bots_of(segment))
        assert 10 <= looked.second < 16


async def test_l3_a_bot_stands_where_its_seed_says(playing: Boards) -> None:
    segment = playing.segment()
    for _ in range(5):
        playing.playing.clock.advance(random.Random(1).randrange(1, 900) * SECOND)
        await playing.page()
    second = (playing.now - segment.period.start) // SECOND
    seats = field_of(playing, segment).first(5)
    expected = {
        seat.player_id: bot_entry(seat, seat.at(second, {}), segment, playing.board(), None).aggregate for seat in seats
    }
    assert {one.key.player_id: one.aggregate for one in await entries(playing, segment)} == expected


@pytest.mark.parametrize("looks", [(), (3600,), (1, 7, 11, 500, 3000, 50_000, 86_399)])
async def test_l8_at_the_end_bots_stand_where_their_seeds_say_whoever_looked_before(
    playing: Boards, looks: tuple[int, ...]
) -> None:
    segment = playing.segment()
    await playing.score({"ann": 100})
    now = 0
    for second in looks:
        playing.playing.clock.advance((second - now) * SECOND)
        now = second
        await playing.page()
    seats = field_of(playing, segment).first(4)
    expected = {
        one.player_id: bot_entry(one, one.at(86_400, {}), segment, playing.board(), None).aggregate for one in seats
    }
    playing.playing.clock.advance(DAY - now * SECOND)
    await settle(playing)
    assert {one.player_id: one.aggregate for one in await rows(playing, segment) if one.is_bot} == expected


async def test_l8_after_the_end_bots_are_brought_to_it_and_no_further(playing: Boards) -> None:
    segment = playing.segment()
    await playing.score({"ann": 7})
    playing.playing.clock.advance(DAY + HOUR)
    page = await playing.page(start=segment.period.start)
    looked = await playing.playing.store.read(lambda view: view.bots_of(segment))
    assert looked.second == 86_400
    await settle(playing)
    assert points((await playing.page(start=segment.period.start)).rows) == points(page.rows)


async def test_l6_a_final_period_never_changes_and_its_bots_leave_nothing_behind(playing: Boards) -> None:
    segment = playing.segment()
    playing.playing.clock.advance(HOUR)
    ids = [row.player_id for row in (await playing.page()).rows]
    playing.playing.clock.advance(DAY - HOUR)
    await settle(playing)
    before = await rows(playing, segment)
    playing.playing.clock.advance(HOUR)
    await playing.page(start=segment.period.start)
    await playing.playing.use.board_bots()
    assert await rows(playing, segment) == before
    assert all(row.name for row in before), "the snapshot keeps their names"
    assert await playing.playing.store.read(lambda view: view.accounts_of(ids)) == [None] * len(ids)
    assert (await playing.playing.store.read(lambda view: view.bots_of(segment))).bots == 0


async def test_l7_a_bots_row_looks_like_a_players(playing: Boards) -> None:
    playing.playing.clock.advance(HOUR)
    page = await playing.page()
    instants = [row.aggregate.reached_at for row in page.rows] + [row.updated_at for row in page.rows]
    assert all(page.period.start <= one <= playing.now for one in instants)
    assert len({one.microsecond for one in instants}) == len(page.rows)
    assert all(row.aggregate.samples > 1 and len(row.player_id) == 16 for row in page.rows)


# Looking at others


async def test_l4_a_season_of_bots_that_look_at_others_replays_to_the_same(tmp_path: Path) -> None:
    company = bots(6, kinds={"shadow": SHADOW, "middle": MIDDLE, "runner": run(500)})
    async with boards(tmp_path, daily(bots=company)) as playing:
        dice, segment, best = random.Random(3), playing.segment(), 0
        for _ in range(60):
            playing.playing.clock.advance(dice.randrange(1, 90) * SECOND)
            best += dice.randrange(0, 30)
            await playing.score({"ann": best, "ben": best // 2})
            await playing.page()
        shown = points((await playing.page()).rows)
        seen: dict[Lookout, list[Watched]] = {}
        for one in await playing.playing.store.read(lambda view: view.sightings_of(segment, -1)):
            seen.setdefault(one.lookout, []).append(Watched(one.second, one.points))
        assert {lookout.anchor.value for lookout in seen} == {"leader", "median_human"}
        known = await playing.playing.store.read(lambda view: view.bots_of(segment))
        replayed = {
            one.player_id: one.at(known.second, seen).points for one in field_of(playing, segment).first(known.bots)
        }
        assert shown == replayed
        assert len({score for score in shown.values() if score}) > 1


async def test_l4_a_shadow_follows_the_leader_and_never_itself(tmp_path: Path) -> None:
    ahead = {"behavior": {**SHADOW["behavior"], "params": {**SHADOW["behavior"]["params"], "offset": 5}}}
    async with boards(tmp_path, daily(bots=bots(3, kinds={"shadow": ahead}))) as playing:
        await playing.score({"ann": 40})
        for _ in range(40):
            await playing.page()
            playing.playing.clock.advance(3 * SECOND)
        assert set(points((await playing.page()).rows).values()) == {45}
