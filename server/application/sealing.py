"""Writing it down that a cohort is over: by the first claim, roll or settlement that finds it so (E52)."""

from __future__ import annotations

from collections.abc import Iterable

from server.application.notices import Notices, cohort_completed
from server.domain.event_leaderboards import completion
from server.domain.event_leaderboards.cohort import Cohort
from server.domain.event_leaderboards.situation import Situation
from server.ports.store import Transaction


async def seal_complete(tx: Transaction, notices: Notices, situations: Iterable[Situation]) -> None:
    """Seal the last cohorts of these players, as far as they are complete for all and not sealed yet; each once, by id."""
    found = {seal.cohort_id: (seal, one.now) for one in situations if (seal := _seal_of(one)) is not None}
    if found:
        seals = [found[cohort_id] for cohort_id in sorted(found)]
        await tx.record_cohorts([seal for seal, _ in seals])
        await notices.write(tx, (cohort_completed(seal, at) for seal, at in seals))


def _seal_of(situation: Situation) -> Cohort | None:
    """Return the player's last cohort with its seal, if it is complete for all and not sealed yet."""
    one, held, now = situation.participation, situation.held, situation.now
    if one is None or held is None or one.cohort.tally.sealed_at is not None:
        return None
    return completion.sealed(one.cohort, held, now) if completion.is_complete(one.cohort, held, now) else None
