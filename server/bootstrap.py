"""The composition root: builds every object, owns what must be closed, and knows the only real clock and dice.

`run_server` is the life of a process: open the store, read definitions and modules, open the doors, wait for a signal, and
then in two steps: refuse what is new and finish what runs, then close, in the reverse order of opening.
"""

from __future__ import annotations

import asyncio
import gc
import os
import secrets
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog
import watchfiles
from starlette.applications import Starlette

from server.api.admission import Limits
from server.api.dispatch import Dispatch
from server.api.handlers.admin import AdminHandlers
from server.api.handlers.debug import DebugHandlers
from server.api.handlers.event_leaderboard import EventLeaderboardHandlers
from server.api.handlers.game_event import GameEventHandlers
from server.api.handlers.leaderboard import LeaderboardHandlers
from server.api.handlers.module import ModuleHandlers
from server.api.handlers.reward import RewardHandlers
from server.api.handlers.server import ServerHandlers
from server.api.handlers.session import SessionHandlers
from server.api.handlers.watching import WatchHandlers
from server.api.limits import RateLimit
from server.api.methods import Method
from server.api.openapi import openapi_document
from server.api.page_tokens import PageTokens
from server.api.sessions import ServerKeys, Sessions
from server.application.board_ranks import BoardRanks
from server.application.deliver_webhooks import DeliverWebhooks
from server.application.gathering import BEHIND_ENVOY, IMPATIENT, ON_THE_LOOP, Patience
from server.application.module_objects import ModuleObjects
from server.application.store_in_step import StoreInStep
from server.application.tell_modules import TellModules
from server.application.use_cases import UseCases, World, build_use_cases
from server.definitions.catalog import LiveCatalog
from server.development import KEY_NAME, development_keys, keys_file
from server.doors.envoy import EnvoyDoor
from server.doors.grpcio import GrpcDoor, GrpcSettings
from server.doors.http import HttpDoor, Probes, demo, event_streams, pages
from server.hooks.calls import HookCaller
from server.hooks.context import backstage_of
from server.hooks.live import LiveHooks
from server.identities import RandomIdentities
from server.operations import LiveOperations
from server.ports.broker import Broker
from server.ports.clock import MovableClock
from server.ports.errors import RanksUnavailable, WorldError
from server.ports.rank_index import RankIndex
from server.ports.store import Capability, Store
from server.ranks.in_process import InProcessRankIndex
from server.ranks.redis import RedisRankIndex
from server.ranks.redis_keys import owner_of
from server.ranks.redis_links import RedisLinks
from server.session_keys import session_settings
from server.settings import RankSection, Settings
from server.storage.database import prepare
from server.streams.local import LocalBroker
from server.streams.postgres import PostgresChannel
from server.streams.redis import RedisChannel
from server.streams.shared import SharedBroker
from server.telemetry.metrics import Metrics
from server.webhooks.sender import HttpsSender
from server.workers.duty import Duty, DutyWorker
from server.workers.following import Follower
from server.workers.settlement import PeriodSettlement, Settlement
from server.workers.telling import Telling

log = structlog.get_logger(__name__)

_GARBAGE_THRESHOLDS = (20_000, 20, 50)
_FORGETTING_SECONDS = 600.0
_RETENTION_SECONDS = 3600.0
_TEND_RANKS_SECONDS = 1.0
"""How long an entry may be missing from its order that nobody told."""


class StartRefused(Exception):
    """The server does not start; the message says why and how to mend it."""


