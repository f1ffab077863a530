"""Many players at once, against a real process: nobody is lost, doubled, or told contradicting things (E21, E23, E36, E63)."""

import asyncio
import random
from collections import Counter
from pathlib import Path
from typing import Any

from google.protobuf.duration_pb2 import Duration

from server.api.pb import event_leaderboard_pb2 as events
from server.client import CallFailed, Client
from tests.acceptance.process import WEEKLY, ServerProcess

EVENT = "EventLeaderboardService"


async def crowd(server: ServerProcess, count: int) -> list[Client]:
    """So many players, signed in a few at a time."""
    players: list[Client] = []
    for first in range(0, count, 100):
        players += await asyncio.gather(
            *(server.player(f"p{number:05}") for number in range(first, min(first + 100, count)))
        )
    return players


def reasons(answers: list[Any]) -> Counter[str]:
    for answer in answers:
        if isinstance(answer, BaseException) and not isinstance(answer, CallFailed):
            raise answer
    return Counter(answer.reason for answer in answers if isinstance(answer, CallFailed))


async def test_e23_two_thousand_first_rolls_at_once(server: ServerProcess) -> None:
    players = await crowd(server, 2000)
    rolls = await asyncio.gather(
        *(player.call(f"{EVENT}/RollCohort", id="weekly", minimal=True, timeout=60) for player in players)
    )
    sizes = Counter(roll.cohort_id for roll in rolls)
    assert sum(sizes.values()) == 2000
    assert max(sizes.values()) <= 50
    assert len(sizes) <= 41
    members = []
    for cohort_id in sizes:
        owner = players[[roll.cohort_id for roll in rolls].index(cohort_id)]
        page = await owner.call(f"{EVENT}/ListStandings", cohort_id=cohort_id, page_size=200)
        assert len(page.scores) == sizes[cohort_id]
        members += [row.player_id for row in page.scores]
    assert len(set(members)) == 2000


async def test_e63_two_hundred_claims_at_once_grant_once(server: ServerProcess) -> None:
    ann = await server.player("ann")
    await ann.call(f"{EVENT}/RollCohort", id="weekly")
    await ann.call(f"{EVENT}/SubmitScore", id="weekly", score=1)
    await server.operator.call("DebugService/MoveClock", forward=Duration(seconds=7 * 86_400))
    answers = await asyncio.gather(
        *(ann.call(f"{EVENT}/ClaimReward", id="weekly", minimal=True) for _ in range(200)), return_exceptions=True
    )
    assert reasons(answers) == {"ALREADY_CLAIMED": 199}
    assert (await ann.call("RewardService/GetWallet")).currencies == {"coins": 10}
    assert len((await ann.call("RewardService/ListGrants")).grants) == 1


async def test_a_storm_on_one_cohort_ends_with_the_models_scores(server: ServerProcess) -> None:
    players = await crowd(server, 30)
    for player in players:
        await player.call(f"{EVENT}/RollCohort", id="weekly", minimal=True)
    dice = random.Random(3)
    storm = [(dice.randrange(30), dice.randrange(1000)) for _ in range(3000)]
    answers = await asyncio.gather(
        *(players[who].call(f"{EVENT}/SubmitScore", id="weekly", score=score, timeout=60) for who, score in storm)
    )
    revisions = [answer.revision for answer in answers]
    assert len(set(revisions)) == 3000
    totals = [sum(score for who, score in storm if who == number) for number in range(30)]
    seen = await players[0].call(f"{EVENT}/GetEventLeaderboard", id="weekly", view=events.STANDINGS_VIEW_COHORT)
    rows = seen.event_leaderboard.scores
    assert {row.name: row.score for row in rows} == {f"p{number:05}": totals[number] for number in range(30)}
    assert [row.score for row in rows] == sorted(totals, reverse=True)
    assert [row.rank for row in rows] == list(range(1, 31))


async def test_e40_finishers_are_told_ranks_that_agree_with_the_standings(tmp_path: Path) -> None:
    race = {**WEEKLY, "cohort_size": 40, "score_target": 10, "score_target_players": 25, "max_rolls": -1}
    server = await ServerProcess(tmp_path, {"weekly": race}).start()
    try:
        players = await crowd(server, 40)
        for player in players:
            await player.call(f"{EVENT}/RollCohort", id="weekly", minimal=True)
        answers = await asyncio.gather(
            *(player.call(f"{EVENT}/SubmitScore", id="weekly", score=10) for player in players), return_exceptions=True
        )
        assert reasons(answers) == {"COHORT_COMPLETE": 15}
        told = {f"p{number:05}": one.rank for number, one in enumerate(answers) if not isinstance(one, BaseException)}
        assert sorted(told.values()) == list(range(1, 26))
        seen = await players[0].call(f"{EVENT}/GetEventLeaderboard", id="weekly", view=events.STANDINGS_VIEW_COHORT)
        ranks = {row.name: row.rank for row in seen.event_leaderboard.scores}
        assert {name: ranks[name] for name in told} == told
    finally:
        await server.stop()


async def test_two_rolls_of_one_player_at_once_are_one(server: ServerProcess) -> None:
    ann = await server.player("ann")
    answers = await asyncio.gather(
        *(ann.call(f"{EVENT}/RollCohort", id="weekly", minimal=True) for _ in range(50)), return_exceptions=True
    )
    assert reasons(answers) == {"COHORT_NOT_COMPLETE": 49}


async def test_a6_a_call_whose_client_has_gone_happens_and_can_be_asked_about(server: ServerProcess) -> None:
    ann = await server.player("ann")
    await ann.call(f"{EVENT}/RollCohort", id="weekly")
    dice, gone = random.Random(5), 0
    for number in range(60):
        call = asyncio.ensure_future(ann.call(f"{EVENT}/SubmitScore", id="weekly", score=1, request_id=f"r{number}"))
        await asyncio.wait({call}, timeout=dice.uniform(0, 0.002))
        gone += call.cancel()
        await asyncio.gather(call, return_exceptions=True)
    assert gone > 10
    for number in range(60):
        answer = await ann.call(f"{EVENT}/SubmitScore", id="weekly", score=1, request_id=f"r{number}")
    seen = (await ann.call(f"{EVENT}/GetEventLeaderboard", id="weekly")).event_leaderboard
    assert (seen.standing.num_scores, seen.standing.score) == (60, 60)
    assert answer.applied
