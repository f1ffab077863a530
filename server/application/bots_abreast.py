"""Bots are looked at where they stand now, or not at all (L8).

Whoever shows bots, or decides something that bots may have changed, asks first whether they stand at his second. If they do
not, `BotsBehind` ends his work, `StoreBesideBots` moves them, and the work begins anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from server.domain.event_leaderboards.cohort import Cohort
from server.domain.event_leaderboards.company import second_due
from server.domain.event_leaderboards.definition import Definition, Phase
from server.ports.errors import BotsBehind

SLACK_SECONDS = 2
"""So far behind bots may be shown: who reads often reads what the last tick left."""


def require_abreast(cohorts: Iterable[tuple[Cohort, Phase]], now: datetime, *, is_exact: bool = False) -> None:
    """Ask that the bots of these cohorts stand where they stand now; of events without bots there is nothing to ask.

    `is_exact`: to the second, for who joins. So it always is where bots can change what humans win, and at a cohort's end.

    :raises BotsBehind: if some do not
    """
    behind = [
        cohort.cohort_id
        for cohort, phase in cohorts
        if phase.definition.bots is not None
        and second_due(cohort, phase, now, 0 if is_exact else _slack_of(phase.definition)) is not None
    ]
    if behind:
        raise BotsBehind(sorted(set(behind)), now)


def _slack_of(definition: Definition) -> int:
    bots = definition.bots
    return 0 if bots is not None and (bots.count or bots.take_prizes) else SLACK_SECONDS
