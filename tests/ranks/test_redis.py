"""Ranks in Redis, and what becomes of them when it is killed, paused, emptied, or not what it was: never a wrong rank."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import TypeVar

import pytest

from server.domain.ids import LeaderboardKey, PlayerId
from server.domain.leaderboards.definition import Ranking
from server.domain.leaderboards.entry import PeriodId, SegmentId
from server.ports.errors import RanksUnavailable
from server.ports.rank_index import Change, RankIndex, SegmentNotHeld
from server.ranks.redis import RedisRankIndex
from server.ranks.redis_links import RedisLinks
from tests.domain.leaderboards.boards import START
from tests.ranks.indexes import redis_index
from tests.redis_server import KINDS, RedisServer, redis_server

PERIOD = PeriodId(LeaderboardKey("board"), START)
HERE = SegmentId(PERIOD, "gold")
RANKING = Ranking()
SECONDS = 20
T = TypeVar("T")


@pytest.fixture(params=KINDS)
def server(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    with redis_server(request.param) as one:
        yield one


@pytest.fixture
async def index(server: RedisServer) -> AsyncIterator[RedisRankIndex]:
    async with redis_index(server.url) as one:
        yield one


def put(name: str, first: int, version: int = 1) -> Change:
    return Change(PlayerId(name), version, bytes([first]) * 24)


async def load(index: RankIndex, *changes: Change) -> None:
    token = await opened(index)
    await index.record(HERE, changes)
    await index.loaded(HERE, token)


async def opened(index: RankIndex) -> str:
    token = await index.open(HERE, RANKING)
    assert token
    return token


async def number_of(index: RankIndex) -> int | None:
    mark = await index.mark()
    return None if mark is None else mark.number


async def names(index: RankIndex) -> str:
    return "".join(place.player_id for place in await index.page(HERE, None, 1000))


@asynccontextmanager
async def processes(server: RedisServer, count: int, lease: int = 10_000) -> AsyncIterator[list[RedisRankIndex]]:
    async with AsyncExitStack() as held:
        yield [await held.enter_async_context(redis_index(server.url, lease=lease)) for _ in range(count)]


async def test_a_killed_redis_answers_nothing_and_comes_back_without_orders(
    server: RedisServer, index: RedisRankIndex
) -> None:
    await load(index, put("a", 1), put("b", 2))
    server.kill()
    with pytest.raises(RanksUnavailable):
        await index.totals(HERE)
    assert "does not answer" in index.trouble
    server.start()
    await answering(index)
    assert not index.trouble
    with pytest.raises(SegmentNotHeld):
        await index.page(HERE, None, 9)
    with pytest.raises(SegmentNotHeld):
        await index.record(HERE, [put("a", 9, 2)])
    await load(index, put("b", 2))
    assert await names(index) == "b"


async def test_who_has_a_connection_to_a_redis_that_was_restarted_meets_no_error(
    server: RedisServer, index: RedisRankIndex
) -> None:
    await load(index, put("a", 1))
    server.restart()
    with pytest.raises(SegmentNotHeld):
        await index.totals(HERE)


async def test_a_redis_that_comes_back_with_an_old_order_is_not_believed(
    server: RedisServer, index: RedisRankIndex
) -> None:
    await load(index, put("a", 1), put("b", 2))
    await index.advance(7)
    assert server.ask("SAVE") == "+OK"
    await index.record(HERE, [put("a", 3, 2)])
    assert await names(index) == "ba"
    server.restart()
    assert int(server.ask("DBSIZE")[1:]) >= 5  # the old order is there
    with pytest.raises(SegmentNotHeld):
        await index.page(HERE, None, 9)
    assert await index.mark() is None
    await load(index, put("a", 3, 2), put("b", 2))
    assert await names(index) == "ba"


async def test_a_paused_redis_is_out_of_reach_for_a_moment_and_then_itself_again(server: RedisServer) -> None:
    async with redis_index(server.url) as patient, redis_index(server.url, seconds=0.1) as index:
        await load(patient, put("a", 1), put("b", 2))
        assert await names(index) == "ab"
        with server.paused():
            with pytest.raises(RanksUnavailable):
                await index.page(HERE, None, 1)
            with pytest.raises(RanksUnavailable):
                await index.record(HERE, [put("a", 3, 2)])
        await answering(index)
        await index.record(HERE, [put("a", 3, 2)])
        assert (await names(index), (await index.totals(HERE)).ranked) == ("ba", 2)


async def test_calls_to_a_paused_redis_do_not_wait_one_after_the_other(server: RedisServer) -> None:
    async with redis_index(server.url, seconds=0.2) as index:
        await index.mark()
        with server.paused():
            begun = time.monotonic()
            for _ in range(50):
                with pytest.raises(RanksUnavailable):
                    await index.totals(HERE)
            assert time.monotonic() - begun < 5  # 50 time limits would be 10 seconds


async def test_an_emptied_redis_holds_nothing(server: RedisServer, index: RedisRankIndex) -> None:
    await load(index, put("a", 1))
    server.ask("FLUSHALL")
    with pytest.raises(SegmentNotHeld):
        await index.totals(HERE)
    with pytest.raises(SegmentNotHeld):
        await index.record(HERE, [put("a", 1, 2)])


@pytest.mark.parametrize("part", ["state", "players", "members", "others", "fronts"])
async def test_an_order_that_has_lost_a_part_is_forgotten_whole(
    server: RedisServer, index: RedisRankIndex, part: str
) -> None:
    await load(index, put("a", 1), put("b", 2)._replace(takes_prizes=False))
    key = server.ask("EVAL", f"return redis.call('KEYS', '*:{part}')[1]", "0")
    assert server.ask("DEL", key) == ":1"
    with pytest.raises(SegmentNotHeld):
        await index.record(HERE, [put("a", 9, 2)])
    assert not await index.is_open(HERE)
    await load(index, put("b", 2))
    assert await names(index) == "b"


async def test_of_many_who_open_a_segment_one_loads_it_and_nobody_reads_before(server: RedisServer) -> None:
    async with processes(server, 5) as indexes:
        answers = await asyncio.gather(*(index.open(HERE, RANKING) for index in indexes))
        (token,) = (answer for answer in answers if answer)
        loader, other = indexes[answers.index(token)], indexes[answers.index(None)]
        await loader.record(HERE, [put("a", 1)])
        await other.record(HERE, [put("b", 2)])  # a score that comes in meanwhile
        for index in indexes:
            with pytest.raises(SegmentNotHeld):
                await index.page(HERE, None, 9)
        await loader.loaded(HERE, token)
        assert {await names(index) for index in indexes} == {"ab"}
        assert not any([await index.open(HERE, RANKING) for index in indexes])
        assert len({(await index.totals(HERE)).epoch for index in indexes}) == 1


async def test_the_next_takes_over_from_a_loader_that_died_and_it_cannot_come_back(server: RedisServer) -> None:
    async with processes(server, 2, lease=50) as (dead, heir):
        token = await opened(dead)
        await dead.record(HERE, [put("a", 1)])
        taken_over = await until(lambda: heir.open(HERE, RANKING))
        await dead.record(HERE, [put("b", 2)])  # not dead after all
        with pytest.raises(SegmentNotHeld):
            await dead.loaded(HERE, token)
        await heir.record(HERE, [put("a", 1), put("b", 2), put("c", 3)])
        await heir.loaded(HERE, taken_over)
        assert await names(heir) == "abc"


async def test_a_loader_that_records_is_not_dead(server: RedisServer) -> None:
    async with processes(server, 2, lease=500) as (loader, other):
        assert await loader.open(HERE, RANKING)
        begun = time.monotonic()
        while time.monotonic() - begun < 1:
            await loader.record(HERE, [put("a", 1)])
            assert not await other.open(HERE, RANKING)


async def test_who_began_an_order_that_is_gone_cannot_say_that_another_is_loaded(server: RedisServer) -> None:
    async with processes(server, 2) as (first, second):
        for next_one in (second, first):  # by another process, and by another walk of the same
            token = await opened(first)
            await first.record(HERE, [put("a", 1)])
            server.ask("FLUSHALL")
            await opened(next_one)
            await first.record(HERE, [put("b", 2)])
            with pytest.raises(SegmentNotHeld):
                await first.loaded(HERE, token)
            with pytest.raises(SegmentNotHeld):
                await next_one.page(HERE, None, 9)
            await first.close(HERE)


async def test_a_process_whose_walk_has_failed_may_walk_again_at_once(server: RedisServer) -> None:
    async with processes(server, 2) as (index, other):
        token = await opened(index)
        assert await other.open(HERE, RANKING) is None
        assert await opened(index) == token
        await index.loaded(HERE, token)
        assert await index.open(HERE, RANKING) is None


async def test_all_of_an_order_ends_at_one_instant(server: RedisServer, index: RedisRankIndex) -> None:
    await load(index, put("a", 1), put("b", 2)._replace(takes_prizes=False))
    ends = server.ask(
        "EVAL",
        "local ends = {} for i, key in ipairs(redis.call('KEYS', '*gold*')) do ends[i] = redis.call('PEXPIRETIME', key) end "
        "return table.concat(ends, ' ')",
        "0",
    )
    assert len(ends.split()) == 5
    assert len(set(ends.split())) == 1
    assert int(ends.split()[0]) > 0


async def test_a_restricted_user_is_enough_and_no_error_tells_his_password(server: RedisServer) -> None:
    """The rights that docs/OPERATIONS.md names."""
    documented = (Path(__file__).parents[2] / "docs" / "OPERATIONS.md").read_text()
    (rights,) = re.findall(r"`(~laurel:\*[^`]*)`", documented)
    server.ask("ACL", "SETUSER", "laurel", "on", ">hidden", *rights.split())
    address = f"127.0.0.1:{server.port}"
    async with redis_index(f"redis://laurel:hidden@{address}") as index:
        await load(index, put("a", 1), put("b", 2)._replace(takes_prizes=False))
        await index.record(HERE, [put("b", 1, 2)])
        await index.advance(7)
        assert (await number_of(index), (await index.totals(HERE)).ranked) == (7, 2)
        assert len(await index.around(HERE, PlayerId("a"), 3)) == len(await index.places_of(HERE, [PlayerId("a")])) + 1
        await index.close(HERE)
    async with redis_index(f"redis://laurel:wrong-hidden@{address}") as index:
        with pytest.raises(RanksUnavailable, match="Redis does not answer") as refused:
            await index.mark()
        assert "hidden" not in str(refused.value)


async def test_databases_that_share_a_redis_do_not_meet(server: RedisServer) -> None:
    async with redis_index(server.url, "one") as one, redis_index(server.url, "other") as other:
        await load(one, put("a", 1))
        await load(other, put("b", 1))
        assert (await names(one), await names(other)) == ("a", "b")


async def test_the_mark_never_goes_back(index: RedisRankIndex) -> None:
    assert await index.mark() is None
    for number in (5, 12, 7):
        await index.advance(number)
    assert await number_of(index) == 12


async def test_the_mark_tells_of_one_life_which_all_processes_share_and_which_ends_with_the_orders(
    server: RedisServer,
) -> None:
    async with processes(server, 2) as (one, other):
        await one.advance(5)
        await other.advance(7)
        first = await one.mark()
        assert first is not None
        assert first == await other.mark()
        server.ask("FLUSHALL")
        await other.advance(7)
        second = await one.mark()
        assert second is not None
        assert (second.number, second.life != first.life) == (7, True)


async def test_a_segment_may_have_any_name(index: RedisRankIndex) -> None:
    for number, name in enumerate(["", "}{", "{a}", "ä :%7D", "\u2603" * 64, "state"]):
        segment = SegmentId(PERIOD, name)
        token = await index.open(segment, RANKING)
        await index.record(segment, [put(f"player {number}\u2603", number)])
        await index.loaded(segment, token or "")
        assert [one.player_id for one in await index.page(segment, None, 9)] == [f"player {number}\u2603"]


async def test_without_memory_nothing_is_taken_or_answered_until_something_is_closed(
    server: RedisServer, index: RedisRankIndex
) -> None:
    await load(index, *(put(f"p{number}", number % 256) for number in range(2000)))
    assert server.ask("CONFIG", "SET", "maxmemory", "1") == "+OK"
    with pytest.raises(RanksUnavailable, match="memory"):
        await index.record(HERE, [put("a", 1)])
    with pytest.raises(RanksUnavailable, match="memory"):
        await index.page(HERE, None, 9)
    await index.close(HERE)
    assert server.ask("DBSIZE") == ":0"


async def test_a_replica_is_not_asked_and_one_that_is_promoted_is_not_believed(server: RedisServer) -> None:
    server.ask("CONFIG", "SET", "repl-diskless-sync-delay", "0")
    following = ("--replicaof", "127.0.0.1", str(server.port))
    with redis_server(server.kind, *following) as replica:
        async with redis_index(server.url) as primary, redis_index(replica.url) as index:
            await load(primary, put("a", 1))
            await until(lambda: answered(lambda: replica.ask("DBSIZE") == server.ask("DBSIZE")))
            with pytest.raises(RanksUnavailable, match="replica"):
                await index.page(HERE, None, 9)
            replica.ask("REPLICAOF", "NO", "ONE")
            await answering(index)
            with pytest.raises(SegmentNotHeld):
                await index.page(HERE, None, 9)


async def test_a_primary_that_becomes_a_replica_is_asked_no_more(server: RedisServer, index: RedisRankIndex) -> None:
    await load(index, put("a", 1))
    server.ask("REPLICAOF", "127.0.0.1", "1")
    with pytest.raises(RanksUnavailable):
        await index.page(HERE, None, 9)


@pytest.mark.parametrize(("policy", "reason"), [("noeviction", ""), ("allkeys-lru", "maxmemory-policy is allkeys-lru")])
async def test_a_redis_that_drops_keys_when_memory_is_short_is_unfit(
    server: RedisServer, policy: str, reason: str
) -> None:
    server.ask("CONFIG", "SET", "maxmemory-policy", policy)
    links = RedisLinks(server.url, timeout_seconds=SECONDS, connections=1)
    found = (await links.server()).unfit
    assert reason in found
    assert bool(found) == bool(reason)


async def test_of_a_cluster_each_segment_is_asked_where_it_lies() -> None:
    in_cluster = ("--cluster-enabled", "yes")
    with redis_server(KINDS[0], *in_cluster) as one, redis_server(KINDS[0], *in_cluster) as other:
        one.ask("CLUSTER", "ADDSLOTSRANGE", "0", "8191")
        other.ask("CLUSTER", "ADDSLOTSRANGE", "8192", "16383")
        one.ask("CLUSTER", "MEET", "127.0.0.1", str(other.port), str(other.bus_port))
        servers = (one, other)
        await until(lambda: answered(lambda: all("state:ok" in each.ask("CLUSTER", "INFO") for each in servers)))
        async with redis_index(one.url) as index:
            await index.advance(3)
            for number in range(20):
                segment = SegmentId(PERIOD, f"s{number}")
                token = await index.open(segment, RANKING)
                await index.record(segment, [put(f"p{number}", 1)])
                await index.loaded(segment, token or "")
            assert [(await index.totals(SegmentId(PERIOD, f"s{number}"))).ranked for number in range(20)] == [1] * 20
            assert await number_of(index) == 3
            assert min(int(server.ask("DBSIZE")[1:]) for server in (one, other)) > 4


async def answering(index: RedisRankIndex) -> None:
    """Wait until Redis is asked again: after a failure it is left alone for a moment."""

    async def is_there() -> bool:
        with suppress(RanksUnavailable):
            await index.mark()
            return True
        return False

    await until(is_there)


async def answered(ask: Callable[[], bool]) -> bool:
    return await asyncio.to_thread(ask)


async def until(is_so: Callable[[], Awaitable[T]]) -> T:
    async with asyncio.timeout(SECONDS):
        while not (answer := await is_so()):  # noqa: ASYNC110 - another process says nothing when it is so
            await asyncio.sleep(0.005)
        return answer