class SystemClock(MovableClock):
    """The machine's clock, with game time ahead of it by the store's offset."""

    def __init__(self, offset: timedelta) -> None:
        self._offset = offset

    @property
    def offset(self) -> timedelta:
        """By how much game time is ahead."""
        return self._offset

    def move_to_offset(self, offset: timedelta) -> None:
        """Set by how much game time is ahead."""
        self._offset = offset

    def now(self) -> datetime:
        """Return game time."""
        return self.wall() + self._offset

    def wall(self) -> datetime:
        """Return real time."""
        return datetime.now(UTC)  # noqa: TID251 - the one place


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server that takes calls. Inside Envoy, which holds the port, it is an ASGI application and knows no port."""

    operations: LiveOperations
    grpc_port: int = 0
    http_port: int = 0
    application: EnvoyDoor | None = None


async def run_server(settings: Settings, on_start: Callable[[], None] = lambda: None) -> None:
    """Serve until SIGTERM or SIGINT. SIGHUP reloads definitions and modules.

    :raises StartRefused: if definitions, modules, store or ports do not allow it
    """
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    async with open_server(settings) as server, asyncio.TaskGroup() as tasks:
        loop.add_signal_handler(signal.SIGHUP, lambda: tasks.create_task(server.operations.reload(announces=True)))
        watching = tasks.create_task(watch(settings, server.operations, stopping)) if settings.reload else None
        settle_down()
        on_start()
        await stopping.wait()
        log.info("stopping", drain_seconds=settings.drain_seconds)
        loop.remove_signal_handler(signal.SIGHUP)
        if watching is not None:
            await watching
    log.info("stopped")


def settle_down() -> None:
    """Let the collector look at what calls leave behind, not again and again at everything that stays.

    Some 200,000 objects live as long as the process; frozen, they are never walked through. Calls make few cycles, so
    collections may be rarer than by default. Together this saves a tenth of a call's CPU and halves the slowest calls.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GARBAGE_THRESHOLDS)


@dataclass(frozen=True, slots=True)
class Core:
    """A server without doors: what calls are served by, and what is to be done without being called for.

    `duties` are by name, each with the seconds after which it is looked at again.
    """

    world: World
    use: UseCases
    dispatch: Dispatch
    operations: LiveOperations
    metrics: Metrics
    objects: ModuleObjects
    duties: dict[str, tuple[Duty, float]]


@asynccontextmanager
async def open_server(settings: Settings, *, is_inside_envoy: bool = False) -> AsyncIterator[RunningServer]:
    """Open everything, in order; on the way out drain and close it in reverse.

    :raises StartRefused: if definitions, modules, store or ports do not allow it
    """
    async with AsyncExitStack() as held:
        core = await held.enter_async_context(
            open_core(settings, patience=BEHIND_ENVOY if is_inside_envoy else ON_THE_LOOP)
        )
        workers = [DutyWorker(name, duty, seconds) for name, (duty, seconds) in core.duties.items()]
        work = [core.world.tasks.create_task(worker.run(), name=worker.name) for worker in workers]
        held.push_async_callback(_end_work, work, core.use.tell_modules, settings.drain_seconds)
        for worker in workers:
            held.callback(worker.stop)
        serving = _Serving(core.world, core.use, core.dispatch, core.operations, core.metrics)
        yield await (serving.inside_envoy(settings, held) if is_inside_envoy else serving.plainly(settings, held))


async def _end_work(work: Iterable[asyncio.Task[None]], telling: TellModules, seconds: float) -> None:
    """Wait until workers have ended, and then do not: what modules were doing is done again, by whoever is next."""
    telling.close()
    _, unended = await asyncio.wait(work, timeout=seconds)
    for one in unended:
        log.warning("work_cut_off", duty=one.get_name(), after_seconds=seconds)
        one.cancel()


