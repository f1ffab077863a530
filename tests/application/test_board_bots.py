"""Bots on leaderboards: they come, move while somebody looks, stand at the end where their seed says, and win nothing (L2 to L8)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from server.application.bot_entries import bot_entry, ground_of
from server.application.rescore_leaderboard import NewDefinition
from server.application.restart_leaderboard import RestartLeaderboard
from server.application.verify_ranks import VerifyRanks
from server.definitions.config import load_configuration
from server.domain.bots.field import Field, Watched
from server.domain.bots.sightings import Lookout
from server.domain.ids import LeaderboardKey, PlayerId
from server.domain.leaderboards.entry import Entry, SegmentId
from server.domain.leaderboards.prizes import winners
from server.domain.leaderboards.ranking import ranked
from server.ports.board_store import SnapshotRow, StoredEntry
from server.ports.errors import StoreUnavailable
from server.ports.rank_index import RankIndex
from server.ranks.in_process import InProcessRankIndex
from server.storage.sqlite.connection import EPHEMERAL
from server.storage.sqlite.store import SqliteStore
from tests.application.board_world import KEY, Boards, boards
from tests.application.test_rescore_leaderboard import rescore
from tests.application.test_settle_periods import daily, grants, rows, settle, tier
from tests.builders import DAY
from tests.world import Game, ManualClock

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def run(target: int, seconds: int = 3600, **options: Any) -> dict[str, Any]:
    params = {"target_score": target, "duration_seconds": seconds, "jitter": 0.5}
    behavior = {"type": "single", "block": "progress_linear", "params": params}
    return {"behavior": behavior, "score_spread": 0.3, "time_spread": 0.2, "names": list("abcdefghij"), **options}


SHADOW: dict[str, Any] = {
    "behavior": {
        "type": "single",
        "block": "track_position",
        "params": {"anchor": "leader", "offset": -3, "most_per_second": 2},
    }
}
MIDDLE: dict[str, Any] = {
    "behavior": {"type": "single", "block": "match_player_pace", "params": {"factor": 0.5, "most_per_second": 5}}
}


def bots(to: int = 5, **options: Any) -> dict[str, Any]:
    fill = {"to": to, **options.pop("fill", {})}
    kinds = options.pop("kinds", {"runner": run(500)})
    return {"which": list(kinds), "fill": fill, "kinds": kinds, **options}


def points(page: Sequence[Any]) -> dict[str, int]:
    return {row.player_id: row.aggregate.score for row in page if row.is_bot}


async def entries(playing: Boards, segment: SegmentId) -> list[StoredEntry]:
    return await playing.playing.store.read(lambda view: view.order_after(segment, None, None, 1000))


def field_of(playing: Boards, segment: SegmentId) -> Field:
    board = playing.board(segment.period.leaderboard)
    assert board.bots is not None
    return Field(ground_of(playing.playing.use.settle_periods._secret, segment, board), board.bots)


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


# Prizes


def scores_of(dice: random.Random) -> dict[str, int]:
    return {f"p{number}": dice.randrange(0, 600) for number in range(dice.randrange(1, 11))}


def policies(dice: random.Random) -> dict[str, Any]:
    if dice.random() < 0.5:
        return {"policy": {"min_entries": dice.choice((1, 4, 9))}, "tiers": (tier(1, "gold"), tier(4, "silver"))}
    shares = ({"percent": 20, "key": "fifth", "entries": []}, {"percent": 60, "key": "most", "entries": []})
    return {"policy": {"min_entries": dice.choice((1, 4, 9))}, "tiers": shares, "kind": "top_percent"}


@pytest.mark.parametrize("seed", range(10))
async def test_l7_a_season_with_bots_pays_what_the_same_season_without_pays(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    chosen = policies(dice)
    tiers = chosen.pop("tiers")
    splits = {"segmentation": {"key": "league", "buckets": ["east", "west"], "source": "trusted"}} if seed % 2 else {}
    ranking = {"rank_style": dice.choice(("dense", "competition", "ordinal")), "min_score": dice.choice((1, 100))}
    without = LeaderboardKey("without")
    company = bots(12, kinds={"runner": run(500), "shadow": SHADOW, "middle": MIDDLE}, fill={"every_seconds": 20})
    plain = daily(*tiers, ranking=ranking, **chosen, **splits)
    async with boards(tmp_path, {**plain, "bots": company}, {without: plain}) as playing:
        company_kept = 0
        for _ in range(3):
            segments = ["east", "west"] if splits else [""]
            starts = [playing.segment(one) for one in segments]
            for segment in segments:
                for key in (KEY, without):
                    people = {f"{segment}{name}": score for name, score in scores_of(random.Random(seed)).items()}
                    await playing.score(people, segment, key)
                if dice.random() < 0.7:
                    playing.playing.clock.advance(dice.randrange(1, 4000) * SECOND)
                    await playing.page(segment=segment)
            playing.playing.clock.advance(DAY - (playing.now - starts[0].period.start))
            await settle(playing)
            for segment in starts:
                found = await rows(playing, segment)
                other = await rows(playing, SegmentId(segment.period._replace(leaderboard=without), segment.segment))
                assert won(found) == won(other)
                company_kept += sum(one.is_bot for one in found)
                assert all(one.prize_position is None and not one.prize_tier for one in found if one.is_bot)
        assert company_kept


def won(found: Sequence[SnapshotRow]) -> list[tuple[str, int | None, str]]:
    return [(one.player_id, one.prize_position, one.prize_tier) for one in found if not one.is_bot]


@pytest.mark.parametrize("options", [{"bots_take_prizes": True}, {"bots_count": True}, {}])
async def test_l7_rows_and_settlement_pay_as_the_rule_says(tmp_path: Path, options: dict[str, Any]) -> None:
    shares = ({"percent": 20, "key": "fifth", "entries": []}, {"percent": 50, "key": "half", "entries": []})
    board = daily(*shares, kind="top_percent", policy={"min_entries": 4}, bots=bots(8, **options))
    async with boards(tmp_path, board) as playing:
        segment = playing.segment()
        await playing.page()
        await playing.score({"ann": 480, "ben": 90, "cid": 50})
        playing.playing.clock.advance(HOUR)
        page = await playing.page()
        people = [Entry(row.player_id, row.aggregate, is_bot=row.is_bot) for row in page.rows]
        rule = {
            one.standing.entry.player_id: one.tier.key
            for one in winners(ranked(people, segment.period, playing.board()), playing.board().reward_policy)
        }
        assert {row.player_id: row.prize_tier for row in page.rows if row.prize_tier} == rule
        assert bool(rule) is bool(options)
        for _ in range(2):  # they all have arrived, and stay
            playing.playing.clock.advance(2 * HOUR)
            last = {row.player_id: row.prize_tier for row in (await playing.page()).rows if row.prize_tier}
        playing.playing.clock.advance(DAY - 5 * HOUR)
        await settle(playing)
        assert {one.player_id: one.prize_tier for one in await rows(playing, segment) if one.prize_tier} == last
        assert [len(await grants(playing, one)) for one in last if len(one) == 16] == [0] * sum(
            len(one) == 16 for one in last
        )


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


# Processes, failures, operators


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


async def test_l8_two_nodes_show_the_same_and_one_of_them_moves(tmp_path: Path) -> None:
    async with two_processes(tmp_path, daily(bots=bots())) as (one, two):
        one.playing.clock.advance(300 * SECOND)
        shown = [points((await node.page()).rows) for node in (one, two)]
        assert shown[0] == shown[1]
        for _ in range(5):
            one.playing.clock.advance(SECOND)
            for node in (one, two):
                await node.playing.use.board_bots()
        assert len([node for node in (one, two) if node.playing.use.board_bots._held]) == 1
        second = (one.now - one.segment().period.start) // SECOND
        assert (await one.playing.store.read(lambda view: view.bots_of(one.segment()))).second == second


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
