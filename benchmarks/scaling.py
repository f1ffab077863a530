"""What a game of some size needs: unit costs as measured, times how players behave. `python -m benchmarks.scaling` prints it.

Every formula stands in `needs_of`, and docs/SCALING.md tells them in words. Habits can be given as flags.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from benchmarks.servers import ROOT

DAY = 86_400
GIB, MIB = 2**30, 2**20
PLAYERS = (1_000_000, 10_000_000, 100_000_000)
CALLS = ("first_call", "submit_score", "roll_cohort", "claim_reward")
EMBEDDED, SHARED = ("envoy", "sqlite"), ("envoy", "postgres")
"""The settings that count: one process with its database inside, and any number of them on one PostgreSQL."""


class Unmeasured(Exception):
    """A figure is missing; the message says which, and what measures it."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How players behave, and how much is kept in reserve. Shares are from 0 to 1."""

    daily_active: float = 0.1
    """Share of all players who play on a day."""
    weekly_active: float = 0.3
    """Share who play in a week: each rolls once and claims once."""
    sessions: float = 3.0
    """Of an active player on a day."""
    submissions: float = 20.0
    """In a session."""
    peak_factor: float = 3.0
    """The busiest second to the average one."""
    rush_share: float = 0.2
    """Share of a week's rolls and claims that come in the first hour of the week."""
    weeks_kept: float = 52.0
    """How long past cohorts and grants stay in the database."""
    busy_max: float = 0.5
    """Share of what was measured as the maximum that is asked of a process or a core."""


@dataclass(frozen=True, slots=True)
class UnitCost:
    """What one call costs, and how many a second one process has served at most."""

    calls_per_s: float
    server_cpu_us: float
    database_cpu_us: float
    sent_bytes: float
    received_bytes: float
    log_bytes: float
    stored_bytes: float


@dataclass(frozen=True, slots=True)
class UnitCosts:
    """Of each of CALLS on PostgreSQL and on SQLite, and the memory of a server process."""

    shared: Mapping[str, UnitCost]
    embedded: Mapping[str, UnitCost]
    process_mib: float


@dataclass(frozen=True, slots=True)
class Needs:
    """What so many players need at the busiest moment: a peak of submissions while a week begins."""

    players: int
    submissions_per_s: float
    rolls_per_s: float
    processes: int
    server_cores: float
    server_gib: float
    database_cores: int
    database_gib: float
    disk_gib: float
    log_mib_per_s: float
    in_mbit_per_s: float
    out_mbit_per_s: float
    embedded_load: float


def needs_of(players: int, habits: Habits, costs: UnitCosts) -> Needs:
    """Return what so many players need."""
    weekly = players * habits.weekly_active
    daily_submissions = players * habits.daily_active * habits.sessions * habits.submissions
    submissions = daily_submissions / DAY * habits.peak_factor
    rolls = weekly * habits.rush_share / 3600
    rates = {"submit_score": submissions, "roll_cohort": rolls, "claim_reward": rolls}

    def total(figure: str) -> float:
        return math.fsum(rate * getattr(costs.shared[call], figure) for call, rate in rates.items())

    processes = max(2, math.ceil(_load(rates, costs.shared) / habits.busy_max))  # one of two may go
    week_bytes = costs.shared["roll_cohort"].stored_bytes + costs.shared["claim_reward"].stored_bytes
    accounts = players * costs.shared["first_call"].stored_bytes
    return Needs(
        players=players,
        submissions_per_s=submissions,
        rolls_per_s=rolls,
        processes=processes,
        server_cores=total("server_cpu_us") / 1e6,
        server_gib=processes * costs.process_mib * MIB / GIB,
        database_cores=math.ceil(total("database_cpu_us") / 1e6 / habits.busy_max),
        database_gib=weekly * week_bytes / GIB,
        disk_gib=(accounts + weekly * habits.weeks_kept * week_bytes) / GIB,
        log_mib_per_s=total("log_bytes") / MIB,
        in_mbit_per_s=total("sent_bytes") * 8 / 1e6,
        out_mbit_per_s=total("received_bytes") * 8 / 1e6,
        embedded_load=_load(rates, costs.embedded),
    )


def _load(rates: Mapping[str, float], costs: Mapping[str, UnitCost]) -> float:
    """Return how many processes would be busy without a pause."""
    return sum(rate / costs[call].calls_per_s for call, rate in rates.items())


