"""`laurel bots preview`: what bots of a kind would score, drawn before anybody plays with them (L9)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from rich.table import Table

from server.charts import STYLES, Curve, png_chart, text_chart
from server.definitions.config import BOTS, Configuration, load_configuration
from server.definitions.diagnostics import DefinitionsInvalid
from server.definitions.explain import nearest
from server.domain.bots.behavior import Reactive
from server.domain.bots.definition import Bot, identity_of
from server.domain.bots.runner import Runner
from server.domain.bots.score import BotScore, Course, seed_of
from server.domain.bots.sightings import Sighting
from server.domain.bots.slopes import direction_of, steepest
from server.domain.bots.visits import visits
from server.terminal import explained, fail, out, print_table, read_settings

SAMPLES = 240
COLUMNS, ROWS = 72, 18
_SIGHTINGS_MAX = 360
_STEEP_PARTS = 10
"""A bot that does more than one part of its way in a second jumps."""
_RESTLESS_SECONDS = 30
"""A bot that changes its state more often than this on average looks nervous."""
_SECRET = b"laurel bots preview"
_HOURS_MAX = 24.0 * 31

app = typer.Typer()
bots_app = typer.Typer(help="Look at bots.", no_args_is_help=True)
app.add_typer(bots_app, name="bots")


@bots_app.callback()
def _bots() -> None:
    """Keep `preview` a word of its own, although it is the only one."""


@bots_app.command()
def preview(
    bot: Annotated[str, typer.Argument(help="The bot's id in config/bots.")],
    *,
    seeds: Annotated[int, typer.Option(help="How many of them are drawn.", min=1, max=len(STYLES))] = 4,
    hours: Annotated[float, typer.Option(help="How long they play.", min=0.01, max=_HOURS_MAX)] = 1.0,
    leader: Annotated[
        int, typer.Option(help="Points of whomever they look at, at the end; for blocks that look at others.")
    ] = 1000,
    png: Annotated[Path | None, typer.Option("--png", help="Where to write the chart as an image, too.")] = None,
    config: Annotated[Path | None, typer.Option("--config", help="Folder of definitions.")] = None,
) -> None:
    """Draw what a few bots of a kind would score, and tell what looks wrong."""
    with explained():
        configuration = _loaded(read_settings(config_folder=config).config_folder)
        if bot not in configuration.bots:
            hint = nearest(bot, sorted(configuration.bots))
            fail(f"there is no bot {bot!r} in config/bots{f'; {hint}' if hint else ''}")
        shown = _Preview(configuration.bots[bot], max(int(hours * 3600), 1), leader)
        runs = [shown.run(slot) for slot in range(seeds)]
        _print(bot, shown, runs)
        warnings = [
            one
            for one in configuration.warnings
            if one.path.startswith(f"/{BOTS}/{bot}/") or one.path == f"/{BOTS}/{bot}"
        ]
        for line in (*map(str, warnings), *shown.findings(runs)):
            out.print(line, markup=False, style="yellow")
        if png is not None:
            _write(png, png_chart([one.curve for one in runs]))
            out.print(f"wrote {png}: from second 0 to {shown.seconds:,}, on the scale above", markup=False)


class _Run(NamedTuple):
    """What one bot does. `moved`: in its fastest second, the one that ends at `at`."""

    slot: int
    name: str
    curve: Curve
    last: BotScore
    states: int
    at: int
    moved: int


class _Preview:
    """Bots of one kind, playing on a board of nobody's."""

    def __init__(self, bot: Bot, seconds: int, leader: int) -> None:
        self.seconds = seconds
        self._bot = bot
        self._course = Course(direction=direction_of(bot.behavior))
        self._seen = _player(seconds, leader) if self.is_reactive else ()

    @property
    def is_reactive(self) -> bool:
        """Tell whether it looks at others."""
        return any(isinstance(state.block, Reactive) for state in self._bot.behavior.states.values())

    def run(self, slot: int) -> _Run:
        """Let one bot play."""
        seed = seed_of(_SECRET, "preview", "", "", slot, 0)
        own = self._bot.behavior_of(seed)
        runner = Runner(own, seed, self._course)
        curve = Curve([runner.at(self.seconds * number // SAMPLES, self._seen).score for number in range(SAMPLES + 1)])
        last = runner.at(self.seconds, self._seen)
        at, moved = steepest(lambda second: runner.at(second, self._seen).score, self.seconds, SAMPLES)
        states = sum(1 for _ in visits(own, self.seconds))
        return _Run(slot, identity_of(self._bot, seed).name, curve, last, states, at, moved)

    def findings(self, runs: Sequence[_Run]) -> list[str]:
        """Tell what looks wrong."""
        told = []
        for run in runs:
            way = max(run.curve.values) - min(run.curve.values)
            if run.moved > max(way // _STEEP_PARTS, 1):
                told.append(
                    f"bot {run.slot + 1} jumps: in second {run.at:,} it does {run.moved:,} of its {way:,} points"
                )
        if not any(max(run.curve.values) != min(run.curve.values) for run in runs):
            told.append("none of them moves in this time: look at more --hours, or at the goals")
        if runs[0].states > 2 and self.seconds < runs[0].states * _RESTLESS_SECONDS:
            told.append(f"they are restless: {runs[0].states:,} states in {self.seconds:,} seconds")
        return told


def _player(seconds: int, points: int) -> tuple[Sighting, ...]:
    """Return what is seen of a player who makes so many points, at one pace."""
    step = max(seconds // _SIGHTINGS_MAX, 1)
    return tuple(Sighting(second, points * second // seconds) for second in range(0, seconds + 1, step))


def _loaded(folder: Path) -> Configuration:
    try:
        return load_configuration(folder)
    except DefinitionsInvalid as invalid:
        fail(f"{invalid}; `laurel check` shows all of it")


def _print(bot: str, shown: _Preview, runs: Sequence[_Run]) -> None:
    against = ", looking at an imagined player" if shown.is_reactive else ""
    out.print(f"{bot}: {len(runs)} of a kind for {shown.seconds:,} seconds{against}", markup=False)
    for line in text_chart([one.curve for one in runs], COLUMNS, ROWS):
        out.print(line)
    table = Table("", "name", "last score", "ends", "states", "fastest second")
    for run in runs:
        ends = "completed" if run.last.is_complete else "has quit" if run.last.has_quit else "plays on"
        fastest = f"{run.moved:,} points at {run.at:,}" if run.moved else "-"
        table.add_row(
            f"[{STYLES[run.slot]}]{run.slot + 1}[/]",
            run.name or "-",
            f"{run.last.score:,}",
            ends,
            f"{run.states:,}",
            fastest,
        )
    print_table(table)


def _write(file: Path, data: bytes) -> None:
    try:
        file.write_bytes(data)
    except OSError as error:
        fail(f"{file} cannot be written: {error.strerror}")
