"""Rows of a cohort's standings, as far as somebody wants to see them."""

from __future__ import annotations

from enum import Enum

from server.domain.event_leaderboards.cohort import Cohort
from server.domain.event_leaderboards.definition import Phase
from server.domain.event_leaderboards.view import StandingRow, standing_row
from server.ports.company_store import Line
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


def row_of(line: Line, cohort: Cohort, phase: Phase) -> StandingRow:
    """Return the row of a participant or a bot."""
    ahead = line.rank - line.prize_rank
    return standing_row(line.participant, cohort, phase, line.prize_rank, ahead, is_bot=line.is_bot)


async def rows_of(view: Reading, cohort: Cohort, phase: Phase, first_rank: int, limit: int) -> list[StandingRow]:
    """Return up to so many rows in the order of their ranks, with bots where the event has any."""
    if phase.definition.bots is not None:
        lines = await view.lines_of(cohort.cohort_id, first_rank, limit)
        return [row_of(line, cohort, phase) for line in lines]
    participants = await view.standings_of(cohort.cohort_id, first_rank, limit)
    return [standing_row(one, cohort, phase, rank) for rank, one in enumerate(participants, first_rank)]


async def load_rows(view: Reading, wanted: Standings, cohort: Cohort, phase: Phase, own_rank: int) -> list[StandingRow]:
    """Return the wanted rows: none, those around a rank, or the first 200 of the cohort."""
    if wanted is Standings.NONE:
        return []
    first, limit = 1, ROWS_MAX
    if wanted is Standings.AROUND:
        limit = 2 * NEIGHBOURS + 1
        last_first = max(cohort.shown_count - limit + 1, 1)
        first = max(min(own_rank - NEIGHBOURS, last_first), 1)
    return await rows_of(view, cohort, phase, first, limit)
