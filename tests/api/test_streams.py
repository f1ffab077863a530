"""Streams through the dispatch: how many there may be, and what counts them (A5, L20)."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from server.api.admission import Envelope
from server.api.dispatch import Dispatch
from server.api.methods import Audience, Call, StreamMethod
from server.api.pb import reward_service_pb2 as pb
from server.api.status import Failure
from tests.api.test_dispatch import Door

PATH = "/laurel.v1.Test/Watch"
DEADLINE = 5


@asynccontextmanager
async def watched(_: Call, __: Any) -> AsyncIterator[AsyncGenerator[bytes, None]]:
    async def messages() -> AsyncGenerator[bytes, None]:
        for number in range(3):
            yield bytes([number])
        await asyncio.Event().wait()

    yield messages()


class Streams:
    """A dispatch with one stream, and who opens it."""

    def __init__(self, **limits: int) -> None:
        self.door = Door(**limits)
        method = StreamMethod("Test", "Watch", pb.ListGrantsRequest, Audience.PLAYER_OR_SERVER, watched)
        self.dispatch: Dispatch = self.door.dispatch
        self.dispatch._streams[method.path] = method

    def open(self, player: str) -> AsyncGenerator[bytes | Failure, None]:
        return self.dispatch.stream(Envelope(PATH, b"", self.door.bearer(player).get, lambda: "10.0.0.7"))

    def figure(self, name: str) -> float | None:
        return self.door.metrics.registry.get_sample_value(name)


@pytest.mark.parametrize(
    ("limits", "second", "reason"),
    [({"streams_max": 1}, "bob", "OVERLOADED"), ({"streams_of_player_max": 1}, "ann", "TOO_MANY_STREAMS")],
)
async def test_a5_one_stream_too_many_is_refused_until_another_has_ended(
    limits: dict[str, int], second: str, reason: str
) -> None:
    streams = Streams(**limits)
    async with asyncio.timeout(DEADLINE):
        first = streams.open("ann")
        await anext(first)
        refused = await anext(streams.open(second))
        assert isinstance(refused, Failure)
        assert refused.reason == reason
        assert b"RetryInfo" in refused.details
        await first.aclose()
        again = streams.open(second)
        assert await anext(again) == b"\0"
        await again.aclose()


async def test_l20_streams_and_their_messages_are_counted() -> None:
    streams = Streams()
    async with asyncio.timeout(DEADLINE):
        stream = streams.open("ann")
        assert streams.dispatch.streams_open == 0
        for _ in range(3):
            await anext(stream)
        assert (streams.dispatch.streams_open, streams.figure("laurel_frames_sent_total")) == (1, 3)
        await stream.aclose()
        assert streams.dispatch.streams_open == 0


async def test_l24_a_drain_refuses_new_streams_and_waits_for_those_that_run() -> None:
    streams = Streams()
    async with asyncio.timeout(DEADLINE):
        stream = streams.open("ann")
        await anext(stream)
        draining = asyncio.create_task(streams.dispatch.drain())
        await asyncio.sleep(0)
        refused = await anext(streams.open("bob"))
        assert isinstance(refused, Failure)
        assert refused.reason == "SERVER_DRAINING"
        assert not draining.done()
        await stream.aclose()
        await draining
