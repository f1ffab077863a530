"""What is measured inside one process, without server or store: what modules' hooks cost the calls they stand in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

import uvloop

from benchmarks.report import Findings, Promise
from server.hooks.calls import HookCaller
from server.hooks.context import Facilities, ModuleContext
from server.hooks.live import LiveHooks
from server.hooks.registry import Hook, Registry
from server.telemetry.metrics import Metrics

TIMES = 5_000
UNHOOKED_US, ASYNC_US, PLAIN_US = 2.0, 20.0, 100.0
"""At most, in microseconds of CPU: asking whether a call has hooks, an async hook that does nothing, a plain function."""


def measure(runs: int) -> Findings:
    """Measure all three, and hold them against what is promised."""
    unhooked, on_loop, in_thread = uvloop.run(_measured(runs))
    return Findings(
        [],
        [
            Promise(
                "hooks: microseconds of an RPC's hook points with nothing registered", unhooked, at_most=UNHOOKED_US
            ),
            Promise("hooks: microseconds of a trivial async hook", on_loop, at_most=ASYNC_US),
            Promise("hooks: microseconds of a trivial plain function", in_thread, at_most=PLAIN_US),
        ],
    )


async def _measured(runs: int) -> tuple[float, float, float]:
    caller = HookCaller(Metrics())
    hooks = LiveHooks(Path("nowhere"), {}, caller)
    on_loop, in_thread = _trivial_hooks()

    async def ask() -> None:
        hooks.has("before_submit_score")
        hooks.has("validate_submission")
        hooks.has("after_submit_score")

    figures = (
        await _microseconds(runs, ask),
        await _microseconds(runs, lambda: caller.call(on_loop, {"ctx": _context()})),
        await _microseconds(runs, lambda: caller.call(in_thread, {"ctx": _context()})),
    )
    caller.close()
    return figures


async def _microseconds(runs: int, work: Callable[[], Awaitable[object]]) -> float:
    """Return the median over runs of what one time costs, after a run to warm up."""
    return median([await _run(work) for _ in range(runs + 1)][1:])


async def _run(work: Callable[[], Awaitable[object]]) -> float:
    began = process_time()
    for _ in range(TIMES):
        await work()
    return (process_time() - began) / TIMES * 1e6


def _context() -> ModuleContext:
    nothing: dict[str, Any] = dict.fromkeys(Facilities.__dataclass_fields__)  # for nothing of it is used
    return ModuleContext(Facilities(**nothing), "validate_submission", "player:ann")


def _trivial_hooks() -> tuple[Hook, Hook]:
    registry = Registry("mine")

    async def on_loop(ctx: object) -> None:
        """Do nothing."""

    def in_thread(ctx: object) -> None:
        """Do nothing."""

    for function in (on_loop, in_thread):
        registry.on("validate_submission", function)
    first, second = registry.hooks
    return first, second
