"""What bots change in a cohort's tally where the designer lets them count as participants (L7, `bots_count`).

Each of their deeds counts at the second at which it was done, whoever found out when: so the cohort is over at the same
instant whether somebody has looked or not (E50).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from enum import IntEnum
from typing import NamedTuple

from server.domain.event_leaderboards import completion
from server.domain.event_leaderboards.cohort import Cohort, Participant, Tally
from server.domain.event_leaderboards.cohort_bots import CohortBot, moment_of
from server.domain.event_leaderboards.definition import Phase, TierRules


class Deed(IntEnum):
    """What a bot has done; of one second, in this order."""

    JOINED = 0
    FINISHED = 1
    DONE = 2


class BotDeed(NamedTuple):
    """When a bot did what."""

    second: int
    deed: Deed


def with_deeds(cohort: Cohort, phase: Phase, deeds: Iterable[BotDeed], last_open_joined_at: datetime | None) -> Cohort:
    """Return the cohort after what bots have done, as far as it was not over before. The bots themselves are counted."""
    is_anybody_done = False
    for second, deed in sorted(deeds):
        at = moment_of(second)
        if at > completion.completed_at(cohort, phase):
            break
        is_anybody_done = is_anybody_done or deed is Deed.DONE
        tally = _after(cohort, phase, deed, at)
        cohort = completion.scheduled(cohort.with_tally(tally), phase)
    if is_anybody_done:
        tally = replace(cohort.tally, last_open_joined_at=last_open_joined_at)
        cohort = completion.scheduled(cohort.with_tally(tally), phase)
    return cohort


def last_open_joined_at(
    participants: Sequence[Participant], bots: Iterable[CohortBot], rules: TierRules
) -> datetime | None:
    """Return when the last joined, human or bot, who can still submit."""
    humans = (
        one.joined_at
        for one in participants
        if one.result.finished_at is None and not 0 < rules.max_num_score <= one.result.submission_count
    )
    open_bots = (moment_of(bot.joined_second) for bot in bots if bot.left_at is None and not bot.is_done)
    return max([*humans, *open_bots], default=None)


def _after(cohort: Cohort, phase: Phase, deed: Deed, at: datetime) -> Tally:
    tally, rules = cohort.tally, phase.definition.rules_of(cohort.tier)
    match deed:
        case Deed.JOINED:
            tally = replace(tally, bot_count=tally.bot_count + 1)
            count = completion.counted(tally, phase.definition)
            last = tally.last_open_joined_at
            return replace(
                tally,
                filled_at=at if count == cohort.size else tally.filled_at,
                min_reached_at=at if count == max(phase.definition.min_cohort_size, 1) else tally.min_reached_at,
                last_open_joined_at=at if last is None else max(last, at),
            )
        case Deed.FINISHED:
            finishers = tally.finisher_count + 1
            saturates = tally.saturated_at is None and finishers >= rules.score_target_players
            return replace(tally, finisher_count=finishers, saturated_at=at if saturates else tally.saturated_at)
        case Deed.DONE:
            last_done = tally.last_done_at
            return replace(
                tally, done_count=tally.done_count + 1, last_done_at=at if last_done is None else max(last_done, at)
            )
