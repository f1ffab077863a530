"""Medians of runs, as a table for people and as JSON for machines."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks.load import Outcome


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: medians over the runs. CPU is for each call, in microseconds."""

    name: str
    door: str
    store: str
    calls_per_s: float
    p50_ms: float
    p99_ms: float
    server_cpu_us: float
    database_cpu_us: float
    generator_cpu_us: float
    memory_mib: float
    calls: int


@dataclass(slots=True)
class Sample:
    """One run."""

    outcome: Outcome
    server_cpu: float
    database_cpu: float = 0.0
    memory_mib: float = 0.0


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
        p50_ms=round(median(sample.outcome.percentile(0.5) for sample in samples) * 1e3, 2),
        p99_ms=round(median(sample.outcome.percentile(0.99) for sample in samples) * 1e3, 2),
        server_cpu_us=round(median(s.server_cpu / s.outcome.calls for s in samples) * 1e6, 1),
        database_cpu_us=round(median(s.database_cpu / s.outcome.calls for s in samples) * 1e6, 1),
        generator_cpu_us=round(median(s.outcome.generator_cpu / s.outcome.calls for s in samples) * 1e6, 1),
        memory_mib=round(max(sample.memory_mib for sample in samples), 1),
        calls=sum(calls),
    )


@dataclass(frozen=True, slots=True)
class Promise:
    """A ratio that must hold."""

    name: str
    ratio: float
    at_most: float

    @property
    def holds(self) -> bool:
        """Whether it does."""
        return self.ratio <= self.at_most


def show(console: Console, rows: Sequence[Row], promises: Sequence[Promise]) -> None:
    """Print the table and what was promised."""
    table = Table(title=f"{platform.machine()}, Python {platform.python_version()}, medians", title_justify="left")
    for heading in ("call", "door", "store"):
        table.add_column(heading)
    for heading in ("calls/s", "p50 ms", "p99 ms", "server µs", "database µs", "generator µs", "MiB"):
        table.add_column(heading, justify="right")
    for one in rows:
        figures = (
            one.calls_per_s,
            one.p50_ms,
            one.p99_ms,
            one.server_cpu_us,
            one.database_cpu_us,
            one.generator_cpu_us,
        )
        table.add_row(one.name, one.door, one.store, *(f"{figure:,.1f}" for figure in figures), f"{one.memory_mib:.0f}")
    console.print(table)
    for promise in promises:
        mark = "[green]holds[/green]" if promise.holds else "[red]missed[/red]"
        console.print(f"  {promise.name}: {promise.ratio:.2f}, at most {promise.at_most}  {mark}")


def write(path: Path, rows: Sequence[Row], promises: Sequence[Promise]) -> None:
    """Write the same as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = {
        "rows": [asdict(one) for one in rows],
        "promises": [{**asdict(one), "holds": one.holds} for one in promises],
    }
    path.write_text(json.dumps(data, indent=2) + "\n", "utf-8")
