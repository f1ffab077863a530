"""A player looks at all events (E80)."""

from __future__ import annotations

from collections.abc import Collection

from server.application.get_event_leaderboard import Shown, note_read, shown
from server.application.interest import Interest
from server.application.situations import load_situations
from server.application.standing_pages import Standings
from server.domain.event_leaderboards.situation import Situation, claim_refusal
from server.domain.ids import CohortId, EventId, PlayerId
from server.domain.values import value
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.store import Reading, Store


@value
class EventPage:
    """Some of the events, by id; `next_after` is None on the last page."""

    events: list[Shown]
    next_after: EventId | None


class ListEventLeaderboards:
    """Show the events to a player, by id. A removed one is listed while it still matters to him (E8)."""

    def __init__(self, store: Store, catalog: Catalog, clock: Clock, interest: Interest[CohortId]) -> None:
        self._interest = interest
        self._store = store
        self._catalog = catalog
        self._clock = clock

    async def __call__(
        self, player_id: PlayerId, categories: Collection[str], standings: Standings, after: str, limit: int
    ) -> EventPage:
        """List up to `limit` events behind the id `after`; no categories means all of them."""
        now = self._clock.now()
        event_ids = self._listed(categories, after)

        async def work(view: Reading) -> EventPage:
            situations = await load_situations(view, self._catalog, player_id, event_ids, now, with_rank=True)
            found = [one for one in situations if _matters(one)]
            events = [await shown(view, one, standings) for one in found[:limit]]
            is_last = len(found) <= limit
            return EventPage(events, None if is_last else events[-1].view.definition.event_id)

        page = await self._store.read(work)
        for one in page.events:
            note_read(self._interest, one.view)
        return page

    def _listed(self, categories: Collection[str], after: str) -> list[EventId]:
        timelines = self._catalog.current().timelines
        return [
            event_id
            for event_id, timeline in sorted(timelines.items())
            if event_id > after and (not categories or timeline.latest.category in categories)
        ]


def _matters(situation: Situation) -> bool:
    """Tell whether a player wants to see the event: it is there, still runs out, or owes him a reward."""
    return situation.timeline.current is not None or situation.phase is not None or claim_refusal(situation) is None
