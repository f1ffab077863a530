"""Loading what a decision needs: the situation of a player in an event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from server.application.bots_abreast import require_abreast
from server.domain.event_leaderboards.cohort import Participation
from server.domain.event_leaderboards.definition import Phase
from server.domain.event_leaderboards.situation import Situation
from server.domain.event_leaderboards.standings import key_of
from server.domain.ids import EventId, PlayerId
from server.domain.instants import BEGINNING
from server.domain.players import Player
from server.domain.values import value
from server.ports.catalog import Catalog
from server.ports.store import Ranking, Reading


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
    phases = (catalog.phase_at(event_id, now) for event_id in event_ids)
    wants_account = any(phase is not None and phase.definition.min_account_age for phase in phases)
    player = await view.player_of(player_id) if wants_account else None
    asked = [Asked(player_id, event_id, now, player) for event_id in event_ids]
    return await load_situations_of(view, catalog, asked, with_rank=with_rank)


@value
class Asked:
    """Whose situation in which event, at which instant. `account` may be left out where no event asks for its age."""

    player_id: PlayerId
    event_id: EventId
    now: datetime
    account: Player | None = None


async def load_situations_of(
    view: Reading, catalog: Catalog, asked: Sequence[Asked], *, with_rank: bool = False
) -> list[Situation]:
    """Return situations of many players, in the order asked.

    :raises BotsBehind: if bots in their cohorts do not stand where they stand now
    """
    participations = await view.participations_of([(one.player_id, one.event_id) for one in asked])
    situations = [_situation(catalog, *pair) for pair in zip(asked, participations, strict=True)]
    beside_bots = [
        (one.participation.cohort, one.held)
        for one in situations
        if one.held is not None and one.held.definition.bots is not None and one.participation is not None
    ]
    if beside_bots:
        require_abreast(beside_bots, max(one.now for one in asked))
    rankings = {
        number: _ranking(one, held)
        for number, situation in enumerate(situations)
        if (one := situation.participation) is not None
        and (held := situation.held) is not None
        and (with_rank or situation.is_complete)
    }
    ranks = await view.ranks_of(list(rankings.values())) if rankings else []
    bots = await _bots_ahead(view, situations, rankings)
    for number, rank in zip(rankings, ranks, strict=True):
        before = situations[number]
        assert before.participation is not None
        ahead = bots.get(number, 0)
        situations[number] = before.with_participation(before.participation, before.held, rank, ahead)
    return situations


async def _bots_ahead(
    view: Reading, situations: Sequence[Situation], rankings: Mapping[int, Ranking]
) -> dict[int, int]:
    """Return how many bots stand before those who are ranked where there are any, by the situation's number."""
    asked = [number for number in rankings if (one := situations[number].participation) and one.cohort.tally.bot_count]
    if not asked:
        return {}
    places = [(rankings[number].cohort_id, rankings[number].standing_key) for number in asked]
    return dict(zip(asked, await view.bots_ahead_of(places), strict=True))


def _situation(catalog: Catalog, asked: Asked, one: Participation | None) -> Situation:
    phase = catalog.phase_at(asked.event_id, asked.now)
    created_at = BEGINNING
    if phase is not None and phase.definition.min_account_age:
        created_at = asked.now if asked.account is None else asked.account.created_at
    held = None if one is None else catalog.phase_starting(asked.event_id, one.phase_start)
    return Situation(asked.now, catalog.timeline_of(asked.event_id), phase, one, held, 0, created_at)


def _ranking(one: Participation, held: Phase) -> Ranking:
    return Ranking(one.cohort.cohort_id, one.player_id, key_of(held.definition, one.participant))
