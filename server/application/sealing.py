"""Writing it down that a cohort is over: by the first claim, roll or settlement that finds it so (E52)."""

from __future__ import annotations

from collections.abc import Iterable

from server.domain.event_leaderboards import completion
from server.domain.event_leaderboards.cohort import Cohort
from server.domain.event_leaderboards.situation import Situation
from server.ports.store import Transaction


async def seal_if_complete(tx: Transaction, situation: Situation) -> None:
    """Seal the player's last cohort if it is complete for all and not sealed yet."""
    seal = seal_of(situation)
    if seal is not None:
        await tx.record_cohorts([seal])


def seals_of(situations: Iterable[Situation]) -> list[Cohort]:
    """Return with their seals the cohorts that these players find to be over, each once, by id."""
    seals = {seal.cohort_id: seal for one in situations if (seal := seal_of(one)) is not None}
    return [seals[cohort_id] for cohort_id in sorted(seals)]


def seal_of(situation: Situation) -> Cohort | None:
    """Return the player's last cohort with its seal, if it is complete for all and not sealed yet."""
    one, held, now = situation.participation, situation.held, situation.now
    if one is None or held is None or one.cohort.tally.sealed_at is not None:
        return None
    return completion.sealed(one.cohort, held, now) if completion.is_complete(one.cohort, held, now) else None