@asynccontextmanager
async def open_core(
    settings: Settings, make_clock: Callable[[timedelta], MovableClock] = SystemClock, *, patience: Patience = IMPATIENT
) -> AsyncIterator[Core]:
    """Open the store, read definitions and modules, and wire everything; on the way out close it in reverse.

    `make_clock` makes a clock whose game time is ahead by the store's offset. `patience`: how long batches wait for company.

    :raises StartRefused: if definitions, modules or store do not allow it
    """
    async with AsyncExitStack() as held:
        metrics = Metrics()
        catalog = LiveCatalog(settings.config_folder)
        store = StoreInStep(await _opened_store(settings, metrics, held), catalog)
        clock = make_clock(await store.read(lambda view: view.clock_offset()))
        index = await _rank_index(settings, store, clock, metrics, held)
        sender = HttpsSender()
        held.push_async_callback(sender.close)
        tasks = await held.enter_async_context(asyncio.TaskGroup())
        calls = HookCaller(metrics)
        held.callback(calls.close)
        hooks = LiveHooks(settings.modules_folder, settings.modules, calls)
        ranks = BoardRanks(store, catalog, clock, index, tasks)
        held.callback(ranks.close)
        secret = await store.installation_secret()
        worker = f"{os.uname().nodename}:{os.getpid()}:{secrets.token_hex(4)}"
        world = World(
            store=store,
            catalog=catalog,
            clock=clock,
            identities=RandomIdentities(clock.wall),
            hooks=hooks,
            tasks=tasks,
            secret=secret,
            worker=worker,
            broker=_broker(settings, store, secret, worker, tasks, held),
            ranks=ranks,
            creates_accounts=settings.session.creates_accounts,
            patience=patience,
            count=metrics.count_contributions,
            endpoints=tuple(one.endpoint for one in settings.webhooks),
            seal_wait=timedelta(seconds=settings.seal_wait_seconds),
            dedupe=timedelta(hours=settings.game_events.dedupe_hours),
            log_kept=timedelta(days=settings.game_events.log_days),
            pace_seconds=1 / settings.live.updates_per_second,
        )
        use = build_use_cases(world)
        backstage = backstage_of(world, use, metrics)
        hooks.serve(backstage)
        operations = LiveOperations(catalog, hooks, store, clock, metrics, settings.config_folder)
        await _first_load(operations)
        dispatch = _dispatch(settings, world, use, operations, metrics)
        duties = _duties(settings, use, metrics)
        if world.endpoints:
            deliver = DeliverWebhooks(store, catalog, clock, world.endpoints, sender, tasks, metrics.count_delivery)
            held.callback(deliver.close)
            duties["webhooks"] = (deliver, settings.modules_seconds)
        if Capability.MANY_PROCESSES in store.capabilities:
            duties["following"] = (Follower(store, catalog, clock, operations), settings.following_seconds)
        else:
            await store.transact(lambda tx: tx.break_leases(clock.wall()))
        yield Core(world, use, dispatch, operations, metrics, backstage.objects, duties)


def _duties(settings: Settings, use: UseCases, metrics: Metrics) -> dict[str, tuple[Duty, float]]:
    telling = Telling(use.tell_modules, use.list_parked_notices, metrics)
    return {
        "settlement": (Settlement(use.settle_cohorts, metrics), settings.settlement_seconds),
        "periods": (PeriodSettlement(use.settle_periods, use.follow_up_periods), settings.settlement_seconds),
        "retention": (use.drop_old_snapshots, _RETENTION_SECONDS),
        "announcements": (use.announce_phases, settings.modules_seconds),
        "notices": (telling, settings.modules_seconds),
        "ranks": (use.tend_ranks, _TEND_RANKS_SECONDS),
        "forgetting": (use.forget_game_events, _FORGETTING_SECONDS),
        "jobs": (use.run_jobs, settings.modules_seconds),
    }


def _broker(
    settings: Settings, store: Store, secret: bytes, name: str, tasks: asyncio.TaskGroup, held: AsyncExitStack
) -> Broker:
    """Return what tells watchers of changes: within the only process, or among all on one database (L23)."""
    if Capability.MANY_PROCESSES not in store.capabilities:
        return LocalBroker()
    redis_url = settings.ranks.redis_url
    channel = RedisChannel(redis_url, owner_of(secret)) if redis_url else PostgresChannel(settings.store.url)
    broker = SharedBroker(channel, name, tasks)
    held.push_async_callback(broker.close)
    return broker


