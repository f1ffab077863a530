"""What the store keeps of the bots of leaderboards, in SQL whatever the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from server.domain.bots.behavior import Anchor
from server.domain.bots.sightings import Lookout
from server.domain.instants import microseconds_of
from server.domain.leaderboards.entry import PeriodId, SegmentId
from server.domain.leaderboards.ranking import KEY_LENGTH
from server.ports.board_bot_store import BoardBotWriting, BotLease, StoredBots, StoredSighting
from server.storage.board_rows import in_period, segment_key, segment_values
from server.storage.rows import Row, moment_of
from server.storage.sql_verbs import SqlVerbs

_AFTER_ALL_KEYS = b"\xff" * (KEY_LENGTH + 1)


class SqlBoardBots(SqlVerbs, BoardBotWriting):
    """Bots by the names of `board_bot_queries.sql`."""

    async def bots_of(self, segment: SegmentId) -> StoredBots:
        (row,) = await self._each("bots_of", [segment_key(segment)])
        return StoredBots(segment) if row is None else bots_from(segment, row)

    async def hold_bots(self, segment: SegmentId) -> StoredBots:
        await self._run_rows("add_bots", [segment_key(segment)])
        return await self.bots_of(segment)

    async def record_bots(self, bots: StoredBots) -> None:
        values = {
            "second": bots.second,
            "bots": bots.bots,
            "is_full": int(bots.is_full),
            "revision": bots.revision,
        }
        await self._run("record_bots", **segment_values(bots.segment), **values)

    async def first_humans(self, segment: SegmentId, limit: int) -> list[datetime]:
        rows = await self._all("first_humans", **segment_values(segment), limit=limit)
        return [moment_of(row[0]) for row in rows]

    async def human_at(self, segment: SegmentId, below: bytes | None, place: int) -> bytes | None:
        bound = _AFTER_ALL_KEYS if below is None else below
        row = await self._one("human_at", **segment_values(segment), below=bound, place=place)
        return None if row is None else bytes(row[0])

    async def add_sightings(self, segment: SegmentId, sightings: Sequence[StoredSighting]) -> None:
        key = segment_key(segment)
        await self._run_rows(
            "add_sighting",
            [(*key, one.lookout.anchor.value, one.lookout.rank, one.second, one.points) for one in sightings],
        )

    async def sightings_of(self, segment: SegmentId, after_second: int) -> list[StoredSighting]:
        rows = await self._all("sightings_of", **segment_values(segment), after=after_second)
        return [StoredSighting(Lookout(Anchor(row[0]), row[1]), row[2], row[3]) for row in rows]

    async def lease_bots(
        self, segments: Sequence[SegmentId], worker: str, wall: datetime, until: datetime
    ) -> Mapping[SegmentId, BotLease]:
        asked = sorted(segments)
        lease = worker, microseconds_of(until)
        await self._run_rows("lease_bots", [(*lease, *segment_key(one), microseconds_of(wall)) for one in asked])
        rows = await self._each("bots_of", [segment_key(one) for one in asked])
        return {
            segment: BotLease(row[4] == worker, row[0])
            for segment, row in zip(asked, rows, strict=True)
            if row is not None
        }

    async def reset_bots(self, period: PeriodId) -> None:
        await self._run("reset_bots", **in_period(period))

    async def drop_bots(self, period: PeriodId) -> None:
        values = in_period(period)
        if await self._all("drop_bots", **values):
            await self._run("drop_bot_accounts", **values)
            await self._run("drop_sightings", **values)


def bots_from(segment: SegmentId, row: Row) -> StoredBots:
    """Read the bots of a segment from the first 4 columns."""
    second, bots, is_full, revision = row[:4]
    return StoredBots(segment, second, bots, bool(is_full), revision)
