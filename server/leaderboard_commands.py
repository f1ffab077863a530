"""`laurel rescore`, `laurel leaderboards restart` and `import`: what operators do to leaderboards by hand."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from server.application.board_ranks import BoardRanks
from server.application.contribution_effects import ContributionEffects, count_nothing
from server.application.import_entries import AT_ONCE, ImportedLine, ImportEntries
from server.application.imported_lines import LineInvalid, lines_of
from server.application.order_rules import rules_of
from server.application.rescore_leaderboard import NewDefinition, Rescored, RescoreLeaderboard
from server.application.restart_leaderboard import RestartLeaderboard
from server.application.store_in_step import StoreInStep
from server.backends import shared_ranks
from server.definitions.catalog import LiveCatalog
from server.definitions.config import load_configuration
from server.definitions.diagnostics import DefinitionsInvalid
from server.domain.errors import DomainError
from server.domain.ids import LeaderboardKey
from server.domain.leaderboards.definition import Leaderboard
from server.domain.leaderboards.entry import PeriodId
from server.domain.leaderboards.scores import double_of
from server.ports.board_store import StoredEntry
from server.ports.clock import Clock
from server.ports.store import Store
from server.settings import Settings
from server.streams.local import LocalBroker
from server.system_clock import SystemClock
from server.terminal import explained, fail, out, print_table, read_settings

SHOWN_MAX = 50
"""So many differences are printed; the rest is counted."""
_SEGMENTS_MAX = 100_000
_HINTS = {
    "no_period": "a board begins when it is first loaded; give it timeframe.start_time_sec before earlier scores come in",
    "late": "the period of that time is over; leave reached_at out to count a score today",
}
"""What to do about lines that do not count for their time."""

app = typer.Typer()
boards_app = typer.Typer(help="Restart leaderboards, and bring scores into them.", no_args_is_help=True)
app.add_typer(boards_app, name="leaderboards")

ConfigFolder = Annotated[Path | None, typer.Option("--config", help="Folder of definitions.")]
StoreUrl = Annotated[str | None, typer.Option(help="Store to work on, such as sqlite:data/laurel.db.")]
Key = Annotated[str, typer.Argument(help="The leaderboard.")]


@app.command()
def rescore(
    key: Key,
    *,
    apply: Annotated[bool, typer.Option("--apply", help="Swap it in. Without, it is only shown.")] = False,
    config: ConfigFolder = None,
    store: StoreUrl = None,
) -> None:
    """Compute the running period again under the definition in the files, and show what changes.

    A server must not serve SQLite meanwhile. Servers on PostgreSQL go on; contributions to this board wait for the swap.
    """
    with explained(), _refusals():
        asyncio.run(_rescore(_settings(config, store), LeaderboardKey(key), applies=apply))


@boards_app.command()
def restart(key: Key, *, config: ConfigFolder = None, store: StoreUrl = None) -> None:
    """End the running period now, with its snapshot and prizes, and begin a new one under the definition in the files."""
    with explained(), _refusals():
        asyncio.run(_restart(_settings(config, store), LeaderboardKey(key)))


@boards_app.command("import")
def import_scores(
    file: Annotated[Path, typer.Argument(help="CSV with a line of names, or JSON lines.", exists=True, dir_okay=False)],
    *,
    board: Annotated[str, typer.Option(help="The leaderboard, where lines do not name theirs.")] = "",
    config: ConfigFolder = None,
    store: StoreUrl = None,
) -> None:
    """Bring scores in: player, score, and if there are any segment, reached_at and leaderboard. A line counts once.

    Exit code 1: some lines do not count; the table says why.
    """
    with explained(), _refusals():
        if asyncio.run(_import(_settings(config, store), file, LeaderboardKey(board))):
            raise typer.Exit(1)


@dataclass(frozen=True, slots=True)
class _Bench:
    """What these commands work with: the store in step with its history, and what the files say."""

    store: Store
    catalog: LiveCatalog
    clock: Clock
    settings: Settings

    def new_definition(self, key: LeaderboardKey) -> NewDefinition:
        """Return what the files say of a board."""
        configuration = load_configuration(self.settings.config_folder)
        if key not in configuration.boards:
            fail(f"there is no leaderboard {key} in the files")
        return NewDefinition(configuration.boards[key], configuration.board_contents[key])


def _settings(config: Path | None, store: str | None) -> Settings:
    return read_settings(config_folder=config, store=None if store is None else {"url": store})


@contextmanager
def _refusals() -> Iterator[None]:
    """End with a sentence where files or rules do not allow it."""
    try:
        yield
    except DefinitionsInvalid as invalid:
        fail(f"{invalid}; `laurel check` shows all of it")
    except DomainError as refusal:
        fail(refusal.message)
    except LineInvalid as invalid:
        fail(f"{invalid}; nothing was brought in")


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[_Bench]:
    database = settings.store.database
    if (await database.status()).pending:
        fail("the database is not at the schema of this version; `laurel migrate status` tells more")
    opened = await database.open()
    try:
        catalog = LiveCatalog(settings.config_folder)
        store = StoreInStep(opened, catalog)
        await catalog.catch_up(store, catalog.current().revision)
        clock = SystemClock(await store.read(lambda view: view.clock_offset()))
        yield _Bench(store, catalog, clock, settings)
    finally:
        await opened.close()


async def _rescore(settings: Settings, key: LeaderboardKey, *, applies: bool) -> None:
    async with _opened(settings) as bench:
        old = bench.catalog.board_of(key).present
        new = bench.new_definition(key)
        use = RescoreLeaderboard(bench.store, bench.catalog, bench.clock)
        rescored = await use(key, new, applies=applies)
        _print(rescored, old, new.board)
        if applies:
            await _forget_orders(bench, PeriodId(key, rescored.period.start), (rescored.period.definition, new.board))
            out.print("applied; servers that are running take the definition when they reload")
        else:
            out.print("nothing was changed; --apply swaps it in")


async def _forget_orders(bench: _Bench, period: PeriodId, boards: Sequence[Leaderboard]) -> None:
    """Have the shared index load the period again: what its keys mean may have changed."""
    async with shared_ranks(bench.settings.ranks, bench.store) as index:
        if index is None:
            return
        segments = await bench.store.read(lambda view: view.segment_sizes(period, _SEGMENTS_MAX))
        for board in boards:
            for one in segments:
                await index.close(rules_of(period, board).order_of(one.segment))


async def _restart(settings: Settings, key: LeaderboardKey) -> None:
    async with _opened(settings) as bench:
        new = bench.new_definition(key)
        ended = await RestartLeaderboard(bench.store, bench.catalog, bench.clock)(key, new)
        out.print(
            f"the period that began at {ended.start.isoformat()} has ended; the server settles it, and a new one runs"
        )


async def _import(settings: Settings, file: Path, board: LeaderboardKey) -> int:
    """Import, print what became of it, and return how many lines do not count."""
    outcomes: Counter[str] = Counter()
    async with _opened(settings) as bench:
        with file.open(encoding="utf-8-sig", newline="") as text:  # spreadsheets write a mark in front
            lines = list(lines_of(text, board, bench.clock.now()))
        for key in {line.leaderboard for line in lines}:
            bench.catalog.board_of(key)
        async with asyncio.TaskGroup() as tasks:
            ranks = BoardRanks(bench.store, bench.catalog, bench.clock, None, tasks)  # indexes hear of it by the log
            effects = ContributionEffects(bench.catalog, ranks, LocalBroker(), count_nothing)
            use = ImportEntries(bench.store, bench.clock, effects)
            for some in _chunks(lines):
                outcomes.update("imported before" if one is None else one.outcome.value for one in await use(some))
    for outcome, count in sorted(outcomes.items()):
        out.print(f"{count:>10,}  {outcome}")
    for outcome, hint in _HINTS.items():
        if outcomes[outcome]:
            out.print(f"{outcome}: {hint}", markup=False)
    return outcomes.total() - outcomes["applied"] - outcomes["imported before"]


def _chunks(lines: Sequence[ImportedLine]) -> Iterator[Sequence[ImportedLine]]:
    for first in range(0, len(lines), AT_ONCE):
        yield lines[first : first + AT_ONCE]


def _print(rescored: Rescored, old: Leaderboard, new: Leaderboard) -> None:
    out.print(
        f"the period that began at {rescored.period.start.isoformat()}: {rescored.entries:,} entries, "
        f"{len(rescored.differences):,} change"
    )
    if not rescored.differences:
        return
    table = Table("player", "before", "after")
    for one in rescored.differences[:SHOWN_MAX]:
        table.add_row(one.player_id, _shown(one.before, old), _shown(one.after, new))
    print_table(table)
    if len(rescored.differences) > SHOWN_MAX:
        out.print(f"and {len(rescored.differences) - SHOWN_MAX:,} more")


def _shown(entry: StoredEntry | None, board: Leaderboard) -> str:
    """Return a score as people read it, with its segment where there is one."""
    if entry is None:
        return "-"
    decimals = board.ranking.decimals
    score = f"{double_of(entry.aggregate.score, decimals):.{decimals}f}"
    return f"{score} in {entry.segment}" if entry.segment else score
