"""Loading what a decision needs: the situation of a player in an event."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from server.domain.event_leaderboards.cohort import Participation
from server.domain.event_leaderboards.situation import Situation
from server.domain.ids import EventId, PlayerId
from server.domain.instants import BEGINNING
from server.ports.catalog import Catalog
from server.ports.store import Reading, Seat


async def load_situation(
    view: Reading, catalog: Catalog, player_id: PlayerId, event_id: EventId, now: datetime, *, with_rank: bool = False
) -> Situation:
    """Return the player's situation in an event.

    The rank is looked up where an outcome may be asked for, and always with `with_rank`.

    :raises EventNotFound: if there never was such an event
    """
    (one,) = await load_situations(view, catalog, player_id, [event_id], now, with_rank=with_rank)
    return one


async def load_situations(
    view: Reading,
    catalog: Catalog,
    player_id: PlayerId,
    event_ids: Sequence[EventId],
    now: datetime,
    *,
    with_rank: bool = False,
) -> list[Situation]:
    """Return the player's situation in each event, in the order asked."""
    participations = await view.participations_of([(player_id, event_id) for event_id in event_ids])
    return [
        await _situation(view, catalog, player_id, event_id, participation, now, with_rank=with_rank)
        for event_id, participation in zip(event_ids, participations, strict=True)
    ]


async def _situation(
    view: Reading,
    catalog: Catalog,
    player_id: PlayerId,
    event_id: EventId,
    participation: Participation | None,
    now: datetime,
    *,
    with_rank: bool,
) -> Situation:
    phase = catalog.phase_at(event_id, now)
    created_at = BEGINNING
    if phase is not None and phase.definition.min_account_age:
        player = await view.player_of(player_id)
        created_at = now if player is None else player.created_at
    held = None if participation is None else catalog.phase_starting(event_id, participation.phase_start)
    timeline = catalog.timeline_of(event_id)
    situation = Situation(now, timeline, phase, participation, held, 0, created_at)
    if participation is None or not (with_rank or situation.is_complete):
        return situation
    rank = await view.rank_of(Seat(participation.cohort.cohort_id, player_id))
    return Situation(now, timeline, phase, participation, held, rank, created_at)
