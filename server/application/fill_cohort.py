"""Opponents out of nothing, for those who test a game (E82)."""

from __future__ import annotations

from server.application.bots_abreast import require_abreast
from server.application.company_moves import make_room
from server.application.debugging import running_cohort
from server.application.situations import load_situation
from server.domain.event_leaderboards.cohort import Participation
from server.domain.event_leaderboards.joining import Joining, joined
from server.domain.event_leaderboards.standings import key_of
from server.domain.ids import CohortId, EventId, PlayerId
from server.domain.players import Player
from server.ports.broker import Broker, cohort_topic
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.identity import Identities
from server.ports.store import Store, Transaction


class FillCohort:
    """Add made-up players to a player's cohort."""

    def __init__(self, store: Store, catalog: Catalog, clock: Clock, identities: Identities, broker: Broker) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock
        self._identities = identities
        self._broker = broker

    async def __call__(self, player_id: PlayerId, event_id: EventId, target_count: int) -> int:
        """Add players until there are `target_count` (0: until the cohort is full) and return how many were added.

        :raises EventNotFound, CohortNotJoined: if the player is in no cohort of the event
        :raises CohortComplete: if the cohort takes nobody any more
        """
        now = self._clock.now()

        async def work(tx: Transaction) -> tuple[CohortId, int]:
            situation = await load_situation(tx, self._catalog, player_id, event_id, now)
            one, held = running_cohort(situation)
            require_abreast([(one.cohort, held)], now, is_exact=True)
            cohort = one.cohort
            target = min(target_count or cohort.size, cohort.size)
            missing = max(target - cohort.tally.participant_count, 0)
            for number in range(cohort.tally.participant_count + 1, cohort.tally.participant_count + 1 + missing):
                player = Player(self._identities.player_id(), now, f"Filler {number}")
                await tx.add_player(player)
                cohort, participant = joined(cohort, Joining(player.player_id, player.name, ""), held, now)
                await tx.add_participants([(participant, key_of(held.definition, participant))])
                filler = Participation(player.player_id, event_id, cohort, participant, 1, now)
                await tx.record_participations([filler])
            (cohort,) = await make_room(tx, [(cohort, held)], now)
            await tx.record_cohorts([cohort])
            if held.definition.bots is not None:
                await tx.record_companies([cohort])
            return cohort.cohort_id, missing

        cohort_id, added = await self._store.transact(work)
        self._broker.publish([cohort_topic(cohort_id)])
        return added
