"""Filling a board before anything is measured on it: a million players do not have to play for that.

Entries are written by the store's own verbs, as contributions would have left them, before a server has the database.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from server.definitions.catalog import LiveCatalog
from server.domain.ids import LeaderboardKey, PlayerId
from server.domain.leaderboards.aggregation import Aggregate, Stamp
from server.domain.leaderboards.entry import PeriodId, SegmentId
from server.domain.leaderboards.periods import Period
from server.domain.leaderboards.ranking import order_key
from server.ports.board_store import EntryKey, StoredEntry, StoredPeriod
from server.ports.store import Store, Transaction
from server.storage.database import database_at, prepare

CHUNK = 5000
SCORES = 100_000
"""Different scores; with a million players a dozen share each, so that ties are as real as in a game."""


def fill(url: str, config: Path, key: str, players: Iterator[str], now: datetime | None = None) -> None:
    """Give each player an entry in the running period of a board that the configuration defines."""
    asyncio.run(_fill(url, config, LeaderboardKey(key), players, now or datetime.now(UTC)))


async def _fill(url: str, config: Path, key: LeaderboardKey, players: Iterator[str], now: datetime) -> None:
    database = database_at(url)
    await prepare(database, applies=True)
    store = await database.open()
    try:
        catalog = LiveCatalog(config)
        await catalog.reload(store, now)
        period = catalog.period_at(key, now)
        assert period is not None, f"{key} has no period at {now}"
        await _pin(store, catalog, key, period)
        dice = random.Random(1)
        while chunk := _taken(players):
            entries = [_entry(key, period, player, dice.randrange(SCORES), now) for player in chunk]
            await store.transact(lambda tx, entries=entries: _write(tx, entries))  # type: ignore[misc]
    finally:
        await store.close()


async def _pin(store: Store, catalog: LiveCatalog, key: LeaderboardKey, period: Period) -> None:
    row = StoredPeriod(
        PeriodId(key, period.start),
        period.end,
        catalog.window_key_of(key, period),
        period.definition.hash,
        period.seals_at,
    )

    async def work(tx: Transaction) -> None:
        await tx.pin_period(row)
        await tx.add_segments([SegmentId(row.period)])

    await store.transact(work)


async def _write(tx: Transaction, entries: list[StoredEntry]) -> None:
    await tx.entries_of([one.key for one in entries])
    await tx.record_entries(entries)


def _entry(key: LeaderboardKey, period: Period, player: str, score: int, now: datetime) -> StoredEntry:
    at = now - timedelta(seconds=score % 1000)
    points = score * 10**period.definition.ranking.decimals
    stamp = Stamp(at, f"fill:{player}")
    aggregate = Aggregate(points, 1, points, at, stamp, at)
    place = EntryKey(PeriodId(key, period.start), PlayerId(player))
    lead = order_key(place.period, place.player_id, aggregate, period.definition.ranking)
    return StoredEntry(place, "", aggregate, 1, lead, at)


def _taken(players: Iterator[str]) -> list[str]:
    return [player for _, player in zip(range(CHUNK), players, strict=False)]
