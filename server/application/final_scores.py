"""Final scores of a cohort go on to leaderboards, each once (B20).

Settlement does it behind the seal, for then no score can change any more. It goes through the cohort in chunks, a transaction
each, which note on the participants that it is done: whoever goes on after a crash begins where it stopped. Who reached his
own target has brought his final score with that very submission.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial

from server.application.bots_abreast import require_abreast
from server.application.contribution_batch import ContributionBatch
from server.application.contribution_effects import ContributionEffects
from server.application.event_contributions import final_contributions_of, has_final
from server.application.notices import Notices, cohort_completed
from server.domain.event_leaderboards import completion
from server.domain.event_leaderboards.cohort import Cohort
from server.domain.event_leaderboards.definition import Phase
from server.domain.event_leaderboards.standings import key_of
from server.domain.ids import CohortId
from server.ports.catalog import Catalog
from server.ports.store import Store, Transaction

CHUNK = 128
"""Participants that share a transaction."""


class FinalScores:
    """Brings final scores to the leaderboards that take them."""

    def __init__(self, store: Store, catalog: Catalog, effects: ContributionEffects, notices: Notices) -> None:
        self._store = store
        self._catalog = catalog
        self._effects = effects
        self._notices = notices

    async def bring(self, seen: Cohort, phase: Phase, now: datetime) -> None:
        """Bring those of a cohort, if it is complete for all and any board waits for them."""
        if not has_final(phase) or not completion.is_complete(seen, phase, now):
            return
        count = await self._store.transact(partial(self._seal, cohort_id=seen.cohort_id, phase=phase, now=now))
        for first_rank in range(1, count + 1, CHUNK):
            some = partial(self._some, cohort_id=seen.cohort_id, phase=phase, first_rank=first_rank, now=now)
            await self._effects.committed(await self._store.transact(some))

    async def _seal(self, tx: Transaction, cohort_id: CohortId, phase: Phase, now: datetime) -> int:
        """Seal the cohort, if nobody has, and return how many are in it. It stays due: settlement has not been through it."""
        cohort = await tx.cohort_of(cohort_id)
        assert cohort is not None
        require_abreast([(cohort, phase)], now)
        if cohort.tally.sealed_at is None:
            cohort = completion.sealed(cohort, phase, now)
            await tx.record_cohorts([cohort])
            await self._notices.write(tx, [cohort_completed(cohort, now)])
        return cohort.tally.participant_count

    async def _some(
        self, tx: Transaction, cohort_id: CohortId, phase: Phase, first_rank: int, now: datetime
    ) -> ContributionBatch:
        batch = self._effects.batch(tx, now)
        cohort = await tx.cohort_of(cohort_id)
        assert cohort is not None
        participants = await tx.standings_of(cohort_id, first_rank, CHUNK)
        owed = {
            one.player_id: (one, brought)
            for one in participants
            if (brought := final_contributions_of(self._catalog, phase, one, cohort))
        }
        await batch.apply([one for _, brought in owed.values() for one in brought])
        done = [participant.with_final(brought[0].at) for participant, brought in owed.values()]
        if done:
            await tx.record_results([(one, key_of(phase.definition, one)) for one in done])
        return batch
