"""Watching a cohort over real sockets, through both doors (L20 to L25)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration

from server.api.pb import live_pb2 as live
from server.client import CallFailed, Client
from tests.acceptance.process import ServerProcess, eventually

EVENT = "EventLeaderboardService"
DEADLINE = 20


async def seated(server: ServerProcess, *names: str) -> tuple[str, list[Client]]:
    """Players in one cohort."""
    players = [await server.player(name) for name in names]
    rolls = [await player.call(f"{EVENT}/RollCohort", id="weekly", minimal=True) for player in players]
    assert len({roll.cohort_id for roll in rolls}) == 1
    return rolls[0].cohort_id, players


def applied(rows: dict[str, Any], message: Any) -> dict[str, Any]:
    """What a client has after a message."""
    match message.WhichOneof("event"):
        case "ready":
            return {row.player_id: row for row in message.ready.standings}
        case "score_update":
            kept = {player: row for player, row in rows.items() if player not in message.score_update.left}
            return kept | {row.player_id: row for row in message.score_update.updates}
        case _:
            return rows


async def test_l20_a_player_sees_what_others_score(server: ServerProcess) -> None:
    cohort_id, (ann, bob) = await seated(server, "ann", "bob")
    async with asyncio.timeout(DEADLINE), aclosing(ann.watch(f"{EVENT}/WatchCohort", cohort_id=cohort_id)) as stream:
        ready = await anext(stream)
        assert [row.name for row in ready.ready.standings] == ["ann", "bob"]
        await bob.call(f"{EVENT}/SubmitScore", id="weekly", score=7)
        rows = applied({}, ready)
        async for message in stream:
            rows = applied(rows, message)
            if any(row.score == 7 for row in rows.values()):
                break
        assert [(row.name, row.rank) for row in sorted(rows.values(), key=lambda row: row.rank)] == [
            ("bob", 1),
            ("ann", 2),
        ]


async def test_l21_who_comes_back_goes_on_where_he_was(server: ServerProcess) -> None:
    cohort_id, (ann, bob) = await seated(server, "ann", "bob")
    async with asyncio.timeout(DEADLINE), aclosing(bob.watch(f"{EVENT}/WatchCohort", cohort_id=cohort_id)) as stays:
        seen = await anext(stays)
        await ann.call(f"{EVENT}/SubmitScore", id="weekly", score=3)
        await anext(stays)
        options = {"cohort_id": cohort_id, "resume_revision": seen.revision}
        async with aclosing(ann.watch(f"{EVENT}/WatchCohort", **options)) as back:
            message = await anext(back)
        assert message.WhichOneof("event") == "score_update"
        assert {row.name: row.score for row in message.score_update.updates}["ann"] == 3


async def test_l23_the_end_is_told_and_a_finished_cohort_says_all_at_once(server: ServerProcess) -> None:
    cohort_id, (ann, _) = await seated(server, "ann", "bob")
    await ann.call(f"{EVENT}/SubmitScore", id="weekly", score=3)
    async with asyncio.timeout(DEADLINE), aclosing(ann.watch(f"{EVENT}/WatchCohort", cohort_id=cohort_id)) as stream:
        await anext(stream)
        await server.operator.call("DebugService/MoveClock", forward=Duration(seconds=7 * 86_400))
        kinds = [message.WhichOneof("event") async for message in stream]
        assert kinds[-2:] == ["finalized", "closed"]
    async with asyncio.timeout(DEADLINE), aclosing(ann.watch(f"{EVENT}/WatchCohort", cohort_id=cohort_id)) as late:
        messages = [message async for message in late]
    assert [message.WhichOneof("event") for message in messages] == ["ready", "finalized", "closed"]
    assert messages[1].finalized.reason == live.FINALIZED_REASON_PHASE_ENDED


async def test_l25_a_cohort_is_watched_by_those_in_it_and_by_the_studio(server: ServerProcess) -> None:
    cohort_id, _ = await seated(server, "ann", "bob")
    eve = await server.player("eve")
    with pytest.raises(CallFailed, match="COHORT_NOT_FOUND"):
        await anext(eve.watch(f"{EVENT}/WatchCohort", cohort_id=cohort_id))
    with pytest.raises(CallFailed, match="SESSION_MISSING"):
        await anext(server.anybody.watch(f"{EVENT}/WatchCohort", cohort_id=cohort_id))
    with pytest.raises(CallFailed, match="INVALID"):
        await anext(eve.watch(f"{EVENT}/WatchCohort", cohort_id=cohort_id, resume_revision="yesterday"))
    async with (
        asyncio.timeout(DEADLINE),
        aclosing(server.operator.watch(f"{EVENT}/WatchCohort", cohort_id=cohort_id)) as all_of_it,
    ):
        assert len((await anext(all_of_it)).ready.standings) == 2


async def test_a5_a_player_has_so_many_streams_and_those_he_closed_count_no_more(server: ServerProcess) -> None:
    cohort_id, (ann, bob) = await seated(server, "ann", "bob")
    streams = [ann.watch(f"{EVENT}/WatchCohort", cohort_id=cohort_id) for _ in range(8)]
    for stream in streams:
        await anext(stream)
    with pytest.raises(CallFailed, match="TOO_MANY_STREAMS"):
        await anext(ann.watch(f"{EVENT}/WatchCohort", cohort_id=cohort_id))
    for stream in streams:
        await stream.aclose()

    async def may_again() -> bool:
        await bob.call(
            f"{EVENT}/SubmitScore", id="weekly", score=1
        )  # behind Envoy, what is sent finds out who has gone
        again = ann.watch(f"{EVENT}/WatchCohort", cohort_id=cohort_id)
        try:
            await anext(again)
        except CallFailed:
            return False
        finally:
            await again.aclose()
        return True

    await eventually(may_again, DEADLINE)


async def test_l24_a_server_that_stops_ends_its_streams_and_says_when_to_come_back(server: ServerProcess) -> None:
    cohort_id, (ann, _) = await seated(server, "ann", "bob")
    async with asyncio.timeout(DEADLINE), aclosing(ann.watch(f"{EVENT}/WatchCohort", cohort_id=cohort_id)) as stream:
        await anext(stream)
        stopping = asyncio.create_task(server.stop())
        messages = [message async for message in stream]
        assert messages[-1].closed.reason == live.CLOSED_REASON_DRAINING
        assert messages[-1].closed.retry_after.ToMilliseconds() > 0
        assert await stopping == 0


async def test_l20_what_is_watched_is_told_in_metrics(server: ServerProcess, door: str) -> None:
    cohort_id, (ann, bob) = await seated(server, "ann", "bob")
    server.http_port = server.port if door == "envoy" else server.http_port

    async def tells(**figures: float) -> bool:
        _, text = await server.http("/metrics")
        found = dict(line.rsplit(" ", 1) for line in text.splitlines() if line.startswith("laurel_"))
        return all(float(found[f"laurel_{name}"]) == figure for name, figure in figures.items())

    streams = [player.watch(f"{EVENT}/WatchCohort", cohort_id=cohort_id) for player in (ann, bob)]
    async with asyncio.timeout(DEADLINE):
        for stream in streams:
            await anext(stream)
        assert await tells(streams_open=2, feeds_open=1, frames_sent_total=2, watchers_behind=0)
        for stream in streams:
            await stream.aclose()
        await bob.call(f"{EVENT}/SubmitScore", id="weekly", score=1)  # behind Envoy, it finds out who has gone
        await eventually(lambda: tells(streams_open=0, feeds_open=0), DEADLINE)


BOARD = "LeaderboardService"
DAILY = {
    "name": "Daily",
    "timeframe": {"type": "daily"},
    "scoring": {"aggregation": "sum"},
    "ranking": {"decimals": 2},
    "authoritative": False,
}


@pytest.fixture
async def with_board(tmp_path: Path, door: str) -> AsyncIterator[ServerProcess]:
    process = await ServerProcess(tmp_path, boards={"daily": DAILY}).start()
    yield process
    await process.stop()


async def test_l20_a_leaderboard_is_watched_by_any_session_and_the_own_line_comes_besides(
    with_board: ServerProcess,
) -> None:
    ann, bob = await with_board.player("ann"), await with_board.player("bob")
    await ann.call(f"{BOARD}/SubmitScore", key="daily", score=1.25)
    async with (
        asyncio.timeout(DEADLINE),
        aclosing(ann.watch(f"{BOARD}/WatchLeaderboard", key="daily", limit=1)) as stream,
    ):
        ready = (await anext(stream)).ready
        assert [(row.name, row.score, row.position) for row in ready.entries] == [("ann", 1.25, 1)]
        await bob.call(f"{BOARD}/SubmitScore", key="daily", score=2)
        told = [await anext(stream), await anext(stream)]
        rows = {row.name: (row.score, row.position) for one in told for row in one.score_update.updates}
        assert rows == {"bob": (2.0, 1), "ann": (1.25, 2)}
        assert told[0].score_update.left == [ready.entries[0].player_id]


async def test_l24_who_names_no_period_moves_on_at_the_bell(with_board: ServerProcess) -> None:
    ann = await with_board.player("ann")
    await ann.call(f"{BOARD}/SubmitScore", key="daily", score=1)
    async with asyncio.timeout(DEADLINE), aclosing(ann.watch(f"{BOARD}/WatchLeaderboard", key="daily")) as stream:
        first = (await anext(stream)).ready
        await with_board.operator.call("DebugService/MoveClock", forward=Duration(seconds=86_400))
        kinds = []
        async for message in stream:
            kinds.append(message.WhichOneof("event"))
            if kinds[-1] == "ready":
                break
        assert kinds == ["finalized", "ready"]
        assert message.ready.period.window_key > first.period.window_key
        assert not message.ready.entries


async def test_l24_who_names_a_period_is_sent_away_when_it_is_final(with_board: ServerProcess) -> None:
    ann = await with_board.player("ann")
    await ann.call(f"{BOARD}/SubmitScore", key="daily", score=1)
    (running,) = (await ann.call(f"{BOARD}/ListPeriods", key="daily")).periods
    options = {"key": "daily", "window_key": running.window_key}
    async with asyncio.timeout(DEADLINE), aclosing(ann.watch(f"{BOARD}/WatchLeaderboard", **options)) as stream:
        await anext(stream)
        await with_board.operator.call("DebugService/MoveClock", forward=Duration(seconds=86_400))
        messages = [message async for message in stream]
    assert [message.WhichOneof("event") for message in messages] == ["finalized", "closed"]
    assert messages[0].finalized.reason == live.FINALIZED_REASON_PERIOD_ROLLED
