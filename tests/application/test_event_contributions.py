"""Event leaderboards feed leaderboards (B20), with segments from the roll's context (B34)."""

from pathlib import Path
from typing import Any

import pytest

from server.domain.errors import AttemptsUsedUp
from server.ports.board_store import StoredEntry
from server.ports.contribution_store import LoggedContribution
from tests.application.boards import entry_of, outcomes
from tests.builders import DAY, MONDAY, WEEK
from tests.world import WEEKLY, Game, game

BOARDS: dict[str, Any] = {
    "total": {"scoring": {"aggregation": "sum"}, "ranking": {"decimals": 0}},
    "best": {"scoring": {"aggregation": "best"}, "ranking": {"decimals": 0}},
    "played": {"scoring": {"aggregation": "count"}, "ranking": {"decimals": 0}},
    "weeks": {
        "scoring": {"aggregation": "sum"},
        "ranking": {"decimals": 0},
        "timeframe": {"type": "weekly", "reset_day": "monday", "late_grace_seconds": 3600},
    },
    "leagues": {
        "scoring": {"aggregation": "best"},
        "ranking": {"decimals": 0},
        "segmentation": {"key": "league", "buckets": ["gold", "iron"], "source": "trusted"},
    },
}
FINAL = [{"leaderboard": "weeks", "contribute": "final"}]


def event(*bindings: Any, **options: Any) -> dict[str, Any]:
    return {"weekly": {**WEEKLY, "contributes_to": list(bindings), **options}}


def scores(contributions: Any) -> dict[str, int | None]:
    """What each board has after a submission."""
    return {one.leaderboard: None if one.entry is None else one.entry.aggregate.score for one in contributions}


async def logged(playing: Game) -> list[LoggedContribution]:
    return await playing.store.read(lambda view: view.contributions_after(0, 1000))


async def score_on(playing: Game, player: str, board: str) -> int | None:
    found: StoredEntry | None = await entry_of(playing.store, player, board)
    return None if found is None else found.aggregate.score


async def test_b20_each_board_takes_what_it_adds_up(tmp_path: Path) -> None:
    async with game(tmp_path, event("total", "best", "played"), leaderboards=BOARDS) as playing:
        await playing.roll("ann")
        first = await playing.submit("ann", 5)
        assert scores(first.contributions) == {"total": 5, "best": 5, "played": 1}
        better = await playing.submit("ann", 8)
        assert scores(better.contributions) == {"total": 8, "best": 8, "played": 2}


async def test_b20_an_unchanged_score_counts_only_where_submissions_are_counted(tmp_path: Path) -> None:
    async with game(tmp_path, event("total", "best", "played"), leaderboards=BOARDS) as playing:
        await playing.roll("ann")
        await playing.submit("ann", 5)
        worse = await playing.submit("ann", 3)
        assert scores(worse.contributions) == {"played": 2}


async def test_b20_a_first_score_of_nothing_is_a_score(tmp_path: Path) -> None:
    async with game(tmp_path, event("best"), leaderboards=BOARDS) as playing:
        await playing.roll("ann")
        assert scores((await playing.submit("ann", 0)).contributions) == {"best": 0}


async def test_what_is_refused_brings_nothing(tmp_path: Path) -> None:
    async with game(tmp_path, event("total", max_num_score=1), leaderboards=BOARDS) as playing:
        await playing.roll("ann")
        await playing.submit("ann", 5)
        with pytest.raises(AttemptsUsedUp):
            await playing.submit("ann", 9)
        assert await score_on(playing, "ann", "total") == 5


async def test_e35_a_repeat_tells_the_same_of_leaderboards(tmp_path: Path) -> None:
    async with game(tmp_path, event("total"), leaderboards=BOARDS) as playing:
        await playing.roll("ann")
        first = await playing.submit("ann", 5, request_id="once")
        again = await playing.submit("ann", 5, request_id="once")
        assert again.is_repeat
        assert [one.entry for one in again.contributions] == [one.entry for one in first.contributions]
        assert await score_on(playing, "ann", "total") == 5


