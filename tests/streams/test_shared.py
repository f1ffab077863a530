"""What one process says, all hear; what is lost on the way breaks nothing (L23)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.ports.broker import Topic
from server.streams.postgres import PostgresChannel
from server.streams.shared import Channel, ChannelBroken, SharedBroker, _texts, _topics
from tests.postgres import NEWEST, Databases

DEADLINE = 10.0
A, B = Topic("a"), Topic("b")


class Line:
    """What all channels of a test share."""

    def __init__(self) -> None:
        self.queues: list[asyncio.Queue[str]] = []
        self.is_down = False


class ChannelOfATest(Channel):
    """A channel within the test."""

    message_bytes_max = 200

    def __init__(self, line: Line) -> None:
        self._line = line

    async def send(self, text: str) -> None:
        if self._line.is_down:
            raise ChannelBroken("down")
        for queue in self._line.queues:
            queue.put_nowait(text)

    async def texts(self) -> AsyncIterator[str]:
        if self._line.is_down:
            raise ChannelBroken("down")
        queue: asyncio.Queue[str] = asyncio.Queue()
        self._line.queues.append(queue)
        while True:
            yield await queue.get()

    async def close(self) -> None:
        pass


@asynccontextmanager
async def brokers(make: Callable[[], Channel], count: int = 2) -> AsyncIterator[list[SharedBroker]]:
    async with asyncio.timeout(DEADLINE), asyncio.TaskGroup() as tasks:
        made = [SharedBroker(make(), f"node-{number}", tasks) for number in range(count)]
        try:
            yield made
        finally:
            for broker in made:
                await broker.close()


async def heard_by(there: SharedBroker, here: SharedBroker, topic: Topic) -> None:
    """Say it until it is heard: nobody promises when a channel begins to listen."""
    heard = asyncio.Event()
    stop = there.listen(topic, heard.set)
    while not heard.is_set():
        here.publish([topic])
        await asyncio.wait({asyncio.ensure_future(heard.wait())}, timeout=0.05)
    stop()


async def test_l23_another_process_hears_and_the_own_one_at_once_and_once() -> None:
    line = Line()
    async with brokers(lambda: ChannelOfATest(line)) as (one, other):
        await heard_by(other, one, A)
        woken = list[str]()
        one.listen(B, lambda: woken.append("one"))
        done = asyncio.Event()
        other.listen(B, done.set)
        one.publish([B])
        assert woken == ["one"]
        await done.wait()
        assert woken == ["one"]


async def test_a_channel_that_is_down_costs_nothing_and_comes_back() -> None:
    line = Line()
    line.is_down = True
    async with brokers(lambda: ChannelOfATest(line)) as (one, other):
        for number in range(20_000):
            one.publish([Topic(f"t{number}")])
        assert len(one._waiting) <= 10_000
        line.is_down = False
        await heard_by(other, one, A)


@given(st.lists(st.text(max_size=60).map(Topic), max_size=50, unique=True))
def test_texts_fit_and_lose_nothing(topics: list[Topic]) -> None:
    texts = list(_texts("node", topics, 400))
    assert all(len(text) <= 400 + 60 * 6 for text in texts)
    assert [topic for text in texts for topic in _topics(text, "other")] == topics


@pytest.mark.parametrize("text", ["", "{}", "[]", "[1]", '["a", 5]', '["a", [1, null]]', "[" * 50])
def test_what_cannot_be_read_says_nothing(text: str) -> None:
    assert _topics(text, "node") == []


async def test_l23_over_postgresql(databases: Databases) -> None:
    url = await databases.fresh(NEWEST)
    async with brokers(lambda: PostgresChannel(url)) as (one, other):
        await heard_by(other, one, A)
        await heard_by(one, other, B)
