"""What goes on beside the calls of a large board: its order is read again at the start, and its periods are settled.

Meanwhile players go on submitting at a fixed rate, and must not notice.
"""

from __future__ import annotations

import itertools
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from google.protobuf.duration_pb2 import Duration

from benchmarks import workloads
from benchmarks.filling import fill
from benchmarks.load import Load, Outcome, run_load
from benchmarks.parts.boards import KEY, callers, names, wait_until_ranked
from benchmarks.report import Findings, Promise
from benchmarks.servers import Server, configure, laurel
from benchmarks.setting import Setting
from benchmarks.stand import WEEK, Effort, Stand
from server.api.pb import debug_service_pb2 as debug
from server.api.pb import leaderboard_pb2 as pb
from server.api.pb import leaderboard_service_pb2 as boards

SIZE_MAX = 1_000_000
REBUILD_SECONDS, REBUILD_RATE, REBUILD_P99_SECONDS = 10.0, 500, 0.1
SETTLE_SECONDS, SETTLE_RATE, SETTLE_P999_SECONDS = 180.0, 300, 0.25
_LONGEST_SECONDS = 400.0
_GOLD = {"type": "currency", "currencyKey": "gems", "amount": 100}


def definition(size: int) -> dict[str, Any]:
    """Return a weekly board that pays one in ten."""
    places = {"gold": size // 1000, "silver": size // 10}
    tiers = [{"to": to, "key": key, "entries": [_GOLD]} for key, to in places.items()]
    return {
        "name": "Bench",
        "timeframe": {"type": "weekly", "reset_day": "monday"},
        "scoring": {"aggregation": "sum"},
        "ranking": {"decimals": 0},
        "reward_policy": {"type": "top_n", "parameters": {"tiers": tiers}},
        "authoritative": False,
    }


def measure(door: str, effort: Effort) -> Findings:
    """Start on a full board, and end its period; once, since each takes its time."""
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory()))
        size = min(SIZE_MAX, effort.entries)
        definitions = {KEY: definition(size)}
        fill(f"sqlite:{folder / 'laurel.db'}", configure(folder, {}, definitions), KEY, names(size))
        server = held.enter_context(laurel(folder, {}, door, boards=definitions))
        stand = Stand(Setting(door, "sqlite", folder), server, server)
        findings = _rebuilt(stand, server, size)
        findings.add(_settled(stand, server, size))
        return findings


def _rebuilt(stand: Stand, server: Server, size: int) -> Findings:
    """Submit from the first moment on, until ranks are told."""
    first = workloads.rank_reads(callers(size)[:1], KEY)[0]
    outcome, took = _beside(server, size, REBUILD_RATE, lambda: wait_until_ranked(stand, first))
    said = f"{stand.setting}: a board of {size:,}"
    return Findings(
        promises=[
            Promise(f"{said}, seconds until it is ranked after the start", took, at_most=REBUILD_SECONDS),
            Promise(
                f"{said}, p99 in ms of {REBUILD_RATE} submissions/s meanwhile",
                outcome.latency(0.99) * 1e3,
                at_most=REBUILD_P99_SECONDS * 1e3,
                note=_told(outcome),
            ),
        ]
    )


def _settled(stand: Stand, server: Server, size: int) -> Findings:
    """End the week, and submit to the next one until the old one is final."""
    forward = debug.MoveClockRequest(forward=Duration(seconds=WEEK))
    stand.send([workloads.trusted("DebugService/MoveClock", forward)])
    outcome, took = _beside(server, size, SETTLE_RATE, lambda: _wait_until_final(server, size))
    said = f"{stand.setting}: a period of {size:,} entries"
    return Findings(
        promises=[
            Promise(f"{said}, seconds until it is final with its prizes", took, at_most=SETTLE_SECONDS),
            Promise(
                f"{said}, p99.9 in ms of {SETTLE_RATE} submissions/s meanwhile",
                outcome.latency(0.999) * 1e3,
                at_most=SETTLE_P999_SECONDS * 1e3,
                note=_told(outcome),
            ),
        ]
    )


def _beside(server: Server, size: int, per_second: float, wait: Callable[[], float]) -> tuple[Outcome, float]:
    """Submit in an open loop for as long as something takes, and return how both went."""
    calls = itertools.cycle(workloads.submit_to_board(callers(size), KEY))
    outcomes: list[Outcome] = []
    with _until_told(outcomes, server, per_second, calls):
        took = wait()
    return _joined(outcomes), took


@contextmanager
def _until_told(
    outcomes: list[Outcome], server: Server, per_second: float, calls: Iterator[tuple[bytes, bytes]]
) -> Iterator[None]:
    """Run the open loop in a thread, a second at a time, until the block is left."""
    is_over = threading.Event()

    def submit() -> None:
        while not is_over.is_set():
            load = Load(("127.0.0.1", server.port), per_second=per_second, seed=len(outcomes))
            outcomes.append(run_load(load, calls, 1.0))

    thread = threading.Thread(target=submit)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def _joined(outcomes: list[Outcome]) -> Outcome:
    whole = Outcome(0, 0.0, [], {}, 0.0)
    for one in outcomes:
        if one.failures:
            raise RuntimeError(f"submissions failed: {one.failures}")
        whole.calls += one.calls
        whole.seconds += one.seconds
        whole.latencies += one.latencies
        whole.delays += one.delays
    return whole


def _wait_until_final(server: Server, size: int) -> float:
    began = time.perf_counter()
    call = workloads.list_periods(callers(size)[0], KEY)
    while time.perf_counter() - began < _LONGEST_SECONDS:
        outcome = run_load(Load(("127.0.0.1", server.port), connections=1), [call], keep_bodies=True)
        answer = boards.ListPeriodsResponse.FromString(outcome.bodies[0][5:])
        if any(one.state == pb.PERIOD_STATE_FINAL for one in answer.periods):
            return time.perf_counter() - began
        time.sleep(0.25)
    raise TimeoutError(f"the period was not final within {_LONGEST_SECONDS:g} s")


def _told(outcome: Outcome) -> str:
    return f"{outcome.calls:,} calls, the generator's own delay p99 {outcome.delay(0.99) * 1e3:.1f} ms"
