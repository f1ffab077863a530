"""`laurel ranks verify`: whether everybody stands where he should."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import typer

from server.application.verify_ranks import Verified, VerifyRanks
from server.backends import shared_ranks
from server.definitions.catalog import LiveCatalog
from server.domain.ids import LeaderboardKey
from server.settings import Settings
from server.terminal import explained, fail, out, read_settings

SHOWN_MAX = 20
"""So many differences of one order are printed; the rest is counted."""
_PAUSE_SECONDS = 1.2
"""A little more than an index may be behind."""

app = typer.Typer()
ranks_app = typer.Typer(help="Look after the ranks of leaderboards.", no_args_is_help=True)
app.add_typer(ranks_app, name="ranks")


@ranks_app.command()
def verify(
    key: Annotated[str, typer.Argument(help="The leaderboard; all of them where none is named.")] = "",
    *,
    store: Annotated[str | None, typer.Option(help="Store to read, such as postgresql://laurel@host/laurel.")] = None,
    redis: Annotated[str | None, typer.Option(help="Redis to compare with it.")] = None,
    repair: Annotated[bool, typer.Option("--repair", help="Have orders that differ loaded again.")] = False,
) -> None:
    """Compare running periods in Redis with the store, and the store with its own rules. Exit code 1: something differs.

    Servers may go on serving PostgreSQL. SQLite must not be served, and is compared with its own rules only: the order of its
    boards is in the memory of the server, and ends with it.
    """
    with explained():
        settings = read_settings(
            store=None if store is None else {"url": store}, ranks=None if redis is None else {"redis_url": redis}
        )
        if asyncio.run(_verify(settings, LeaderboardKey(key) if key else None, repairs=repair)):
            raise typer.Exit(1)


async def _verify(settings: Settings, key: LeaderboardKey | None, *, repairs: bool) -> int:
    """Print what is found, and return how many orders differ."""
    differing = 0
    async with _opened(settings, key) as verify_ranks:
        async for found in verify_ranks(key):
            _print(found)
            if found.differences:
                differing += 1
                if repairs and found.segment is not None:
                    await verify_ranks.repair(found)
                    out.print("  forgotten: it is loaded again as soon as somebody asks for it")
    return differing


@asynccontextmanager
async def _opened(settings: Settings, key: LeaderboardKey | None) -> AsyncIterator[VerifyRanks]:
    database = settings.store.database
    if (await database.status()).pending:
        fail("the database is not at the schema of this version; `laurel migrate status` tells more")
    store = await database.open()
    try:
        catalog = LiveCatalog(settings.config_folder)
        await catalog.catch_up(store, catalog.current().revision)
        if key is not None and key not in catalog.current().boards:
            fail(f"there is no leaderboard {key}")
        async with shared_ranks(settings.ranks, store) as index:
            yield VerifyRanks(store, catalog, index, lambda: asyncio.sleep(_PAUSE_SECONDS))
    finally:
        await store.close()


def _print(found: Verified) -> None:
    period = f"{found.period.period.leaderboard} {found.period.window_key}"
    if found.segment is None:
        what, fine = f"{period}, the store", "every key is what its score makes of it"
    else:
        name = f"segment {found.segment}" if found.segment else "all of it"
        what, fine = f"{period}, {name} in the index", "the same" if found.is_held else "not held"
    count = len(found.differences)
    out.print(f"{what}: {found.entries:,} entries, {f'{count:,} DIFFER' if count else fine}", markup=False)
    for line in found.differences[:SHOWN_MAX]:
        out.print(f"  {line}", markup=False)
    if count > SHOWN_MAX:
        out.print(f"  and {count - SHOWN_MAX:,} more")
