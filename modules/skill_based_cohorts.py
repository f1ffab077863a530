"""Cohorts of players of like skill.

What it decides. Every player has a rating in each event. When a cohort is over, each of those who played is held against the
mean rating of the others: Elo says which share of them he should have beaten, his rank says which share he did, and the
difference moves his rating. In a roll he joins the fullest open cohort of his band of ratings, or a new one is made for it.

How an event opts in: `"additional_properties": { "cohorts": "by_skill" }`. Events that also say `"skill": "racing"` share
the ratings of that name; without it, an event has ratings of its own.

What it costs. Of each tier as many cohorts can be part-filled at once as there are bands, where it would be one: at most
`bands - 1` more. With few players choose few bands, or cohorts stay below `min_cohort_size`. A roll reads one object; a
cohort that is over reads one for each player who played and writes one.

Told twice. Notices come at least once, so a rating remembers for its last cohorts what it was before each. A second telling
sees what the first one saw and passes over those who are rated, also where the first one broke off half-way.

Settings, `[modules.skill_based_cohorts]`:
  rating_start = 1000   a newcomer's rating, in the middle of the middle band
  gain = 48             what one cohort can move a rating at most
  bands = 5             into so many bands players are parted, an odd number
  band_width = 150      of ratings; the lowest and the highest band have no end
"""

from collections.abc import Mapping, Sequence
from functools import partial
from math import floor
from typing import Any

from server.modules_api import Cohort, Context, Event, Player, Registry, SharedCohort

COLLECTION = "skill_based_cohorts"
COHORTS_REMEMBERED = 20
COHORT_SIZE_MAX = 1000


def register(registry: Registry) -> None:
    """Tell the server which hooks this module has."""
    registry.cohort_selection(select_cohort, opt_in="cohorts")
    registry.cohort_completed(rate_players)


async def select_cohort(ctx: Context, event: Event, player: Player) -> SharedCohort | None:
    """Choose a cohort of the player's band."""
    if not _opts_in(event):
        return None
    record = await _record_of(ctx, event, player.id)
    return SharedCohort({"skill": band_of(record["rating"], ctx.settings)})


async def rate_players(ctx: Context, event: Event, cohort: Cohort) -> None:
    """Rate those who have played in a cohort that is over; who only joined it has shown nothing."""
    if not _opts_in(event):
        return
    rows = await ctx.event_leaderboards.standings(cohort.id, COHORT_SIZE_MAX)
    records = {row.player_id: await _record_of(ctx, event, row.player_id) for row in rows if row.submissions}
    before = [rating_before(record, cohort.id) for record in records.values()]
    changes = rating_changes(before, ctx.settings.get("gain", 48))
    for (player_id, record), rating, change in zip(records.items(), before, changes, strict=True):
        rate = partial(rated, cohort_id=cohort.id, before=rating, change=change)
        await ctx.storage.update(COLLECTION, _ladder_of(event), rate, player_id, default=record)


def rating_changes(ratings: Sequence[float], gain: float) -> list[float]:
    """Return what a cohort does to the ratings of its players, both from the first place to the last.

    Each player against the mean of the others, not against each of them: a cohort of a thousand takes a thousand steps
    instead of a million, and the event loop waits for none of them.
    """
    others = len(ratings) - 1
    if others < 1:
        return [0.0 for _ in ratings]
    total = sum(ratings)
    changes = []
    for index, rating in enumerate(ratings):
        ahead = rating - (total - rating) / others
        share_expected = 1 / (1 + 10 ** (-ahead / 400))
        share_beaten = (others - index) / others
        changes.append(round(gain * (share_beaten - share_expected), 2))
    return changes


def rating_before(record: Mapping[str, Any], cohort_id: str) -> float:
    """Return a player's rating as it was before a cohort, whether or not he has been rated for it."""
    rating: float = dict(record["cohorts"]).get(cohort_id, record["rating"])
    return rating


def rated(record: Mapping[str, Any], cohort_id: str, before: float, change: float) -> Mapping[str, Any]:
    """Return a player's record with a cohort in it, once."""
    if cohort_id in dict(record["cohorts"]):
        return record
    cohorts = [*record["cohorts"], [cohort_id, before]]
    return {"rating": round(record["rating"] + change, 2), "cohorts": cohorts[-COHORTS_REMEMBERED:]}


def band_of(rating: float, settings: Mapping[str, Any]) -> int:
    """Return the band of a rating: 0 is the lowest, and newcomers are in the middle."""
    bands = settings.get("bands", 5)
    steps = floor((rating - settings.get("rating_start", 1000)) / settings.get("band_width", 150) + 0.5)
    return int(min(max(bands // 2 + steps, 0), bands - 1))


async def _record_of(ctx: Context, event: Event, player_id: str) -> Mapping[str, Any]:
    found = await ctx.storage.get(COLLECTION, _ladder_of(event), player_id)
    newcomer: Mapping[str, Any] = {"rating": ctx.settings.get("rating_start", 1000), "cohorts": []}
    return newcomer if found is None else found.value


def _opts_in(event: Event) -> bool:
    return event.additional_properties.get("cohorts") == "by_skill"


def _ladder_of(event: Event) -> str:
    return event.additional_properties.get("skill", event.id)
