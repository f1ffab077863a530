"""The way back to before the first roll, for those who test a game (E82)."""

from __future__ import annotations

from dataclasses import replace

from server.application.bots_abreast import require_abreast
from server.application.company_moves import last_open_joined_at
from server.application.situations import load_situation
from server.domain.errors import CohortComplete, CohortNotJoined
from server.domain.event_leaderboards.completion import scheduled
from server.domain.event_leaderboards.joining import left
from server.domain.ids import CohortId, EventId, PlayerId
from server.ports.broker import Broker, cohort_topic
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.store import Seat, Store, Transaction


class UnenrolPlayer:
    """Take a player out of an event, as if he had never rolled in it."""

    def __init__(self, store: Store, catalog: Catalog, clock: Clock, broker: Broker) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock
        self._broker = broker

    async def __call__(self, player_id: PlayerId, event_id: EventId) -> None:
        """Remove him from his cohort. His tier and rolls begin anew.

        :raises EventNotFound, CohortNotJoined: if the player is in no cohort of the event
        :raises CohortComplete: if the cohort is sealed; its outcome stands
        """
        now = self._clock.now()

        async def work(tx: Transaction) -> CohortId:
            situation = await load_situation(tx, self._catalog, player_id, event_id, now)
            one, held = situation.participation, situation.held
            if one is None or held is None:
                raise CohortNotJoined
            if one.cohort.tally.sealed_at is not None:
                raise CohortComplete
            require_abreast([(one.cohort, held)], now, is_exact=True)
            await tx.remove_participant(Seat(one.cohort.cohort_id, player_id))
            cohort = left(one.cohort, one.participant, held, now)
            last_open = await last_open_joined_at(tx, cohort, held.definition)
            waiting = cohort.with_tally(replace(cohort.tally, last_open_joined_at=last_open))
            await tx.record_cohorts([scheduled(waiting, held)])
            return cohort.cohort_id

        self._broker.publish([cohort_topic(await self._store.transact(work))])
