"""A server without doors, wired: store, definitions, modules, use cases, and the way of every call.

`open_core` builds every object and owns what must be closed. Tests, the demo and doors are opened on what it gives.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import structlog

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
from server.api.page_tokens import PageTokens
from server.api.sessions import ServerKeys, Sessions
from server.application.board_ranks import BoardRanks
from server.application.deliver_webhooks import DeliverWebhooks
from server.application.gathering import IMPATIENT, Patience
from server.application.module_objects import ModuleObjects
from server.application.park_unclaimed_webhooks import LOOK_SECONDS, ParkUnclaimedWebhooks
from server.application.store_in_step import StoreInStep
from server.application.use_cases import UseCases, World, build_use_cases
from server.backends import StartRefused, broker, opened_store, rank_index
from server.definitions.catalog import LiveCatalog
from server.development import KEY_NAME, development_keys, keys_file
from server.hooks.calls import HookCaller
from server.hooks.context import backstage_of
from server.hooks.live import LiveHooks
from server.identities import RandomIdentities
from server.operations import LiveOperations
from server.ports.clock import MovableClock
from server.ports.store import Capability
from server.session_keys import session_settings
from server.settings import Settings
from server.system_clock import SystemClock
from server.telemetry.metrics import Metrics
from server.webhooks.sender import HttpsSender
from server.workers.duty import Duty
from server.workers.following import Follower
from server.workers.settlement import PeriodSettlement, Settlement
from server.workers.telling import Telling

log = structlog.get_logger(__name__)

_FORGETTING_SECONDS = 600.0
_RETENTION_SECONDS = 3600.0
_TEND_RANKS_SECONDS = 1.0
"""How long an entry may be missing from its order that nobody told."""
_MOVE_BOTS_SECONDS = 1.0
_TICK_COHORTS_SECONDS = 0.25
"""How soon after the turn of a second bots move in cohorts; to look at the clock costs nothing."""


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
        store = StoreInStep(await opened_store(settings, metrics, held, patience), catalog)
        clock = make_clock(await store.read(lambda view: view.clock_offset()))
        index = await rank_index(settings, store, clock, metrics, held)
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
            broker=broker(settings, store, secret, worker, tasks, held),
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
        duties["unclaimed"] = (ParkUnclaimedWebhooks(store, clock, world.endpoints), LOOK_SECONDS)
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
        "board_bots": (use.board_bots, _MOVE_BOTS_SECONDS),
        "cohort_bots": (use.tick_cohorts, _TICK_COHORTS_SECONDS),
        "ranks": (use.tend_ranks, _TEND_RANKS_SECONDS),
        "forgetting": (use.forget_game_events, _FORGETTING_SECONDS),
        "jobs": (use.run_jobs, settings.modules_seconds),
    }


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
