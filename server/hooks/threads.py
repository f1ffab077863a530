"""Threads for modules' plain functions. One that hangs is left behind: it keeps neither the loop nor the process."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

from server.hooks.outcome import Outcome, outcome_of


@dataclass(frozen=True, slots=True)
class _Job:
    function: Callable[[], Any]
    context: contextvars.Context
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[Outcome]


class ModuleThreads:
    """A few threads, started when first needed. The pools of the standard library are joined at exit; these are not."""

    def __init__(self, threads_max: int) -> None:
        self._threads_max = threads_max
        self._started = 0
        self._free = 0
        """Threads that wait for a job and that no job in the queue is meant for."""
        self._pending = 0
        """Jobs in the queue that no thread is meant for yet."""
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._lock = threading.Lock()

    async def run(self, function: Callable[[], Any]) -> Outcome:
        """Run a function in a thread; with none free it waits. Whoever stops waiting before it began is passed over."""
        loop = asyncio.get_running_loop()
        job = _Job(function, contextvars.copy_context(), loop, loop.create_future())
        self._find_a_thread()
        self._jobs.put(job)
        return await job.done

    def close(self) -> None:
        """Let the threads end that are free."""
        for _ in range(self._started):
            self._jobs.put(None)

    def _find_a_thread(self) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
            elif self._started < self._threads_max:
                self._started += 1
                threading.Thread(target=self._work, name=f"module-{self._started}", daemon=True).start()
            else:
                self._pending += 1

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            if not job.done.done():
                outcome = job.context.run(outcome_of, job.function)
                with suppress(RuntimeError):  # the loop has ended, and nobody waits any more
                    job.loop.call_soon_threadsafe(_tell, job.done, outcome)
            with self._lock:
                if self._pending:
                    self._pending -= 1
                else:
                    self._free += 1


def _tell(done: asyncio.Future[Outcome], outcome: Outcome) -> None:
    if not done.done():
        done.set_result(outcome)