async def _rank_index(
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


async def _opened_store(settings: Settings, metrics: Metrics, held: AsyncExitStack) -> Store:
    database = settings.store.database
    try:
        for step in await prepare(database, applies=not settings.is_production):
            log.info("migrated", number=step.number, name=step.name)
        store = await database.open(metrics.commit_batch.observe)
    except WorldError as error:
        raise StartRefused(str(error)) from error
    held.push_async_callback(store.close)
    return store


async def _first_load(operations: LiveOperations) -> None:
    result = await operations.reload()
    if not result.is_taken:
        places = [f"  {one.file}:{one.line}: {one.message}" for one in result.findings if one.is_error]
        raise StartRefused(
            "\n".join(["definitions or modules have errors:", *places, "`laurel check` shows all of it"])
        )


def _dispatch(
    settings: Settings, world: World, use: UseCases, operations: LiveOperations, metrics: Metrics
) -> Dispatch:
    server_keys, session_secret = _keys(settings)
    sessions = Sessions(session_settings(settings.session, session_secret), world.clock)
    limits = Limits(
        message_bytes_max=settings.limits.message_bytes,
        bulk_bytes_max=settings.limits.bulk_message_bytes,
        calls_in_flight_max=settings.limits.calls_in_flight,
        by_player=RateLimit(settings.limits.player_calls_per_second, settings.limits.player_burst, time.monotonic),
        by_address=RateLimit(settings.limits.address_calls_per_second, settings.limits.address_burst, time.monotonic),
        streams_max=settings.limits.streams,
        streams_of_player_max=settings.limits.streams_per_player,
    )
    methods = _methods(settings, world, use, sessions, operations)
    return Dispatch(
        methods,
        sessions,
        ServerKeys(server_keys),
        limits,
        use.register_player,
        world.hooks,
        world.clock,
        metrics,
        WatchHandlers(use.watch_cohort, use.watch_leaderboard, world.clock).streams(),
    )


def _methods(
    settings: Settings, world: World, use: UseCases, sessions: Sessions, operations: LiveOperations
) -> list[Method]:
    tokens = PageTokens(world.secret)
    methods = [
        *SessionHandlers(use, sessions).methods(),
        *EventLeaderboardHandlers(use, world.clock, world.catalog, tokens).methods(),
        *LeaderboardHandlers(use, world.clock, tokens).methods(),
        *RewardHandlers(use, world.clock, tokens).methods(),
        *ServerHandlers(use, world.clock, world.catalog).methods(),
        *GameEventHandlers(use, world.clock, world.catalog).methods(),
        *ModuleHandlers(use).methods(),
        *AdminHandlers(use, world.clock, world.catalog, operations, tokens).methods(),
    ]
    return [*methods, *DebugHandlers(use, world.clock).methods()] if settings.has_debug else methods


def _keys(settings: Settings) -> tuple[dict[str, str], bytes]:
    """Return the server keys' digests and the secret of sessions; development makes what is missing, and says so."""
    given = settings.session.secret
    if given is not None:
        return settings.server_keys, given.get_secret_value().encode()
    made = development_keys(settings)
    log.warning(
        "development_keys_in_use",
        consequence="whoever reads them can be any player; set environment = production with a secret of your own",
        file=str(keys_file(settings) or "none: they end with this process"),
    )
    return {KEY_NAME: made.server_key_digest, **settings.server_keys}, made.session_secret.encode()


@dataclass(frozen=True, slots=True)
class _Serving:
    """What doors are opened for."""

    world: World
    use: UseCases
    dispatch: Dispatch
    operations: LiveOperations
    metrics: Metrics
    draining: asyncio.Event = field(default_factory=asyncio.Event)

    async def plainly(self, settings: Settings, held: AsyncExitStack) -> RunningServer:
        """Open grpc.aio on one port, health and metrics on another.

        :raises StartRefused: if a port cannot be bound
        """
        grpc_settings = GrpcSettings(
            settings.grpc.host,
            settings.grpc.port,
            max(settings.limits.message_bytes, settings.limits.bulk_message_bytes),
            settings.has_reflection,
            settings.grpc.shares_port,
        )
        door = GrpcDoor(self.dispatch, grpc_settings)
        http_port = await self._pages_aside(settings, held)
        try:
            grpc_port = await door.start()
        except OSError as error:
            raise StartRefused(str(error)) from error
        held.push_async_callback(door.close, 1.0)
        held.push_async_callback(self._drain, settings.drain_seconds)
        held.push_async_callback(door.refuse)
        log.info(
            "serving",
            door="grpcio",
            grpc=f"{settings.grpc.host}:{grpc_port}",
            http=f"http://{settings.http.host}:{http_port}/readyz",
            store=settings.store.shown,
            debug=settings.has_debug,
        )
        return RunningServer(self.operations, grpc_port, http_port)

    async def inside_envoy(self, settings: Settings, held: AsyncExitStack) -> RunningServer:
        """Make the application that Envoy runs. A worker has its pages aside, too: the port is not its alone."""
        http_port = await self._pages_aside(settings, held) if settings.worker else 0
        door = EnvoyDoor(
            self.dispatch, self._pages(settings, hears_leaving=False), has_reflection=settings.has_reflection
        )
        held.push_async_callback(self._drain, settings.drain_seconds)
        held.callback(door.refuse)
        return RunningServer(self.operations, http_port=http_port, application=door)

    async def _pages_aside(self, settings: Settings, held: AsyncExitStack) -> int:
        """Open health and metrics on a port of their own, and return it.

        :raises StartRefused: if it cannot be bound
        """
        http = HttpDoor(
            settings.http.host, settings.http.port, self._pages(settings, hears_leaving=True), self.world.tasks
        )
        try:
            port = await http.start()
        except OSError as error:
            raise StartRefused(str(error)) from error
        held.push_async_callback(http.close)
        return port

    async def _drain(self, seconds: float) -> None:
        self.draining.set()
        self.use.feeds.drain()
        try:
            async with asyncio.timeout(seconds):
                await self.dispatch.drain()
        except TimeoutError:
            log.warning("drain_timed_out", calls_in_flight=self.dispatch.in_flight)

    def _pages(self, settings: Settings, *, hears_leaving: bool) -> Starlette:
        streams = event_streams(self.dispatch, hears_leaving=hears_leaving)
        streams += [] if settings.is_production else demo(self.dispatch)
        return pages(self._probes(), self.metrics, openapi_document(self.dispatch.methods), streams)

    def _probes(self) -> Probes:
        async def why_not_ready() -> str:
            if self.draining.is_set():
                return "draining"
            try:
                await self.world.store.read(lambda view: view.clock_offset())
            except WorldError:
                return "the store cannot be reached"
            return ""

        def refresh() -> None:
            self.metrics.calls_in_flight.set(self.dispatch.in_flight)
            self.metrics.submissions_waiting.set(self.use.submit_score.waiting)
            self.metrics.store_waiting.set(self.world.store.waiting)
            self.metrics.streams_open.set(self.dispatch.streams_open)
            self.metrics.feeds_open.set(self.use.feeds.open)
            self.metrics.watchers_behind.set(self.use.feeds.caught_up)
            if keeping is not None:
                self.metrics.rank_walks.set(keeping.loader.walked)
                self.metrics.rank_entries_healed.set(keeping.healed)

        keeping = self.world.ranks.keeping
        return Probes(why_not_ready, refresh, lambda: "" if keeping is None else keeping.index.trouble)


async def watch(settings: Settings, operations: LiveOperations, stopping: asyncio.Event) -> None:
    """Reload when a file of definitions or modules changes."""
    folders = [folder for folder in (settings.config_folder, settings.modules_folder) if folder.is_dir()]
    async for _ in watchfiles.awatch(*folders, stop_event=stopping):
        await operations.reload()