def unit_costs(rows: Iterable[Mapping[str, Any]]) -> UnitCosts:
    """Read the rows that `make bench` has written.

    :raises Unmeasured: if one is missing
    """
    found = {(row["name"], row["door"], row["store"]): row for row in rows}

    def cost(call: str, setting: tuple[str, str]) -> UnitCost:
        row = found.get((call, *setting))
        if row is None:
            raise Unmeasured(
                f"{call} has not been measured with {'+'.join(setting)};"
                f" `python -m benchmarks --only calls --settings {'+'.join(EMBEDDED)},{'+'.join(SHARED)}` does it"
            )
        return UnitCost(**{field.name: row[field.name] for field in fields(UnitCost)})

    return UnitCosts(
        {call: cost(call, SHARED) for call in CALLS},
        {call: cost(call, EMBEDDED) for call in CALLS},
        found["submit_score", *SHARED]["memory_mib"],
    )


def tables(habits: Habits, costs: UnitCosts, sizes: Sequence[int] = PLAYERS) -> str:
    """Return unit costs, habits and needs as Markdown."""
    needs = [needs_of(players, habits, costs) for players in sizes]
    names = ["calls/s", "server µs", "PostgreSQL µs", "request B", "answer B", "log B", "kept B"]
    units = [[call, *(f"{figure:,.0f}" for figure in asdict(cost).values())] for call, cost in costs.shared.items()]
    alone = [[call, f"{cost.calls_per_s:,.0f}"] for call, cost in costs.embedded.items()]
    shown = [
        ["submissions a second, at peak", *(f"{one.submissions_per_s:,.0f}" for one in needs)],
        ["rolls and as many claims a second, as a week begins", *(f"{one.rolls_per_s:,.0f}" for one in needs)],
        ["server: processes", *(f"{one.processes:,}" for one in needs)],
        ["server: cores busy in all", *(f"{one.server_cores:,.1f}" for one in needs)],
        ["server: memory, GiB in all", *(f"{one.server_gib:,.1f}" for one in needs)],
        ["PostgreSQL: cores", *(f"{one.database_cores:,}" for one in needs)],
        ["PostgreSQL: memory for this week's rows, GiB", *(f"{one.database_gib:,.1f}" for one in needs)],
        ["disk: kept, GiB", *(f"{one.disk_gib:,.0f}" for one in needs)],
        ["disk: log, MiB a second", *(f"{one.log_mib_per_s:,.1f}" for one in needs)],
        ["network: in, Mbit a second", *(f"{one.in_mbit_per_s:,.1f}" for one in needs)],
        ["network: out, Mbit a second", *(f"{one.out_mbit_per_s:,.1f}" for one in needs)],
        ["one process on SQLite instead", *(_embedded(one, habits) for one in needs)],
    ]
    return "\n\n".join(
        [
            _markdown(["a call, on PostgreSQL", *names], units),
            _markdown(["a call, on SQLite", "calls/s"], alone),
            _markdown(
                ["habit", ""], [[name.replace("_", " "), f"{value:g}"] for name, value in asdict(habits).items()]
            ),
            _markdown(["needed for", *(f"{players / 1e6:g} million players" for players in sizes)], shown),
        ]
    )


def _embedded(needs: Needs, habits: Habits) -> str:
    verdict = "enough" if needs.embedded_load <= habits.busy_max else "too little"
    return f"{verdict}: {needs.embedded_load:.0%} of its maximum"


def _markdown(headings: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    rule = ["---", *("---:" for _ in headings[1:])]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (headings, rule, *lines))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__)
    parser.add_argument(
        "--json", type=Path, default=ROOT / "build" / "bench.json", help="what `make bench` has written"
    )
    parser.add_argument("--players", type=_players, default=PLAYERS, help="sizes, with commas between them")
    for field in fields(Habits):
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=_positive, default=field.default)
    chosen = parser.parse_args(arguments)
    habits = Habits(**{field.name: getattr(chosen, field.name) for field in fields(Habits)})
    try:
        costs = unit_costs(json.loads(chosen.json.read_text("utf-8"))["rows"])
    except OSError as error:
        parser.error(f"{chosen.json} cannot be read ({error.strerror}); `make bench` writes build/bench.json")
    except (ValueError, KeyError, TypeError):
        parser.error(f"{chosen.json} is not what `make bench` writes, or of an older version; run it again")
    except Unmeasured as error:
        parser.error(f"{chosen.json}: {error}")
    print(tables(habits, costs, chosen.players))
    return 0


def _players(text: str) -> tuple[int, ...]:
    return tuple(int(_positive(one)) for one in text.split(","))


def _positive(text: str) -> float:
    try:
        figure = float(text)
    except ValueError:
        figure = math.nan
    if not 0 < figure < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return figure


if __name__ == "__main__":
    sys.exit(main())
