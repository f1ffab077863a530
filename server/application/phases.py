"""Writing a phase down when somebody first rolls in it (E8)."""

from __future__ import annotations

from server.domain.event_leaderboards.definition import Phase
from server.domain.ids import EventId
from server.ports.catalog import Catalog
from server.ports.errors import CatalogBehind
from server.ports.store import PinnedPhase, Transaction


async def pin_phase(tx: Transaction, catalog: Catalog, event_id: EventId, phase: Phase) -> None:
    """Pin the phase, unless it is known to be.

    :raises CatalogBehind: if it is pinned otherwise, or history has changed since this process computed it
    """
    if catalog.is_pinned(event_id, phase):
        return
    wanted = PinnedPhase(event_id, phase.start, phase.active_end, phase.expiry, phase.definition.hash)
    pinned = await tx.pin_phase(wanted)
    if pinned is not None and pinned != wanted:
        raise CatalogBehind(f"{event_id}: the phase of {phase.start} is pinned otherwise")
    revision = (await tx.bulletin()).catalog_revision
    if pinned is None and revision != catalog.current().revision + 1:
        raise CatalogBehind(f"{event_id}: history has reached revision {revision}")
