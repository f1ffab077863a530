"""Phases that have started or ended since they were last looked at, each announced once (M1).

Nothing but the schedule says so; what has been announced is marked in the transaction that writes the notices. An event is
marked when it is first looked at, so that nobody hears of phases from before there was anybody to hear of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from server.application.notices import Happened, Notices, phase_passed
from server.domain.event_leaderboards.timeline import Timeline
from server.domain.ids import EventId
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.hooks import PHASE_ENDED, PHASE_STARTED
from server.ports.store import Store, Transaction

PHASES_AT_ONCE = 200
"""So many phases of an event are announced in a transaction; after a long sleep several follow on each other."""


class AnnouncePhases:
    """Announce what is due now."""

    def __init__(self, store: Store, catalog: Catalog, clock: Clock, notices: Notices) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock
        self._notices = notices
        self._announced: dict[EventId, datetime] = {}
        """What this process knows to be announced; others may have announced more."""

    async def __call__(self) -> int:
        """Announce, and return how many starts and ends there were; 0 means that nothing is due."""
        if not (self._notices.are_wanted(PHASE_STARTED) or self._notices.are_wanted(PHASE_ENDED)):
            return 0
        now = self._clock.now()
        return sum([await self._of_event(event_id, now) for event_id in self._catalog.current().timelines])

    async def _of_event(self, event_id: EventId, now: datetime) -> int:
        known = self._announced.get(event_id)
        if known is not None and next(_passed(event_id, self._catalog.timeline_of(event_id), known, now), None) is None:
            return 0

        async def work(tx: Transaction) -> tuple[datetime, int]:
            marked = await tx.announced_until(event_id)
            if marked is None:
                await tx.record_announced(event_id, now)
                return now, 0
            until, happened = _some(_passed(event_id, self._catalog.timeline_of(event_id), marked, now), now)
            if happened:
                await tx.record_announced(event_id, until)
                await self._notices.write(tx, happened)
            return max(marked, until), len(happened)

        self._announced[event_id], count = await self._store.transact(work)
        return count


def _some(passed: Iterator[Happened], now: datetime) -> tuple[datetime, list[Happened]]:
    """Return some of what has passed, and until when that is all of it."""
    happened: list[Happened] = []
    for one in passed:
        if len(happened) >= PHASES_AT_ONCE and one.at > happened[-1].at:
            return happened[-1].at, happened
        happened.append(one)
    return now, happened


def _passed(event_id: EventId, timeline: Timeline, after: datetime, until: datetime) -> Iterator[Happened]:
    """Yield what has started or ended in (after, until], in order."""
    phase = timeline.phase_at(after)
    if phase is not None and after < phase.active_end <= until:
        yield phase_passed(PHASE_ENDED, event_id, phase, phase.active_end)
    phase = timeline.next_phase(after)
    while phase is not None and phase.start <= until:
        yield phase_passed(PHASE_STARTED, event_id, phase, phase.start)
        if phase.active_end <= until:
            yield phase_passed(PHASE_ENDED, event_id, phase, phase.active_end)
        phase = timeline.next_phase(phase.start)
