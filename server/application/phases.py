"""Writing a phase down when somebody first rolls in it (E8)."""

from __future__ import annotations

from collections.abc import Iterable

from server.domain.event_leaderboards.definition import Phase
from server.domain.ids import EventId
from server.ports.catalog import Catalog
from server.ports.errors import CatalogBehind
from server.ports.store import PinnedPhase, Transaction


async def pin_phases(tx: Transaction, catalog: Catalog, phases: Iterable[tuple[EventId, Phase]]) -> None:
    """Pin phases of events, unless they are known to be.

    :raises CatalogBehind: if one is pinned otherwise, or history has changed since this process computed them
    """
    new = 0
    for event_id, phase in phases:
        if catalog.is_pinned(event_id, phase):
            continue
        wanted = PinnedPhase(event_id, phase.start, phase.active_end, phase.expiry, phase.definition.hash)
        pinned = await tx.pin_phase(wanted)
        if pinned is not None and pinned != wanted:
            raise CatalogBehind(f"{event_id}: the phase of {phase.start} is pinned otherwise")
        new += pinned is None
    if new:
        revision = (await tx.bulletin()).catalog_revision
        if revision != catalog.current().revision + new:
            raise CatalogBehind(f"history has reached revision {revision}")
