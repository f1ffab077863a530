"""The life of a process: open everything, wait for a signal, and close it.

In two steps: refuse what is new and finish what runs, then close, in the reverse order of opening. What is opened stands in
`core`, and its doors in `serving`.
"""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager

import structlog
import watchfiles

from server.application.gathering import BEHIND_ENVOY, ON_THE_LOOP
from server.application.tell_modules import TellModules
from server.core import open_core
from server.operations import LiveOperations
from server.serving import RunningServer, Serving
from server.settings import Settings
from server.workers.duty import DutyWorker

log = structlog.get_logger(__name__)

_GARBAGE_THRESHOLDS = (20_000, 20, 50)


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
        serving = Serving(core)
        yield await (serving.inside_envoy(settings, held) if is_inside_envoy else serving.plainly(settings, held))


async def _end_work(work: Iterable[asyncio.Task[None]], telling: TellModules, seconds: float) -> None:
    """Wait until workers have ended, and then do not: what modules were doing is done again, by whoever is next."""
    telling.close()
    _, unended = await asyncio.wait(work, timeout=seconds)
    for one in unended:
        log.warning("work_cut_off", duty=one.get_name(), after_seconds=seconds)
        one.cancel()


async def watch(settings: Settings, operations: LiveOperations, stopping: asyncio.Event) -> None:
    """Reload when a file of definitions or modules changes."""
    folders = [folder for folder in (settings.config_folder, settings.modules_folder) if folder.is_dir()]
    async for _ in watchfiles.awatch(*folders, stop_event=stopping):
        await operations.reload()
