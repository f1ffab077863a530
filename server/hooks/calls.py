"""Running one hook: its arguments by name, its time limit, and what is said when it fails (M4)."""

from __future__ import annotations

import asyncio
import contextvars
import secrets
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import structlog

from server.domain.errors import Refusal
from server.hooks.registry import Hook
from server.ports.errors import HookFailed
from server.telemetry.metrics import Metrics

log = structlog.get_logger(__name__)

THREADS_MAX = 8
"""Plain functions run in so many threads; with none left they wait, and their time limit runs."""


class HookCaller:
    """Calls implementations; async ones on the loop, plain functions in a thread."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._threads = ThreadPoolExecutor(THREADS_MAX, thread_name_prefix="module")

    async def call(self, hook: Hook, arguments: Mapping[str, Any]) -> Any:
        """Return what the implementation returns.

        :raises Refusal: if the module said no
        :raises HookFailed: if it raised or was late; what happened stands in the log beside the incident
        """
        taken = {name: arguments[name] for name in hook.arguments}
        with self._metrics.hook_seconds.labels(hook.module, hook.spec.name).time():
            try:
                async with asyncio.timeout(hook.spec.time_limit.total_seconds()):
                    return await self._started(hook, taken)
            except Refusal:
                raise
            except TimeoutError as error:
                raise self.failed(hook, f"took longer than {hook.spec.time_limit}", error) from error
            except Exception as error:
                raise self.failed(hook, "raised", error) from error

    def failed(self, hook: Hook, what: str, error: BaseException | None = None) -> HookFailed:
        """Log and count a failure, and return it with the incident by which the log line is found."""
        incident = secrets.token_hex(6)
        self._metrics.hook_failures.labels(hook.module, hook.spec.name).inc()
        log.error("hook_failed", module=hook.module, hook=hook.spec.name, what=what, incident=incident, exc_info=error)
        return HookFailed(hook.spec.name, hook.module, incident)

    def close(self) -> None:
        """Let threads end; one that hangs is left behind."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _started(self, hook: Hook, taken: Mapping[str, Any]) -> Any:
        if hook.is_async:
            return await hook.function(**taken)
        run = partial(contextvars.copy_context().run, partial(hook.function, **taken))
        return await asyncio.get_running_loop().run_in_executor(self._threads, run)
