"""What a store keeps of one period of a board, as plain lists and sorting: slow, naive, and obviously right."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from server.domain.ids import PlayerId
from server.domain.leaderboards.entry import PeriodId, SegmentId
from server.ports.board_store import (
    EntryKey,
    OrderCount,
    OrderPoint,
    RankedEntry,
    SegmentSize,
    SettlementPoint,
    SnapshotRow,
    StoredEntry,
)
from server.ports.contribution_store import LoggedContribution


@dataclass
class BoardModel:
    """Answers as a store does, at once. All it is asked about lies in one period."""

    entries: dict[EntryKey, StoredEntry] = field(default_factory=dict)
    segments: set[SegmentId] = field(default_factory=set)
    log: list[LoggedContribution] = field(default_factory=list)
    places: list[SnapshotRow] = field(default_factory=list)

    # Entries

    def entries_of(self, keys: Sequence[EntryKey]) -> list[StoredEntry | None]:
        return [self.entries.get(key) for key in keys]

    def record_entries(self, entries: Sequence[StoredEntry]) -> None:
        self.entries |= {one.key: one for one in entries}

    def remove_entries(self, keys: Sequence[EntryKey]) -> None:
        for key in keys:
            self.entries.pop(key, None)

    def has_entries(self, _: PeriodId) -> bool:
        return bool(self.entries)

    def ranked_entries(self, _: PeriodId, after: PlayerId | None, limit: int) -> list[RankedEntry]:
        behind = [
            RankedEntry(one.key.player_id, one.segment, one.version, one.order_key, one.is_bot)
            for one in self.entries.values()
            if after is None or one.key.player_id > after
        ]
        return sorted(behind, key=lambda one: one.player_id)[:limit]

    # Order

    def count_order(self, segment: SegmentId, below: bytes | None, tie_length: int) -> OrderCount:
        before = [(key, one) for key, one in self._order(segment) if below is None or key < below]
        ties = {key[:tie_length] for key, _ in before} if tie_length else ()
        return OrderCount(len(before), len(ties), sum(one.is_bot for _, one in before))

    def has_more_ranked(self, segment: SegmentId, than: int) -> bool:
        return len(self._order(segment)) > than

    def order_after(
        self, segment: SegmentId, after: OrderPoint | None, below: bytes | None, limit: int
    ) -> list[StoredEntry]:
        return [
            one
            for key, one in self._order(segment)
            if (after is None or (key, one.key.player_id) > after) and (below is None or key < below)
        ][:limit]

    def order_before(self, segment: SegmentId, before: OrderPoint, limit: int) -> list[StoredEntry]:
        found = [one for key, one in self._order(segment) if (key, one.key.player_id) < before]
        return found[max(len(found) - limit, 0) :]

    def entries_to_settle(self, period: PeriodId, after: SettlementPoint | None, limit: int) -> list[StoredEntry]:
        walked = [
            (SettlementPoint(segment, key, one.key.player_id), one)
            for segment in sorted({one.segment for one in self.entries.values()})
            for key, one in self._order(SegmentId(period, segment))
        ]
        return [one for point, one in walked if after is None or point > after][:limit]

    # Segments

    def add_segments(self, segments: Sequence[SegmentId]) -> None:
        self.segments |= set(segments)

    def known_segments(self, segments: Sequence[SegmentId]) -> set[SegmentId]:
        return self.segments & set(segments)

    def segment_count(self, _: PeriodId) -> int:
        return len(self.segments)

    def segment_sizes(self, _: PeriodId, limit: int) -> list[SegmentSize]:
        return _largest(Counter(one.segment for one in self.entries.values() if one.order_key is not None), limit)

    # The log

    def log_contributions(self, contributions: Sequence[LoggedContribution]) -> None:
        self.log += [replace(one, number=len(self.log) + place) for place, one in enumerate(contributions, 1)]

    def contributions_to(self, _: PeriodId, after_number: int, limit: int) -> list[LoggedContribution]:
        return self.log[after_number : after_number + limit]

    # Snapshots

    def add_snapshot(self, rows: Sequence[SnapshotRow]) -> None:
        for row in rows:
            taken = {(one.segment, one.position) for one in self.places}, {one.player_id for one in self.places}
            if (row.segment, row.position) not in taken[0] and row.player_id not in taken[1]:
                self.places.append(row)

    def snapshot_page(self, segment: SegmentId, after_position: int, limit: int) -> list[SnapshotRow]:
        return [row for row in self._places_in(segment) if row.position > after_position][:limit]

    def snapshot_of(self, segment: SegmentId, player_ids: Sequence[PlayerId]) -> list[SnapshotRow]:
        return [row for row in self._places_in(segment) if row.player_id in player_ids]

    def snapshot_sizes(self, _: PeriodId, limit: int) -> list[SegmentSize]:
        """Places are numbered without gaps, so that the last of a segment tells how many there are."""
        last: dict[str, int] = {}
        for row in self.places:
            last[row.segment.segment] = max(row.position, last.get(row.segment.segment, 0))
        return _largest(last, limit)

    def _order(self, segment: SegmentId) -> list[tuple[bytes, StoredEntry]]:
        standing = [
            (one.order_key, one)
            for one in self.entries.values()
            if one.order_key is not None and one.segment_id == segment
        ]
        return sorted(standing, key=lambda pair: (pair[0], pair[1].key.player_id))

    def _places_in(self, segment: SegmentId) -> list[SnapshotRow]:
        return sorted((row for row in self.places if row.segment == segment), key=lambda row: row.position)


def _largest(sizes: Mapping[str, int], limit: int) -> list[SegmentSize]:
    segments = [SegmentSize(segment, entries) for segment, entries in sizes.items()]
    return sorted(segments, key=lambda one: (-one.entries, one.segment))[:limit]
