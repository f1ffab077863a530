"""How long a queue waits for company: on a busy loop a larger batch costs everybody less; on an idle one nobody waits."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from functools import cache
from time import monotonic, thread_time

from server.domain.values import value

BUSY = 0.70
"""Share of the time in which the loop's thread worked; from here on it pays to wait."""
HALF_BUSY = 0.35
"""From here on calls come so close to each other that the next ones are worth a moment."""
MEMORY_SECONDS = 0.1
"""Over which the share is seen: calls that come by chance in a bunch are no saturation."""
COMPANY = 3
"""Fewer are no sign of more."""


@value
class Patience:
    """How many ticks a batch waits for company on a busy loop, how long a tick is, and the moment on a half busy one."""

    ticks: int
    tick_seconds: float
    moment_seconds: float = 0.0
    counts_queueing: bool = False
    """Whether the loop is no less busy while it has no core to run on."""


IMPATIENT = Patience(0, 0.0)
ON_THE_LOOP = Patience(5, 0.002, 0.001, counts_queueing=True)
"""Behind grpc.aio, where the loop is what there is too little of. Without the moment a call at half of the maximum costs a
third more, twice as much as at the maximum. Where other threads and processes keep the loop from running, it works for less
of the time however much waits: without counting that, eight calls shared a commit on a full machine."""
BEHIND_ENVOY = Patience(1, 0.001)
"""Envoy's threads gather calls by themselves: longer would halve the calls a second and double their time."""


def queued_seconds() -> float:
    """Return for how long this thread, in all, was ready to run and had no core. Only Linux tells; elsewhere it is 0."""
    try:
        return int(os.pread(_accounts(threading.get_native_id()), 64, 0).split()[1]) / 1e9
    except OSError:
        return 0.0


@cache
def _accounts(thread: int) -> int:
    """Return the file in which the system keeps a thread's times, opened once."""
    try:
        return os.open(f"/proc/self/task/{thread}/schedstat", os.O_RDONLY)
    except OSError:
        return -1


def _not_counted() -> float:
    return 0.0


class Business:
    """How much of its time the loop's thread works, as seen over the last moments."""

    def __init__(self, *, counts_queueing: bool = False) -> None:
        self._queued = queued_seconds if counts_queueing else _not_counted
        self._began_at = monotonic()
        self._worked = thread_time() + self._queued()
        self._share = 0.0

    def share(self, waited: float = 0.0) -> float:
        """Look again. `waited`: seconds, in all, in which the thread waited for something else than calls."""
        now, worked = monotonic(), thread_time() + self._queued() + waited
        span = max(now - self._began_at, 1e-9)
        share = (worked - self._worked) / span
        self._share += (share - self._share) * min(span / MEMORY_SECONDS, 1.0)
        self._began_at, self._worked = now, worked
        return self._share


class Gathering:
    """Says when the next batch should be taken.

    Answers of a batch go out together, and the calls that follow on them come in together: taken at the first of them, a
    batch would be a small one, and each after it. What a batch costs by itself, a commit above all, few would share.

    On a busy loop it waits in ticks, as many as its patience has; on a half busy one for a moment, if it has one.
    """

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._business = Business(counts_queueing=patience.counts_queueing)

    async def wait(self, waiting: Callable[[], int], most: int) -> None:
        """Return when a batch should be taken: at once, or when a tick brings nobody, or `most` wait."""
        share, patience = self._business.share(), self._patience
        ticks, seconds = most, 0.0  # turns of the loop, each of which must bring somebody
        if share > BUSY and patience.ticks and waiting() >= COMPANY:
            ticks, seconds = patience.ticks, patience.tick_seconds
        elif share > HALF_BUSY and patience.moment_seconds:
            ticks, seconds = 1, patience.moment_seconds
        before = 0
        while ticks and before < waiting() < most:
            before = waiting()
            await asyncio.sleep(seconds)
            ticks -= 1
