"""Cohorts of players who did about equally well before.

Events that want it say so in their definition: `"additional_properties": {"cohorts": "by_past_ranks"}`. A player belongs to
a band by the mean of where he came in his last five cohorts: leaders, middle, followers, or newcomers without a history.
He joins the fullest open cohort of his band; where there is none, a new one is made for it. Bands share the tier's prizes
and promotion zones, so keep them few: with three and the newcomers, at most three more cohorts are part-filled per tier.
"""

from collections.abc import Sequence

from server.modules_api import Context, Event, PastCohort, Player, Registry, SharedCohort

COHORTS_REMEMBERED = 5
BANDS = ((1 / 3, "leaders"), (2 / 3, "middle"), (1.0, "followers"))


def register(registry: Registry) -> None:
    """Tell the server which hooks this module has."""
    registry.cohort_selection(select_cohort, opt_in="cohorts")


async def select_cohort(ctx: Context, event: Event, player: Player) -> SharedCohort | None:
    """Choose a cohort of the player's band."""
    if event.additional_properties.get("cohorts") != "by_past_ranks":
        return None
    past = await ctx.event_leaderboards.past_cohorts(player.id, event.id, COHORTS_REMEMBERED)
    return SharedCohort({"band": band_of(past)})


def band_of(past: Sequence[PastCohort]) -> str:
    """Return the band of a player with these past cohorts; those that he did not play in say nothing about him."""
    places = [(one.rank - 1) / (one.count - 1) if one.count > 1 else 0.5 for one in past if one.submissions]
    if not places:
        return "newcomers"
    mean = sum(places) / len(places)
    return next(name for bound, name in BANDS if mean <= bound)
