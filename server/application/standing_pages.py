"""Rows of a cohort's standings, as far as somebody wants to see them."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from server.domain.event_leaderboards.cohort import Cohort, Participant
from server.domain.event_leaderboards.definition import Phase
from server.domain.event_leaderboards.view import StandingRow, standing_row
from server.ports.store import Reading

ROWS_MAX = 200
"""A cohort with more rows is read in pages (E81)."""

NEIGHBOURS = 5
"""How many rows on each side of the player are around him."""


class Standings(Enum):
    """How much of the standings an answer carries."""

    NONE = "none"
    AROUND = "around"
    COHORT = "cohort"


def rows(participants: Iterable[Participant], first_rank: int, cohort: Cohort, phase: Phase) -> list[StandingRow]:
    """Return rows for participants in the order of their ranks."""
    return [standing_row(one, cohort, phase, rank) for rank, one in enumerate(participants, first_rank)]


async def load_rows(view: Reading, wanted: Standings, cohort: Cohort, phase: Phase, own_rank: int) -> list[StandingRow]:
    """Return the wanted rows: none, those around a rank, or the first 200 of the cohort."""
    if wanted is Standings.NONE:
        return []
    first, limit = 1, ROWS_MAX
    if wanted is Standings.AROUND:
        limit = 2 * NEIGHBOURS + 1
        last_first = max(cohort.tally.participant_count - limit + 1, 1)
        first = max(min(own_rank - NEIGHBOURS, last_first), 1)
    return rows(await view.standings_of(cohort.cohort_id, first, limit), first, cohort, phase)
