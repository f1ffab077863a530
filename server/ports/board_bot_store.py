"""What the store keeps of the bots of leaderboards (L4, L8): how many have joined, when they were looked at, what they saw.

They stand among the entries (`is_bot`). Who they are and where they stand follows from the period's definition.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from server.domain.bots.sightings import Lookout
from server.domain.leaderboards.entry import PeriodId, SegmentId
from server.domain.values import value

NEVER_LOOKED = -1


@value
class StoredBots:
    """The bots of a segment. `second` of the period: they stand where they stood then; NEVER_LOOKED before the first look.

    `is_full`: no other ever joins. `revision` counts the looks that have changed anything.
    """

    segment: SegmentId
    second: int = NEVER_LOOKED
    bots: int = 0
    is_full: bool = False
    revision: int = 0


class BotLease(NamedTuple):
    """Who looks after the bots of a segment: whether it is the worker who asked; and how far they have been brought."""

    is_held: bool
    second: int


@value
class StoredSighting:
    """What somebody who looks at others saw at a second of the period: so many points."""

    lookout: Lookout
    second: int
    points: int


class BoardBotReading(ABC):
    """What can be seen of them."""

    @abstractmethod
    async def bots_of(self, segment: SegmentId) -> StoredBots:
        """Return the bots of a segment; those of one that nobody has looked at are none yet."""

    @abstractmethod
    async def first_humans(self, segment: SegmentId, limit: int) -> list[datetime]:
        """Return when the first players came into a segment, in order; those who have no rank are left out.

        It looks at all of them.
        """

    @abstractmethod
    async def human_at(self, segment: SegmentId, below: bytes | None, place: int) -> bytes | None:
        """Return the order key of the player behind `place` others, below a bound and bots left out; None: there is none."""

    @abstractmethod
    async def sightings_of(self, segment: SegmentId, after_second: int) -> list[StoredSighting]:
        """Return what was seen in a segment, in order of time, from behind a second."""


class BoardBotWriting(BoardBotReading):
    """What can be changed of them."""

    @abstractmethod
    async def hold_bots(self, segment: SegmentId) -> StoredBots:
        """Return the bots of a segment, and let nobody else move them until the end of this transaction."""

    @abstractmethod
    async def record_bots(self, bots: StoredBots) -> None:
        """Write what is known of the bots of a segment that this transaction holds."""

    @abstractmethod
    async def add_sightings(self, segment: SegmentId, sightings: Sequence[StoredSighting]) -> None:
        """Write what was seen, each once."""

    @abstractmethod
    async def lease_bots(
        self, segments: Sequence[SegmentId], worker: str, wall: datetime, until: datetime
    ) -> Mapping[SegmentId, BotLease]:
        """Lease the bots of those segments that no other living worker looks after.

        Return who does, of all of the segments that were ever looked at.
        """

    @abstractmethod
    async def reset_bots(self, period: PeriodId) -> None:
        """Begin anew with the bots of a period, whose entries have been removed: they join again with the next look."""

    @abstractmethod
    async def drop_bots(self, period: PeriodId) -> None:
        """Drop what is kept of the bots of a final period, and their accounts: the snapshot has their names."""
