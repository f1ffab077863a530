"""Rows of bots in cohorts, to and from the values of the domain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from server.domain.bots.behavior import Anchor
from server.domain.bots.sightings import Lookout
from server.domain.event_leaderboards.bot_courses import SeenScore
from server.domain.event_leaderboards.cohort import Cohort
from server.domain.event_leaderboards.cohort_bots import CohortBot, moment_of, second_of
from server.domain.ids import CohortId, PlayerId
from server.domain.instants import from_microseconds, microseconds_of
from server.ports.company_store import Line, StoredSighting
from server.storage.rows import Row, micros, participant_from

BOT_ORDER = (
    "cohort_id",
    "slot",
    "generation",
    "kind",
    "player_id",
    "name",
    "avatar_url",
    "joined_at",
    "joined_revision",
    "score",
    "standing_key",
    "submission_count",
    "changed_at",
    "finished_at",
    "has_led",
    "is_done",
    "left_at",
)
COMPANY_ORDERS = {
    "record_cohort_bot": BOT_ORDER,
    "record_company": ("revision", "bot_count", "bots_at", "bots_due_at", "cohort_id"),
    "add_cohort_sighting": ("cohort_id", "anchor", "rank", "at", "score"),
}
"""Which values the queries take that are given bare rows."""
_PARTICIPANT_COLUMNS = 19


def bot_from(row: Row) -> CohortBot:
    """Read a bot from its 17 columns."""
    return CohortBot(
        cohort_id=CohortId(row[0]),
        slot=row[1],
        generation=row[2],
        kind=row[3],
        player_id=PlayerId(row[4]),
        name=row[5],
        avatar_url=row[6],
        joined_at=from_microseconds(row[7]),
        joined_revision=row[8],
        score=row[9],
        standing_key=bytes(row[10]),
        submission_count=row[11],
        changed_at=None if row[12] is None else from_microseconds(row[12]),
        finished_at=None if row[13] is None else from_microseconds(row[13]),
        has_led=bool(row[14]),
        is_done=bool(row[15]),
        left_at=None if row[16] is None else from_microseconds(row[16]),
    )


def bot_row(bot: CohortBot) -> tuple[Any, ...]:
    """Return all of a bot, in the order of BOT_ORDER."""
    return (
        bot.cohort_id,
        bot.slot,
        bot.generation,
        bot.kind,
        bot.player_id,
        bot.name,
        bot.avatar_url,
        microseconds_of(bot.joined_at),
        bot.joined_revision,
        bot.score,
        bot.standing_key,
        bot.submission_count,
        micros(bot.changed_at),
        micros(bot.finished_at),
        int(bot.has_led),
        int(bot.is_done),
        micros(bot.left_at),
    )


def company_row(cohort: Cohort) -> tuple[Any, ...]:
    """Return what bots change in a cohort."""
    tally = cohort.tally
    return tally.revision, tally.bot_count, micros(tally.bots_at), micros(tally.bots_due_at), cohort.cohort_id


def sighting_from(row: Row) -> StoredSighting:
    """Read a sighting from its 5 columns."""
    seen = SeenScore(second_of(from_microseconds(row[3])), row[4])
    return StoredSighting(CohortId(row[0]), Lookout(Anchor(row[1]), row[2]), seen)


def sighting_row(one: StoredSighting) -> tuple[Any, ...]:
    """Return a sighting."""
    at = microseconds_of(moment_of(one.seen.second))
    return one.cohort_id, one.lookout.anchor.value, one.lookout.rank, at, one.seen.score


def lines_from(rows: Sequence[Row], first_rank: int, humans_before: int) -> list[Line]:
    """Read lines in the order of their ranks; the first has `first_rank`, and so many participants stand before it."""
    lines = []
    for rank, row in enumerate(rows, first_rank):
        is_bot = bool(row[_PARTICIPANT_COLUMNS])
        lines.append(Line(participant_from(row[:_PARTICIPANT_COLUMNS]), is_bot, rank, humans_before + 1))
        humans_before += not is_bot
    return lines


def is_bot_line(row: Row) -> bool:
    """Tell whether a line is that of a bot."""
    return bool(row[_PARTICIPANT_COLUMNS])


def key_of_line(row: Row) -> bytes:
    """Return the standing key of a line."""
    return bytes(row[_PARTICIPANT_COLUMNS + 1])
