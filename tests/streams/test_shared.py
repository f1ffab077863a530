"""What one process says, all hear; what is lost on the way breaks nothing (L23)."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.ports.broker import Topic
from server.streams.postgres import PostgresChannel
from server.streams.redis import RedisChannel
from server.streams.shared import Channel, ChannelBroken, SharedBroker, _texts, _topics
from tests.postgres import NEWEST, Databases
from tests.redis_server import KINDS, RedisServer, redis_server

DEADLINE = 10.0
A, B = Topic("a"), Topic("b")


class Line:
    """What all channels of a test share."""

    def __init__(self) -> None:
        self.queues: list[asyncio.Queue[str]] = []
        self.is_down = False
        self.is_deaf = False
        """Whether listeners hear nothing, and their connections say nothing of it."""


class ChannelOfATest(Channel):
    """A channel within the test."""

    message_bytes_max = 200

    def __init__(self, line: Line) -> None:
        self._line = line

    async def send(self, text: str) -> None:
        if self._line.is_down:
            raise ChannelBroken("down")
        for queue in () if self._line.is_deaf else self._line.queues:
            queue.put_nowait(text)

    async def texts(self) -> AsyncGenerator[str, None]:
        if self._line.is_down:
            raise ChannelBroken("down")
        queue: asyncio.Queue[str] = asyncio.Queue()
        self._line.queues.append(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._line.queues.remove(queue)

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


async def test_l23_who_hears_again_looks_at_everything_for_something_was_missed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("server.streams.shared.GREETING_SECONDS", 0.01)
    monkeypatch.setattr("server.streams.shared.SILENCE_SECONDS", 0.1)
    line = Line()
    async with brokers(lambda: ChannelOfATest(line)) as (one, other):
        await heard_by(other, one, A)
        woken = asyncio.Event()
        other.listen(B, woken.set)
        line.is_deaf = True
        one.publish([B])
        await asyncio.wait({asyncio.ensure_future(woken.wait())}, timeout=0.3)
        assert not woken.is_set()
        line.is_deaf = False
        await woken.wait()


async def test_a_channel_that_fails_in_a_way_of_its_own_ends_nothing() -> None:
    class Odd(ChannelOfATest):
        sent = 0

        async def send(self, text: str) -> None:
            self.sent += 1
            if self.sent == 1:
                raise ValueError("nobody expected that")
            await super().send(text)

    line = Line()
    async with brokers(lambda: Odd(line)) as (one, other):
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


@pytest.fixture(params=KINDS)
def redis(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    with redis_server(request.param) as server:
        yield server


async def test_l23_over_redis_and_again_when_it_was_killed(redis: RedisServer) -> None:
    async with brokers(lambda: RedisChannel(redis.url, "tests")) as (one, other):
        await heard_by(other, one, A)
        await heard_by(one, other, B)
        redis.restart()
        await heard_by(other, one, A)
        await heard_by(one, other, B)


async def test_l23_over_postgresql_and_again_when_its_connections_were_ended(databases: Databases) -> None:
    url = await databases.fresh(NEWEST)
    async with brokers(lambda: PostgresChannel(url)) as (one, other):
        await heard_by(other, one, A)
        connection = await asyncpg.connect(url)
        ended = await connection.fetch(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
        await connection.close()
        assert len(ended) == 3, "two listen, and one has sent"
        await heard_by(other, one, A)
        await heard_by(one, other, B)
