"""Scores that are submitted to leaderboards directly (B2, B20, B23, B24, E35)."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from server.application.board_submissions import BoardSubmission, BoardSubmitted
from server.domain import errors
from server.domain.ids import LeaderboardKey, PlayerId
from server.domain.leaderboards.outcomes import Outcome
from tests.builders import SECOND
from tests.world import Game, game

BOARDS: dict[str, Any] = {
    "total": {"scoring": {"aggregation": "sum"}},
    "guarded": {"authoritative": True, "scoring": {"aggregation": "best"}},
    "leagues": {"scoring": {"aggregation": "sum"}, "segmentation": {"key": "league", "buckets": ["gold", "iron"]}},
}


async def submit(
    playing: Game, player: str, score: object, board: str = "total", *, request_id: str = "", **options: Any
) -> BoardSubmitted:
    request = BoardSubmission(
        PlayerId(player), LeaderboardKey(board), f"player:{player}", str(score), request_id=request_id, **options
    )
    return await playing.use.submit_leaderboard_score(request)


async def test_e34_the_answer_tells_what_happened(tmp_path: Path) -> None:
    async with game(tmp_path, {}, leaderboards=BOARDS) as playing:
        await submit(playing, "bob", "7.5")
        first = await submit(playing, "ann", 5)
        assert first.place is not None
        assert (first.is_improved, first.place.rank, first.place.position, first.total) == (True, 2, 2, 2)
        second = await submit(playing, "ann", 5)
        before, entry = second.contributed.before, second.contributed.entry
        assert before is not None
        assert entry is not None
        assert (before.aggregate.score, entry.aggregate.score, entry.aggregate.samples) == (5000, 10_000, 2)
        assert second.place is not None
        assert (second.place.rank, second.revision != first.revision) == (1, True)


async def test_b2_what_does_not_count_is_an_answer_with_its_reason(tmp_path: Path) -> None:
    async with game(tmp_path, {}, leaderboards=BOARDS) as playing:
        missing = await submit(playing, "ann", 1, "leagues")
        unknown = await submit(playing, "ann", 1, "leagues", context={"league": "lead"})
        fits = await submit(playing, "ann", 1, "leagues", context={"league": "gold"})
        assert [one.contributed.outcome for one in (missing, unknown, fits)] == [
            Outcome.SEGMENT_MISSING,
            Outcome.SEGMENT_UNKNOWN,
            Outcome.APPLIED,
        ]
        assert missing.place is None


async def test_b24_players_do_not_submit_to_a_board_that_is_for_servers(tmp_path: Path) -> None:
    async with game(tmp_path, {}, leaderboards=BOARDS) as playing:
        with pytest.raises(errors.AuthoritativeLeaderboard):
            await submit(playing, "ann", 1, "guarded")
        with pytest.raises(errors.LeaderboardNotFound):
            await submit(playing, "ann", 1, "nothing")
        trusted = await submit(playing, "ann", 1, "guarded", is_trusted=True)
        assert trusted.contributed.is_applied


async def test_a_player_whom_only_a_server_knows_gets_an_account(tmp_path: Path) -> None:
    async with game(tmp_path, {}, leaderboards=BOARDS) as playing:
        await submit(playing, "ann", 1, is_trusted=True)
        player = await playing.store.read(lambda view: view.player_of(PlayerId("ann")))
        assert player is not None
        assert player.created_at == playing.clock.now()


async def test_e35_a_repeat_gets_the_same_answer_and_changes_nothing(tmp_path: Path) -> None:
    async with game(tmp_path, {}, leaderboards=BOARDS) as playing:
        first, at_once = await asyncio.gather(*(submit(playing, "ann", 5, request_id="once") for _ in range(2)))
        playing.clock.advance(SECOND)
        later = await submit(playing, "ann", 5, request_id="once")
        assert [one.is_repeat for one in (first, at_once, later)] == [False, True, True]
        for one in (at_once, later):
            assert one.contributed.before is None
            assert one.contributed.entry == first.contributed.entry
        with pytest.raises(errors.RequestIdReused):
            await submit(playing, "ann", 6, request_id="once")
        other = await submit(playing, "ann", 6, request_id="twice")
        assert other.contributed.entry is not None
        assert other.contributed.entry.aggregate.score == 11_000


async def test_e35_one_request_id_with_two_wishes_in_one_batch_is_refused(tmp_path: Path) -> None:
    async with game(tmp_path, {}, leaderboards=BOARDS) as playing:
        first, second = await asyncio.gather(
            submit(playing, "ann", 5, request_id="once"),
            submit(playing, "ann", 6, request_id="once"),
            return_exceptions=True,
        )
        assert isinstance(first, BoardSubmitted)
        assert isinstance(second, errors.RequestIdReused)


async def test_a1_several_scores_of_one_call_have_answers_of_their_own(tmp_path: Path) -> None:
    async with game(tmp_path, {}, leaderboards=BOARDS) as playing:
        requests = [
            BoardSubmission(PlayerId("ann"), LeaderboardKey(board), "server:one", "1", is_trusted=True)
            for board in ("total", "nothing", "guarded")
        ]
        answers = await playing.use.submit_leaderboard_score.all(requests)
        assert isinstance(answers[1], errors.LeaderboardNotFound)
        assert [one.contributed.outcome for one in answers if isinstance(one, BoardSubmitted)] == [Outcome.APPLIED] * 2


async def test_m1_modules_see_a_score_and_may_change_or_refuse_it(tmp_path: Path) -> None:
    code = """
from dataclasses import replace
from decimal import Decimal
from server.modules_api import Refusal
def register(registry):
    registry.validate_submission(look)
async def look(board, player, submission):
    assert board.kind == "leaderboard" and board.event is None
    assert (board.id, board.leaderboard.aggregation, board.leaderboard.decimals) == ("total", "sum", 3)
    if submission.score > 100:
        raise Refusal("TOO_GOOD", "No.")
    return replace(submission, score=submission.score + Decimal("0.5"))
"""
    async with game(tmp_path, {}, leaderboards=BOARDS) as playing:
        playing.module("look", code)
        answer = await submit(playing, "ann", "1.25", request_id="once")
        assert answer.contributed.entry is not None
        assert answer.contributed.entry.aggregate.score == 1750
        with pytest.raises(errors.Refusal):
            await submit(playing, "ann", 101)
        again = await submit(playing, "ann", "1.25", request_id="once")
        assert again.is_repeat


async def test_modules_that_are_for_others_are_not_asked(tmp_path: Path) -> None:
    code = """
def register(registry):
    registry.validate_submission(look, opt_in="strict")
async def look(submission):
    raise RuntimeError
"""
    boards = {**BOARDS, "strict": {**BOARDS["total"], "additional_properties": {"strict": "yes"}}}
    async with game(tmp_path, {}, leaderboards=boards) as playing:
        playing.module("look", code)
        assert (await submit(playing, "ann", 1)).contributed.is_applied
        with pytest.raises(Exception, match="incident"):
            await submit(playing, "ann", 1, "strict")
