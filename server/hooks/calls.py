"""Running one hook: its arguments by name, its time limit, and what is said when it fails (M4)."""

from __future__ import annotations

import asyncio
import inspect
import secrets
from collections.abc import Mapping
from functools import partial
from typing import Any

import structlog

from server.domain.errors import Refusal
from server.hooks.outcome import Outcome, awaited_outcome
from server.hooks.registry import Hook
from server.hooks.threads import ModuleThreads
from server.ports.errors import HookFailed
from server.telemetry.metrics import Metrics

log = structlog.get_logger(__name__)

THREADS_MAX = 8
"""Plain functions run in so many threads; with none free they wait, and their time limit runs."""


class HookCaller:
    """Calls implementations; async ones on the loop, plain functions in a thread."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._threads = ModuleThreads(THREADS_MAX)

    async def call(self, hook: Hook, arguments: Mapping[str, Any]) -> Any:
        """Return what the implementation returns.

        :raises Refusal: if the module said no
        :raises HookFailed: if it raised or was late; what happened stands in the log beside the incident
        """
        taken = {name: arguments[name] for name in hook.arguments}
        with self._metrics.hook_seconds.labels(hook.module, hook.spec.name).time():
            answer, error = await self._in_time(hook, taken)
        if isinstance(error, Refusal) and _can_be_said(error):
            raise error
        if error is not None:
            raise self.failed(hook, "raised", error) from error
        return answer

    def failed(self, hook: Hook, what: str, error: BaseException | None = None) -> HookFailed:
        """Log and count a failure, and return it with the incident by which the log line is found."""
        incident = secrets.token_hex(6)
        self._metrics.hook_failures.labels(hook.module, hook.spec.name).inc()
        log.error("hook_failed", module=hook.module, hook=hook.spec.name, what=what, incident=incident, exc_info=error)
        return HookFailed(hook.spec.name, hook.module, incident)

    def close(self) -> None:
        """Let threads end; one that hangs is left behind."""
        self._threads.close()

    async def _in_time(self, hook: Hook, taken: Mapping[str, Any]) -> Outcome:
        """Wait for the hook in a task of its own: one that will not be cancelled is left behind, and nobody waits for it."""
        task = asyncio.get_running_loop().create_task(self._run(hook, taken))
        try:
            done, _ = await asyncio.wait((task,), timeout=hook.spec.time_limit.total_seconds())
        finally:
            task.cancel()
        if not done:
            raise self.failed(hook, f"took longer than {hook.spec.time_limit}")
        return Outcome(None, asyncio.CancelledError()) if task.cancelled() else task.result()

    async def _run(self, hook: Hook, taken: Mapping[str, Any]) -> Outcome:
        run = partial(hook.function, **taken)
        if hook.is_async:
            return await awaited_outcome(run())
        outcome = await self._threads.run(run)
        # A decorator may have dressed an async function as a plain one.
        return await awaited_outcome(outcome.answer) if inspect.isawaitable(outcome.answer) else outcome


def _can_be_said(refusal: Refusal) -> bool:
    """Tell whether a refusal can go out as it is: texts that can be encoded, and a code that refuses."""
    texts = (refusal.own_reason, refusal.args[0], refusal.code)
    try:
        return refusal.code != "OK" and all(isinstance(text, str) and text.encode() is not None for text in texts)
    except UnicodeEncodeError:
        return False
