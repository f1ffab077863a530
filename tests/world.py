"""A whole server without sockets: real store, real definitions, a clock that is moved."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from server.application.board_ranks import BoardRanks
from server.application.claiming import Claimed, ClaimRequest
from server.application.rolling import Rolled, RollRequest
from server.application.standing_pages import Standings
from server.application.store_in_step import StoreInStep
from server.application.submitting import SubmitRequest, Submitted
from server.application.use_cases import UseCases, World, build_use_cases
from server.definitions.catalog import LiveCatalog
from server.domain.event_leaderboards.submissions import Submission
from server.domain.event_leaderboards.view import EventView
from server.domain.ids import EventId, PlayerId
from server.hooks.calls import HookCaller
from server.hooks.context import backstage_of
from server.hooks.live import LiveHooks
from server.identities import RandomIdentities
from server.operations import LiveOperations
from server.ports.store import Capability, Store
from server.ranks.in_process import InProcessRankIndex
from server.storage.sqlite.connection import EPHEMERAL
from server.storage.sqlite.store import SqliteStore
from server.streams.local import LocalBroker
from server.telemetry.metrics import Metrics
from server.testing.clock import ManualClock as StandingClock
from tests.builders import MONDAY

WEEKLY: dict[str, Any] = {"reset_schedule": "0 0 * * 1", "cohort_size": 5}


class ManualClock(StandingClock):
    """The clock of `server.testing`, at the Monday from which tests count."""

    def __init__(self, now: datetime = MONDAY) -> None:
        super().__init__(now)


class Game:
    """The server and a few short words for what players do."""

    def __init__(
        self,
        use: UseCases,
        store: Store,
        catalog: LiveCatalog,
        clock: ManualClock,
        hooks: LiveHooks,
        folder: Path,
        ranks: BoardRanks,
    ) -> None:
        self.use = use
        self.ranks = ranks
        self.store = store
        self.catalog = catalog
        self.clock = clock
        self.hooks = hooks
        self.folder = folder

    async def configure(
        self, events: Mapping[str, Any], items: Mapping[str, Any] | None = None, **others: Mapping[str, Any]
    ) -> None:
        """Write definitions as a designer would, and reload. `others`: leaderboards, reward_policies."""
        self.write(events, items, **others)
        await self.catalog.reload(self.store, self.clock.now())

    def write(
        self, events: Mapping[str, Any], items: Mapping[str, Any] | None = None, **others: Mapping[str, Any]
    ) -> None:
        """Write definitions; nobody has read them yet. `others`: leaderboards, reward_policies."""
        files = {
            "leaderboards": {},
            "reward_policies": {},
            **others,
            "event_leaderboards": events,
            "items": items or {},
        }
        for name, data in files.items():
            (self.folder / "config" / name).mkdir(parents=True, exist_ok=True)
            (self.folder / "config" / name / "all.json").write_text(json.dumps({name: data}))

    def module(self, name: str, code: str) -> None:
        """Write a module as a studio would, and reload."""
        self.write_module(name, code)
        self.hooks.put_in_force(self.hooks.load())

    def write_module(self, name: str, code: str) -> None:
        """Write a module; nobody has read it yet."""
        (self.folder / "modules").mkdir(exist_ok=True)
        (self.folder / "modules" / f"{name}.py").write_text(code)

    def operations(self) -> LiveOperations:
        """The operator's side of this server."""
        return LiveOperations(self.catalog, self.hooks, self.store, self.clock, Metrics(), self.folder / "config")

    async def roll(self, player: str, event: str = "weekly", **options: Any) -> Rolled:
        return await self.use.roll_cohort(RollRequest(PlayerId(player), EventId(event), f"player:{player}", **options))

    async def submit(
        self, player: str, score: int, event: str = "weekly", *, request_id: str = "", **options: Any
    ) -> Submitted:
        submission = Submission(score, **options)
        return await self.use.submit_score(
            SubmitRequest(PlayerId(player), EventId(event), f"player:{player}", submission, request_id)
        )

    async def claim(self, player: str, event: str = "weekly", request_id: str = "") -> Claimed:
        return await self.use.claim_reward(
            ClaimRequest(PlayerId(player), EventId(event), f"player:{player}", request_id)
        )

    async def view(self, player: str, event: str = "weekly") -> EventView:
        return (await self.use.get_event_leaderboard(PlayerId(player), EventId(event), Standings.NONE)).view

    async def order(self, player: str, event: str = "weekly") -> list[str]:
        """Who is in the player's cohort, by rank."""
        shown = await self.use.get_event_leaderboard(PlayerId(player), EventId(event), Standings.COHORT)
        return [row.participant.player_id for row in shown.rows]

    async def settle(self) -> int:
        """Settle until nothing is due, and return how many visits it took."""
        total = 0
        while visited := await self.use.settle_cohorts():
            total += visited
        return total


@asynccontextmanager
async def game(
    folder: Path, events: Mapping[str, Any], items: Mapping[str, Any] | None = None, **options: Any
) -> AsyncIterator[Game]:
    """Start a server on an ephemeral store, or on `store`, which is left open.

    `leaderboards` and `reward_policies` among the options are written as definitions.
    """
    others = {kind: options.pop(kind) for kind in ("leaderboards", "reward_policies") if kind in options}
    clock = options.pop("clock", None) or ManualClock()
    given: Store | None = options.pop("store", None)
    catalog = LiveCatalog(folder / "config")
    async with AsyncExitStack() as held:
        opened = given or await SqliteStore.open(EPHEMERAL)
        if given is None:
            held.push_async_callback(opened.close)
        store = StoreInStep(opened, catalog)
        metrics = Metrics()
        calls = HookCaller(metrics)
        held.callback(calls.close)
        hooks = LiveHooks(folder / "modules", options.pop("settings", {}), calls)
        tasks = await held.enter_async_context(asyncio.TaskGroup())
        default = None if Capability.MANY_PROCESSES in store.capabilities else InProcessRankIndex()
        ranks = BoardRanks(store, catalog, clock, options.pop("index", default), tasks)
        held.callback(ranks.close)
        world = World(
            store=store,
            catalog=catalog,
            clock=clock,
            identities=RandomIdentities(clock.wall),
            hooks=hooks,
            tasks=tasks,
            secret=await store.installation_secret(),
            worker=options.pop("worker", "test"),
            broker=LocalBroker(),
            ranks=ranks,
            **options,
        )
        use = build_use_cases(world)
        hooks.serve(backstage_of(world, use, metrics))
        playing = Game(use, opened, catalog, clock, hooks, folder, ranks)
        await playing.configure(events, items, **others)
        yield playing
