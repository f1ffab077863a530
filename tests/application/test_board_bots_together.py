"""Several processes on one PostgreSQL that read, score, move bots and settle at once: all show one board (L3, L8, B13)."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from server.application.bot_entries import bot_entry, ground_of
from server.application.segment_pages import SegmentAsked
from server.domain.bots.field import Field, Watched
from server.domain.bots.sightings import Lookout
from server.domain.leaderboards.entry import PeriodId, SegmentId
from tests.application.bot_world import MIDDLE, SHADOW, bots, run
from tests.application.test_contribution_races import KEY, processes, submit
from tests.application.test_settle_periods import daily, tier
from tests.builders import DAY, MONDAY
from tests.postgres import Databases
from tests.world import Game

SECOND = timedelta(seconds=1)
SEGMENT = SegmentId(PeriodId(KEY, MONDAY))
BOARD: dict[str, Any] = daily(
    tier(3, "gold"),
    bots=bots(8, kinds={"runner": run(500), "shadow": SHADOW, "middle": MIDDLE}, fill={"every_seconds": 30}),
)


async def points(playing: Game) -> dict[str, int]:
    page = await playing.use.list_entries(SegmentAsked(None, KEY), None, 100)
    return {row.player_id: row.aggregate.score for row in page.rows if row.is_bot}


async def expected(playing: Game, second: int) -> dict[str, Any]:
    """What the seeds and what was seen come to."""
    seen: dict[Lookout, list[Watched]] = {}
    for one in await playing.store.read(lambda view: view.sightings_of(SEGMENT, -1)):
        seen.setdefault(one.lookout, []).append(Watched(one.second, one.points))
    known = await playing.store.read(lambda view: view.bots_of(SEGMENT))
    board = playing.catalog.board_of(KEY).present
    assert board.bots is not None
    field = Field(ground_of(playing.use.settle_periods._secret, SEGMENT, board), board.bots)
    return {
        one.player_id: bot_entry(one, one.at(second, seen), SEGMENT, board, None).aggregate
        for one in field.first(known.bots)
    }


def forward(games: list[Game], span: timedelta) -> None:
    for one in games:
        one.clock.advance(span)


async def settled(playing: Game) -> None:
    while await playing.use.settle_periods() + await playing.use.follow_up_periods():
        pass


@pytest.mark.parametrize("seed", range(3))
async def test_l8_whoever_reads_scores_moves_and_settles_all_see_one_board(
    databases: Databases, tmp_path: Path, seed: int
) -> None:
    dice = random.Random(seed)
    async with processes(databases, tmp_path, BOARD) as games, asyncio.timeout(60):
        for number in range(25):
            forward(games, dice.randrange(1, 60) * SECOND)
            await asyncio.gather(
                *(points(one) for one in games),
                *(one.use.board_bots() for one in games),
                *(submit(games[number % 3], f"p{dice.randrange(3)}", dice.randrange(300)) for _ in range(3)),
            )
        forward(games, 3 * SECOND)
        shown = [await points(one) for one in games]
        assert shown[0] == shown[1] == shown[2]
        second = (await games[0].store.read(lambda view: view.bots_of(SEGMENT))).second
        assert shown[0] == {player: one.score for player, one in (await expected(games[0], second)).items()}
        forward(games, MONDAY + DAY - games[0].clock.now())
        at_the_end = await expected(games[0], 86_400)
        await asyncio.gather(*map(settled, games))
        rows = await games[0].store.read(lambda view: view.snapshot_page(SEGMENT, 0, 100))
        assert {one.player_id: one.aggregate for one in rows if one.is_bot} == at_the_end
        assert sorted(one.prize_position for one in rows if one.prize_position) == [1, 2, 3]
        assert all(len(one.player_id) == 2 for one in rows if one.prize_tier)


async def test_l8_all_nodes_read_first_at_once_and_bots_join_once(databases: Databases, tmp_path: Path) -> None:
    """Also the period is written down by one of them."""
    async with processes(databases, tmp_path, BOARD) as games, asyncio.timeout(60):
        forward(games, timedelta(hours=1))
        shown = await asyncio.gather(*(points(one) for one in games * 4))
        assert len(shown[0]) == 8
        assert all(one == shown[0] for one in shown)
