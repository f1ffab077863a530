"""The game of a test: a server without doors, players who call it, and a clock that the test moves (M7)."""

from __future__ import annotations

import asyncio
import json
import secrets
import tempfile
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar, cast

from pydantic import SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from server.api.admission import AUTHORIZATION, SERVER_KEY, Envelope
from server.api.methods import PACKAGE
from server.api.sessions import Sessions, SessionSettings
from server.api.status import Failure
from server.client import CallFailed, failed, request_of, response_kind
from server.core import Core, open_core
from server.domain.ids import PlayerId
from server.hooks.api import StoredObject
from server.hooks.storage import ModuleStorage
from server.setting_sections import LimitSection, SessionSection, StoreSettings
from server.settings import Settings
from server.testing.clock import A_MONDAY, ManualClock

T = TypeVar("T")

ROUNDS_MAX = 10_000
"""So often `settle` looks whether anything is due; a game in which more is due never comes to rest."""
_SETTING = "test"


class _Given(Settings):
    """Settings of the test alone: a test says the same in every folder and under every environment."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Look at what is given, and nowhere else."""
        return (init_settings,)


class Player:
    """Makes the calls of a player. A refused call raises CallFailed with `reason`."""

    def __init__(self, game: Game, player_id: str) -> None:
        self.id = player_id
        self._game = game

    def call(self, method: str, **fields: Any) -> Any:
        """Call `Service/Method`, such as `EventLeaderboardService/ListStandings`, and return the response message."""
        return self._game.send(method, fields, {AUTHORIZATION: f"Bearer {self._game.token(self.id)}"})

    def roll(self, event: str, **fields: Any) -> Any:
        """Join a cohort: RollCohort."""
        return self.call("EventLeaderboardService/RollCohort", id=event, **fields)

    def submit(self, event: str, score: int, **fields: Any) -> Any:
        """Report a score: SubmitScore."""
        return self.call("EventLeaderboardService/SubmitScore", id=event, score=score, **fields)

    def score(self, leaderboard: str, score: float, **fields: Any) -> Any:
        """Report a score to a leaderboard."""
        return self.call("LeaderboardService/SubmitScore", key=leaderboard, score=score, **fields)

    def claim(self, event: str, **fields: Any) -> Any:
        """Collect a reward: ClaimReward."""
        return self.call("EventLeaderboardService/ClaimReward", id=event, **fields)

    def wallet(self) -> dict[str, int]:
        """Return the player's currencies: GetWallet."""
        return dict(self.call("RewardService/GetWallet").currencies)

    def inventory(self) -> dict[str, int]:
        """Return the player's items: GetInventory."""
        return dict(self.call("RewardService/GetInventory").items)

    def function(self, name: str, payload: Any = None) -> Any:
        """Call a module's function, and return what it answers."""
        answer = self.call("ModuleService/CallFunction", name=name, payload=json.dumps(payload))
        return json.loads(answer.payload)


class Server:
    """Makes the calls of the studio's own server, with a server key."""

    def __init__(self, game: Game, key: str) -> None:
        self._game = game
        self._key = key

    def call(self, method: str, **fields: Any) -> Any:
        """Call `Service/Method`, such as `AdminService/LookUpPlayer`, and return the response message."""
        return self._game.send(method, fields, {SERVER_KEY: self._key})

    def function(self, name: str, payload: Any = None) -> Any:
        """Call a module's function, and return what it answers."""
        answer = self.call("ModuleService/CallFunction", name=name, payload=json.dumps(payload))
        return json.loads(answer.payload)


