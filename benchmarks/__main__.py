"""`make bench`: what a call costs, held against a call that does nothing.

Runs of the measured kinds alternate, so that a machine that slows down slows all of them; the medians of five runs are told.
Server CPU is the server process's own (with SQLite the database is part of it); the generator's is told beside it, to show
that it was not the limit. Exit code 1 if a promised ratio is missed.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median

from google.protobuf.duration_pb2 import Duration
from rich.console import Console

from benchmarks import workloads
from benchmarks.load import Call, CpuMeter, Load, run_load
from benchmarks.report import Promise, Row, Sample, row, show, write
from benchmarks.servers import ROOT, Server, empty_envoy, empty_server, laurel
from server.api.pb import debug_service_pb2 as debug
from tests.postgres import PostgresServer, installations, postgres

EMPTY = {"grpcio": empty_server, "envoy": empty_envoy}
CPU_MAX = {("grpcio", "sqlite"): 1.5, ("envoy", "sqlite"): 3.5, ("envoy", "postgres"): 5.0}
"""How many times the CPU of the door's empty call a submission may cost, the database's included."""
PLAYERS = 2000
SIZES = (50, 10, 1000)
"""Cohort sizes; the first is the one that stands in the table as submit_score."""
WEEK = 7 * 86_400


@dataclass(frozen=True, slots=True)
class Setting:
    """A door and a store. `database` meters a database that is a process of its own."""

    door: str
    store: str
    database: PostgresServer | None = None

    def database_seconds(self) -> float:
        """Return the CPU seconds that the database has used, if it is not part of the server."""
        return 0.0 if self.database is None else CpuMeter(self.database.processes()[0]).seconds()


class Bench:
    """Two servers side by side, and what was measured of them."""

    def __init__(self, setting: Setting, empty: Server, server: Server, runs: int, seconds: float) -> None:
        self._setting = setting
        self._empty = empty
        self._server = server
        self._runs = runs
        self._seconds = seconds
        self._samples: dict[str, list[Sample]] = {}

    def measure(self) -> list[Row]:
        """Measure everything, run by run."""
        players = [f"player-{number:05}" for number in range(PLAYERS)]
        fresh = [[f"fresh-{run}-{number:05}" for number in range(PLAYERS)] for run in range(self._runs)]
        self._prepare(players, [one for group in fresh for one in group])
        submits = {size: workloads.submit(players, f"of{size}") for size in SIZES}
        for calls in (workloads.empty_calls(), *submits.values()):
            self._warm(calls)
        first, *others = SIZES
        for run in range(self._runs):
            self._measure_empty()
            self._measure(f"submit_score/{first}", submits[first])
            self._measure_empty()
            for size in others:
                self._measure(f"submit_score/{size}", submits[size])
            self._run("roll_cohort", self._server, workloads.roll(fresh[run], "of50"))
            run_load(self._to(self._server), workloads.submit(fresh[run], "of50"))
        self._end_the_week()
        for run in range(self._runs):
            self._run("claim_reward", self._server, workloads.claim(fresh[run], "of50"))
        return self._rows()

    def _measure_empty(self) -> None:
        self._run("empty", self._empty, itertools.cycle(workloads.empty_calls()), self._seconds)

    def _measure(self, name: str, calls: list[Call]) -> None:
        self._run(name, self._server, itertools.cycle(calls), self._seconds)

    def _prepare(self, players: Sequence[str], fresh: Sequence[str]) -> None:
        to = self._to(self._server)
        run_load(to, workloads.register([*players, *fresh]))
        for size in SIZES:
            run_load(to, workloads.roll(players, f"of{size}"))

    def _warm(self, calls: list[Call]) -> None:
        target = self._empty if calls == workloads.empty_calls() else self._server
        run_load(self._to(target), itertools.cycle(calls), 1.0)

    def _end_the_week(self) -> None:
        forward = debug.MoveClockRequest(forward=Duration(seconds=WEEK))
        outcome = run_load(self._to(self._server), [workloads.trusted("DebugService/MoveClock", forward)])
        if outcome.failures:
            raise RuntimeError(f"the clock was not moved: {outcome.failures}")

    def _run(self, name: str, server: Server, calls: Iterable[Call], seconds: float | None = None) -> None:
        before, stored = server.meter.seconds(), self._setting.database_seconds()
        outcome = run_load(self._to(server), calls, seconds)
        cpu, database = server.meter.seconds() - before, self._setting.database_seconds() - stored
        sample = Sample(outcome, cpu, database, server.meter.memory_mib())
        self._samples.setdefault(name, []).append(sample)

    def ratios(self) -> list[Promise]:
        """Return the ratios that are promised: medians of what stood side by side, so that both saw the same machine."""
        first = f"submit_score/{SIZES[0]}"
        empties = self._cpu("empty")
        empty = [fmean(pair) for pair in zip(empties[::2], empties[1::2], strict=True)]
        where = f"{self._setting.door} + {self._setting.store}"
        at_most = CPU_MAX.get((self._setting.door, self._setting.store), 99.0)
        sizes = _ratio(self._cpu("submit_score/1000"), self._cpu("submit_score/10"))
        return [
            Promise(f"{where}: CPU of submit_score to empty", _ratio(self._cpu(first), empty), at_most),
            Promise(f"{where}: a cohort of 1,000 to one of 10", sizes, 1.5),
        ]

    def _cpu(self, name: str) -> list[float]:
        database = 0.0 if name == "empty" else 1.0
        return [(one.server_cpu + database * one.database_cpu) / one.outcome.calls for one in self._samples[name]]

    def _rows(self) -> list[Row]:
        first, *others = (f"submit_score/{size}" for size in SIZES)
        kinds = {"empty": "empty", first: "submit_score", **{name: name for name in others}}
        kinds |= {"roll_cohort": "roll_cohort", "claim_reward": "claim_reward"}
        return [
            row(shown, self._setting.door, "" if shown == "empty" else self._setting.store, self._samples[name])
            for name, shown in kinds.items()
        ]

    def _to(self, server: Server) -> Load:
        return Load(("127.0.0.1", server.port))


def _ratio(these: Sequence[float], those: Sequence[float]) -> float:
    return median(one / other for one, other in zip(these, those, strict=True))


def main() -> int:
    """Measure, print, write, and tell whether the promises hold."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--settings", default="grpcio+sqlite,envoy+sqlite,envoy+postgres", help="doors and stores")
    parser.add_argument("--json", type=Path, default=ROOT / "build" / "bench.json")
    chosen = parser.parse_args()
    rows: list[Row] = []
    kept: list[Promise] = []
    for wanted in chosen.settings.split(","):
        with ExitStack() as held:
            bench = _opened(wanted, held, chosen.runs, chosen.seconds)
            rows += bench.measure()
            kept += bench.ratios()
    show(Console(width=120), rows, kept)
    write(chosen.json, rows, kept)
    return 0 if all(one.holds for one in kept) else 1


def _opened(wanted: str, held: ExitStack, runs: int, seconds: float) -> Bench:
    door, _, store = wanted.partition("+")
    folder = Path(held.enter_context(tempfile.TemporaryDirectory()))
    database = held.enter_context(postgres(max(installations()), is_durable=True)) if store == "postgres" else None
    url = "" if database is None else database.create_database("bench")
    events = {f"of{size}": workloads.event(size) for size in SIZES}
    server = held.enter_context(laurel(folder, events, door, url))
    empty = held.enter_context(EMPTY[door]())
    return Bench(Setting(door, store, database), empty, server, runs, seconds)


if __name__ == "__main__":
    sys.exit(main())
