"""What the store keeps of leaderboards: activations, periods, segments, entries, snapshots.

Verbs as everywhere in the store port. A period is named by board and start (`PeriodId`), a player has one line in it, his
entry, in one segment. Two players' contributions never write the same row: what belongs to a whole board, its revision above
all, is counted outside of the store, or when the period is settled.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from server.domain.ids import DefinitionHash, LeaderboardKey, PlayerId
from server.domain.leaderboards.aggregation import Aggregate
from server.domain.leaderboards.entry import PeriodId, SegmentId
from server.domain.leaderboards.periods import Stage
from server.domain.values import value
from server.ports.board_bot_store import BoardBotReading, BoardBotWriting


@value
class BoardActivation:
    """From `activated_at` on the board is defined so (B3); None: it was gone from the files, which archives it.

    `restarts`: an operator ended the running period there and began the next one.
    """

    leaderboard: LeaderboardKey
    activated_at: datetime
    hash: DefinitionHash | None
    content: str | None
    restarts: bool = False


@value
class StoredPeriod:
    """A period that somebody needed: its bounds, name and definition stay, whatever changes (B3, B11).

    `seals_at`: from then on it is due for settlement. `progress` is how far settlement has come, in its own words; `entries`
    how many rows the snapshot has, 0 before it is final. `finalized_at` is None until then.
    """

    period: PeriodId
    end: datetime
    window_key: str
    definition_hash: DefinitionHash
    seals_at: datetime
    stage: Stage = Stage.OPEN
    progress: str = ""
    entries: int = 0
    finalized_at: datetime | None = None


class EntryKey(NamedTuple):
    """Whose line in which period."""

    period: PeriodId
    player_id: PlayerId


@value
class StoredEntry:
    """A player's line in a period (B12).

    `version` counts its changes from 1. `order_key` None: it has no rank, being hidden or short of samples. `updated_at`: the
    time of the call that changed it last.
    """

    key: EntryKey
    segment: str
    aggregate: Aggregate
    version: int
    order_key: bytes | None
    updated_at: datetime
    is_bot: bool = False
    is_hidden: bool = False

    @property
    def segment_id(self) -> SegmentId:
        """Where it stands."""
        return SegmentId(self.key.period, self.segment)


class RankedEntry(NamedTuple):
    """What a rank index needs of an entry."""

    player_id: PlayerId
    segment: str
    version: int
    order_key: bytes | None
    is_bot: bool


class OrderCount(NamedTuple):
    """How much stands before a point of a segment's order: entries, different fronts of their keys, and bots among them."""

    entries: int
    ties: int
    bots: int


class OrderPoint(NamedTuple):
    """A point in a segment's order, by the row that stands or stood there."""

    order_key: bytes
    player_id: PlayerId


@value
class SnapshotRow:
    """A final place (B13), with the name and avatar that the player had then. `prize_tier` empty: no prize.

    `updated_at`: when the entry had changed last.
    """

    segment: SegmentId
    position: int
    rank: int
    prize_position: int | None
    prize_tier: str
    player_id: PlayerId
    name: str
    avatar_url: str
    aggregate: Aggregate
    order_key: bytes
    updated_at: datetime
    is_bot: bool = False


class SegmentSize(NamedTuple):
    """A segment and how many entries it has."""

    segment: str
    entries: int


class SettlementPoint(NamedTuple):
    """How far settlement has walked through a period: behind this entry of this segment."""

    segment: str
    order_key: bytes
    player_id: PlayerId


class BoardReading(BoardBotReading):
    """What can be seen of it."""

    @abstractmethod
    async def board_activations(self) -> list[BoardActivation]:
        """Return all activations of all boards, by board and time."""

    @abstractmethod
    async def unsettled_periods(self, kept: int) -> list[StoredPeriod]:
        """Return all periods that are not final, and of each board the last `kept` that are, by board and start."""

    @abstractmethod
    async def stored_periods(self, periods: Sequence[PeriodId]) -> list[StoredPeriod | None]:
        """Return periods, in the order asked.

        In a transaction those that exist cannot be sealed by anybody else until its end: a contribution is on exactly one
        side of the seal.
        """

    @abstractmethod
    async def period_named(self, leaderboard: LeaderboardKey, window_key: str) -> StoredPeriod | None:
        """Return the stored period of that name."""

    @abstractmethod
    async def periods_before(self, leaderboard: LeaderboardKey, before: datetime, limit: int) -> list[StoredPeriod]:
        """Return stored periods that start before the moment, the newest first."""

    @abstractmethod
    async def entries_of(self, keys: Sequence[EntryKey]) -> list[StoredEntry | None]:
        """Return entries, in the order asked; locked in a transaction, in the order of their keys."""

    @abstractmethod
    async def has_entries(self, period: PeriodId) -> bool:
        """Tell whether anybody has an entry."""

    @abstractmethod
    async def known_segments(self, segments: Sequence[SegmentId]) -> set[SegmentId]:
        """Return those of the segments that somebody has stood in."""

    @abstractmethod
    async def segment_count(self, period: PeriodId) -> int:
        """Return how many segments a period has; in a transaction nobody else adds one until its end.

        Who has waited for it asks once more which segments are known: one of them may have been added meanwhile.
        """

    @abstractmethod
    async def segments_of(self, period: PeriodId, after: str, limit: int) -> list[str]:
        """Return the segments that somebody has stood in, by name from behind one; the empty text begins at the first.

        The one segment of a board that is not split has the empty name, and is left out.
        """

    @abstractmethod
    async def segment_sizes(self, period: PeriodId, limit: int) -> list[SegmentSize]:
        """Return the segments with the most entries that have a rank, the largest first, then by name.

        It counts them all: some 70 ms for a million, so ask rarely of large periods.
        """

    @abstractmethod
    async def ranked_entries(self, period: PeriodId, after: PlayerId | None, limit: int) -> list[RankedEntry]:
        """Return entries in the order of players' ids, hidden ones included: what an index is loaded from."""

    @abstractmethod
    async def count_order(self, segment: SegmentId, below: bytes | None, tie_length: int) -> OrderCount:
        """Count what stands in a segment's order below a bound; None: all of it.

        `ties` counts the different first `tie_length` bytes; 0 stands for not wanted, and is answered by 0.
        """

    @abstractmethod
    async def has_more_ranked(self, segment: SegmentId, than: int) -> bool:
        """Tell whether a segment's order holds more entries than that, and count no further."""

    @abstractmethod
    async def order_after(
        self, segment: SegmentId, after: OrderPoint | None, below: bytes | None, limit: int
    ) -> list[StoredEntry]:
        """Return entries of a segment's order from behind a point, those below a bound only."""

    @abstractmethod
    async def order_before(self, segment: SegmentId, before: OrderPoint, limit: int) -> list[StoredEntry]:
        """Return the entries nearest before a point, in order."""

    @abstractmethod
    async def snapshot_page(self, segment: SegmentId, after_position: int, limit: int) -> list[SnapshotRow]:
        """Return final places from behind a position."""

    @abstractmethod
    async def snapshot_of(self, segment: SegmentId, player_ids: Sequence[PlayerId]) -> list[SnapshotRow]:
        """Return the final places of those of the players who have one, by position."""

    @abstractmethod
    async def snapshot_sizes(self, period: PeriodId, limit: int) -> list[SegmentSize]:
        """Return a final period's segments with the most rows, the largest first, then by name."""

    @abstractmethod
    async def snapshot_size(self, segment: SegmentId) -> int:
        """Return how many rows a segment of a final period has."""


