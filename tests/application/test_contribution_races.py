"""Contributions from several processes on one PostgreSQL: what is raced for happens once (B3, B13, B23, B40, B42)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from server.application.board_submissions import BoardSubmission
from server.application.game_events import ReportedEvent
from server.application.rescore_leaderboard import NewDefinition
from server.definitions.config import load_configuration
from server.domain.ids import LeaderboardKey, PlayerId
from server.domain.leaderboards.entry import PeriodId
from server.storage.postgres.store import PostgresStore
from tests.application.boards import entry_of
from tests.builders import MONDAY, WEEK
from tests.postgres import NEWEST, Databases
from tests.world import WEEKLY, Game, game

KEY = LeaderboardKey("board")
PLAIN: dict[str, Any] = {
    "scoring": {"rules": [{"event_type": "match", "points_expression": "attrs.kills"}]},
    "ranking": {"decimals": 0},
    "authoritative": False,
}
SPLIT: dict[str, Any] = {**PLAIN, "segmentation": {"key": "land", "source": "trusted", "max_segments": 3}}
BOUND = {"weekly": {**WEEKLY, "cohort_size": 50, "operator": "incr", "contributes_to": ["board"]}}
FINAL = {"weekly": {**WEEKLY, "contributes_to": [{"leaderboard": "board", "contribute": "final"}]}}


@asynccontextmanager
async def processes(
    databases: Databases, folder: Path, board: dict[str, Any], events: dict[str, Any] | None = None, count: int = 3
) -> AsyncIterator[list[Game]]:
    """Several servers on one database."""
    url = await databases.fresh(NEWEST)
    async with AsyncExitStack() as held:
        games = []
        for number in range(count):
            store = await PostgresStore.open(url)
            held.push_async_callback(store.close)
            one = game(folder, events or {}, leaderboards={"board": board}, store=store, worker=f"w{number}")
            games.append(await held.enter_async_context(one))
        yield games


async def submit(playing: Game, player: str, score: object, **options: Any) -> str:
    request = BoardSubmission(PlayerId(player), KEY, "server:one", str(score), is_trusted=True, **options)
    return (await playing.use.submit_leaderboard_score(request)).contributed.outcome.value


async def test_all_that_is_sent_at_once_counts(databases: Databases, tmp_path: Path) -> None:
    """Also the first, for which everybody wants to write the period down."""
    async with processes(databases, tmp_path, PLAIN) as games:
        told = await asyncio.gather(
            *(submit(games[number % 3], f"p{number % 5}", 1) for number in range(150)), submit(games[0], "p0", 1)
        )
        assert set(told) == {"applied"}
        scores = [await entry_of(games[0].store, f"p{number}") for number in range(5)]
        assert [one.aggregate.score for one in scores if one is not None] == [31, 30, 30, 30, 30]
        log = await games[0].store.read(lambda view: view.contributions_to(PeriodId(KEY, MONDAY), 0, 1000))
        assert len(log) == 151


async def test_b40_a_game_event_that_several_processes_get_counts_once(databases: Databases, tmp_path: Path) -> None:
    async with processes(databases, tmp_path, PLAIN) as games:
        event = ReportedEvent("e1", "match", PlayerId("ann"), attrs={"kills": 2})
        answers = await asyncio.gather(*(one.use.ingest_game_events("server", [event]) for one in games * 3))
        assert sorted(answer.reception.value for (answer,) in answers) == ["accepted", *["duplicate"] * 8]
        entry = await entry_of(games[0].store)
        assert entry is not None
        assert entry.aggregate.score == 2


async def test_b23_no_more_segments_than_allowed_however_many_come_at_once(
    databases: Databases, tmp_path: Path
) -> None:
    async with processes(databases, tmp_path, SPLIT) as games:
        told = await asyncio.gather(
            *(submit(games[number % 3], f"p{number}", 1, context={"land": f"l{number}"}) for number in range(12))
        )
        assert sorted(told) == ["applied"] * 3 + ["segment_limit"] * 9


async def test_b23_a_player_stands_in_one_segment_whoever_is_asked(databases: Databases, tmp_path: Path) -> None:
    async with processes(databases, tmp_path, SPLIT) as games:
        told = await asyncio.gather(
            *(submit(games[number % 3], "ann", 1, context={"land": f"l{number % 3}"}) for number in range(12))
        )
        entry = await entry_of(games[0].store)
        assert entry is not None
        assert entry.aggregate.score == told.count("applied")
        assert set(told) == {"applied", "segment_fixed"}


async def test_b20_scores_of_events_reach_a_board_from_every_process(databases: Databases, tmp_path: Path) -> None:
    async with processes(databases, tmp_path, PLAIN, BOUND) as games:
        await asyncio.gather(*(games[number % 3].roll(f"p{number}") for number in range(12)))
        for _ in range(3):
            await asyncio.gather(*(games[number % 3].submit(f"p{number}", 2) for number in range(12)))
        scores = [await entry_of(games[0].store, f"p{number}") for number in range(12)]
        assert [one and one.aggregate.score for one in scores] == [6] * 12


async def test_b20_a_final_score_goes_on_once_whoever_settles(databases: Databases, tmp_path: Path) -> None:
    board = {**PLAIN, "timeframe": {"type": "weekly", "reset_day": "monday", "late_grace_seconds": 60}}
    async with processes(databases, tmp_path, board, FINAL) as games:
        for number in range(9):
            await games[number % 3].roll(f"p{number}")
            await games[number % 3].submit(f"p{number}", 5)
        for one in games:
            one.clock.advance(WEEK)
        await asyncio.gather(*(one.settle() for one in games))
        log = await games[0].store.read(lambda view: view.contributions_after(0, 1000))
        assert sorted((one.entry.player_id, one.outcome) for one in log) == [(f"p{n}", "applied") for n in range(9)]


async def test_b42_a_rescore_among_contributions_loses_none(databases: Databases, tmp_path: Path) -> None:
    """What comes in meanwhile waits, and counts under the new definition."""
    async with processes(databases, tmp_path, PLAIN) as games:
        await submit(games[0], "ann", 1)
        games[0].write({}, leaderboards={"board": {**PLAIN, "ranking": {"decimals": 1}}})
        configuration = load_configuration(tmp_path / "config")
        new = NewDefinition(configuration.boards[KEY], configuration.board_contents[KEY])
        await asyncio.gather(
            *(submit(games[number % 3], "ann", 1) for number in range(30)),
            games[0].use.rescore_leaderboard(KEY, new, applies=True),
            *(submit(games[number % 3], "ann", 1) for number in range(30)),
        )
        entry = await entry_of(games[0].store)
        assert entry is not None
        assert entry.aggregate.score == 610
        assert (await games[1].use.rescore_leaderboard(KEY, new, applies=False)).differences == []


async def test_b42_a_dry_run_leaves_nothing_behind(databases: Databases, tmp_path: Path) -> None:
    async with processes(databases, tmp_path, PLAIN, count=1) as (playing,):
        event = ReportedEvent("e1", "match", PlayerId("ann"), attrs={"kills": 2})
        for _ in range(2):
            (explained,) = (await playing.use.explain_game_event(event)).boards
            assert (explained.outcome.value, explained.points) == ("applied", "2")
        assert await entry_of(playing.store) is None
        assert await playing.store.read(lambda view: view.unsettled_periods(1)) == []
        (answer,) = await playing.use.ingest_game_events("server", [event])
        assert answer.reception.value == "accepted"


async def test_ways_in_that_meet_on_a_board_do_not_lock_each_other_out(databases: Databases, tmp_path: Path) -> None:
    """Submissions hold cohorts and then entries, game events both, direct scores entries alone."""
    events = {"weekly": {**BOUND["weekly"], "scoring": {"rules": [{"event_type": "match", "points_expression": "1"}]}}}
    async with processes(databases, tmp_path, PLAIN, events) as games:
        players = [f"p{number}" for number in range(8)]
        await asyncio.gather(*(games[0].roll(player) for player in players))

        async def report(playing: Game, one: str) -> None:
            reported = [
                ReportedEvent(f"{one}.{player}", "match", PlayerId(player), attrs={"kills": 1})
                for player in (players if one.endswith("1") else reversed(players))
            ]
            await playing.use.ingest_game_events("server", reported)

        for turn in range(4):
            await asyncio.gather(
                *(games[number % 3].submit(player, 1) for number, player in enumerate(players)),
                *(submit(games[number % 3], player, 1) for number, player in enumerate(reversed(players))),
                *(report(one, f"e{turn}.{number}") for number, one in enumerate(games)),
            )
        # a turn: 1 of the submission, 1 directly, and of each of 3 reports 1 by rule and 1 by the event's submission
        scores = [await entry_of(games[0].store, player) for player in players]
        assert [one and one.aggregate.score for one in scores] == [4 * 8] * 8
