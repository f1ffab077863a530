"""A load of calls: so many in flight, or so many a second; how long each took, and what it cost the generator."""

from __future__ import annotations

import gc
import math
import selectors
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field

from benchmarks.http2 import Connection
from benchmarks.pace import ClosedLoop, OpenLoop, Pace, arrivals

STALL_SECONDS = 60
"""After which a server that answers nothing is given up."""

Call = tuple[bytes, bytes]
"""A header block and a body with its prefix."""


@dataclass(frozen=True, slots=True)
class Load:
    """How to call. With `per_second`, calls start at that rate on average, whatever the answers do: an open loop.

    `seed` is for its dice.
    """

    address: tuple[str, int]
    connections: int = 8
    in_flight: int = 64
    per_second: float = 0
    seed: int = 0


@dataclass(slots=True)
class Outcome:
    """What a load came to. Times in seconds; CPU is that of this process (the generator).

    A latency counts from the moment the call was due, so that waiting for a stalled server or generator is part of it;
    `delays` tell how much of each was the generator's: how long after its moment the call was written.
    """

    calls: int
    seconds: float
    latencies: list[float]
    failures: dict[str, int]
    generator_cpu: float
    delays: list[float] = field(default_factory=list)
    sent_bytes: int = 0
    received_bytes: int = 0
    bodies: list[bytes] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """Calls that were answered each second."""
        return self.calls / self.seconds if self.seconds else 0.0

    def latency(self, share: float) -> float:
        """Return the latency that this share of the calls did not exceed."""
        return percentile(self.latencies, share)

    def delay(self, share: float) -> float:
        """Return by how much the generator was late with this share of the calls, at most."""
        return percentile(self.delays, share)


def percentile(figures: Sequence[float], share: float) -> float:
    """Return the figure that this share of all does not exceed; 0 if there is none."""
    ordered = sorted(figures)
    return ordered[max(math.ceil(len(ordered) * share) - 1, 0)] if ordered else 0.0


def run_load(load: Load, calls: Iterable[Call], seconds: float | None = None, *, keep_bodies: bool = False) -> Outcome:
    """Make calls until they run out or the time is over, and wait for the last answer.

    :raises ConnectionError: if the server goes away
    :raises TimeoutError: if it answers nothing for a minute
    """
    with ExitStack() as held:
        lines = [held.enter_context(closing(Connection(load.address))) for _ in range(load.connections)]
        selector = held.enter_context(_selector(load))
        for line in lines:
            line.bodies = {} if keep_bodies else None
            selector.register(line.socket, selectors.EVENT_READ, line)
        held.enter_context(_without_collections())
        return _run(load, lines, selector, iter(calls), seconds)


def _run(
    load: Load,
    lines: list[Connection],
    selector: selectors.BaseSelector,
    waiting: Iterator[Call],
    seconds: float | None,
) -> Outcome:
    cpu, began = time.process_time(), time.perf_counter()
    pace = _pace(load, began, seconds)
    latencies: list[float] = []
    delays: list[float] = []
    started: dict[tuple[int, int], float] = {}
    heard_at = began
    while True:
        moments = _start_calls(lines, pace, waiting, started)
        for line in lines:
            line.flush()
        now = time.perf_counter()
        for moment in moments:
            delays.append(now - moment)
        if pace.is_over and not started:
            break
        for key, _ in selector.select(pace.patience(now)):
            line = key.data
            ended = line.receive()
            now = heard_at = time.perf_counter()
            for stream in ended:
                latencies.append(now - started.pop((id(line), stream)))
        if started and now - heard_at > STALL_SECONDS:
            raise TimeoutError(f"no answer for {STALL_SECONDS} s, with {len(started)} calls in flight")
    ended_at = time.perf_counter()
    cpu = time.process_time() - cpu
    return Outcome(
        calls=len(latencies),
        seconds=ended_at - began,
        latencies=latencies,
        failures=_together(line.failures for line in lines),
        generator_cpu=cpu,
        delays=delays,
        sent_bytes=sum(line.sent_bytes for line in lines),
        received_bytes=sum(line.received_bytes for line in lines),
        bodies=[body for line in lines for body in (line.bodies or {}).values()],
    )


@contextmanager
def _without_collections() -> Iterator[None]:
    """Let the collector rest: a full collection of this process takes 30 ms, in which calls are due and are not sent."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _selector(load: Load) -> selectors.BaseSelector:
    """Choose what waits no longer than it is told: epoll counts in milliseconds, in which several calls become due."""
    return selectors.SelectSelector() if load.per_second else selectors.DefaultSelector()


def _pace(load: Load, began: float, seconds: float | None) -> Pace:
    if not load.per_second:
        return ClosedLoop(load.in_flight, None if seconds is None else began + seconds)
    assert seconds is not None, "an open loop ends by the clock"
    return OpenLoop(began, arrivals(load.per_second, seconds, load.seed))


def _start_calls(
    lines: list[Connection], pace: Pace, waiting: Iterator[Call], started: dict[tuple[int, int], float]
) -> list[float]:
    """Queue the calls that are due, and return since when they were."""
    moments: list[float] = []
    while len(started) < pace.most:
        line = lines[len(started) % len(lines)]
        if not line.has_window:
            break
        moment = pace.due(time.perf_counter())
        if moment is None:
            break
        call = next(waiting, None)
        if call is None:
            pace.stop()
            break
        started[id(line), line.send(*call)] = moment
        moments.append(moment)
    return moments


def _together(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return dict(total)
