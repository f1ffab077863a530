"""Where a part is measured: a fresh server on a fresh database, its door's empty server beside it, and the samples."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from google.protobuf.duration_pb2 import Duration

from benchmarks import workloads
from benchmarks.load import Call, Load, Outcome, run_load
from benchmarks.report import Row, Sample, row
from benchmarks.servers import Server, empty_envoy, empty_server, laurel
from benchmarks.setting import DATABASE, Setting
from server.api.pb import debug_service_pb2 as debug
from tests.postgres import installations, postgres

SIZES = (50, 10, 1000)
"""Cohort sizes; events are named for them. The first is the one that everything but the comparison of sizes is about."""
EVENT = f"of{SIZES[0]}"
WEEK = 7 * 86_400
_EMPTY = {"grpcio": empty_server, "envoy": empty_envoy}
_WARM_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Effort:
    """How much to measure: runs of so many seconds, players, submissions until memory is looked at, entries in ranks."""

    runs: int = 5
    seconds: float = 3.0
    players: int = 2000
    submissions: int = 1_000_000
    entries: int = 5_000_000


class Stand:
    """A server and the empty one, side by side, and the samples of each kind of call."""

    def __init__(self, setting: Setting, server: Server, empty: Server) -> None:
        self.setting = setting
        self._server = server
        self._empty = empty
        self._samples: dict[str, list[Sample]] = {}

    @property
    def port(self) -> int:
        """Where the server listens."""
        return self._server.port

    @property
    def event_stream_port(self) -> int:
        """Where streams of events are: behind Envoy the only port, behind the plain door that of pages."""
        return self._server.port if self.setting.door == "envoy" else self._server.http_port

    @property
    def memory_mib(self) -> float:
        """The server's resident memory, now."""
        return self._server.meter.memory_mib()

    @property
    def cpu_seconds(self) -> float:
        """The CPU that the server has used."""
        return self._server.meter.seconds()

    def send(self, calls: Iterable[Call]) -> None:
        """Make calls that prepare something.

        :raises RuntimeError: if one of them fails
        """
        failures = run_load(Load(("127.0.0.1", self._server.port)), calls).failures
        if failures:
            raise RuntimeError(f"the stand could not be prepared: {failures}")

    def seat(self, players: Sequence[str], *events: str) -> None:
        """Make the server know players, and roll them into events."""
        self.send(workloads.register(players))
        for event_id in events:
            self.send(workloads.roll(players, event_id))

    def warm(self, calls: Sequence[Call]) -> None:
        """Repeat calls for a second, unmeasured."""
        run_load(Load(("127.0.0.1", self._server.port)), itertools.cycle(calls), _WARM_SECONDS)

    def warm_empty(self) -> None:
        """Do the same to the empty server."""
        run_load(Load(("127.0.0.1", self._empty.port)), itertools.cycle(workloads.empty_calls()), _WARM_SECONDS)

    def end_the_week(self) -> None:
        """Move the clock, so that the phase is over and rewards can be claimed."""
        forward = debug.MoveClockRequest(forward=Duration(seconds=WEEK))
        self.send([workloads.trusted("DebugService/MoveClock", forward)])

    def measure_empty(self, seconds: float) -> None:
        """Measure the door's empty call."""
        meter, before = self._empty.meter, self._empty.meter.seconds()
        load = Load(("127.0.0.1", self._empty.port))
        outcome = run_load(load, itertools.cycle(workloads.empty_calls()), seconds)
        self.take("empty", Sample(outcome, meter.seconds() - before, memory_mib=meter.memory_mib()))

    def measure(
        self,
        name: str,
        calls: Iterable[Call],
        seconds: float | None = None,
        *,
        in_flight: int = 64,
        per_second: float = 0.0,
        seed: int = 0,
        keep_bodies: bool = False,
    ) -> Outcome:
        """Measure calls: for so many seconds, or until they run out; with `per_second` in an open loop."""
        load = Load(("127.0.0.1", self._server.port), in_flight=in_flight, per_second=per_second, seed=seed)
        stored, logged = self.setting.stored_bytes(), self.setting.log_bytes()
        cpu, database = self._server.meter.seconds(), self.setting.database_seconds()
        outcome = run_load(load, calls, seconds, keep_bodies=keep_bodies)
        sample = Sample(
            outcome,
            server_cpu=self._server.meter.seconds() - cpu,
            database_cpu=self.setting.database_seconds() - database,
            memory_mib=self.memory_mib,
            due_per_s=per_second,
            log_bytes=self.setting.log_bytes() - logged,
            stored_bytes=self.setting.stored_bytes() - stored,
        )
        self.take(name, sample)
        return outcome

    def take(self, name: str, sample: Sample) -> None:
        """Keep a sample under the name of its kind."""
        self._samples.setdefault(name, []).append(sample)

    def samples(self, name: str) -> Sequence[Sample]:
        """Return the samples of a kind, run by run."""
        return self._samples[name]

    def row(self, name: str, shown: str = "") -> Row:
        """Return the medians of a kind, under another name if need be."""
        store = "" if name == "empty" else self.setting.store
        return row(shown or name, self.setting.door, store, self._samples[name])

    def cpu(self, name: str) -> list[float]:
        """Return the CPU seconds of a call, server and database, run by run."""
        return [sample.cpu for sample in self._samples[name]]


@contextmanager
def stand(wanted: str) -> Iterator[Stand]:
    """Set up one of SETTINGS, and take it down."""
    door, _, store = wanted.partition("+")
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory()))
        database = held.enter_context(postgres(max(installations()), is_durable=True)) if store == "postgres" else None
        url = "" if database is None else database.create_database(DATABASE)
        events = {f"of{size}": workloads.event(size) for size in SIZES}
        server = held.enter_context(laurel(folder, events, door, url))
        empty = held.enter_context(_EMPTY[door]())
        yield Stand(Setting(door, store, folder if database is None else database.folder, database), server, empty)
