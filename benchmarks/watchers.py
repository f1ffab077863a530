"""Watchers by the thousand, on connections that the generator reads itself, beside an open loop of submissions."""

from __future__ import annotations

import itertools
import random
import selectors
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from benchmarks.http2 import DATA, Connection
from benchmarks.load import Call
from benchmarks.pace import OpenLoop, arrivals

POINTS = 5
"""What every submission adds."""
STREAMS_EACH = 100
SHOWN_SECONDS = 30.0
_LONGEST_SECONDS = 20.0


@dataclass(slots=True, eq=False)
class Submission:
    """One that was sent; `answered` once it is."""

    answered: float | None = None


@dataclass(slots=True)
class Seen:
    """What came of it, in seconds: how long submissions took, how late they were sent, and until watchers saw them."""

    latencies: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    delays: list[float] = field(default_factory=list)


class WatchLine(Connection):
    """A connection of streams. `arrived` has each message with its stream, as they come."""

    def __init__(self, address: tuple[str, int]) -> None:
        super().__init__(address)
        self.arrived: list[tuple[int, bytes]] = []
        self._parts: dict[int, bytes] = {}

    def _handle(self, kind: int, flags: int, stream: int, data: bytes, start: int, end: int, ended: list[int]) -> None:
        if kind != DATA:
            super()._handle(kind, flags, stream, data, start, end, ended)
            return
        self._consumed(end - start)
        held = self._parts.pop(stream, b"") + data[start:end]
        while len(held) >= 5 and len(held) >= 5 + (size := int.from_bytes(held[1:5], "big")):
            self.arrived.append((stream, held[5 : 5 + size]))
            held = held[5 + size :]
        if held:
            self._parts[stream] = held


class Crowd:
    """Those who watch and read. `rows_of` reads the rows of a message."""

    def __init__(self, port: int, watches: Sequence[Call], read: Callable[[bytes], Any]) -> None:
        self.lines = [WatchLine(("127.0.0.1", port)) for _ in range(-(-len(watches) // STREAMS_EACH))]
        self.expected = len(watches)
        self.messages = 0
        self._read = read
        self._scores: dict[str, float] = {}
        self._covered: dict[bytes, list[Submission]] = {}
        self._waiting: dict[str, deque[Submission]] = defaultdict(deque)
        for number, watch in enumerate(watches):
            self.lines[number % len(self.lines)].send(*watch)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for line in self.lines:
            line.close()

    def wait_until_shown(self) -> None:
        """Read the first message of each.

        :raises TimeoutError: if some get none
        """
        shown: set[tuple[int, int]] = set()
        ends_at = time.perf_counter() + SHOWN_SECONDS
        with selectors.DefaultSelector() as selector:
            for line in self.lines:
                line.flush()
                selector.register(line.socket, selectors.EVENT_READ, line)
            while len(shown) < self.expected:
                if time.perf_counter() > ends_at:
                    raise TimeoutError(f"only {len(shown)} of {self.expected} watchers were shown anything")
                for key, _ in selector.select(1.0):
                    line = key.data
                    line.receive()
                    shown.update((id(line), stream) for stream, _ in line.arrived)
                    self.heard(line, 0.0, None)
        self.messages = 0

    def sent(self, player: str) -> Submission:
        """Expect a submission to be seen."""
        one = Submission()
        self._waiting[player].append(one)
        return one

    def heard(self, line: WatchLine, now: float, seen: Seen | None) -> None:
        """Take what has come down a line, and note how old it was."""
        for _, body in line.arrived:
            self.messages += 1
            covered = self._covered.get(body)
            if covered is None:
                covered = self._covered[body] = self._covers(body)
                if len(self._covered) > 20_000:
                    self._covered.clear()
            if seen is not None:
                seen.delays += [0.0 if one.answered is None else now - one.answered for one in covered]
        line.arrived.clear()

    def _covers(self, body: bytes) -> list[Submission]:
        """Return the submissions that a message, which nobody had before, is the first to show."""
        covered = []
        for player, score in self._read(body):
            before, self._scores[player] = self._scores.get(player), score
            if before is None:
                continue
            for _ in range(round((score - before) / POINTS)):
                if self._waiting[player]:
                    covered.append(self._waiting[player].popleft())
        return covered


def together(port: int, calls: Mapping[str, Call], rate: float, seconds: float, crowd: Crowd | None = None) -> Seen:
    """Submit in an open loop, for any of the players by chance, while the crowd reads.

    :raises RuntimeError: if submissions fail
    :raises TimeoutError: if some are never answered
    """
    seen, lines = Seen(), [Connection(("127.0.0.1", port)) for _ in range(8)]
    waiting: dict[tuple[int, int], tuple[float, Submission]] = {}
    dice, players, turns = random.Random(11), list(calls), itertools.cycle(lines)
    with selectors.SelectSelector() as selector:
        for line in (*lines, *(crowd.lines if crowd else ())):
            selector.register(line.socket, selectors.EVENT_READ, line)
        began = time.perf_counter()
        pace = OpenLoop(began, arrivals(rate, seconds, 7))
        while not pace.is_over or waiting:
            now = time.perf_counter()
            if now > began + seconds + _LONGEST_SECONDS:
                raise TimeoutError(f"{len(waiting)} submissions were never answered")
            while (moment := pace.due(now)) is not None:
                player, line = dice.choice(players), next(turns)
                one = crowd.sent(player) if crowd else Submission()
                waiting[id(line), line.send(*calls[player])] = moment, one
                line.flush()
                seen.late.append(time.perf_counter() - moment)
            for key, _ in selector.select(pace.patience(time.perf_counter())):
                line, now = key.data, time.perf_counter()
                ended = line.receive()
                line.flush()
                if crowd is not None and isinstance(line, WatchLine):
                    crowd.heard(line, now, seen)
                    continue
                for stream in ended:
                    moment, one = waiting.pop((id(line), stream))
                    one.answered = now
                    seen.latencies.append(now - moment)
    failures = [line.failures for line in lines if line.failures]
    for line in lines:
        line.close()
    if failures:
        raise RuntimeError(f"submissions failed: {failures}")
    return seen
