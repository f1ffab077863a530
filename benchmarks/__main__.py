"""`make bench`: what calls cost, how long players wait, what batches gain, and whether memory stays.

Runs of the measured kinds alternate, so that a machine that slows down slows all of them; the medians of the runs are told.
Server CPU is the server process's own (with SQLite the database is part of it); the generator's is told beside it, to show
that it was not the limit. Exit code 1 if a promise is missed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console

from benchmarks import in_process
from benchmarks.parts import BOARD_PARTS, PARTS, ranks
from benchmarks.parts.batches import SCORES
from benchmarks.parts.memory import FIRST_SHARE
from benchmarks.parts.ranks import SMALLEST
from benchmarks.report import Findings, show, write
from benchmarks.servers import ROOT
from benchmarks.setting import SETTINGS, why_not
from benchmarks.stand import Effort, stand

WIDTH = 140
SERVERLESS: dict[str, Callable[[Effort], Findings]] = {
    "hooks": lambda effort: in_process.measure(effort.runs),
    "ranks": ranks.measure,
}
"""The parts that need no server."""
ALL_PARTS = ("hooks", *PARTS, *BOARD_PARTS, "ranks")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write, and tell whether the promises are kept."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    for setting in chosen.settings:
        if missing := why_not(setting):
            others = ",".join(one for one in SETTINGS if not why_not(one))
            parser.error(f"{setting} cannot be measured here: {missing}; `--settings {others}` can")
    effort = Effort(chosen.runs, chosen.seconds, chosen.players, chosen.submissions, chosen.entries)
    console = Console(width=WIDTH)
    findings = Findings()
    for part in (one for one in chosen.only if one in SERVERLESS):
        console.print(f"{part} ...", highlight=False)
        findings.add(SERVERLESS[part](effort))
    for setting in chosen.settings:
        for part in (one for one in chosen.only if one in PARTS):
            console.print(f"{setting}: {part} ...", highlight=False)
            with stand(setting) as prepared:
                findings.add(PARTS[part](prepared, effort))
    for part in (one for one in chosen.only if one in BOARD_PARTS):
        door = _best_door(chosen.settings)
        console.print(f"{door}+sqlite: {part} ...", highlight=False)
        findings.add(BOARD_PARTS[part](door, effort))
    show(console, findings)
    write(chosen.json, findings)
    return 0 if findings.are_as_promised else 1


def _best_door(settings: Sequence[str]) -> str:
    """Return the door behind which boards are measured: Envoy, the door of production, if it is among the settings."""
    return "envoy" if any(one.startswith("envoy") for one in settings) else "grpcio"


def _parser() -> argparse.ArgumentParser:
    whole = Effort()
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--settings", type=_some_of(SETTINGS), default=SETTINGS[:-1], help=f"of {','.join(SETTINGS)}")
    parser.add_argument("--only", type=_some_of(ALL_PARTS), default=ALL_PARTS, help=f"of {','.join(ALL_PARTS)}")
    parser.add_argument("--runs", type=_at_least(1), default=whole.runs, help="runs of each kind")
    parser.add_argument("--seconds", type=_seconds, default=whole.seconds, help="length of a run")
    parser.add_argument("--players", type=_at_least(SCORES), default=whole.players, help="who plays")
    parser.add_argument(
        "--submissions", type=_at_least(FIRST_SHARE), default=whole.submissions, help="after which memory is looked at"
    )
    parser.add_argument(
        "--entries",
        type=_at_least(SMALLEST),
        default=whole.entries,
        help="at most so many in the largest order of ranks",
    )
    parser.add_argument("--json", type=Path, default=ROOT / "build" / "bench.json", help="where to write it all")
    return parser


def _some_of(known: Sequence[str]) -> Callable[[str], tuple[str, ...]]:
    def parsed(text: str) -> tuple[str, ...]:
        names = tuple(dict.fromkeys(text.split(",")))
        unknown = [name for name in names if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"{unknown[0]!r} is not known; there are {', '.join(known)}")
        return names

    return parsed


def _at_least(least: int) -> Callable[[str], int]:
    def parsed(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of {least} or more")
        return int(text)

    return parsed


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 3600:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds, more than 0 and at most 3600")
    return seconds


if __name__ == "__main__":
    sys.exit(main())
