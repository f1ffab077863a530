"""What a roll leaves behind in the player's participation (E24, E25)."""

from __future__ import annotations

from datetime import datetime

from server.domain.event_leaderboards.cohort import Cohort, Participant, Participation
from server.domain.event_leaderboards.situation import Situation, rolls_used_after


def participation_after_roll(
    situation: Situation, cohort: Cohort, participant: Participant, now: datetime
) -> Participation:
    """Return the participation once he has joined the cohort. `situation` is the one that allowed the roll.

    A new phase begins with nothing: rolls, best rank and what he played start anew.
    """
    best_rank, played_tier_change = _left_behind(situation) if situation.is_reroll else (None, None)
    return Participation(
        player_id=participant.player_id,
        event_id=cohort.event_id,
        cohort=cohort,
        participant=participant,
        rolls_used=rolls_used_after(situation),
        rolled_at=now,
        best_rank=best_rank,
        played_tier_change=played_tier_change,
    )


def _left_behind(situation: Situation) -> tuple[int | None, int | None]:
    """Return best rank and played tier change, now that the last cohort joins the earlier ones of this phase."""
    one = situation.participation
    assert one is not None
    outcome = situation.outcome()
    if outcome.is_idle:
        return one.best_rank, one.played_tier_change
    best_rank = outcome.rank if one.best_rank is None else min(one.best_rank, outcome.rank)
    return best_rank, outcome.tier_change
