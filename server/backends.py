"""What a process stands on, as its settings name it: the store, who keeps ranks, and what tells watchers of changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import structlog

from server.application.gathering import IMPATIENT, Patience
from server.ports.broker import Broker
from server.ports.clock import MovableClock
from server.ports.errors import RanksUnavailable, WorldError
from server.ports.rank_index import RankIndex
from server.ports.store import Capability, Store
from server.ranks.in_process import InProcessRankIndex
from server.ranks.redis import RedisRankIndex
from server.ranks.redis_keys import owner_of
from server.ranks.redis_links import RedisLinks
from server.setting_sections import RankSection
from server.settings import Settings
from server.storage.database import prepare
from server.streams.local import LocalBroker
from server.streams.postgres import PostgresChannel
from server.streams.redis import RedisChannel
from server.streams.shared import SharedBroker
from server.telemetry.metrics import Metrics

log = structlog.get_logger(__name__)


class StartRefused(Exception):
    """The server does not start; the message says why and how to mend it."""


async def opened_store(
    settings: Settings, metrics: Metrics, held: AsyncExitStack, patience: Patience = IMPATIENT
) -> Store:
    """Open the store, migrated where that may be done unasked. `patience` is that of the door.

    :raises StartRefused: if the database is not there, not fit, or somebody else's
    """
    database = settings.store.database
    try:
        for step in await prepare(database, applies=not settings.is_production):
            log.info("migrated", number=step.number, name=step.name)
        store = await database.open(metrics.commit_batch.observe, patience)
    except WorldError as error:
        raise StartRefused(str(error)) from error
    held.push_async_callback(store.close)
    return store


async def rank_index(
    settings: Settings, store: Store, clock: MovableClock, metrics: Metrics, held: AsyncExitStack
) -> RankIndex | None:
    """Return what keeps who stands where: the memory of the only process, or Redis for several. None: nothing does."""
    if Capability.MANY_PROCESSES not in store.capabilities:
        if settings.ranks.redis_url:
            log.warning("redis_is_not_used", reason="the store serves one process, which ranks in its own memory")
        return InProcessRankIndex(first_epoch=int(clock.wall().timestamp() * 1000))
    return await held.enter_async_context(shared_ranks(settings.ranks, store, metrics.rank_index_failures.inc))


@asynccontextmanager
async def shared_ranks(
    settings: RankSection, store: Store, on_failure: Callable[[], None] = lambda: None
) -> AsyncIterator[RankIndex | None]:
    """Open the index that the processes on one database share; None: there is no Redis, or there is but one process.

    :raises StartRefused: if Redis would lose parts of orders
    """
    if not settings.redis_url or Capability.MANY_PROCESSES not in store.capabilities:
        yield None
        return
    links = RedisLinks(
        settings.redis_url,
        timeout_seconds=settings.timeout_seconds,
        connections=settings.connections,
        on_failure=on_failure,
    )
    try:
        await _refuse_unfit(links, settings.shown)
        yield RedisRankIndex(links, owner_of(await store.installation_secret()))
    finally:
        await links.close()


async def _refuse_unfit(links: RedisLinks, shown: str) -> None:
    """Refuse to start on a Redis that would lose parts of orders. One that is out of reach may come back."""
    try:
        server = await links.server()
    except RanksUnavailable as error:
        log.warning(
            "redis_out_of_reach",
            redis=shown,
            error=str(error),
            consequence="large boards show no ranks until it answers; scores are taken",
        )
        return
    if server.unfit:
        raise StartRefused(f"the Redis at {shown} must not keep ranks: {server.unfit}")


def broker(
    settings: Settings, store: Store, secret: bytes, name: str, tasks: asyncio.TaskGroup, held: AsyncExitStack
) -> Broker:
    """Return what tells watchers of changes: within the only process, or among all on one database (L23)."""
    if Capability.MANY_PROCESSES not in store.capabilities:
        return LocalBroker()
    redis_url = settings.ranks.redis_url
    channel = RedisChannel(redis_url, owner_of(secret)) if redis_url else PostgresChannel(settings.store.url)
    shared = SharedBroker(channel, name, tasks)
    held.push_async_callback(shared.close)
    return shared
