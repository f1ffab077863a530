"""What reactive bots of a cohort see at a second (L4): how those stand whom they look at, for the second after it.

They look at humans and at bots that go their own way. Bots that looked at each other would drive each other on.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from server.domain.bots.behavior import Anchor
from server.domain.bots.sightings import Lookout, gap_of, lookouts_of
from server.domain.event_leaderboards.bot_courses import SeenScore, SeenScores
from server.domain.event_leaderboards.cohort_bots import CohortBot, second_of
from server.domain.event_leaderboards.company import Company, Humans
from server.domain.event_leaderboards.standings import key_of
from server.domain.instants import NEVER


class _Scored(NamedTuple):
    key: bytes
    score: int
    is_human: bool


def lookouts_in(company: Company) -> frozenset[Lookout]:
    """Return all whom the cohort's bots may look at."""
    return frozenset().union(*(lookouts_of(kind.bot.behavior) for kind in company.binding.kinds))


def newly_seen(company: Company, humans: Humans, second: int, seen: SeenScores) -> dict[Lookout, SeenScore]:
    """Return what is seen at a second for the first time, or otherwise than before and not too soon after it."""
    phase = company.phase
    ends = None if phase.active_end == NEVER else second_of(phase.active_end) - second_of(phase.start)
    gap = gap_of(ends)
    order = sorted(_scored(company, humans))
    found: dict[Lookout, SeenScore] = {}
    for lookout in lookouts_in(company):
        score = _score_of(lookout, order)
        known = seen.get(lookout)
        if score is None or (known and second - known[-1].second < gap):
            continue
        if not known or known[-1].score != score:
            found[lookout] = SeenScore(second, score)
    return found


def _scored(company: Company, humans: Humans) -> Iterable[_Scored]:
    definition = company.phase.definition
    for one in humans.ranked:
        if not one.is_idle:
            yield _Scored(key_of(definition, one), one.result.score, is_human=True)
    for bot in company.bots:
        if bot.left_at is None and bot.has_scored and not _is_reactive(company, bot):
            yield _Scored(bot.standing_key, bot.score, is_human=False)


def _is_reactive(company: Company, bot: CohortBot) -> bool:
    return bool(lookouts_of(company.binding.kind_of(bot.slot).bot.behavior))


def _score_of(lookout: Lookout, order: list[_Scored]) -> int | None:
    match lookout.anchor:
        case Anchor.LEADER:
            return order[0].score if order else None
        case Anchor.MEDIAN_HUMAN:
            humans = [one for one in order if one.is_human]
            return humans[(len(humans) - 1) // 2].score if humans else None
        case Anchor.RANK:
            return order[lookout.rank - 1].score if lookout.rank <= len(order) else None
