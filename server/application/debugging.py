"""What the debug calls share (E82)."""

from __future__ import annotations

from server.domain.errors import CohortComplete, CohortNotJoined
from server.domain.event_leaderboards import completion
from server.domain.event_leaderboards.cohort import Participation
from server.domain.event_leaderboards.definition import Phase
from server.domain.event_leaderboards.situation import Situation


def running_cohort(situation: Situation) -> tuple[Participation, Phase]:
    """Return the cohort that the player competes in, and its phase."""
    one, held = situation.participation, situation.held
    if one is None or held is None:
        raise CohortNotJoined
    if completion.is_complete(one.cohort, held, situation.now):
        raise CohortComplete
    return one, held
