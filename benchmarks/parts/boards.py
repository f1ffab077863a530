"""What the size of a leaderboard costs: submissions and rank reads beside those on a small board, all servers side by side.

Boards are filled before their servers start. One of five million entries is left out, and said to be, where memory is short.
"""

from __future__ import annotations

import itertools
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks import workloads
from benchmarks.filling import fill
from benchmarks.load import Call, Load, run_load
from benchmarks.report import Findings, Promise, ratio
from benchmarks.servers import configure, laurel
from benchmarks.setting import Setting
from benchmarks.stand import Effort, Stand

KEY = "board"
SIZES = (10_000, 1_000_000, 5_000_000)
LARGE_MIN = 5_000_000
FREE_GIB_MIN = 6.0
"""What a board of five million wants: its index, the page cache of its file, and room to load."""
TIMES_MAX = 1.5
CALLERS = 2000
ROWS = 10
LOAD_SECONDS = 300
_SUBMIT, _RANK, _AROUND = "submit_to_board", "own_rank", f"around/{ROWS}"


def definition() -> dict[str, Any]:
    """Return an all-time board on which every player adds to his score; ranks are dense."""
    return {"name": "Bench", "scoring": {"aggregation": "sum"}, "ranking": {"decimals": 0}}


def measure(door: str, effort: Effort) -> Findings:
    """Measure all sizes, run by run."""
    with ExitStack() as held:
        wanted = [size for size in SIZES if size <= effort.entries]
        stands = {size: _filled(held, door, size) for size in wanted if size < LARGE_MIN or _free_gib() > FREE_GIB_MIN}
        calls = {size: _prepared(size) for size in stands}
        for size, one in stands.items():
            wait_until_ranked(one, calls[size][_RANK][0])
            one.warm(calls[size][_SUBMIT])
        for _ in range(effort.runs):
            for name in (_SUBMIT, _RANK, _AROUND):
                for size, one in stands.items():
                    one.measure(f"{name} of {size:,}", itertools.cycle(calls[size][name]), effort.seconds)
        findings = Findings()
        for size, one in stands.items():
            findings.rows += [one.row(f"{name} of {size:,}") for name in (_SUBMIT, _RANK, _AROUND)]
            if size != SIZES[0]:
                findings.promises += [_promise(name, size, one, stands[SIZES[0]]) for name in (_SUBMIT, _RANK)]
        findings.notes += [
            f"a board of {size:,} was left out: it wants {FREE_GIB_MIN:g} GiB of free memory"
            for size in wanted
            if size not in stands
        ]
        return findings


def names(size: int) -> Iterator[str]:
    """Yield the ids of all who stand on a board."""
    return (f"player-{number:07}" for number in range(size))


def callers(size: int) -> list[str]:
    """Return some of them, spread over the board by chance."""
    return [f"player-{number:07}" for number in random.Random(2).sample(range(size), min(CALLERS, size))]


def wait_until_ranked(stand: Stand, call: Call) -> float:
    """Wait until a rank is told, and return how many seconds that took."""
    began = time.perf_counter()
    while run_load(Load(("127.0.0.1", stand.port), connections=1), [call]).failures:
        if time.perf_counter() - began > LOAD_SECONDS:
            raise TimeoutError(f"no rank was told within {LOAD_SECONDS} s")
        time.sleep(0.05)
    return time.perf_counter() - began


def _filled(held: ExitStack, door: str, size: int) -> Stand:
    folder = Path(held.enter_context(tempfile.TemporaryDirectory()))
    boards = {KEY: definition()}
    fill(f"sqlite:{folder / 'laurel.db'}", configure(folder, {}, boards), KEY, names(size))
    server = held.enter_context(laurel(folder, {}, door, boards=boards))
    return Stand(Setting(door, "sqlite", folder), server, server)


def _prepared(size: int) -> dict[str, list[Call]]:
    players = callers(size)
    return {
        _SUBMIT: workloads.submit_to_board(players, KEY),
        _RANK: workloads.rank_reads(players, KEY),
        _AROUND: workloads.page_reads(players, KEY, ROWS),
    }


def _promise(name: str, size: int, large: Stand, small: Stand) -> Promise:
    times = ratio(large.cpu(f"{name} of {size:,}"), small.cpu(f"{name} of {SIZES[0]:,}"))
    said = f"{large.setting}: CPU of {name} on a board of {size:,} to one of {SIZES[0]:,}"
    return Promise(said, times, at_most=TIMES_MAX)


def _free_gib() -> float:
    fields = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
    return int(fields["MemAvailable"].split()[0]) / 2**20
