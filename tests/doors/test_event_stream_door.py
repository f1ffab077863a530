"""Server-sent events by themselves: how a stream ends that has begun and cannot go on, and who opens none (L20, L24)."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from server.api.admission import Envelope
from server.api.dispatch import Dispatch
from server.api.pb import leaderboard_service_pb2 as boards
from server.api.status import Code, Failure
from server.doors.http.event_streams import RETRY_MILLISECONDS, STREAMS, EventStreamDoor

DEADLINE = 5


class Answers:
    """A dispatch that answers every stream by the same."""

    now = datetime(2026, 1, 1, tzinfo=UTC)

    def __init__(self, *answers: bytes | Failure) -> None:
        self._answers = answers

    async def stream(self, _: Envelope) -> AsyncGenerator[bytes | Failure, None]:
        for answer in self._answers:
            yield answer


async def served(method: str, *answers: bytes | Failure) -> list[dict[str, Any]]:
    """What a door sends that is asked once."""
    sent: list[dict[str, Any]] = []

    async def send(event: Any) -> None:
        sent.append(event)

    async def receive() -> dict[str, Any]:
        raise AssertionError("nobody waits for the client to leave")

    door = EventStreamDoor(cast(Dispatch, Answers(*answers)), STREAMS[1], hears_leaving=False)
    scope = {
        "type": "http",
        "method": method,
        "path": "/v1/leaderboards/daily/stream",
        "path_params": {"name": "daily"},
        "query_string": b"",
        "headers": [],
    }
    async with asyncio.timeout(DEADLINE):
        await door(scope, receive, send)
    return sent


def ready(revision: str) -> bytes:
    message = boards.WatchLeaderboardResponse(revision=revision)
    message.ready.leaderboard = "daily"
    return message.SerializeToString()


async def test_l20_a_stream_that_cannot_go_on_ends_with_closed_and_keeps_its_last_id() -> None:
    start, *bodies = await served("GET", ready("1.5"), Failure(Code.UNAVAILABLE, "STORE_UNAVAILABLE", "gone", b""))
    assert start["status"] == 200
    text = b"".join(event["body"] for event in bodies).decode()
    *_, last = text.rstrip("\n").split("\n\n")
    assert last.splitlines() == [
        "event: closed",
        'data: {"reason":"CLOSED_REASON_FAILED","retry_after":"1s"}',
    ]
    assert text.count("id: 1.5") == 1
    assert not bodies[-1].get("more_body")


async def test_l20_browsers_are_told_to_come_back_at_different_moments() -> None:
    low, high = RETRY_MILLISECONDS
    first = {(await served("GET", ready("1.5")))[1]["body"].split(b"\n")[0] for _ in range(20)}
    pauses = {int(line.removeprefix(b"retry: ")) for line in first}
    assert len(pauses) > 1
    assert all(low <= pause < high for pause in pauses)


@pytest.mark.parametrize("method", ["HEAD", "POST", "DELETE"])
async def test_l20_only_who_reads_opens_a_stream(method: str) -> None:
    start, end = await served(method, ready("1.5"))
    assert (start["status"], start["headers"], end["body"]) == (405, [(b"allow", b"GET")], b"")
