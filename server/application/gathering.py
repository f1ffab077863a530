"""How long a queue waits for company: on a busy loop a larger batch costs everybody less; on an idle one nobody waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic, thread_time

from server.domain.values import value

BUSY = 0.70
"""Share of the time in which the loop's thread worked; from here on it pays to wait."""
MEMORY_SECONDS = 0.1
"""Over which the share is seen: calls that come by chance in a bunch are no saturation."""
COMPANY = 3
"""Fewer are no sign of more."""


@value
class Patience:
    """How many ticks a batch waits for company on a busy loop, and how long a tick is."""

    ticks: int
    tick_seconds: float


IMPATIENT = Patience(0, 0.0)
ON_THE_LOOP = Patience(5, 0.002)
"""Behind grpc.aio, where the loop is what there is too little of."""
BEHIND_ENVOY = Patience(1, 0.001)
"""Envoy's threads gather calls by themselves: longer would halve the calls a second and double their time."""


class Gathering:
    """Says when the next batch should be taken.

    Answers of a batch go out together, and the calls that follow on them come in together: taken at the first of them, a
    batch would be a small one, and each after it. What a batch costs by itself, a commit above all, few would share.

    On a busy loop it waits in ticks, as many as its patience has.
    """

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._began_at = monotonic()
        self._worked = thread_time()
        self._share = 0.0

    async def wait(self, waiting: Callable[[], int], most: int) -> None:
        """Return when a batch should be taken: at once, or when a tick brings nobody, or `most` wait."""
        ticks = self._patience.ticks if self._is_busy() and waiting() >= COMPANY else 0
        before = 0
        while not ticks and before < waiting() < most:
            before = waiting()
            await asyncio.sleep(0)
        while ticks and before < waiting() < most:
            before = waiting()
            await asyncio.sleep(self._patience.tick_seconds)
            ticks -= 1

    def _is_busy(self) -> bool:
        now, worked = monotonic(), thread_time()
        span = max(now - self._began_at, 1e-9)
        share = (worked - self._worked) / span
        self._share += (share - self._share) * min(span / MEMORY_SECONDS, 1.0)
        self._began_at, self._worked = now, worked
        return self._share > BUSY
