"""When calls start: as soon as another has ended (closed loop), or when they are due, whatever the answers do (open loop)."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator
from typing import Protocol

_IN_FLIGHT_MAX = 100_000
_PATIENCE_SECONDS = 1.0


class Pace(Protocol):
    """Says when the next call may start. Times are those of `time.perf_counter`."""

    most: int
    """How many calls may be in flight."""

    @property
    def is_over(self) -> bool:
        """Whether no call will be due any more."""

    def due(self, now: float) -> float | None:
        """Return since when a call is due and take it as started, or None if none is."""

    def patience(self, now: float) -> float:
        """Return how many seconds to wait for answers before looking at the clock again."""

    def stop(self) -> None:
        """Let no more calls be due."""


class ClosedLoop:
    """So many in flight, until a moment: who is slow is asked less."""

    def __init__(self, in_flight: int, until: float | None) -> None:
        self.most = in_flight
        self._until = math.inf if until is None else until
        self._is_over = False

    @property
    def is_over(self) -> bool:
        """Whether the moment has come."""
        return self._is_over

    def due(self, now: float) -> float | None:
        """Return now, until the end."""
        self._is_over = self._is_over or now >= self._until
        return None if self._is_over else now

    def patience(self, _: float) -> float:
        """Return a while: only an answer makes room for a call."""
        return _PATIENCE_SECONDS

    def stop(self) -> None:
        """End before the moment has come."""
        self._is_over = True


class OpenLoop:
    """Calls at given moments. Each of them is made, however late: none is left out because those before it took long."""

    def __init__(self, began: float, offsets: Iterable[float]) -> None:
        self.most = _IN_FLIGHT_MAX
        self._moments = (began + offset for offset in offsets)
        self._next = next(self._moments, math.inf)

    @property
    def is_over(self) -> bool:
        """Whether all have started."""
        return math.isinf(self._next)

    def due(self, now: float) -> float | None:
        """Return the moment of the next call, if it has come."""
        if now < self._next:
            return None
        moment, self._next = self._next, next(self._moments, math.inf)
        return moment

    def patience(self, now: float) -> float:
        """Return the time to the next call."""
        return min(max(self._next - now, 0.0), _PATIENCE_SECONDS)

    def stop(self) -> None:
        """Leave out what is still to come."""
        self._next = math.inf


def arrivals(per_second: float, seconds: float, seed: int) -> Iterator[float]:
    """Yield offsets in seconds, growing, in [0, seconds): a Poisson process, the same for the same seed.

    Players do not know of each other, so their calls come in bursts and lulls. Evenly spaced calls never meet by chance, and
    would flatter the slowest of them.
    """
    dice = random.Random(seed)
    offset = dice.expovariate(per_second)
    while offset < seconds:
        yield offset
        offset += dice.expovariate(per_second)
