"""What the store keeps of leaderboards, in SQL whatever the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from server.domain.ids import DefinitionHash, LeaderboardKey, PlayerId
from server.domain.instants import BEGINNING, microseconds_of
from server.domain.leaderboards.entry import PeriodId, SegmentId
from server.domain.leaderboards.ranking import KEY_LENGTH
from server.ports.board_store import (
    BoardActivation,
    BoardWriting,
    EntryKey,
    OrderCount,
    OrderPoint,
    RankedEntry,
    SegmentSize,
    SettlementPoint,
    SnapshotRow,
    StoredEntry,
    StoredPeriod,
)
from server.ports.contribution_store import GameEventKey, LoggedContribution, StoredGameEvent
from server.storage.board_rows import (
    activation_from,
    contribution_from,
    contribution_row,
    entry_from,
    entry_key,
    entry_row,
    game_event_from,
    game_event_row,
    in_period,
    of_period,
    period_from,
    period_key,
    period_values,
    ranked_entries_from,
    segment_key,
    segment_values,
    snapshot_row_from,
    snapshot_row_of,
)
from server.storage.rows import micros, moment_of
from server.storage.sql_board_bots import SqlBoardBots
from server.storage.sql_verbs import CATALOG_REVISION

LOG_BEGINS_AT = "log_begins_at"
_AFTER_ALL_KEYS = b"\xff" * (KEY_LENGTH + 1)
_BEFORE_ALL = OrderPoint(b"", PlayerId(""))


class SqlBoards(SqlBoardBots, BoardWriting):
    """Boards by the names of `board_queries.sql`."""

    # Activations and periods

    async def board_activations(self) -> list[BoardActivation]:
        return [activation_from(row) for row in await self._all("board_activations")]

    async def activate_board(self, activation: BoardActivation) -> None:
        if activation.content is not None:
            await self._run("add_content", hash=activation.hash, content=activation.content)
        await self._run(
            "add_board_activation",
            leaderboard=activation.leaderboard,
            activated_at=microseconds_of(activation.activated_at),
            hash=activation.hash,
            restarts=int(activation.restarts),
        )
        await self._one("count_up", name=CATALOG_REVISION)

    async def unsettled_periods(self, kept: int) -> list[StoredPeriod]:
        return [period_from(row) for row in await self._all("unsettled_periods", kept=kept)]

    async def stored_periods(self, periods: Sequence[PeriodId]) -> list[StoredPeriod | None]:
        rows = await self._each("stored_period", [period_key(period) for period in periods])
        return [row and period_from(row) for row in rows]

    async def period_named(self, leaderboard: LeaderboardKey, window_key: str) -> StoredPeriod | None:
        row = await self._one("period_named", leaderboard=leaderboard, window_key=window_key)
        return row and period_from(row)

    async def periods_before(self, leaderboard: LeaderboardKey, before: datetime, limit: int) -> list[StoredPeriod]:
        start = microseconds_of(before)
        rows = await self._all("periods_before", leaderboard=leaderboard, before=start, limit=limit)
        return [period_from(row) for row in rows]

    async def pin_period(self, period: StoredPeriod) -> StoredPeriod | None:
        if await self._one("pin_period", **period_values(period)) is not None:
            await self._one("count_up", name=CATALOG_REVISION)
            return None
        (known,) = await self._each("stored_period", [period_key(period.period)])
        assert known is not None
        return period_from(known)

    async def cut_periods(self, leaderboard: LeaderboardKey, at: datetime) -> None:
        await self._run("cut_periods", leaderboard=leaderboard, at=microseconds_of(at))

    async def repin_period(self, period: PeriodId, definition_hash: DefinitionHash) -> None:
        await self._run("repin_period", **of_period(period), definition_hash=definition_hash)
        await self._one("count_up", name=CATALOG_REVISION)

    # Segments

    async def known_segments(self, segments: Sequence[SegmentId]) -> set[SegmentId]:
        rows = await self._each("known_segment", [segment_key(segment) for segment in segments])
        return {segment for segment, row in zip(segments, rows, strict=True) if row is not None}

    async def segment_count(self, period: PeriodId) -> int:
        return int((await self._one("segment_count", **in_period(period)))[0])

    async def add_segments(self, segments: Sequence[SegmentId]) -> None:
        await self._run_rows("add_segment", sorted(segment_key(segment) for segment in segments))

    async def segments_of(self, period: PeriodId, after: str, limit: int) -> list[str]:
        rows = await self._all("segments_of", **in_period(period), after=after, limit=limit)
        return [row[0] for row in rows]

    async def segment_sizes(self, period: PeriodId, limit: int) -> list[SegmentSize]:
        return await self._sizes("segment_sizes", period, limit)

    async def _sizes(self, query: str, period: PeriodId, limit: int) -> list[SegmentSize]:
        rows = await self._all(query, **in_period(period), limit=limit)
        return [SegmentSize(*row) for row in rows]

    # Entries

    async def entries_of(self, keys: Sequence[EntryKey]) -> list[StoredEntry | None]:
        rows = await self._each("entry_of", [entry_key(key) for key in keys])
        return [None if row is None else entry_from(row) for row in rows]

    async def record_entries(self, entries: Sequence[StoredEntry]) -> None:
        await self._run_rows("record_entry", [entry_row(entry) for entry in entries])

    async def remove_entries(self, keys: Sequence[EntryKey]) -> None:
        await self._run_rows("remove_entry", sorted(entry_key(key) for key in keys))

    async def has_entries(self, period: PeriodId) -> bool:
        return bool((await self._one("has_entries", **in_period(period)))[0])

    async def ranked_entries(self, period: PeriodId, after: PlayerId | None, limit: int) -> list[RankedEntry]:
        rows = await self._all("ranked_entries", **in_period(period), after=after or "", limit=limit)
        return ranked_entries_from(rows)

    async def count_order(self, segment: SegmentId, below: bytes | None, tie_length: int) -> OrderCount:
        values = {**segment_values(segment), "below": _AFTER_ALL_KEYS if below is None else below}
        if tie_length:
            entries, ties, bots = await self._one("count_order_and_ties", **values, tie_length=tie_length)
        else:
            entries, ties, bots = await self._one("count_order", **values)
        return OrderCount(entries, ties, int(bots))

    async def has_more_ranked(self, segment: SegmentId, than: int) -> bool:
        values = {**segment_values(segment), "limit": than + 1}
        return bool((await self._one("count_ranked_up_to", **values))[0] > than)

    async def order_after(
        self, segment: SegmentId, after: OrderPoint | None, below: bytes | None, limit: int
    ) -> list[StoredEntry]:
        rows = await self._all(
            "order_after",
            **segment_values(segment),
            **(after or _BEFORE_ALL)._asdict(),
            below=_AFTER_ALL_KEYS if below is None else below,
            limit=limit,
        )
        return [entry_from(row) for row in rows]

    async def order_before(self, segment: SegmentId, before: OrderPoint, limit: int) -> list[StoredEntry]:
        rows = await self._all("order_before", **segment_values(segment), **before._asdict(), limit=limit)
        return [entry_from(row) for row in reversed(rows)]

    # The log

    async def log_contributions(self, contributions: Sequence[LoggedContribution]) -> None:
        await self._run_rows("log_contribution", [contribution_row(one) for one in contributions])

    async def contributions_to(self, period: PeriodId, after_number: int, limit: int) -> list[LoggedContribution]:
        rows = await self._all("contributions_to", **in_period(period), after=after_number, limit=limit)
        return [contribution_from(row) for row in rows]

    async def contributions_after(self, number: int, limit: int) -> list[LoggedContribution]:
        rows = await self._all("contributions_after", after=number, limit=limit)
        return [contribution_from(row) for row in rows]

    async def last_contribution(self) -> int:
        return int((await self._one("last_contribution"))[0])

    async def log_begins_at(self) -> datetime:
        row = await self._one("installation_value", name=LOG_BEGINS_AT)
        return BEGINNING if row is None else moment_of(int(row[0]))

    async def forget_contributions(self, arrived_before: datetime, limit: int) -> int:
        rows = await self._all("forget_contributions", arrived_before=microseconds_of(arrived_before), limit=limit)
        if rows:
            whole_from = max(row[0] for row in rows) + 1
            await self._run("raise_number", name=LOG_BEGINS_AT, value=str(whole_from).encode())
        return len(rows)

    # Game events

    async def game_events(self, keys: Sequence[GameEventKey]) -> list[StoredGameEvent | None]:
        return [row and game_event_from(row) for row in await self._each("game_event", keys)]

    async def game_events_between(
        self, start: datetime, end: datetime, after: tuple[datetime, GameEventKey] | None, limit: int
    ) -> list[StoredGameEvent]:
        first = (start, GameEventKey("", ""))
        at, key = max(after or first, first)
        rows = await self._all(
            "game_events_between",
            after=microseconds_of(at),
            **key._asdict(),
            end=microseconds_of(end),
            limit=limit,
        )
        return [game_event_from(row) for row in rows]

    async def add_game_events(self, events: Sequence[StoredGameEvent]) -> None:
        await self._run_rows("add_game_event", sorted(game_event_row(event) for event in events))

    async def forget_game_events(self, arrived_before: datetime, limit: int) -> int:
        before = microseconds_of(arrived_before)
        return len(await self._all("forget_game_events", arrived_before=before, limit=limit))

    # Settlement

    async def acquire_due_periods(
        self, worker: str, now: datetime, wall: datetime, lease: timedelta, limit: int
    ) -> list[StoredPeriod]:
        rows = await self._all(
            "acquire_due_periods",
            worker=worker,
            now=microseconds_of(now),
            wall=microseconds_of(wall),
            leased_until=microseconds_of(wall + lease),
            limit=limit,
        )
        return sorted(map(period_from, rows), key=lambda one: (one.seals_at, one.period))

    async def acquire_final_periods(
        self, worker: str, now: datetime, wall: datetime, lease: timedelta, limit: int
    ) -> list[StoredPeriod]:
        rows = await self._all(
            "acquire_final_periods",
            worker=worker,
            now=microseconds_of(now),
            wall=microseconds_of(wall),
            leased_until=microseconds_of(wall + lease),
            limit=limit,
        )
        return sorted(map(period_from, rows), key=lambda one: one.period)

    async def record_follow_up(self, period: PeriodId, progress: str, due_at: datetime | None) -> None:
        await self._run("record_follow_up", **of_period(period), progress=progress, due_at=micros(due_at))

    async def release_period(self, period: PeriodId) -> None:
        await self._run("release_period", **of_period(period))

    async def hold_period(self, period: PeriodId) -> None:
        """Nothing is to be done where one writer follows on the other."""

    async def seal_period(self, period: PeriodId) -> None:
        await self._run("seal_period", **of_period(period))

    async def entries_to_settle(self, period: PeriodId, after: SettlementPoint | None, limit: int) -> list[StoredEntry]:
        point = after or SettlementPoint("", *_BEFORE_ALL)
        rows = await self._all("entries_to_settle", **in_period(period), **point._asdict(), limit=limit)
        return [entry_from(row) for row in rows]

    async def record_progress(self, period: PeriodId, progress: str) -> None:
        await self._run("record_progress", **of_period(period), progress=progress)

    async def finalize_period(self, period: PeriodId, at: datetime, entries: int) -> None:
        done = await self._one("finalize_period", **of_period(period), at=microseconds_of(at), entries=entries)
        assert done is not None, "only a sealed period can be made final"

    async def drop_entries(self, period: PeriodId, limit: int) -> int:
        values = in_period(period)
        dropped = len(await self._all("drop_entries", **values, limit=limit))
        if dropped < limit:
            await self._run("drop_segments", **values)
        return dropped

    # Snapshots

    async def add_snapshot(self, rows: Sequence[SnapshotRow]) -> None:
        await self._run_rows("add_snapshot_row", [snapshot_row_of(row) for row in rows])

    async def snapshot_page(self, segment: SegmentId, after_position: int, limit: int) -> list[SnapshotRow]:
        rows = await self._all("snapshot_page", **segment_values(segment), after=after_position, limit=limit)
        return [snapshot_row_from(row) for row in rows]

    async def snapshot_of(self, segment: SegmentId, player_ids: Sequence[PlayerId]) -> list[SnapshotRow]:
        leaderboard, start = period_key(segment.period)
        keys = [(leaderboard, start, player_id, segment.segment) for player_id in dict.fromkeys(player_ids)]
        found = [snapshot_row_from(row) for row in await self._each("snapshot_of", keys) if row is not None]
        return sorted(found, key=lambda row: row.position)

    async def snapshot_sizes(self, period: PeriodId, limit: int) -> list[SegmentSize]:
        return await self._sizes("snapshot_sizes", period, limit)

    async def snapshot_size(self, segment: SegmentId) -> int:
        return int((await self._one("snapshot_size", **segment_values(segment)))[0])

    async def drop_snapshot(self, period: PeriodId, limit: int) -> int:
        return len(await self._all("drop_snapshot", **in_period(period), limit=limit))
