"""Whatever changes what is watched says so, once it is committed (L23)."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from server.application.game_events import ReportedEvent
from server.domain.ids import EventId, LeaderboardKey, PlayerId
from server.domain.leaderboards.entry import PeriodId, SegmentId
from server.ports.broker import Topic, cohort_topic, period_topic, segment_topic
from tests.world import Game, game

WEEKLY: dict[str, Any] = {
    "reset_schedule": "0 0 * * 1",
    "cohort_size": 5,
    "operator": "incr",
    "scoring": {"rules": [{"event_type": "won", "points_expression": "3"}]},
}
WINS = {"aggregation": "sum", "rules": [{"event_type": "won", "points_expression": "1"}]}
DAILY: dict[str, Any] = {"daily": {"timeframe": {"type": "daily"}, "scoring": WINS}}
ANN = PlayerId("ann")
WEEK = timedelta(days=7)


async def report(playing: Game) -> None:
    (answer,) = await playing.use.ingest_game_events("tests", [ReportedEvent("1", "won", ANN)])
    assert [one.submitted is not None for one in answer.submissions] == [True]


async def end(playing: Game) -> None:
    playing.clock.advance(WEEK)
    await playing.settle()


CHANGES: dict[str, Callable[[Game], Awaitable[Any]]] = {
    "a submission": lambda playing: playing.submit("ann", 1),
    "a game event": report,
    "a roll": lambda playing: playing.roll("bob"),
    "a name": lambda playing: playing.use.update_profile(ANN, "Anna", None),
    "fillers": lambda playing: playing.use.fill_cohort(ANN, EventId("weekly"), 3),
    "who leaves": lambda playing: playing.use.unenrol_player(ANN, EventId("weekly")),
    "the end": end,
}


@pytest.mark.parametrize("change", CHANGES)
async def test_l23_what_changes_a_cohort_is_told(tmp_path: Path, change: str) -> None:
    async with game(tmp_path, {"weekly": WEEKLY}) as playing:
        cohort_id = (await playing.roll("ann")).cohort_id
        woken = list[Topic]()
        topic = cohort_topic(cohort_id)
        playing.use.feeds._broker.listen(topic, lambda: woken.append(topic))
        await CHANGES[change](playing)
        assert woken


async def test_l23_a_period_that_is_final_is_told(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": WEEKLY}, leaderboards=DAILY) as playing:
        key = LeaderboardKey("daily")
        running = playing.catalog.period_at(key, playing.clock.now())
        assert running is not None
        await playing.use.ingest_game_events("tests", [ReportedEvent("1", "won", ANN)])
        woken = list[str]()
        playing.use.feeds._broker.listen(period_topic(PeriodId(key, running.start)), lambda: woken.append("final"))
        playing.clock.advance(timedelta(days=1))
        while await playing.use.settle_periods():
            pass
        assert woken == ["final"]


async def test_l23_a_name_is_told_to_those_who_watch_the_boards_that_its_player_stands_on(tmp_path: Path) -> None:
    boards = DAILY | {
        "other": {"timeframe": {"type": "never"}, "scoring": {"aggregation": "sum"}, "authoritative": False}
    }
    async with game(tmp_path, {"weekly": WEEKLY}, leaderboards=boards) as playing:
        await playing.use.ingest_game_events("tests", [ReportedEvent("1", "won", ANN)])
        woken = list[str]()
        for key in map(LeaderboardKey, boards):
            running = playing.catalog.period_at(key, playing.clock.now())
            assert running is not None
            topic = segment_topic(SegmentId(PeriodId(key, running.start), ""))
            playing.use.feeds._broker.listen(topic, lambda key=key: woken.append(key))  # type: ignore[misc]
        await playing.use.update_profile(ANN, "Anna", None)
        assert woken == ["daily"]
