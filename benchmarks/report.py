"""Medians of runs, and what is promised of them, as tables for people and as JSON for machines."""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks.load import Outcome


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: medians over the runs. CPU and bytes are for each call, CPU in microseconds.

    `due_per_s` is the rate of an open loop, 0 in a closed one; `delay_p99_ms` by how much the generator was late itself.
    """

    name: str
    door: str
    store: str
    calls_per_s: float
    p50_ms: float
    p99_ms: float
    p999_ms: float
    server_cpu_us: float
    database_cpu_us: float
    generator_cpu_us: float
    memory_mib: float
    calls: int
    due_per_s: float
    delay_p99_ms: float
    sent_bytes: float
    received_bytes: float
    log_bytes: float
    stored_bytes: float


@dataclass(frozen=True, slots=True)
class Sample:
    """One run. By `log_bytes` the log of PostgreSQL has grown, by `stored_bytes` the database."""

    outcome: Outcome
    server_cpu: float = 0.0
    database_cpu: float = 0.0
    memory_mib: float = 0.0
    due_per_s: float = 0.0
    log_bytes: int = 0
    stored_bytes: int = 0

    @property
    def cpu(self) -> float:
        """CPU seconds of server and database for each call."""
        return (self.server_cpu + self.database_cpu) / self.outcome.calls


def row(name: str, door: str, store: str, samples: Sequence[Sample]) -> Row:
    """Return the medians of a measurement's runs.

    :raises RuntimeError: if a call failed: a refusal is cheap, and would make a fine figure
    """
    for sample in samples:
        if sample.outcome.failures:
            raise RuntimeError(f"{name}: calls failed: {sample.outcome.failures}")
    calls = [sample.outcome.calls for sample in samples]
    return Row(
        name=name,
        door=door,
        store=store,
        calls_per_s=round(median(sample.outcome.per_second for sample in samples), 1),
        p50_ms=_median_ms(sample.outcome.latency(0.5) for sample in samples),
        p99_ms=_median_ms(sample.outcome.latency(0.99) for sample in samples),
        p999_ms=_median_ms(sample.outcome.latency(0.999) for sample in samples),
        server_cpu_us=round(median(s.server_cpu / s.outcome.calls for s in samples) * 1e6, 1),
        database_cpu_us=round(median(s.database_cpu / s.outcome.calls for s in samples) * 1e6, 1),
        generator_cpu_us=round(median(s.outcome.generator_cpu / s.outcome.calls for s in samples) * 1e6, 1),
        memory_mib=round(max(sample.memory_mib for sample in samples), 1),
        calls=sum(calls),
        due_per_s=round(median(sample.due_per_s for sample in samples), 1),
        delay_p99_ms=_median_ms(sample.outcome.delay(0.99) for sample in samples),
        sent_bytes=round(median(s.outcome.sent_bytes / s.outcome.calls for s in samples)),
        received_bytes=round(median(s.outcome.received_bytes / s.outcome.calls for s in samples)),
        log_bytes=round(median(s.log_bytes / s.outcome.calls for s in samples)),
        stored_bytes=round(median(s.stored_bytes / s.outcome.calls for s in samples)),
    )


@dataclass(frozen=True, slots=True)
class Promise:
    """A ratio that must hold. `note` says what it was made of."""

    name: str
    ratio: float | None
    """None: it could not be measured, and so is not kept."""
    at_most: float | None = None
    at_least: float | None = None
    note: str = ""

    @property
    def is_kept(self) -> bool:
        """Whether it holds."""
        if self.ratio is None:
            return False
        return (self.at_most is None or self.ratio <= self.at_most) and (
            self.at_least is None or self.ratio >= self.at_least
        )

    @property
    def shown(self) -> str:
        """The promise and what was measured, as a sentence."""
        bound = f"at least {self.at_least:g}" if self.at_most is None else f"at most {self.at_most:g}"
        measured = "not measured" if self.ratio is None else f"{self.ratio:.2f}"
        return f"{self.name}: {measured}, {bound}{f' ({self.note})' if self.note else ''}"


def ratio(these: Sequence[float], those: Sequence[float]) -> float | None:
    """Return the median of the ratios of what stood side by side, so that both saw the same machine.

    An infinite one stands for a run that does not count; None if so many do not that the median is one of them.
    """
    middle = median(one / other for one, other in zip(these, those, strict=True))
    return middle if math.isfinite(middle) else None


@dataclass(slots=True)
class Findings:
    """What has been measured, and what was promised of it."""

    rows: list[Row] = field(default_factory=list)
    promises: list[Promise] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What was left out, and why."""

    def add(self, other: Findings) -> None:
        """Take in what another part has found."""
        self.rows += other.rows
        self.promises += other.promises
        self.notes += other.notes

    @property
    def are_as_promised(self) -> bool:
        """Whether every promise is kept."""
        return all(one.is_kept for one in self.promises)


def show(console: Console, findings: Findings) -> None:
    """Print the tables, and every promise as kept or missed."""
    for table in (_table_of_time(findings.rows), _table_of_bytes(findings.rows)):
        console.print(table)
    for promise in findings.promises:
        console.print("  [green]kept[/green]  " if promise.is_kept else "  [red]missed[/red]", end="")
        console.print(f"  {promise.shown}", markup=False, highlight=False)
    for note in findings.notes:
        console.print(f"  {note}", markup=False, highlight=False)


def write(path: Path, findings: Findings) -> None:
    """Write the same as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = {
        "rows": [asdict(one) for one in findings.rows],
        "promises": [{**asdict(one), "kept": one.is_kept} for one in findings.promises],
        "notes": findings.notes,
    }
    path.write_text(json.dumps(data, indent=2) + "\n", "utf-8")


def _median_ms(seconds: Iterable[float]) -> float:
    return round(median(seconds) * 1e3, 2)


def _table_of_time(rows: Sequence[Row]) -> Table:
    headings = ("calls/s", "p50 ms", "p99 ms", "p99.9 ms", "server µs", "database µs", "generator µs", "MiB")
    table = _table(f"{platform.machine()}, Python {platform.python_version()}, medians", headings)
    for one in rows:
        cpu = (one.server_cpu_us, one.database_cpu_us, one.generator_cpu_us)
        figures = (one.calls_per_s, one.p50_ms, one.p99_ms, one.p999_ms, *cpu)
        table.add_row(one.name, one.door, one.store, *(f"{figure:,.1f}" for figure in figures), f"{one.memory_mib:.0f}")
    return table


def _table_of_bytes(rows: Sequence[Row]) -> Table:
    table = _table("Bytes a call", ("request", "answer", "log", "database"))
    for one in rows:
        figures = (one.sent_bytes, one.received_bytes, one.log_bytes, one.stored_bytes)
        table.add_row(one.name, one.door, one.store, *(f"{figure:,.0f}" for figure in figures))
    return table


def _table(title: str, headings: Sequence[str]) -> Table:
    table = Table(title=title, title_justify="left")
    for heading in ("call", "door", "store"):
        table.add_column(heading)
    for heading in headings:
        table.add_column(heading, justify="right")
    return table
