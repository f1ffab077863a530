"""A load of calls: so many in flight, or so many a second; how long each took, and what it cost whom."""

from __future__ import annotations

import os
import selectors
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.http2 import Connection

Call = tuple[bytes, bytes]
"""A header block and a body with its prefix."""


@dataclass(frozen=True, slots=True)
class Load:
    """How to call. With `per_second`, calls start at that rate whatever the answers do (open loop)."""

    address: tuple[str, int]
    connections: int = 8
    in_flight: int = 64
    per_second: float = 0


@dataclass(slots=True)
class Outcome:
    """What a load came to. Times in seconds; CPU is that of this process (the generator)."""

    calls: int
    seconds: float
    latencies: list[float]
    failures: dict[str, int]
    generator_cpu: float
    bodies: list[bytes] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """Calls that were answered each second."""
        return self.calls / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """Return the latency that this share of the calls did not exceed."""
        ordered = sorted(self.latencies)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


def run_load(load: Load, calls: Iterable[Call], seconds: float | None = None, *, keep_bodies: bool = False) -> Outcome:
    """Make calls until they run out or the time is over, and wait for the last answer."""
    lines = [Connection(load.address) for _ in range(load.connections)]
    if keep_bodies:
        for line in lines:
            line.bodies = {}
    waiting = iter(calls)
    selector = selectors.DefaultSelector()
    for line in lines:
        selector.register(line.socket, selectors.EVENT_READ, line)
    cpu, began = time.process_time(), time.perf_counter()
    pace = _Pace(load, began, None if seconds is None else began + seconds)
    latencies: list[float] = []
    started: dict[tuple[int, int], float] = {}
    while True:
        _start_calls(lines, load, pace, waiting, started)
        for line in lines:
            line.flush()
        if pace.is_over and not started:
            break
        for key, _ in selector.select(pace.patience()):
            line = key.data
            ended = line.receive()
            now = time.perf_counter()
            for stream in ended:
                latencies.append(now - started.pop((id(line), stream)))
    ended_at = time.perf_counter()
    for line in lines:
        selector.unregister(line.socket)
        line.socket.close()
    failures: dict[str, int] = {}
    for line in lines:
        for why, count in line.failures.items():
            failures[why] = failures.get(why, 0) + count
    bodies = [body for line in lines for body in (line.bodies or {}).values()]
    return Outcome(len(latencies), ended_at - began, latencies, failures, time.process_time() - cpu, bodies)


class _Pace:
    """When the next call may start."""

    def __init__(self, load: Load, began: float, until: float | None) -> None:
        self._load = load
        self._until = until
        self._next = began
        self._step = 1 / load.per_second if load.per_second else 0.0
        self.is_over = False

    def due(self, now: float) -> float | None:
        """Return since when a call is due, or None if none is."""
        if self.is_over:
            return None
        if self._until is not None and now >= self._until:
            self.is_over = True
            return None
        if not self._step:
            return now
        if now < self._next:
            return None
        due, self._next = self._next, self._next + self._step
        return due

    def patience(self) -> float:
        """Return how long to wait for answers before looking at the clock again."""
        if self.is_over or not self._step:
            return 1.0
        return max(self._next - time.perf_counter(), 0.0)


def _start_calls(
    lines: list[Connection], load: Load, pace: _Pace, waiting: Iterator[Call], started: dict[tuple[int, int], float]
) -> None:
    most = load.in_flight if not load.per_second else 100_000
    while len(started) < most:
        line = lines[len(started) % len(lines)]
        if not line.has_window:
            return
        since = pace.due(time.perf_counter())
        if since is None:
            return
        call = next(waiting, None)
        if call is None:
            pace.is_over = True
            return
        started[id(line), line.send(*call)] = since


class CpuMeter:
    """CPU time of a process, its threads and its children, from the kernel's own accounting.

    What a child had used when it ended is its parent's from then on.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid

    def seconds(self) -> float:
        """Return the CPU seconds used so far."""
        return sum(_ticks(pid) for pid in self._family()) / os.sysconf("SC_CLK_TCK")

    def memory_mib(self) -> float:
        """Return the resident memory."""
        pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in self._family())
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def _family(self) -> list[int]:
        children = Path(f"/proc/{self._pid}/task/{self._pid}/children").read_text().split()
        return [self._pid, *map(int, children)]


def _ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # it has just ended
        return 0
    return sum(map(int, fields[11:15]))
