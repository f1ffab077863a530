"""Telling the rank index again what may never have been told: a process can die between a commit and its telling.

Every change of an entry leaves a row in the log of contributions, so the entries behind a mark are read and recorded again.
Rows get their numbers before they are committed, and one with a lower number may appear later. Numbers leave no gaps but for
rows that are on their way or were rolled back; the mark waits before a gap until it is too old to be filled.

The mark tells of which life of the index it is, too. One that is new holds nothing of what was held before: all orders are
loaded again then, before anybody asks for them in vain.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from server.application.rank_keeping import RankKeeping
from server.domain.leaderboards.outcomes import Outcome
from server.ports.board_store import StoredEntry
from server.ports.clock import Clock
from server.ports.contribution_store import LoggedContribution, Source
from server.ports.store import Reading, Store

CHUNK = 500
_FILLED_WITHIN = timedelta(seconds=10)
"""No transaction takes longer from its numbers to its commit."""


class RankHealing:
    """Follows the log. The mark is the index's, so processes that share the index share the work."""

    def __init__(self, store: Store, clock: Clock, keeping: RankKeeping) -> None:
        self._store = store
        self._clock = clock
        self._keeping = keeping
        self._life: str | None = None

    async def __call__(self) -> int:
        """Record what the next rows of the log have changed, and return how many rows that were.

        :raises SegmentNotHeld, WorldError: if the index cannot be reached; the mark then stays
        """
        index = self._keeping.index
        mark = await self._mark()
        if mark is None:
            return 0

        async def work(view: Reading) -> tuple[list[LoggedContribution], list[StoredEntry | None]]:
            rows = await view.contributions_after(mark, CHUNK)
            keys = dict.fromkeys(row.entry for row in rows if _has_changed_an_entry(row))
            return rows, await view.entries_of(list(keys)) if keys else []

        rows, entries = await self._store.read(work)
        await self._keeping.tell_again([entry for entry in entries if entry is not None])
        reached = _reached(rows, mark, self._clock.now())
        if reached == mark:
            return 0
        await index.advance(reached)
        return len(rows)

    async def _mark(self) -> int | None:
        """Return from where the log is to be read; None: nothing of it is, for a life has begun just now."""
        index = self._keeping.index
        found = await index.mark()
        is_new = found is None
        if found is None:
            await index.advance(await self._store.read(lambda view: view.last_contribution()))
            found = await index.mark()
        if found is None:  # gone again
            return None
        if self._life not in (None, found.life):
            self._keeping.load_again()
        self._life = found.life
        return None if is_new else found.number


def _has_changed_an_entry(row: LoggedContribution) -> bool:
    return row.outcome == Outcome.APPLIED.value or row.source is Source.OPERATOR


def _reached(rows: Sequence[LoggedContribution], mark: int, now: datetime) -> int:
    """Return the number up to which no row is missing that may still appear."""
    for row in rows:
        if row.number != mark + 1 and row.arrived_at > now - _FILLED_WITHIN:
            break
        mark = row.number
    return mark
