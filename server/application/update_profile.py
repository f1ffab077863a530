"""A player changes name or avatar (E24)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from server.domain.errors import PlayerNotFound
from server.domain.event_leaderboards import completion
from server.domain.event_leaderboards.cohort import Cohort, Participation
from server.domain.ids import CohortId, PlayerId
from server.domain.leaderboards.entry import PeriodId
from server.domain.players import Player
from server.ports.board_store import EntryKey
from server.ports.broker import Broker, Topic, cohort_topic, segment_topic
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.errors import WorldError
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
        with suppress(WorldError):  # it is written; who watches a board sees it a little later
            self._broker.publish(await self._boards_of(player_id, now))
        return player

    async def _boards_of(self, player_id: PlayerId, now: datetime) -> list[Topic]:
        """Return the segments that the player stands in: names on leaderboards are read from accounts when they are shown."""
        periods = ((key, self._catalog.period_at(key, now)) for key in self._catalog.current().boards)
        keys = [EntryKey(PeriodId(key, one.start), player_id) for key, one in periods if one is not None]
        entries = await self._store.read(lambda view: view.entries_of(keys)) if keys else []
        return [segment_topic(entry.segment_id) for entry in entries if entry is not None]
