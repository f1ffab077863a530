"""Running one hook: its arguments by name, its time limit, and what is said when it fails (M4, M8)."""

from __future__ import annotations

import asyncio
import inspect
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from time import perf_counter
from typing import Any

import structlog

from server.domain.errors import DomainError, Refusal
from server.hooks.answers import can_be_written
from server.hooks.outcome import Outcome, awaited_outcome
from server.hooks.registry import Hook
from server.hooks.threads import ModuleThreads, NoThreadLeft
from server.hooks.watchdog import HELD_SECONDS, Watchdog
from server.ports.errors import HookFailed
from server.telemetry.metrics import Metrics

log = structlog.get_logger(__name__)

THREADS_MAX = 8
"""Plain functions of a module run in so many threads; with none free they wait, and their time limit runs."""
HELD_MAX = 3
"""After a module has held the loop so often, its async hooks run in threads, too."""
GIVEN_BACK_MAX = 3
"""So often a hook is given back what the loop lost; one that holds the loop itself, again and again, gets no more."""
FAILURES_LOUD = 20
"""So many failures of a module in a row, and again after each so many more, are reported loudly."""


class HookCaller:
    """Calls implementations; async ones on the loop, plain functions in a thread of their module."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._threads: dict[str, ModuleThreads] = {}
        self._failures_in_a_row: Counter[str] = Counter()
        self._held: Counter[str] = Counter()
        self._observe: dict[tuple[str, str], Callable[[float], None]] = {}
        self._watchdog = Watchdog(HookCaller._run_here.__code__, self.has_held_the_loop)

    async def call(self, hook: Hook, arguments: Mapping[str, Any]) -> Any:
        """Return what the implementation returns.

        :raises DomainError: if the module said no, or let through what one of the server's use cases said
        :raises HookFailed: if it raised or was late; what happened stands in the log beside the incident
        """
        began = perf_counter()
        try:
            answer, error = await self._in_time(hook, {name: arguments[name] for name in hook.arguments})
        finally:
            self._observer(hook)(perf_counter() - began)
        if error is None:
            self._failures_in_a_row[hook.module] = 0
            return answer
        if isinstance(error, DomainError) and _can_be_said(error):
            self._failures_in_a_row[hook.module] = 0
            raise error
        raise self.failed(hook, "raised", error) from error

    def failed(self, hook: Hook, what: str, error: BaseException | None = None) -> HookFailed:
        """Log and count a failure, and return it with the incident by which the log line is found."""
        incident = secrets.token_hex(6)
        self._metrics.hook_failures.labels(hook.module, hook.label).inc()
        log.error("hook_failed", module=hook.module, hook=hook.label, what=what, incident=incident, exc_info=error)
        self._failures_in_a_row[hook.module] += 1
        if self._failures_in_a_row[hook.module] % FAILURES_LOUD == 0:
            log.critical(
                "module_keeps_failing",
                module=hook.module,
                failures_in_a_row=self._failures_in_a_row[hook.module],
                mend="look at the incidents above; mend the module or take its file out, and reload",
            )
        return HookFailed(hook.label, hook.module, incident)

    def watch(self) -> None:
        """Watch the running loop for hooks that hold it."""
        self._watchdog.start()

    def forgive(self) -> None:
        """Forget what modules have done: they are others now."""
        self._held.clear()
        self._failures_in_a_row.clear()
        for threads in self._threads.values():
            threads.close()
        self._threads.clear()

    def has_held_the_loop(self, hook: Hook) -> None:
        """Count it; a module that does so again and again is put where it harms nobody (M8)."""
        self._metrics.loop_held.labels(hook.module, hook.label).inc()
        self._held[hook.module] += 1
        if self._held[hook.module] == HELD_MAX:
            log.critical(
                "module_leaves_the_loop",
                module=hook.module,
                consequence="its async hooks run in threads until it is reloaded, as many at once as there are threads",
            )

    def close(self) -> None:
        """Let threads end; one that hangs is left behind."""
        self._watchdog.stop()
        for threads in self._threads.values():
            threads.close()

    async def _in_time(self, hook: Hook, taken: dict[str, Any]) -> Outcome:
        """Wait for the hook in a task of its own: one that will not be cancelled is left behind, and nobody waits for it."""
        loop = asyncio.get_running_loop()
        task = loop.create_task(self._run(hook, taken))
        limit = _Limit(loop, hook.time_limit.total_seconds())
        task.add_done_callback(limit.end)
        try:
            await limit.over
        finally:
            limit.cancel()
            if not task.done():
                task.cancel()
        if not task.done():
            raise self.failed(hook, f"took longer than {hook.time_limit}")
        if task.cancelled():
            return Outcome(None, asyncio.CancelledError())
        outcome = task.result()
        if isinstance(outcome.error, NoThreadLeft):
            raise self.failed(hook, f"found none of the module's {THREADS_MAX} threads free; what it runs there hangs")
        return outcome

    async def _run(self, hook: Hook, taken: dict[str, Any]) -> Outcome:
        has_left_the_loop = self._held[hook.module] >= HELD_MAX
        if hook.is_async and not has_left_the_loop:
            return await self._run_here(hook, hook.function(**taken))
        called = partial(hook.function, **taken)
        run = partial(_to_its_end, called) if has_left_the_loop else called
        try:
            outcome = await self._threads_of(hook).run(run, waits=not hook.is_async)
        except NoThreadLeft as none_left:
            return Outcome(None, none_left)
        # A decorator may have dressed an async function as a plain one.
        return await self._run_here(hook, outcome.answer) if inspect.isawaitable(outcome.answer) else outcome

    @staticmethod
    async def _run_here(hook: Hook, running: Awaitable[Any]) -> Outcome:
        """Run an async hook on this loop. The watchdog knows hooks by the frame of this function and its `hook`."""
        return await awaited_outcome(running)

    def _threads_of(self, hook: Hook) -> ModuleThreads:
        threads = self._threads.get(hook.module)
        if threads is None:
            threads = self._threads[hook.module] = ModuleThreads(THREADS_MAX)
        return threads

    def _observer(self, hook: Hook) -> Callable[[float], None]:
        key = (hook.module, hook.label)
        found = self._observe.get(key)
        if found is None:
            found = self._observe[key] = self._metrics.hook_seconds.labels(*key).observe
        return found


def _to_its_end(called: Callable[[], Any]) -> Any:
    """Call a function in a thread; what it wants awaited is awaited there, on a loop of its own."""
    answer = called()
    return asyncio.run(_awaited(answer)) if inspect.isawaitable(answer) else answer


async def _awaited(answer: Awaitable[Any]) -> Any:
    return await answer


class _Limit:
    """The end of a wait: `over` is done when the work is, or when its time is.

    While something else holds the loop, no hook can get on; what was lost is given back, so that only one's own time counts.
    """

    __slots__ = ("_due", "_given_back", "_loop", "_timer", "over")

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        self.over: asyncio.Future[None] = loop.create_future()
        self._loop = loop
        self._given_back = 0
        self._due = loop.time() + seconds
        self._timer = loop.call_at(self._due, self._is_due)

    def end(self, _: object = None) -> None:
        """Wait no more."""
        if not self.over.done():
            self.over.set_result(None)

    def cancel(self) -> None:
        """Forget the time."""
        self._timer.cancel()

    def _is_due(self) -> None:
        lost = self._loop.time() - self._due
        if lost < HELD_SECONDS or self._given_back == GIVEN_BACK_MAX:
            self.end()
        else:
            self._given_back += 1
            self._due += 2 * lost
            self._timer = self._loop.call_at(self._due, self._is_due)


def _can_be_said(refusal: DomainError) -> bool:
    """Tell whether a refusal can go out as it is: one of our own use cases, or texts that can be encoded and a code.

    What a module has derived from DomainError has a reason that no table knows; Refusal is the way to say no.
    """
    if not isinstance(refusal, Refusal):
        return type(refusal).__module__ == DomainError.__module__ and type(refusal) is not DomainError
    texts = (refusal.own_reason, refusal.args[0], refusal.code)
    return refusal.code != "OK" and all(isinstance(text, str) and can_be_written(text) for text in texts)
