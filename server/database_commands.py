"""`laurel migrate`, `backup` and `copy`: what operators do to a database when nobody plays, and one thing while all do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.filesize import decimal
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from server.storage.copying import BATCH_ROWS, Comparison, OnProgress
from server.storage.database import Database, copy_database, database_at
from server.storage.sqlite.backup import back_up
from server.storage.sqlite.connection import EPHEMERAL
from server.terminal import err, explained, fail, out, read_settings

BATCH_ROWS_MAX = 100_000

app = typer.Typer()
migrate_app = typer.Typer(help="Bring the database to the schema of this version.", no_args_is_help=True)
app.add_typer(migrate_app, name="migrate")


@migrate_app.command("up")
def migrate_up() -> None:
    """Apply what is pending. The server must not run."""
    with explained():
        steps = asyncio.run(_database().migrate())
        out.print("\n".join(f"applied {step.number:04}_{step.name}" for step in steps) or "nothing to apply")


@migrate_app.command("status")
def migrate_status() -> None:
    """Tell what has been applied and what is pending; exit code 1 if something is."""
    with explained():
        schema = asyncio.run(_database().status())
        for done in schema.applied:
            out.print(f"applied  {done.number:04}_{done.name}")
        for step in schema.pending:
            out.print(f"pending  {step.number:04}_{step.name}")
        if schema.pending:
            raise typer.Exit(1)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Where to write it.")],
    *,
    store: Annotated[str | None, typer.Option(help="Store to back up, such as sqlite:data/laurel.db.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if it exists.")] = False,
) -> None:
    """Copy the database into a file, while the server serves it or not. A file that has its name is whole and checked."""
    with explained():
        path = read_settings(store=None if store is None else {"url": store}).store.sqlite_path
        if path is None:
            fail(
                "PostgreSQL has a tool of its own, which knows how to back up a database of any size: "
                "pg_dump --format=custom --file=FILE --dbname=URL; pg_restore brings it back"
            )
        if path == EPHEMERAL:
            fail("a store that keeps nothing has nothing to back up")
        begun = time.monotonic()
        with _shown("pages") as on_progress:
            made = back_up(Path(path), file, overwrites=overwrite, on_progress=partial(on_progress, "copying"))
        out.print(
            f"wrote {made.file}: {decimal(made.size)}, {made.rows:,} rows, schema {made.schema}, checked, "
            f"in {time.monotonic() - begun:.1f} s",
            markup=False,
        )


@app.command("copy")
def copy(
    source: Annotated[str, typer.Option("--from", help="Store to copy, such as sqlite:data/laurel.db.")],
    target: Annotated[str, typer.Option("--to", help="Store to fill, such as postgresql://laurel@host/laurel.")],
    batch: Annotated[
        int, typer.Option(help="Rows that are written in one transaction.", min=1, max=BATCH_ROWS_MAX)
    ] = BATCH_ROWS,
) -> None:
    """Copy all data into another, empty database, and compare both; nobody may serve either.

    Run again after an interruption, it goes on where it was. Exit code 1: the two differ, and the target is not served.
    """
    with explained():
        databases = _named(source, "--from"), _named(target, "--to")
        begun = time.monotonic()
        with _shown("rows") as on_progress:
            compared = asyncio.run(copy_database(*databases, batch_rows=batch, on_progress=on_progress))
        _print_comparisons(compared)
        rows = sum(one.source.rows for one in compared)
        if not all(one.is_same for one in compared):
            err.print(
                "laurel: the copy differs from its source, so no server will open it. Was the source served since the "
                "copy was begun? Copy it again, into a new database."
            )
            raise typer.Exit(1)
        out.print(f"copied {rows:,} rows in {time.monotonic() - begun:.1f} s; both databases hold the same")


def _database() -> Database:
    store = read_settings().store
    if store.sqlite_path == EPHEMERAL:
        fail("a store that keeps nothing has nothing to migrate")
    return store.database


def _named(url: str, option: str) -> Database:
    try:
        return database_at(url)
    except ValueError as error:
        fail(f"{option}: {error}")


@contextmanager
def _shown(unit: str) -> Iterator[OnProgress]:
    """Show how far a step is, on a terminal; nothing where somebody else reads: cron, a file, a pipe."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn(f"{{task.completed:,.0f}} of {{task.total:,.0f}} {unit}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("", total=0)
        yield lambda step, done, total: bar.update(task, description=step, completed=done, total=total)


def _print_comparisons(compared: Sequence[Comparison]) -> None:
    width = max(len(one.table) for one in compared)
    for one in compared:
        if one.is_same:
            out.print(f"{one.table:{width}}  {one.source.rows:>12,} rows  {one.source.digest}  same")
        else:
            out.print(
                f"{one.table:{width}}  {one.source.rows:>12,} rows  {one.source.digest}  in the source\n"
                f"{'':{width}}  {one.target.rows:>12,} rows  {one.target.digest}  in the target: DIFFERENT"
            )
