"""The context of one call of one hook: what a module may use, and nothing else of the server (M2)."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar, cast

import structlog

from server.application.module_objects import ModuleObjects
from server.application.module_wallet import ModuleWallet as ChangeWallets
from server.application.use_cases import UseCases, World
from server.domain.values import value
from server.hooks import api, shown
from server.hooks.event_leaderboards import ModuleEventLeaderboards
from server.hooks.facilities import EventLeaderboards, Leaderboards, Log, ModuleMetrics, Players, Storage, Wallet
from server.hooks.leaderboards import ModuleLeaderboards
from server.hooks.numbers import ModuleNumbers
from server.hooks.players import ModulePlayers
from server.hooks.storage import ModuleStorage
from server.hooks.wallet import ModuleWallet
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.store import Store
from server.telemetry.metrics import Metrics

T = TypeVar("T")


@value
class Facilities:
    """What all calls of a module's hooks share."""

    module: str
    settings: Mapping[str, Any]
    clock: Clock
    events: EventLeaderboards
    boards: Leaderboards
    players: Players
    storage: Storage
    objects: ModuleObjects
    wallet: Wallet
    metrics: ModuleMetrics
    home: asyncio.AbstractEventLoop


@value
class Backstage:
    """What facilities are made of."""

    store: Store
    catalog: Catalog
    clock: Clock
    use: UseCases
    objects: ModuleObjects
    wallets: ChangeWallets
    metrics: Metrics
    home: asyncio.AbstractEventLoop

    def facilities(self, module: str, settings: Mapping[str, Any]) -> Facilities:
        """Return what a module may use."""
        return Facilities(
            module=module,
            settings=settings,
            clock=self.clock,
            events=ModuleEventLeaderboards(module, self.use.store, self.catalog, self.clock, self.use),
            boards=ModuleLeaderboards(module, self.use),
            players=ModulePlayers(module, self.store, self.use),
            storage=ModuleStorage(self.objects),
            objects=self.objects,
            wallet=ModuleWallet(module, self.store, self.wallets),
            metrics=ModuleNumbers(module, self.metrics),
            home=self.home,
        )


def backstage_of(world: World, use: UseCases, metrics: Metrics) -> Backstage:
    """Return what facilities are made of. Called on the loop that serves."""
    return Backstage(
        store=world.store,
        catalog=world.catalog,
        clock=world.clock,
        use=use,
        objects=ModuleObjects(world.store, world.clock, world.identities),
        wallets=ChangeWallets(world.store, world.catalog, world.clock, world.identities, world.notices),
        metrics=metrics,
        home=asyncio.get_running_loop(),
    )


class ModuleContext:
    """Answers `ctx`. Most calls use little of it, so what costs something is made when it is asked for."""

    __slots__ = ("_caller", "_facilities", "_hook", "_log", "_server_properties")

    def __init__(self, facilities: Facilities, hook: str, caller: str) -> None:
        self._facilities = facilities
        self._hook = hook
        self._caller = caller
        self._log: Log | None = None
        self._server_properties: dict[str, Any] = {}

    @property
    def caller(self) -> api.Caller:
        """Who makes the call in which the hook runs."""
        return shown.caller(self._caller)

    @property
    def log(self) -> Log:
        """A logger bound to module and hook."""
        if self._log is None:
            module = self._facilities.module
            self._log = structlog.get_logger(f"module.{module}").bind(module=module, hook=self._hook)
        return self._log

    @property
    def settings(self) -> Mapping[str, Any]:
        """The module's own section of the settings."""
        return self._facilities.settings

    @property
    def event_leaderboards(self) -> EventLeaderboards:
        """The server's own use cases of events."""
        return self._within_reach(self._facilities.events)

    @property
    def leaderboards(self) -> Leaderboards:
        """The server's own use cases of leaderboards."""
        return self._within_reach(self._facilities.boards)

    @property
    def players(self) -> Players:
        """What the studio says of players."""
        return self._within_reach(self._facilities.players)

    @property
    def storage(self) -> Storage:
        """What modules keep. Of a module that has left the loop, what `update` is to call stays with it, too."""
        if self._is_at_home():
            return self._facilities.storage
        return ModuleStorage(self._within_reach(self._facilities.objects))

    @property
    def wallet(self) -> Wallet:
        """What players own."""
        return self._within_reach(self._facilities.wallet)

    @property
    def metrics(self) -> ModuleMetrics:
        """Numbers for `/metrics`."""
        return self._facilities.metrics

    @property
    def server_properties(self) -> dict[str, Any]:
        """What `cohort_selection` will see as `properties["server"]`."""
        return self._server_properties

    def now(self) -> datetime:
        """Return the game time."""
        return self._facilities.clock.now()

    def wait(self, awaitable: Awaitable[T]) -> T:
        """Return what an awaitable brings, to a plain function.

        It is awaited in the function's own thread: what of it is the module's (`change` of an update) holds nobody up.
        """
        if _running_loop() is not None:
            raise RuntimeError("ctx.wait is for plain functions; an async hook awaits")
        return asyncio.run(_awaited(awaitable))

    def _within_reach(self, facility: T) -> T:
        """Return a facility for whoever asks: out of a thread, calls come home first (M8)."""
        return facility if self._is_at_home() else cast(T, _FromAfar(facility, self._facilities.home))

    def _is_at_home(self) -> bool:
        return _running_loop() is self._facilities.home


class _FromAfar:
    """A facility seen from a thread: what is awaited there, on whatever loop, is done at home."""

    def __init__(self, facility: object, home: asyncio.AbstractEventLoop) -> None:
        self._facility = facility
        self._home = home

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self._facility, name)
        assert inspect.iscoroutinefunction(method)

        async def at_home(*arguments: Any, **named: Any) -> Any:
            return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(method(*arguments, **named), self._home))

        return at_home


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


async def _awaited(awaitable: Awaitable[T]) -> T:
    return await awaitable