class BoardWriting(BoardReading, BoardBotWriting):
    """What can be changed of it."""

    @abstractmethod
    async def activate_board(self, activation: BoardActivation) -> None:
        """Add an activation to the history, and raise the catalogue's revision."""

    @abstractmethod
    async def pin_period(self, period: StoredPeriod) -> StoredPeriod | None:
        """Write a period and raise the catalogue's revision, or return the one that has this start already."""

    @abstractmethod
    async def hold_period(self, period: PeriodId) -> None:
        """Let nobody else contribute to a period, or seal it, until the end of this transaction. To be asked for first."""

    @abstractmethod
    async def cut_periods(self, leaderboard: LeaderboardKey, at: datetime) -> None:
        """End the open periods of a board that run over the moment, so that they are due from then on (B2)."""

    @abstractmethod
    async def repin_period(self, period: PeriodId, definition_hash: DefinitionHash) -> None:
        """Write another definition for an open period: a rescore (B42). Raises the catalogue's revision."""

    @abstractmethod
    async def add_segments(self, segments: Sequence[SegmentId]) -> None:
        """Note that somebody stands in these segments; those known stay."""

    @abstractmethod
    async def record_entries(self, entries: Sequence[StoredEntry]) -> None:
        """Write entries, new or changed. Each must have been asked for with `entries_of` in this transaction.

        Who adds an entry that somebody else has added meanwhile conflicts, and runs again.
        """

    @abstractmethod
    async def remove_entries(self, keys: Sequence[EntryKey]) -> None:
        """Remove entries: what a rescore does not find any more."""

    @abstractmethod
    async def acquire_due_periods(
        self, worker: str, now: datetime, wall: datetime, lease: timedelta, limit: int
    ) -> list[StoredPeriod]:
        """Lease periods that are due and not final and that no living worker holds: of each board its oldest only."""

    @abstractmethod
    async def acquire_final_periods(
        self, worker: str, now: datetime, wall: datetime, lease: timedelta, limit: int
    ) -> list[StoredPeriod]:
        """Lease final periods whose follow-up is due and that no living worker holds, those due longest first."""

    @abstractmethod
    async def record_follow_up(self, period: PeriodId, progress: str, due_at: datetime | None) -> None:
        """Note what is still to be done for a final period, and when (game time); None: nothing is."""

    @abstractmethod
    async def release_period(self, period: PeriodId) -> None:
        """Give a lease back."""

    @abstractmethod
    async def seal_period(self, period: PeriodId) -> None:
        """Let no further contribution in. Waits for those that are on their way.

        Of one that is sealed already nothing changes, but until its end the transaction has the period for itself.
        """

    @abstractmethod
    async def entries_to_settle(self, period: PeriodId, after: SettlementPoint | None, limit: int) -> list[StoredEntry]:
        """Return the ranked entries of a sealed period, by segment and order, from behind a point."""

    @abstractmethod
    async def add_snapshot(self, rows: Sequence[SnapshotRow]) -> None:
        """Write final places; those that are there already stay."""

    @abstractmethod
    async def record_progress(self, period: PeriodId, progress: str) -> None:
        """Note how far settlement has come."""

    @abstractmethod
    async def finalize_period(self, period: PeriodId, at: datetime, entries: int) -> None:
        """Make a sealed period final. Its entries may be dropped from now on; its snapshot is what is read."""

    @abstractmethod
    async def drop_entries(self, period: PeriodId, limit: int) -> int:
        """Drop entries and segments of a final period, at most `limit`; return how many entries there were."""

    @abstractmethod
    async def drop_snapshot(self, period: PeriodId, limit: int) -> int:
        """Drop rows of a snapshot that retention gives up, at most `limit`; return how many there were (B13)."""
