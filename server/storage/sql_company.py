"""What the store keeps of bots in cohorts, in SQL whatever the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from server.domain.bots.sightings import Lookout
from server.domain.event_leaderboards.bot_courses import SeenScore, SeenScores
from server.domain.event_leaderboards.cohort import Cohort
from server.domain.event_leaderboards.cohort_bots import CohortBot
from server.domain.ids import CohortId
from server.domain.instants import microseconds_of
from server.ports.company_store import CompanyWriting, Line, StoredSighting
from server.storage.company_rows import (
    bot_from,
    bot_row,
    company_row,
    is_bot_line,
    key_of_line,
    lines_from,
    sighting_from,
    sighting_row,
)
from server.storage.rows import cohort_from
from server.storage.sql_verbs import SqlVerbs


class SqlCompany(SqlVerbs, CompanyWriting):
    """Bots by the names of `company_queries.sql`."""

    async def cohorts_of(self, cohort_ids: Sequence[CohortId]) -> list[Cohort | None]:
        rows = await self._each("cohort_by_id", [(cohort_id,) for cohort_id in cohort_ids])
        return [row and cohort_from(row) for row in rows]

    async def cohort_bots_of(self, cohort_ids: Sequence[CohortId]) -> dict[CohortId, list[CohortBot]]:
        found: dict[CohortId, list[CohortBot]] = {cohort_id: [] for cohort_id in cohort_ids}
        for row in await self._all("bots_of_cohort", cohort_id=self._array(cohort_ids)):
            bot = bot_from(row)
            found[bot.cohort_id].append(bot)
        return found

    async def cohort_sightings_of(self, cohort_ids: Sequence[CohortId]) -> dict[CohortId, SeenScores]:
        found: dict[CohortId, dict[Lookout, list[SeenScore]]] = {cohort_id: {} for cohort_id in cohort_ids}
        for row in await self._all("sightings_of_cohort", cohort_id=self._array(cohort_ids)):
            one = sighting_from(row)
            found[one.cohort_id].setdefault(one.lookout, []).append(one.seen)
        return {
            cohort_id: {lookout: tuple(seen) for lookout, seen in lookouts.items()}
            for cohort_id, lookouts in found.items()
        }

    async def bots_ahead_of(self, places: Sequence[tuple[CohortId, bytes]]) -> list[int]:
        return [row[0] for row in await self._each("bots_ahead", places)]

    async def lines_of(self, cohort_id: CohortId, first_rank: int, limit: int) -> list[Line]:
        rows = await self._all("lines_of", cohort_id=cohort_id, offset=first_rank - 1, limit=limit)
        if not rows:
            return []
        until, _ = await self._counts_until(cohort_id, key_of_line(rows[0]))
        return lines_from(rows, first_rank, until - (not is_bot_line(rows[0])))

    async def lines_after(self, cohort_id: CohortId, standing_key: bytes, limit: int) -> list[tuple[Line, bytes]]:
        rows = await self._all("lines_after", cohort_id=cohort_id, standing_key=standing_key, limit=limit)
        humans, bots = await self._counts_until(cohort_id, standing_key)
        lines = lines_from(rows, humans + bots + 1, humans)
        return [(line, key_of_line(row)) for line, row in zip(lines, rows, strict=True)]

    async def record_companies(self, cohorts: Sequence[Cohort]) -> None:
        await self._run_rows("record_company", [company_row(one) for one in cohorts])

    async def record_cohort_bots(self, bots: Sequence[CohortBot]) -> None:
        await self._run_rows("record_cohort_bot", [bot_row(one) for one in bots])

    async def add_cohort_sightings(self, sightings: Sequence[StoredSighting]) -> None:
        await self._run_rows("add_cohort_sighting", [sighting_row(one) for one in sightings])

    async def lease_companies(
        self, worker: str, cohort_ids: Sequence[CohortId], wall: datetime, lease: timedelta
    ) -> list[CohortId]:
        rows = await self._all(
            "lease_companies",
            worker=worker,
            cohort_id=self._array(cohort_ids),
            wall=microseconds_of(wall),
            leased_until=microseconds_of(wall + lease),
        )
        return [CohortId(row[0]) for row in rows]

    async def acquire_due_companies(
        self, worker: str, now: datetime, wall: datetime, lease: timedelta, limit: int
    ) -> list[CohortId]:
        rows = await self._all(
            "acquire_due_companies",
            worker=worker,
            now=microseconds_of(now),
            wall=microseconds_of(wall),
            leased_until=microseconds_of(wall + lease),
            limit=limit,
        )
        return [CohortId(row[0]) for row in rows]

    async def _counts_until(self, cohort_id: CohortId, standing_key: bytes) -> tuple[int, int]:
        """Count the participants and the bots that stand before a key or have it."""
        (humans,) = await self._one("count_until", cohort_id=cohort_id, standing_key=standing_key)
        (bots,) = await self._one("bots_until", cohort_id=cohort_id, standing_key=standing_key)
        return humans, bots
