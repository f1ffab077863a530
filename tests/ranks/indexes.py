"""Every adapter of the rank index, empty."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from secrets import token_hex

from server.ports.rank_index import RankIndex
from server.ranks.in_process import InProcessRankIndex
from server.ranks.redis import LEASE_MS, RedisRankIndex
from server.ranks.redis_links import RedisLinks
from tests.redis_server import KINDS, SERVERS

IN_PROCESS = "in process"
ADAPTERS = (IN_PROCESS, *KINDS)


@asynccontextmanager
async def fresh_index(adapter: str) -> AsyncIterator[RankIndex]:
    """Open an index that knows nothing."""
    if adapter == IN_PROCESS:
        yield InProcessRankIndex()
        return
    async with redis_index(SERVERS.of(adapter).url, token_hex(8)) as index:
        yield index


@asynccontextmanager
async def redis_index(
    url: str, owner: str = "test", seconds: float = 5.0, lease: int = LEASE_MS
) -> AsyncIterator[RedisRankIndex]:
    """Open what one process has of an index in Redis. Its time limit is long: a machine full of tests is slow."""
    links = RedisLinks(url, timeout_seconds=seconds, connections=4)
    try:
        yield RedisRankIndex(links, owner, lease)
    finally:
        await links.close()
