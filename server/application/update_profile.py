"""A player changes name or avatar (E24)."""

from __future__ import annotations

from dataclasses import replace

from server.domain.errors import PlayerNotFound
from server.domain.event_leaderboards import completion
from server.domain.event_leaderboards.cohort import Cohort, Participation
from server.domain.ids import CohortId, PlayerId
from server.domain.players import Player
from server.ports.broker import Broker, cohort_topic
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.store import Seat, Store, Transaction


class UpdateProfile:
    """Write the new name and avatar, also into the cohorts that are incomplete for the player."""

    def __init__(self, store: Store, catalog: Catalog, clock: Clock, broker: Broker) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock
        self._broker = broker

    async def __call__(self, player_id: PlayerId, name: str | None, avatar_url: str | None) -> Player:
        """Update; None keeps what is there.

        :raises PlayerNotFound: if there is no such player
        """
        now = self._clock.now()

        def is_running(one: Participation | None) -> bool:
            if one is None:
                return False
            phase = self._catalog.phase_starting(one.event_id, one.phase_start)
            return not completion.is_complete_for(one.participant, one.cohort, phase, now)

        async def work(tx: Transaction) -> tuple[Player, list[CohortId]]:
            known = await tx.player_of(player_id)
            if known is None:
                raise PlayerNotFound
            player = replace(
                known,
                name=known.name if name is None else name,
                avatar_url=known.avatar_url if avatar_url is None else avatar_url,
            )
            await tx.record_profile(player)
            changed: list[CohortId] = []
            keys = [(player_id, event_id) for event_id in await tx.events_of(player_id)]
            for one in await tx.participations_of(keys):
                if one is not None and is_running(one):
                    seat = Seat(one.cohort.cohort_id, player_id)
                    await tx.record_participant_profile(seat, player.name, player.avatar_url)
                    await tx.record_cohorts([_changed(one.cohort)])
                    changed.append(one.cohort.cohort_id)
            return player, changed

        def _changed(cohort: Cohort) -> Cohort:
            tally = cohort.tally
            return cohort.with_tally(replace(tally, revision=tally.revision + 1, changed_at=cohort.stamp(now)))

        player, cohorts = await self._store.transact(work)
        self._broker.publish(map(cohort_topic, cohorts))
        return player
