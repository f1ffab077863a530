"""A player looks at an event (E80, E81)."""

from __future__ import annotations

from server.application.interest import Interest
from server.application.situations import load_situation
from server.application.standing_pages import Standings, load_rows
from server.domain.event_leaderboards.situation import Situation
from server.domain.event_leaderboards.view import EventView, StandingRow, event_view
from server.domain.ids import CohortId, EventId, PlayerId
from server.domain.values import value
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.store import Reading, Store


@value
class Shown:
    """An event as its player sees it, with as much of the standings as was wanted."""

    view: EventView
    rows: list[StandingRow]


class GetEventLeaderboard:
    """Show an event to a player. Who never joined gets the empty state, not an error."""

    def __init__(self, store: Store, catalog: Catalog, clock: Clock, interest: Interest[CohortId]) -> None:
        self._interest = interest
        self._store = store
        self._catalog = catalog
        self._clock = clock

    async def __call__(self, player_id: PlayerId, event_id: EventId, standings: Standings) -> Shown:
        """Get.

        :raises EventNotFound: if there is no such event
        """
        now = self._clock.now()

        async def work(view: Reading) -> Shown:
            situation = await load_situation(view, self._catalog, player_id, event_id, now, with_rank=True)
            return await shown(view, situation, standings)

        found = await self._store.read(work)
        note_read(self._interest, found.view)
        return found


def note_read(interest: Interest[CohortId], view: EventView) -> None:
    """Note that somebody looks at the cohort of a view, if there are bots in it to be kept moving (L8)."""
    if view.cohort is not None and view.cohort_phase is not None and view.cohort_phase.definition.bots is not None:
        interest.note(view.cohort.cohort_id)


async def shown(view: Reading, situation: Situation, standings: Standings) -> Shown:
    """Return what a situation looks like. It must carry the player's rank, if he is in a cohort."""
    seen = event_view(situation)
    if seen.cohort is None or seen.cohort_phase is None:
        return Shown(seen, [])
    return Shown(
        seen, await load_rows(view, standings, seen.cohort, seen.cohort_phase, seen.own.rank if seen.own else 0)
    )
