"""Threads for a module's code that must not run on the loop.

One that hangs is left behind: it keeps neither the loop nor the process, and in the end it keeps only its own module from
threads.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

from server.hooks.outcome import Outcome, outcome_of
from server.hooks.stopping import HookStopped, stop_in_thread

GRACE_SECONDS = 1.0
"""How long code may go on after nobody waits for it any more, before it is stopped."""


class NoThreadLeft(Exception):
    """All threads of the module are busy, and none of them will be free in time."""


@dataclass(eq=False, slots=True)
class _Job:
    function: Callable[[], Any]
    context: contextvars.Context
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[Outcome]
    thread_id: int | None = field(default=None)
    """Which thread runs it; None before and after."""
    is_abandoned: bool = False


class ModuleThreads:
    """A few threads, started when first needed. The pools of the standard library are joined at exit; these are not."""

    def __init__(self, threads_max: int) -> None:
        self._threads_max = threads_max
        self._started = 0
        self._free = 0
        """Threads that wait for a job and that no job in the queue is meant for."""
        self._pending = 0
        """Jobs in the queue that no thread is meant for yet."""
        self._abandoned = 0
        """Threads that run what nobody waits for any more."""
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._lock = threading.Lock()

    async def run(self, function: Callable[[], Any], *, waits: bool = True) -> Outcome:
        """Run a function in a thread. Whoever stops waiting before it began is passed over.

        :raises NoThreadLeft: if no thread is free and it is not to wait for one, or all of them hang
        """
        loop = asyncio.get_running_loop()
        job = _Job(function, contextvars.copy_context(), loop, loop.create_future())
        self._find_a_thread(waits=waits)
        self._jobs.put(job)
        try:
            return await job.done
        except asyncio.CancelledError:
            self._abandon(job)
            raise

    def close(self) -> None:
        """Let the threads end that are free."""
        for _ in range(self._started):
            self._jobs.put(None)

    def _find_a_thread(self, *, waits: bool) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
            elif self._started < self._threads_max:
                self._started += 1
                threading.Thread(target=self._work, name=f"module-{self._started}", daemon=True).start()
            elif waits and self._abandoned < self._started:
                self._pending += 1
            else:
                raise NoThreadLeft

    def _abandon(self, job: _Job) -> None:
        with self._lock:
            if job.thread_id is not None:
                job.is_abandoned = True
                self._abandoned += 1
                job.loop.call_later(GRACE_SECONDS, self._stop, job)

    def _stop(self, job: _Job) -> None:
        with self._lock:
            if job.thread_id is not None:
                stop_in_thread(job.thread_id)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            with suppress(HookStopped):  # it may come when the job has just ended
                self._serve(job)
            with self._lock:
                job.thread_id = None
                if job.is_abandoned:
                    self._abandoned -= 1
                if self._pending:
                    self._pending -= 1
                else:
                    self._free += 1

    def _serve(self, job: _Job) -> None:
        with self._lock:
            if job.done.done():
                return
            job.thread_id = threading.get_ident()
        outcome = job.context.run(outcome_of, job.function)
        with self._lock:
            job.thread_id = None
        with suppress(RuntimeError):  # the loop has ended, and nobody waits any more
            job.loop.call_soon_threadsafe(_tell, job.done, outcome)


def _tell(done: asyncio.Future[Outcome], outcome: Outcome) -> None:
    if not done.done():
        done.set_result(outcome)
