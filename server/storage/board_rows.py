"""Rows of leaderboards, to and from the values of the domain; times are microseconds since 1970 in both directions.

What is written many times in a statement is a bare tuple in the order of an `*_ORDER`, which is that of its query: making a
mapping of each would take longer than writing it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from server.domain.ids import DefinitionHash, LeaderboardKey, PlayerId
from server.domain.instants import microseconds_of
from server.domain.leaderboards.aggregation import Aggregate, Stamp
from server.domain.leaderboards.entry import PeriodId, SegmentId
from server.domain.leaderboards.periods import Stage
from server.ports.board_store import BoardActivation, EntryKey, RankedEntry, SnapshotRow, StoredEntry, StoredPeriod
from server.ports.contribution_store import GameEventKey, LoggedContribution, Source, StoredGameEvent
from server.storage.rows import Row, micros, moment_of

_AGGREGATE_ORDER = (
    "score",
    "samples",
    "total",
    "first_at",
    "latest_at",
    "latest_id",
    "changed_at",
    "metadata",
    "metadata_at",
    "metadata_id",
)
_AGGREGATE_LENGTH = len(_AGGREGATE_ORDER)
PERIOD_ORDER = ("leaderboard", "start")
SEGMENT_ORDER = ("leaderboard", "period_start", "segment")
ENTRY_KEY_ORDER = ("leaderboard", "period_start", "player_id")
ENTRY_ORDER = (
    *ENTRY_KEY_ORDER,
    "segment",
    *_AGGREGATE_ORDER,
    "version",
    "order_key",
    "updated_at",
    "is_bot",
    "is_hidden",
)
CONTRIBUTION_ORDER = (
    *ENTRY_KEY_ORDER,
    "segment",
    "source",
    "contribution_id",
    "at",
    "arrived_at",
    "points",
    "claim",
    "outcome",
    "metadata",
)
GAME_EVENT_KEY_ORDER = ("server_key", "event_id")
GAME_EVENT_ORDER = (*GAME_EVENT_KEY_ORDER, "at", "arrived_at", "content")
SNAPSHOT_ORDER = (
    *SEGMENT_ORDER,
    "position",
    "rank",
    "prize_position",
    "prize_tier",
    "player_id",
    "name",
    "avatar_url",
    *_AGGREGATE_ORDER,
    "order_key",
    "updated_at",
    "is_bot",
)
BOARD_ORDERS = {
    "add_bots": SEGMENT_ORDER,
    "bots_of": SEGMENT_ORDER,
    "lease_bots": ("worker", "leased_until", *SEGMENT_ORDER, "wall"),
    "add_sighting": (*SEGMENT_ORDER, "anchor", "rank", "second", "points"),
    "stored_period": PERIOD_ORDER,
    "known_segment": SEGMENT_ORDER,
    "add_segment": SEGMENT_ORDER,
    "entry_of": ENTRY_KEY_ORDER,
    "remove_entry": ENTRY_KEY_ORDER,
    "record_entry": ENTRY_ORDER,
    "log_contribution": CONTRIBUTION_ORDER,
    "game_event": GAME_EVENT_KEY_ORDER,
    "add_game_event": GAME_EVENT_ORDER,
    "snapshot_of": (*ENTRY_KEY_ORDER, "segment"),
    "add_snapshot_row": SNAPSHOT_ORDER,
}
"""Which values the queries of boards take that are given bare rows."""


def activation_from(row: Row) -> BoardActivation:
    """Read an activation from its 5 columns."""
    leaderboard, activated_at, definition_hash, content, restarts = row
    pinned = None if definition_hash is None else DefinitionHash(definition_hash)
    return BoardActivation(LeaderboardKey(leaderboard), moment_of(activated_at), pinned, content, bool(restarts))


def period_key(period: PeriodId) -> tuple[str, int]:
    """Return what a period is found by."""
    return period.leaderboard, microseconds_of(period.start)


def of_period(period: PeriodId) -> dict[str, Any]:
    """Return the same by the columns of the period itself."""
    return dict(zip(PERIOD_ORDER, period_key(period), strict=True))


def in_period(period: PeriodId) -> dict[str, Any]:
    """Return the same by the columns of what lies in the period."""
    leaderboard, start = period_key(period)
    return {"leaderboard": leaderboard, "period_start": start}


def period_from(row: Row) -> StoredPeriod:
    """Read a period from its 10 columns."""
    finalized_at = row[9]
    return StoredPeriod(
        PeriodId(LeaderboardKey(row[0]), moment_of(row[1])),
        moment_of(row[2]),
        row[3],
        DefinitionHash(row[4]),
        moment_of(row[5]),
        Stage(row[6]),
        row[7],
        row[8],
        None if finalized_at is None else moment_of(finalized_at),
    )


def period_values(stored: StoredPeriod) -> dict[str, Any]:
    """Return a period by column."""
    return of_period(stored.period) | {
        "ends_at": microseconds_of(stored.end),
        "window_key": stored.window_key,
        "definition_hash": stored.definition_hash,
        "seals_at": microseconds_of(stored.seals_at),
        "stage": stored.stage.value,
        "progress": stored.progress,
        "entries": stored.entries,
        "finalized_at": micros(stored.finalized_at),
    }


def segment_key(segment: SegmentId) -> tuple[str, int, str]:
    """Return what a segment is found by."""
    return (*period_key(segment.period), segment.segment)


def segment_values(segment: SegmentId) -> dict[str, Any]:
    """Return the same by column."""
    return dict(zip(SEGMENT_ORDER, segment_key(segment), strict=True))


def entry_key(key: EntryKey) -> tuple[str, int, str]:
    """Return what an entry is found by."""
    return (*period_key(key.period), key.player_id)


def entry_from(row: Row) -> StoredEntry:
    """Read an entry from its 19 columns."""
    return StoredEntry(
        EntryKey(PeriodId(row[0], moment_of(row[1])), row[2]),
        row[3],
        _aggregate_from(row[4 : 4 + _AGGREGATE_LENGTH]),
        row[14],
        row[15],
        moment_of(row[16]),
        bool(row[17]),
        bool(row[18]),
    )


def entry_row(entry: StoredEntry) -> tuple[Any, ...]:
    """Return an entry in the order of ENTRY_ORDER."""
    return (
        *entry_key(entry.key),
        entry.segment,
        *_aggregate_row(entry.aggregate),
        entry.version,
        entry.order_key,
        microseconds_of(entry.updated_at),
        int(entry.is_bot),
        int(entry.is_hidden),
    )


def ranked_entries_from(rows: Iterable[Row]) -> list[RankedEntry]:
    """Read what an index needs of entries from their 5 columns: of millions, so without a call for each."""
    return [RankedEntry(player_id, segment, version, key, bot == 1) for player_id, segment, version, key, bot in rows]


def contribution_from(row: Row) -> LoggedContribution:
    """Read a row of the log from its 13 columns."""
    number, leaderboard, start, player_id, segment, source, contribution_id, at, arrived_at, *rest = row
    points, claim, outcome, metadata = rest
    return LoggedContribution(
        EntryKey(PeriodId(LeaderboardKey(leaderboard), moment_of(start)), PlayerId(player_id)),
        segment,
        Source(source),
        contribution_id,
        moment_of(at),
        moment_of(arrived_at),
        points,
        claim,
        outcome,
        metadata,
        number,
    )


def contribution_row(one: LoggedContribution) -> tuple[Any, ...]:
    """Return a row of the log in the order of CONTRIBUTION_ORDER."""
    return (
        *entry_key(one.entry),
        one.segment,
        one.source.value,
        one.contribution_id,
        microseconds_of(one.at),
        microseconds_of(one.arrived_at),
        one.points,
        one.claim,
        one.outcome,
        one.metadata,
    )


def game_event_from(row: Row) -> StoredGameEvent:
    """Read a game event from its 5 columns."""
    return StoredGameEvent(GameEventKey(row[0], row[1]), moment_of(row[2]), moment_of(row[3]), row[4])


def game_event_row(event: StoredGameEvent) -> tuple[Any, ...]:
    """Return a game event in the order of GAME_EVENT_ORDER."""
    return (*event.key, microseconds_of(event.at), microseconds_of(event.arrived_at), event.content)


def snapshot_row_from(row: Row) -> SnapshotRow:
    """Read a final place from its 23 columns."""
    leaderboard, start, segment, position, rank, prize_position, prize_tier, player_id, name, avatar_url = row[:10]
    return SnapshotRow(
        SegmentId(PeriodId(LeaderboardKey(leaderboard), moment_of(start)), segment),
        position,
        rank,
        prize_position,
        prize_tier,
        PlayerId(player_id),
        name,
        avatar_url,
        _aggregate_from(row[10 : 10 + _AGGREGATE_LENGTH]),
        row[20],
        moment_of(row[21]),
        bool(row[22]),
    )


def snapshot_row_of(one: SnapshotRow) -> tuple[Any, ...]:
    """Return a final place in the order of SNAPSHOT_ORDER."""
    return (
        *segment_key(one.segment),
        one.position,
        one.rank,
        one.prize_position,
        one.prize_tier,
        one.player_id,
        one.name,
        one.avatar_url,
        *_aggregate_row(one.aggregate),
        one.order_key,
        microseconds_of(one.updated_at),
        int(one.is_bot),
    )


def _aggregate_from(row: Sequence[Any]) -> Aggregate:
    score, samples, total, first_at, latest_at, latest_id, changed_at, metadata, metadata_at, metadata_id = row
    return Aggregate(
        score,
        samples,
        total,
        moment_of(first_at),
        Stamp(moment_of(latest_at), latest_id),
        None if changed_at is None else moment_of(changed_at),
        metadata,
        None if metadata_at is None else Stamp(moment_of(metadata_at), metadata_id),
    )


def _aggregate_row(one: Aggregate) -> tuple[Any, ...]:
    metadata_at, metadata_id = one.metadata_stamp or (None, None)
    return (
        one.score,
        one.samples,
        one.total,
        microseconds_of(one.first_at),
        microseconds_of(one.latest.at),
        one.latest.contribution_id,
        micros(one.changed_at),
        one.metadata,
        micros(metadata_at),
        metadata_id,
    )
