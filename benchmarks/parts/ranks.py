"""What the rank index in memory costs, for a few thousand entries and for millions (B53): no server, no store.

A change puts an entry to another place; a place is a player's position, dense rank and prize position; a page has 50 rows.
"""

from __future__ import annotations

import asyncio
import gc
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import process_time

from benchmarks.report import Findings, Promise
from benchmarks.stand import Effort
from server.domain.ids import PlayerId
from server.domain.leaderboards.definition import Ranking, RankStyle
from server.ports.rank_index import Change
from server.ranks.in_process import SegmentOrder

SMALLEST, LARGE = 10_000, 5_000_000
SIZES = (SMALLEST, 1_000_000, LARGE)
LARGE_NEEDS_BYTES = 6 * 2**30
"""Free memory without which the largest is left out."""
TIMES = 5_000
PAGE_ROWS = 50
OP_US, OP_RATIO, ENTRY_BYTES = 60.0, 5.0, 250.0
"""At most: CPU microseconds of a change or a place at any size, those of the largest beside those of the smallest, and
memory of an entry whose player's id has twenty characters."""
_CHUNK = 1_000
_SCORES = 1_000_000
_CROWDED = 50


@dataclass(frozen=True, slots=True)
class Cost:
    """What one size costs: microseconds of CPU, and bytes of an entry."""

    size: int
    load_us: float
    change_us: float
    place_us: float
    page_us: float
    entry_bytes: float

    @property
    def op_us(self) -> float:
        """The dearer of a change and a place."""
        return max(self.change_us, self.place_us)

    @property
    def shown(self) -> str:
        """All of it as a line."""
        return (
            f"ranks: {self.size:>9,} entries: change {self.change_us:.1f} us, place {self.place_us:.1f} us,"
            f" page of {PAGE_ROWS} {self.page_us:.1f} us;"
            f" an entry: {self.load_us:.1f} us to load, {self.entry_bytes:.0f} bytes"
        )


def measure(effort: Effort) -> Findings:
    """Measure every size that fits, and hold it against what is promised."""
    wanted = [size for size in SIZES if size <= effort.entries]
    sizes = [size for size in wanted if size < LARGE or free_bytes() >= LARGE_NEEDS_BYTES]
    costs = [cost_of(size, effort.runs) for size in sizes]
    largest = costs[-1]
    notes = [one.shown for one in costs]
    if sizes != wanted:
        notes.append(
            f"ranks: {LARGE:,} entries are left out: less than {LARGE_NEEDS_BYTES // 2**30} GiB of memory are free"
        )
    ratio = f"ranks: cost at {largest.size:,} entries beside that at {costs[0].size:,}"
    return Findings(
        [],
        [
            Promise(f"ranks: microseconds of a change or a place among {largest.size:,}", largest.op_us, at_most=OP_US),
            Promise(ratio, largest.op_us / costs[0].op_us, at_most=OP_RATIO),
            Promise(f"ranks: bytes of an entry among {largest.size:,}", largest.entry_bytes, at_most=ENTRY_BYTES),
        ],
        notes,
    )


def cost_of(size: int, runs: int) -> Cost:
    """Fill an order and move in it. The collector rests: it looks at millions of entries when others are measured."""
    chance, order = random.Random(size), SegmentOrder(Ranking(rank_style=RankStyle.DENSE))
    gc.collect()
    before = resident_bytes()
    loading = 0.0
    for start in range(0, size, _CHUNK):
        changes = [_change(number, 1, chance) for number in range(start, min(start + _CHUNK, size))]
        began = process_time()
        order.record(changes)
        loading += process_time() - began
    began = process_time()
    asyncio.run(order.put_in_order())
    loading += process_time() - began
    entry_bytes = (resident_bytes() - before) / size
    versions = iter(range(2, 2 + (runs + 1) * TIMES))

    def change() -> None:
        order.record([_change(chance.randrange(size), next(versions), chance)])

    def place() -> None:
        order.places_of([_player(chance.randrange(size))])

    def page() -> None:
        order.around(_player(chance.randrange(size)), PAGE_ROWS)

    idle = _microseconds(runs, lambda: _change(chance.randrange(size), 1, chance))
    return Cost(
        size=size,
        load_us=loading / size * 1e6,
        change_us=_microseconds(runs, change) - idle,
        place_us=_microseconds(runs, place),
        page_us=_microseconds(runs, page),
        entry_bytes=entry_bytes,
    )


def free_bytes() -> int:
    """Return how much memory can be had without anybody else losing his; 0 where nobody says."""
    for line in _lines_of("/proc/meminfo"):
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 0


def resident_bytes() -> int:
    """Return how much memory this process holds; 0 where nobody says."""
    for line in _lines_of("/proc/self/status"):
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


def _lines_of(file: str) -> list[str]:
    path = Path(file)
    return path.read_text().splitlines() if path.exists() else []


def _change(number: int, version: int, chance: random.Random) -> Change:
    """Return a change to a random score; some scores are reached by many, as they are in games."""
    score = chance.randrange(_SCORES if number % 2 else _CROWDED)
    return Change(_player(number), version, score.to_bytes(8, "big") + chance.randbytes(16))


def _player(number: int) -> PlayerId:
    return PlayerId(f"{number:020d}")


def _microseconds(runs: int, work: Callable[[], object]) -> float:
    """Return the median over runs of what one time costs, after a run to warm up."""
    figures = []
    for _ in range(runs + 1):
        began = process_time()
        for _ in range(TIMES):
            work()
        figures.append((process_time() - began) / TIMES * 1e6)
    return median(figures[1:])