async def test_b2_a_board_that_does_not_take_it_says_so(tmp_path: Path) -> None:
    boards = {**BOARDS, "total": {**BOARDS["total"], "status": "inactive"}}
    async with game(tmp_path, event("total", "best"), leaderboards=boards) as playing:
        await playing.roll("ann")
        answer = await playing.submit("ann", 5)
        assert outcomes(answer.contributions) == ["inactive", "applied"]


async def test_b34_the_segment_is_what_a_server_said_in_the_roll(tmp_path: Path) -> None:
    async with game(tmp_path, event("leagues"), leaderboards=BOARDS) as playing:
        await playing.roll("ann", context={"league": "gold"}, is_trusted=True)
        await playing.roll("bob", context={"league": "gold"})
        (anns,) = (await playing.submit("ann", 5)).contributions
        (bobs,) = (await playing.submit("bob", 5)).contributions
        assert anns.entry is not None
        assert anns.entry.segment == "gold"
        assert bobs.outcome.value == "segment_missing"


async def test_b20_a_binding_may_fix_the_segment(tmp_path: Path) -> None:
    bound = {"leaderboard": "leagues", "segment": "iron"}
    async with game(tmp_path, event(bound), leaderboards=BOARDS) as playing:
        await playing.roll("ann", context={"league": "gold"}, is_trusted=True)
        (answer,) = (await playing.submit("ann", 5)).contributions
        assert answer.entry is not None
        assert answer.entry.segment == "iron"


async def test_b20_a_final_score_goes_on_once_when_the_cohort_is_over(tmp_path: Path) -> None:
    async with game(tmp_path, event(*FINAL), leaderboards=BOARDS) as playing:
        for name in ("ann", "bob", "idle"):
            await playing.roll(name)
        await playing.submit("ann", 5)
        await playing.submit("ann", 7)
        await playing.submit("bob", 4)
        assert await logged(playing) == []
        playing.clock.advance(WEEK)
        await playing.settle()
        await playing.settle()
        lines = await logged(playing)
        assert sorted((one.entry.player_id, one.points, one.outcome) for one in lines) == [
            ("ann", "7", "applied"),
            ("bob", "4", "applied"),
        ]
        assert {one.entry.period.start for one in lines} == {MONDAY}


async def test_b20_a_target_makes_a_score_final_at_once(tmp_path: Path) -> None:
    async with game(tmp_path, event(*FINAL, score_target=10, operator="incr"), leaderboards=BOARDS) as playing:
        for name in ("ann", "bob", "cid"):
            await playing.roll(name)
        await playing.submit("bob", 3)
        reached = await playing.submit("ann", 12)
        assert scores(reached.contributions) == {"weeks": 12}
        playing.clock.advance(WEEK)
        await playing.settle()
        assert [(one.entry.player_id, one.points) for one in await logged(playing)] == [("ann", "12"), ("bob", "3")]
        assert await score_on(playing, "ann", "weeks") == 12


async def test_b20_a_final_score_that_comes_too_late_for_its_period_says_so(tmp_path: Path) -> None:
    async with game(tmp_path, event(*FINAL), leaderboards=BOARDS) as playing:
        await playing.roll("ann")
        await playing.submit("ann", 5)
        playing.clock.advance(WEEK + DAY)
        await playing.settle()
        assert [one.outcome for one in await logged(playing)] == ["late"]


async def test_b20_settlement_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """What a crash has left is done by the next visit, and nothing of it twice."""
    async with game(tmp_path, event(*FINAL, cohort_size=300), leaderboards=BOARDS) as playing:
        names = [f"p{number}" for number in range(140)]
        for name in names:
            await playing.roll(name)
            await playing.submit(name, 1)
        playing.clock.advance(WEEK)
        failing = playing.use.settle_cohorts
        original, calls = failing._final_scores._some, 0

        async def dies(*arguments: Any, **options: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == 2:
                raise RuntimeError
            return await original(*arguments, **options)

        failing._final_scores._some = dies  # type: ignore[method-assign]
        with pytest.raises(RuntimeError):
            await failing()
        assert len(await logged(playing)) == 128
        playing.clock.advance(DAY / 24)
        await playing.settle()
        players = [one.entry.player_id for one in await logged(playing)]
        assert sorted(players) == sorted(names)
