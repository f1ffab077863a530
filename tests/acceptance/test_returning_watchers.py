"""Watchers hang up and come back, hundreds a second, while the board changes: what each has is the store's page (L21).

`python -m benchmarks --only watching` does the same a thousand times a second.
"""

import asyncio
from pathlib import Path

from benchmarks import workloads
from benchmarks.returning import come_back
from benchmarks.servers import SECRET
from tests.acceptance.process import ServerProcess

BOARD = {"timeframe": {"type": "daily"}, "scoring": {"aggregation": "sum"}, "authoritative": False}
WATCHERS, SCORERS = workloads.players("watcher", 60), workloads.players("scorer", 70)
RATE, SECONDS = 200.0, 4.0
DEADLINE = 60


async def test_l21_who_comes_back_again_and_again_has_the_page_of_each_revision_that_he_was_shown(
    tmp_path: Path, door: str
) -> None:
    environment = {"LAUREL_SESSION__SECRET": SECRET, "LAUREL_LIVE__UPDATES_PER_SECOND": "20"}
    server = await ServerProcess(tmp_path, None, environment, {"daily": BOARD}).start()
    try:
        scores = dict(zip(SCORERS, workloads.submit_to_board(SCORERS, "daily"), strict=True))
        async with asyncio.timeout(DEADLINE):
            for name in SCORERS[: len(SCORERS) // 2]:  # the others enter, and push rows out, while the board is watched
                player = await server.player(name)
                await player.call("LeaderboardService/SubmitScore", key="daily", score=5)
            seen = await asyncio.to_thread(come_back, server.port, "daily", WATCHERS, scores, RATE, SECONDS)
    finally:
        await server.stop()
    assert seen.wrong == []
    assert seen.resumed > len(WATCHERS), "some went on from where they were"
    assert seen.revisions > 10, "the board changed meanwhile"