class Game:
    """A whole server in memory, with your modules: `with Game(modules="modules", events={...}) as game:`.

    Nothing happens by itself. Time stands still until `advance`; what is due (cohorts to settle, notices, jobs) is done by
    `settle`. Hooks keep their time limits, which are real.
    """

    def __init__(
        self,
        modules: str | Path | None = "modules",
        config: str | Path | None = None,
        *,
        events: Mapping[str, Any] | None = None,
        items: Mapping[str, Any] | None = None,
        leaderboards: Mapping[str, Any] | None = None,
        settings: Mapping[str, Mapping[str, Any]] | None = None,
        now: datetime = A_MONDAY,
    ) -> None:
        """Prepare a game.

        `modules` is a folder of modules, or None. Definitions come from the folder `config`, or are given as `events`,
        `items` and `leaderboards`, as they would stand in the files. `settings` has a section for each module. `now` is when
        it begins.
        """
        self.clock = ManualClock(now)
        secret, self._key = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
        self._sessions = Sessions(SessionSettings(secret.encode(), timedelta(hours=1), timedelta(days=1)), self.clock)
        self._held = ExitStack()
        nowhere = Path(self._held.enter_context(tempfile.TemporaryDirectory(prefix="laurel-game-")))
        if config is None:
            _write(nowhere / "config" / "event_leaderboards", "event_leaderboards", events or {})
            _write(nowhere / "config" / "items", "items", items or {})
            _write(nowhere / "config" / "leaderboards", "leaderboards", leaderboards or {})
        self._settings = _Given(
            config_folder=nowhere / "config" if config is None else Path(config),
            modules_folder=nowhere / "modules" if modules is None else Path(modules),
            modules={name: dict(section) for name, section in (settings or {}).items()},
            store=StoreSettings(url="sqlite::memory:"),
            seal_wait_seconds=0,
            session=SessionSection(secret=SecretStr(secret)),
            server_keys={_SETTING: sha256(self._key.encode()).hexdigest()},
            limits=LimitSection(player_calls_per_second=0, address_calls_per_second=0),
        )
        self._runner = asyncio.Runner()
        self._stop: asyncio.Event | None = None
        self._serving: asyncio.Task[None] | None = None
        self._core: Core | None = None
        self._loop_of_calls: asyncio.AbstractEventLoop | None = None

    def __enter__(self) -> Game:
        """Start.

        :raises StartRefused: if definitions or modules have errors
        """
        try:
            self._run(self._start())
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop, and forget everything."""
        self._run(self._end())
        self._close()

    @property
    def server(self) -> Server:
        """The studio's own server."""
        return Server(self, self._key)

    @property
    def now(self) -> datetime:
        """Game time."""
        return self.clock.now()

    def player(self, player_id: str) -> Player:
        """Return a player; his account is made by his first call."""
        return Player(self, player_id)

    def advance(self, **span: float) -> None:
        """Let time pass, `advance(days=7)`, and do what is due by then."""
        self.clock.advance(timedelta(**span))
        self.settle()

    def settle(self) -> None:
        """Do all that is due now: settle cohorts, announce phases, tell modules, run jobs.

        :raises RuntimeError: if that never ends
        """
        self._run(self._settled())

    def at_once(self, *calls: Callable[[], T]) -> list[T | CallFailed]:
        """Make calls of players and servers at the same time, and return the answer or refusal of each, in order.

        `game.at_once(lambda: ann.submit("weekly", 5), lambda: ann.submit("weekly", 6))`
        """
        return self._run(self._together(calls))

    def counted(self, module: str, name: str) -> float:
        """Return what a module has counted under a name, with `ctx.metrics.count`."""
        labels = {"module": module, "name": name}
        found = self._running().metrics.registry.get_sample_value("laurel_module_count_total", labels)
        return found or 0.0

    def stored(self, collection: str, key: str, owner: str = "") -> StoredObject | None:
        """Return what modules have stored."""
        core = self._running()
        return self._run(ModuleStorage(core.objects).get(collection, key, owner))

    def store(self, collection: str, key: str, value: Any, owner: str = "") -> None:
        """Store something for modules to find."""
        core = self._running()
        self._run(ModuleStorage(core.objects).put(collection, key, value, owner))

    def send(self, method: str, fields: Mapping[str, Any], headers: Mapping[str, str]) -> Any:
        """Make a call as it would come through a door.

        :raises CallFailed: if it is refused
        """
        body = request_of(method, fields).SerializeToString()
        envelope = Envelope(f"/{PACKAGE}.{method}", body, dict(headers).get, lambda: "127.0.0.1")
        answer = self._run(self._running().dispatch.serve(envelope))
        if isinstance(answer, Failure):
            raise failed(answer.code.name, answer.message, answer.details)
        return response_kind(method).FromString(answer)

    def token(self, player_id: str) -> str:
        """Return a session of a player that holds now."""
        return self._sessions.mint(PlayerId(player_id)).token

    async def _start(self) -> None:
        self._stop, started = asyncio.Event(), asyncio.get_running_loop().create_future()
        self._serving = asyncio.create_task(self._serve(started, self._stop))
        await asyncio.wait((started, self._serving), return_when=asyncio.FIRST_COMPLETED)
        if not started.done():
            await _raise_refused(self._serving)

    async def _serve(self, started: asyncio.Future[None], stop: asyncio.Event) -> None:
        async with open_core(self._settings, self._clock_at) as self._core:
            started.set_result(None)
            await stop.wait()

    def _clock_at(self, offset: timedelta) -> ManualClock:
        self.clock.move_to_offset(offset)
        return self.clock

    async def _end(self) -> None:
        assert self._stop is not None
        assert self._serving is not None
        self._stop.set()
        await self._serving

    async def _settled(self) -> None:
        duties = [duty for duty, _ in self._running().duties.values()]
        for _ in range(ROUNDS_MAX):
            if not sum([await duty() for duty in duties]):
                return
        raise RuntimeError(f"after {ROUNDS_MAX} rounds there is still something due")

    async def _together(self, calls: Sequence[Callable[[], T]]) -> list[T | CallFailed]:
        """Run each call in a thread of its own; what it does comes back to this loop."""
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(max(1, len(calls))) as threads:
            self._loop_of_calls = loop
            try:
                running = [loop.run_in_executor(threads, call) for call in calls]
                answers = await asyncio.gather(*running, return_exceptions=True)
            finally:
                self._loop_of_calls = None
        for answer in answers:
            if isinstance(answer, BaseException) and not isinstance(answer, CallFailed):
                raise answer
        return cast("list[T | CallFailed]", answers)

    def _running(self) -> Core:
        if self._core is None:
            raise RuntimeError("the game has not begun; say `with Game(...) as game:`")
        return self._core

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        if self._loop_of_calls is not None:  # within `at_once`, in a thread
            return asyncio.run_coroutine_threadsafe(work, self._loop_of_calls).result()
        return self._runner.run(work)

    def _close(self) -> None:
        self._core = None
        self._runner.close()
        self._held.close()


async def _raise_refused(serving: asyncio.Task[None]) -> None:
    """Raise why a server has not started, out of the groups in which its tasks have ended."""
    try:
        await serving
    except BaseExceptionGroup as group:
        error: BaseException = group
        while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
            (error,) = error.exceptions
        raise error from None


def _write(folder: Path, kind: str, definitions: Mapping[str, Any]) -> None:
    folder.mkdir(parents=True)
    (folder / "all.json").write_text(json.dumps({kind: definitions}), "utf-8")
