"""Bots on leaderboards with several nodes, failures, indexes, edits and operators (L8, B3, B42, B52)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from server.application.contribution_effects import ContributionEffects, count_nothing
from server.application.import_entries import ImportedLine, ImportEntries
from server.application.rescore_leaderboard import NewDefinition
from server.application.restart_leaderboard import RestartLeaderboard
from server.application.verify_ranks import VerifyRanks
from server.definitions.config import load_configuration
from server.domain.ids import PlayerId
from server.ports.errors import StoreUnavailable
from server.ports.rank_index import RankIndex
from server.ranks.in_process import InProcessRankIndex
from server.storage.database import copy_database, database_at
from server.storage.sqlite.connection import EPHEMERAL
from server.storage.sqlite.store import SqliteStore
from server.streams.local import LocalBroker
from tests.application.board_world import KEY, Boards, boards
from tests.application.bot_world import HOUR, SECOND, SHADOW, bots, entries, points, run
from tests.application.test_rescore_leaderboard import rescore
from tests.application.test_settle_periods import daily, grants, rows, settle, tier
from tests.builders import DAY, MONDAY
from tests.world import Game, ManualClock


@pytest.fixture
async def playing(tmp_path: Path) -> AsyncIterator[Boards]:
    async with boards(
        tmp_path, daily(tier(3, "gold"), bots=bots(fill={"after_seconds": 10, "every_seconds": 5}))
    ) as one:
        yield one


@asynccontextmanager
async def two_processes(tmp_path: Path, definition: dict[str, Any]) -> AsyncIterator[tuple[Boards, Boards]]:
    """Two sets of use cases on one store, as two processes have them, with one clock."""
    clock, store = ManualClock(), await SqliteStore.open(EPHEMERAL)
    try:
        async with boards(tmp_path / "one", definition, store=store, clock=clock, worker="one") as first:
            (tmp_path / "two").mkdir()
            async with boards(tmp_path / "two", definition, store=store, clock=clock, worker="two") as second:
                yield first, second
    finally:
        await store.close()


def noted(node: Boards, moved: list[Boards], monkeypatch: pytest.MonkeyPatch) -> None:
    """Note whenever a node moves bots."""
    moves = node.playing.use.board_bots._moves
    move = moves.move

    async def noting(*arguments: Any) -> Any:
        moved.append(node)
        return await move(*arguments)

    monkeypatch.setattr(moves, "move", noting)


async def test_l8_two_nodes_show_the_same_and_one_of_them_moves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with two_processes(tmp_path, daily(bots=bots())) as (one, two):
        one.playing.clock.advance(300 * SECOND)
        shown = [points((await node.page()).rows) for node in (one, two)]
        assert shown[0] == shown[1]
        moved: list[Boards] = []
        for node in (one, two):
            noted(node, moved, monkeypatch)
        for _ in range(5):
            one.playing.clock.advance(SECOND)
            for node in (one, two):
                await node.playing.use.board_bots()
        assert moved == [one] * 5, "who came first looks after them"
        second = (one.now - one.segment().period.start) // SECOND
        assert (await one.playing.store.read(lambda view: view.bots_of(one.segment()))).second == second


async def test_l8_another_node_goes_on_where_one_has_stopped(tmp_path: Path) -> None:
    async with two_processes(tmp_path, daily(bots=bots())) as (one, two):
        for node in (one, two):
            await node.page()
            await node.playing.use.board_bots()
        for _ in range(6):
            one.playing.clock.advance(SECOND)
            await two.playing.use.board_bots()
        known = await one.playing.store.read(lambda view: view.bots_of(one.segment()))
        assert known.second == 6


async def test_l8_a_look_that_is_late_changes_nothing(playing: Boards) -> None:
    playing.playing.clock.advance(HOUR)
    await playing.page()
    segment, moves = playing.segment(), playing.playing.use.board_bots._moves
    before = await entries(playing, segment)
    late = playing.now - 30 * SECOND
    moved = await playing.playing.store.transact(lambda tx: moves.move(tx, segment, late))
    assert moved is not None
    assert (moved.second, moved.changed) == (3600, [])
    assert await entries(playing, segment) == before


async def test_a_read_answers_although_bots_cannot_be_moved(playing: Boards, monkeypatch: pytest.MonkeyPatch) -> None:
    await playing.score({"ann": 5})

    async def fails(*_: Any) -> None:
        raise StoreUnavailable("the database is busy")

    monkeypatch.setattr(playing.playing.use.board_bots._moves, "move", fails)
    playing.playing.clock.advance(HOUR)
    assert [row.player_id for row in (await playing.page()).rows] == ["ann"]


@pytest.mark.parametrize("index", [None, InProcessRankIndex()])
async def test_b52_each_move_has_a_revision_of_its_own(tmp_path: Path, index: RankIndex | None) -> None:
    async with boards(tmp_path, daily(bots=bots()), index=index) as playing:
        found = []
        for _ in range(20):
            playing.playing.clock.advance(30 * SECOND)
            epoch, _, number = (await playing.page()).revision.rpartition(".")
            found.append((epoch, int(number)))
        assert len(set(found)) == len(found)
        assert [number for _, number in found] == sorted(number for _, number in found)


async def test_the_index_stands_for_the_store_with_bots(tmp_path: Path) -> None:
    index = InProcessRankIndex()
    async with boards(tmp_path, daily(tier(3, "gold"), bots=bots()), index=index) as playing:
        await playing.score({"ann": 120, "ben": 60})
        for _ in range(10):
            playing.playing.clock.advance(37 * SECOND)
            await playing.page()
        await playing.tend()
        verify = VerifyRanks(playing.playing.store, playing.playing.catalog, index, lambda: asyncio.sleep(0))
        found = [one async for one in verify()]
        assert [one.entries for one in found] == [5, 5]
        assert not any(one.differences for one in found)


async def test_what_the_index_has_missed_it_hears_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with boards(
        tmp_path, daily(bots=bots(kinds={"runner": run(500, 60)})), index=InProcessRankIndex()
    ) as playing:
        use, seconds = playing.playing.use.board_bots, [100.0]
        monkeypatch.setattr(use, "_seconds", lambda: seconds[0])
        playing.playing.clock.advance(20 * SECOND)
        await playing.page()
        await playing.tend()

        async def deaf(_: Any) -> None:
            """A word that is lost."""

        monkeypatch.setattr(playing.ranks, "changed", deaf)
        playing.playing.clock.advance(HOUR)
        await use()
        monkeypatch.undo()
        monkeypatch.setattr(use, "_seconds", lambda: seconds[0])
        seconds[0] += 31
        playing.playing.clock.advance(SECOND)
        await use()
        stored = {one.key.player_id: one.aggregate.score for one in await entries(playing, playing.segment())}
        assert points((await playing.page()).rows) == stored


async def test_l2_each_bucket_has_bots_of_its_own(tmp_path: Path) -> None:
    splits = {"segmentation": {"key": "league", "buckets": ["east", "west"]}}
    async with boards(tmp_path, daily(bots=bots(3), **splits)) as playing:
        playing.playing.clock.advance(HOUR)
        east, west = [points((await playing.page(segment=one)).rows) for one in ("east", "west")]
        assert (len(east), len(west), len({*east} & {*west})) == (3, 3, 0)
        period = playing.segment().period
        assert await playing.playing.store.read(lambda view: view.segments_of(period, "", 9)) == ["east", "west"]


@pytest.mark.parametrize("aggregation", ["sum", "count", "max", "min", "best", "latest"])
async def test_l6_scores_of_bots_go_the_way_of_every_aggregation(tmp_path: Path, aggregation: str) -> None:
    falls = aggregation == "min"
    kind = run(10, 600)
    kind["behavior"]["start_score"] = 500 if falls else 0
    definition = {
        **daily(bots=bots(kinds={"one": kind})),
        "scoring": {"aggregation": aggregation},
        "ranking": {"decimals": 2},
    }
    async with boards(tmp_path, definition) as playing:
        before = points((await playing.page()).rows)
        for _ in range(6):
            playing.playing.clock.advance(120 * SECOND)
            now = points((await playing.page()).rows)
            assert all((now[one] <= before[one]) if falls else (now[one] >= before[one]) for one in now)
            before = now
        assert all(score % 100 == 0 for score in before.values()), "whole points"
        if aggregation == "count":
            assert all(row.aggregate.samples * 100 == row.aggregate.score for row in (await playing.page()).rows)


async def test_e8_an_edit_of_the_bots_holds_from_the_next_period(tmp_path: Path) -> None:
    async with boards(tmp_path, daily(bots=bots())) as playing:
        playing.playing.clock.advance(HOUR)
        before = {*points((await playing.page()).rows)}
        await playing.playing.configure({}, leaderboards={KEY: daily(bots=bots(2))})
        playing.playing.clock.advance(HOUR)
        assert {*points((await playing.page()).rows)} == before
        playing.playing.clock.advance(DAY)
        assert len((await playing.page()).rows) == 2


async def test_b3_a_restart_ends_the_bots_with_their_run_and_the_next_has_others(tmp_path: Path) -> None:
    definition = {**daily(bots=bots()), "timeframe": {"type": "never"}}
    async with boards(tmp_path, definition) as playing:
        playing.playing.clock.advance(HOUR)
        segment, before = playing.segment(), points((await playing.page()).rows)
        configuration = load_configuration(playing.playing.folder / "config")
        new = NewDefinition(configuration.boards[KEY], configuration.board_contents[KEY])
        await restarted(playing.playing, new)
        playing.playing.clock.advance(HOUR)
        await settle(playing)
        assert {one.player_id: one.aggregate.score for one in await rows(playing, segment)} == before
        after = points((await playing.page()).rows)
        assert (len(after), {*after} & {*before}) == (5, set())


async def restarted(playing: Game, new: Any) -> None:
    await RestartLeaderboard(playing.store, playing.catalog, playing.clock)(KEY, new)
    await playing.catalog.catch_up(playing.store, playing.catalog.current().revision)


async def test_b42_a_rescore_tells_of_players_alone_and_bots_join_again(tmp_path: Path) -> None:
    board = {**daily(bots=bots(kinds={"runner": run(500), "shadow": SHADOW})), "authoritative": True}
    async with boards(tmp_path, board) as playing:
        await playing.score({"ann": 100})
        for _ in range(20):
            playing.playing.clock.advance(61 * SECOND)
            await playing.page()
        before = points((await playing.page()).rows)
        same = await rescore(playing.playing)
        assert (same.entries, same.differences) == (1, [])
        other = {**board, "scoring": {"aggregation": "max"}}
        await rescore(playing.playing, other, applies=True)
        await playing.playing.catalog.catch_up(playing.playing.store, playing.playing.catalog.current().revision)
        await playing.ranks.let_go(playing.segment().period)
        playing.playing.clock.advance(3 * SECOND)
        after = points((await playing.page()).rows)
        assert {*after} == {*before}, "they are the same bots"
        assert all(after[one] >= before[one] for one in before), "and go on from where they were"


async def test_who_is_hidden_stays_hidden_also_a_bot(playing: Boards) -> None:
    playing.playing.clock.advance(HOUR)
    cheat = (await playing.page()).rows[0].player_id
    await playing.amend(cheat, playing.segment(), is_hidden=True)
    playing.playing.clock.advance(HOUR)
    page = await playing.page()
    assert cheat not in points(page.rows)
    assert len(page.rows) == 4


async def test_a_board_without_bots_is_not_looked_at(tmp_path: Path) -> None:
    async with boards(tmp_path) as playing:
        await playing.score({"ann": 1})
        await playing.page()
        assert playing.playing.use.board_bots._interest.present() == []
        assert await playing.playing.use.board_bots() == 0


async def test_bots_alone_make_a_period_that_is_settled(playing: Boards) -> None:
    segment = playing.segment()
    playing.playing.clock.advance(HOUR)
    await playing.page()
    playing.playing.clock.advance(DAY)
    await settle(playing)
    assert len(await rows(playing, segment)) == 5
    assert await grants(playing, (await rows(playing, segment))[0].player_id) == []


async def test_names_of_players_are_theirs(playing: Boards) -> None:
    await playing.score({"ann": 5})
    playing.playing.clock.advance(HOUR)
    page = await playing.page("ann")
    assert page.own is not None
    assert (page.own.name, page.own.player_id) == ("Ann", PlayerId("ann"))


async def test_bots_go_on_where_they_were_in_a_copy_of_the_database(tmp_path: Path) -> None:
    """All they follow from is copied: the secret, the definition of the period, who has joined and what they saw."""
    source, target = (f"sqlite:{tmp_path / name}.db" for name in ("source", "target"))
    company = daily(bots=bots(6, kinds={"runner": run(5000), "shadow": SHADOW}))
    shown = []
    await database_at(source).migrate()
    for number, url in enumerate((source, target)):
        store, clock = await SqliteStore.open(url.removeprefix("sqlite:")), ManualClock()
        folder = tmp_path / str(number)
        folder.mkdir()
        async with boards(folder, company, store=store, clock=clock) as playing:
            if number == 0:
                for _ in range(10):
                    await playing.page()
                    clock.advance(61 * SECOND)
            clock.advance(MONDAY + HOUR - playing.now)
            shown.append(points((await playing.page()).rows))
        await store.close()
        if number == 0:
            await copy_database(database_at(source), database_at(target))
    assert shown[0] == shown[1]


async def test_b42_scores_of_another_system_come_in_beside_bots(playing: Boards) -> None:
    """Also one that is dated back to before the bots: who is there stays."""
    playing.playing.clock.advance(HOUR)
    before = points((await playing.page()).rows)
    world = playing.playing
    effects = ContributionEffects(world.catalog, playing.ranks, LocalBroker(), count_nothing)
    lines = [ImportedLine(KEY, PlayerId(f"old{number}"), "42", playing.segment().period.start) for number in range(9)]
    told = await ImportEntries(world.store, world.clock, effects)(lines)
    assert all(one is not None and one.is_applied for one in told)
    page = await playing.page()
    assert (points(page.rows), len(page.rows)) == (before, 14)
