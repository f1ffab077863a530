"""Whether modules are to be asked about an event: only then anything is prepared for them, and calls leave the fast path."""

from __future__ import annotations

from server.domain.ids import EventId
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.hooks import Hooks


class Asking:
    """Knows who wants to be asked about what."""

    def __init__(self, hooks: Hooks, catalog: Catalog, clock: Clock) -> None:
        self._hooks = hooks
        self._catalog = catalog
        self._clock = clock

    def asks(self, hook: str, event_id: EventId) -> bool:
        """Tell whether a module wants to be asked, by what the event says now or said when its running phase began."""
        if not self._hooks.has(hook):
            return False
        phase = self._catalog.phase_at(event_id, self._clock.now())
        latest = self._catalog.timeline_of(event_id).latest
        return self._hooks.asks(hook, latest) or (phase is not None and self._hooks.asks(hook, phase.definition))
