"""What a cohort looks like to those who watch it: its first rows, and its state (L20)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from server.application.bots_abreast import require_abreast
from server.application.interest import Interest
from server.application.live.frames import Reason
from server.application.live.sources import Look, Source
from server.domain.errors import CohortNotFound
from server.domain.event_leaderboards import completion
from server.domain.event_leaderboards.cohort import Cohort, Participant
from server.domain.event_leaderboards.definition import Phase
from server.domain.event_leaderboards.standings import key_of
from server.domain.ids import CohortId, PlayerId
from server.domain.live.rows import LiveRow, Revision, Sight
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.store import Reading, Seat, Store

_EPOCH = 1
"""A cohort's revision is a row of the store, and goes on over every restart (E36)."""


class CohortSource(Source):
    """Reads a cohort from the store; cohorts are small."""

    def __init__(
        self, store: Store, catalog: Catalog, clock: Clock, interest: Interest[CohortId], cohort_id: CohortId
    ) -> None:
        self._interest = interest
        self._store = store
        self._catalog = catalog
        self._clock = clock
        self._cohort_id = cohort_id

    async def look(self, rows: int, own: Sequence[PlayerId]) -> Look:
        """Look at the cohort.

        :raises CohortNotFound: if it is gone
        :raises WorldError: if the store cannot be read
        """
        now = self._clock.now()
        return await self._store.read(lambda view: self._looked(view, rows, own, now))

    async def _looked(self, view: Reading, rows: int, own: Sequence[PlayerId], now: datetime) -> Look:
        cohort = await view.cohort_of(self._cohort_id)
        if cohort is None:
            raise CohortNotFound
        phase = self._catalog.phase_starting(cohort.event_id, cohort.phase_start)
        if phase.definition.bots is not None:
            self._interest.note(self._cohort_id)
            require_abreast([(cohort, phase)], now)
            first = await view.lines_of(self._cohort_id, 1, rows)
            top = tuple(_row(line.participant, line.rank) for line in first)
        else:
            humans = await view.standings_of(self._cohort_id, 1, rows)
            top = tuple(_row(one, rank) for rank, one in enumerate(humans, 1))
        lines = {row.player_id: row for row in top if row.player_id in set(own)}
        if cohort.shown_count > len(top):
            lines |= await self._others(view, phase, [one for one in own if one not in lines])
        sight = Sight(Revision(_EPOCH, cohort.tally.revision), top, cohort.shown_count)
        over = _over(cohort, phase, now)
        return Look(sight, (cohort, phase), lines, None if over else completion.completed_at(cohort, phase), over)

    async def _others(self, view: Reading, phase: Phase, player_ids: Sequence[PlayerId]) -> dict[PlayerId, LiveRow]:
        found = {}
        for player_id in player_ids:
            seat = Seat(self._cohort_id, player_id)
            participant = await view.participant_of(seat)
            if participant is not None:
                rank = await view.rank_of(seat)
                if phase.definition.bots is not None:
                    (ahead,) = await view.bots_ahead_of([(self._cohort_id, key_of(phase.definition, participant))])
                    rank += ahead
                found[player_id] = _row(participant, rank)
        return found


def _row(one: Participant, rank: int) -> LiveRow:
    return LiveRow(one.player_id, one.name, one.avatar_url, one.result.score, one.result.subscore, rank, rank)


def _over(cohort: Cohort, phase: Phase, now: datetime) -> Reason | None:
    if not completion.is_complete(cohort, phase, now):
        return None
    return Reason.PHASE_ENDED if completion.completed_at(cohort, phase) >= phase.active_end else Reason.COMPLETED
