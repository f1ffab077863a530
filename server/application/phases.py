"""Writing a phase down when somebody first rolls in it (E8)."""

from __future__ import annotations

from server.domain.event_leaderboards.definition import Phase
from server.domain.ids import EventId
from server.ports.catalog import Catalog
from server.ports.store import PinnedPhase, Transaction


class PhasePinnedOtherwise(Exception):
    """Another process has pinned the phase with other bounds or another definition; those hold."""

    def __init__(self, phase: Phase) -> None:
        super().__init__("the phase is pinned otherwise")
        self.phase = phase


async def pin_phase(tx: Transaction, catalog: Catalog, event_id: EventId, phase: Phase) -> None:
    """Pin the phase, unless it is known to be.

    :raises PhasePinnedOtherwise: if it is pinned, and differs from what this process computed
    """
    if catalog.is_pinned(event_id, phase):
        return
    wanted = PinnedPhase(event_id, phase.start, phase.active_end, phase.expiry, phase.definition.hash)
    pinned = await tx.pin_phase(wanted)
    if pinned != wanted:
        definition = catalog.definition_of(event_id, pinned.definition_hash)
        raise PhasePinnedOtherwise(Phase(pinned.start, pinned.active_end, pinned.expiry, definition))
