"""Boards in a transaction of PostgreSQL: who must wait for whom (B13).

A contribution shares its period with all others and keeps out only the seal, so that no row is written by everybody's
contributions. Entries are locked one by one, always in the order of their keys.
"""

from __future__ import annotations

from collections.abc import Sequence

from server.domain.leaderboards.entry import PeriodId, SegmentId
from server.ports.board_bot_store import StoredBots
from server.ports.board_store import BoardActivation, EntryKey, StoredEntry, StoredPeriod
from server.storage.board_rows import entry_from, entry_key, entry_row, period_key, segment_key
from server.storage.postgres.connection import Conflict
from server.storage.postgres.reading import PostgresReading
from server.storage.sql_board_bots import bots_from


class LockingBoards(PostgresReading):
    """What a transaction decides about, nobody else changes until its end."""

    _entries_known: set[EntryKey]

    async def board_activations(self) -> list[BoardActivation]:
        await self._run("lock", name=["board activations"])
        return await super().board_activations()

    async def stored_periods(self, periods: Sequence[PeriodId]) -> list[StoredPeriod | None]:
        """Lock first, in a statement of its own: the next one sees what the lock has waited for."""
        await self._run("lock_shared", name=sorted({_name_of(period) for period in periods}))
        return await super().stored_periods(periods)

    async def hold_period(self, period: PeriodId) -> None:
        await self._run("lock", name=[_name_of(period)])

    async def seal_period(self, period: PeriodId) -> None:
        await self._run("lock", name=[_name_of(period)])
        await super().seal_period(period)

    async def segment_count(self, period: PeriodId) -> int:
        await self._run("lock", name=[f"segments of {_name_of(period)}"])
        return await super().segment_count(period)

    async def entries_of(self, keys: Sequence[EntryKey]) -> list[StoredEntry | None]:
        rows = await self._each("entry_of", [entry_key(key) for key in keys], " for update of e")
        found = [None if row is None else entry_from(row) for row in rows]
        self._entries_known.update(entry.key for entry in found if entry is not None)
        return found

    async def hold_bots(self, segment: SegmentId) -> StoredBots:
        await self._run_rows("add_bots", [segment_key(segment)])
        (row,) = await self._each("bots_of", [segment_key(segment)], " for update of b")
        return bots_from(segment, row)

    async def record_entries(self, entries: Sequence[StoredEntry]) -> None:
        known = self._entries_known
        rows = [(*entry_row(one), int(one.key in known)) for one in entries]
        written = await self._fetch_columns("record_entry", rows) if rows else ()
        if len(written) < len(entries):
            raise Conflict("somebody else has added an entry meanwhile")
        known.update(entry.key for entry in entries)

    async def remove_entries(self, keys: Sequence[EntryKey]) -> None:
        await super().remove_entries(keys)
        self._entries_known.difference_update(keys)


def _name_of(period: PeriodId) -> str:
    leaderboard, start = period_key(period)
    return f"period {start} of {leaderboard}"
