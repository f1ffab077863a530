"""What the store keeps of bots in cohorts, beside the participants (L2, L4, L7). Part of the store's port."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from server.domain.bots.sightings import Lookout
from server.domain.event_leaderboards.bot_courses import SeenScore, SeenScores
from server.domain.event_leaderboards.cohort import Cohort, Participant
from server.domain.event_leaderboards.cohort_bots import CohortBot
from server.domain.ids import CohortId


class Line(NamedTuple):
    """A line of a cohort's standings with its bots. `rank` is among all, `prize_rank` among the participants alone.

    A bot's prize rank is the one that a participant in its place would have.
    """

    participant: Participant
    is_bot: bool
    rank: int
    prize_rank: int


class StoredSighting(NamedTuple):
    """What reactive bots of a cohort saw (L4)."""

    cohort_id: CohortId
    lookout: Lookout
    seen: SeenScore


class CompanyReading(ABC):
    """What can be seen of bots. Who has left is kept, too, but stands in no order."""

    @abstractmethod
    async def cohorts_of(self, cohort_ids: Sequence[CohortId]) -> list[Cohort | None]:
        """Return cohorts, in the order asked; locked in a transaction."""

    @abstractmethod
    async def cohort_bots_of(self, cohort_ids: Sequence[CohortId]) -> dict[CohortId, list[CohortBot]]:
        """Return all bots that cohorts have or had, by slot and generation."""

    @abstractmethod
    async def cohort_sightings_of(self, cohort_ids: Sequence[CohortId]) -> dict[CohortId, SeenScores]:
        """Return what reactive bots of cohorts have seen, in order of time."""

    @abstractmethod
    async def bots_ahead_of(self, places: Sequence[tuple[CohortId, bytes]]) -> list[int]:
        """Return for each standing key how many bots of the cohort stand before it."""

    @abstractmethod
    async def lines_of(self, cohort_id: CohortId, first_rank: int, limit: int) -> list[Line]:
        """Return up to `limit` lines of participants and bots together, in the order of their ranks, from `first_rank` on."""

    @abstractmethod
    async def lines_after(self, cohort_id: CohortId, standing_key: bytes, limit: int) -> list[tuple[Line, bytes]]:
        """Return up to `limit` lines from behind a key, each with its own: a page that follows another."""


class CompanyWriting(CompanyReading):
    """What can be changed about bots."""

    @abstractmethod
    async def record_companies(self, cohorts: Sequence[Cohort]) -> None:
        """Write what bots change in cohorts: the revision, how many they are, and when they have moved and move next."""

    @abstractmethod
    async def record_cohort_bots(self, bots: Sequence[CohortBot]) -> None:
        """Add bots, or write what has changed in them."""

    @abstractmethod
    async def add_cohort_sightings(self, sightings: Sequence[StoredSighting]) -> None:
        """Write down what reactive bots saw."""

    @abstractmethod
    async def lease_companies(
        self, worker: str, cohort_ids: Sequence[CohortId], wall: datetime, lease: timedelta
    ) -> list[CohortId]:
        """Lease the bots of those cohorts that are not sealed and whose bots no other living worker moves.

        A lease keeps workers out of each other's way and no more: who moves bots holds the cohort's row.
        """

    @abstractmethod
    async def acquire_due_companies(
        self, worker: str, now: datetime, wall: datetime, lease: timedelta, limit: int
    ) -> list[CohortId]:
        """Lease the bots of cohorts whose `bots_due_at` has come and whose bots no other living worker moves."""
