"""Telling modules what has happened: at least once, in the order of each lane, also after a restart (M1, M4).

A lane is leased with its first notice, told until its end, its time or a failure, and let go. What has been told is
removed after the fact: a process that dies in between leaves notices that are told again.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from server.application.board_periods import board_of_stored
from server.domain.errors import DomainError
from server.domain.ids import CohortId, EventId, GrantId, LeaderboardKey, PlayerId
from server.domain.instants import from_microseconds
from server.domain.leaderboards.entry import PeriodId
from server.domain.players import Player
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.errors import CatalogBehind, HookFailed
from server.ports.hooks import (
    COHORT_COMPLETED,
    GRANT_CREATED,
    PERIOD_FINALIZED,
    PHASE_STARTED,
    TIER_CHANGED,
    CohortCompleted,
    GrantCreated,
    Hooks,
    News,
    NobodyListens,
    PeriodFinalized,
    PhaseEnded,
    PhaseStarted,
    TierChanged,
)
from server.ports.module_store import Lane, Notice
from server.ports.store import Reading, Store, Transaction

log = structlog.get_logger(__name__)

LANES_AT_ONCE = 32
LANES_OF_A_MODULE = 8
"""A module that has so many lanes under way begins no other; it may have as many more as it took at once."""
LOOK_SECONDS = 0.25
"""After so long it is looked again what is due, although nothing has ended."""
NOTICES_AT_ONCE = 50
LEASE = timedelta(seconds=60)
TELLING_TIME = timedelta(seconds=20)
"""After so long no further notice of a lane is begun: with the longest hook (30 s) the lease still holds."""
ATTEMPTS_MAX = 10
_WAIT_FIRST, _WAIT_MAX = timedelta(seconds=1), timedelta(minutes=5)
_GONE = "nobody listens any more"
"""Not so sure: another process may have reloaded already, and this one will in a moment. So it is told again, too."""


class TellModules:
    """Tell what is due now."""

    def __init__(self, store: Store, catalog: Catalog, clock: Clock, hooks: Hooks, tasks: asyncio.TaskGroup) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock
        self._hooks = hooks
        self._tasks = tasks
        self._telling: dict[asyncio.Task[Exception | None], Lane] = {}

    async def __call__(self) -> int:
        """Begin to tell what is due, and return how many lanes are being told; 0 means that nothing is due.

        Waits until one of them has ended, or a little: a hook that takes its time holds up neither other lanes nor, with
        a share of the lanes for each, other modules.
        """
        await self._begin()
        if not self._telling:
            return 0
        being_told = len(self._telling)
        ended, _ = await asyncio.wait(self._telling, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        for one in ended:
            del self._telling[one]
        for one in ended:
            error = None if one.cancelled() else one.result()
            if error is not None:  # the others go on in peace; this lane comes back when its lease is over
                raise error
        return being_told

    def close(self) -> None:
        """Stop telling; what was not told to its end is told again."""
        for one in self._telling:
            one.cancel()

    async def _begin(self) -> None:
        room = LANES_AT_ONCE - len(self._telling)
        if not room:
            return
        wall, shares = self._clock.wall(), Counter(lane.module for lane in self._telling.values())
        busy = [module for module, lanes in shares.items() if lanes >= LANES_OF_A_MODULE]
        room = min(room, LANES_OF_A_MODULE)
        lanes = await self._store.transact(lambda tx: tx.acquire_due_lanes(wall, wall + LEASE, room, busy))
        for lane in lanes:
            self._telling[self._tasks.create_task(self._lane_told(lane))] = lane

    async def _lane_told(self, lane: Lane) -> Exception | None:
        try:
            await self._tell_lane(lane)
        except Exception as error:  # told to the worker; the group of tasks is not to end over it
            return error
        return None

    async def _tell_lane(self, lane: Lane) -> None:
        began = self._clock.wall()
        notices = await self._store.read(lambda view: view.notices_of(lane, NOTICES_AT_ONCE))
        told: list[Notice] = []
        failed, failure = None, ""
        for notice in notices:
            if self._clock.wall() - began > TELLING_TIME:
                break
            failure = await self._told_or_failure(notice)
            if failure:
                failed = notice
                break
            told.append(notice)
        await self._finish(lane, told, failed, failure)

    async def _told_or_failure(self, notice: Notice) -> str:
        """Tell a notice; return an empty text, or under which incident it failed."""
        news = await self._store.read(lambda view: self._news(view, notice))
        if news is None:  # what it was about is gone (E82): there is nothing left to be told
            return ""
        try:
            await self._hooks.tell(news, notice)
        except HookFailed as failure:
            return failure.incident
        except DomainError as refusal:
            return f"refused: {refusal.said_reason}"
        except NobodyListens:
            return _GONE
        return ""

    async def _finish(self, lane: Lane, told: Sequence[Notice], failed: Notice | None, failure: str) -> None:
        wall = self._clock.wall()
        again_at = None if failed is None else next_attempt(failed, wall)

        async def work(tx: Transaction) -> None:
            if told:
                await tx.remove_notices(told)
            if failed is None:
                await tx.release_lane(lane, wall)
            else:
                await tx.record_failure(failed, again_at, failure)

        await self._store.transact(work)
        if failed is not None and again_at is None:
            log.error(
                "notice_parked",
                module=lane.module,
                kind=failed.kind,
                lane=lane.name,
                notice_id=failed.notice_id,
                incident=failure,
                mend="mend the module, then call AdminService/RetryNotice; ListParkedNotices shows all of them",
            )

    async def _news(self, view: Reading, notice: Notice) -> News | None:
        """Find what a notice is about."""
        content: dict[str, Any] = json.loads(notice.content)
        if notice.kind in (TIER_CHANGED, COHORT_COMPLETED):
            return await self._news_of_cohort(view, notice.kind, content)
        if notice.kind == GRANT_CREATED:
            grant = await view.grant_of(GrantId(content["grant"]))
            return None if grant is None else GrantCreated(await _player(view, grant.player_id), grant)
        if notice.kind == PERIOD_FINALIZED:
            period = PeriodId(LeaderboardKey(content["leaderboard"]), from_microseconds(content["start"]))
            (stored,) = await view.stored_periods([period])
            return None if stored is None else PeriodFinalized(board_of_stored(self._catalog, stored), stored)
        event_id, start = EventId(content["event"]), from_microseconds(content["start"])
        return await self._news_of_phase(view, notice.kind, event_id, start)

    async def _news_of_phase(self, view: Reading, kind: str, event_id: EventId, start: datetime) -> News | None:
        snapshot = self._catalog.current()
        timeline = snapshot.timelines.get(event_id)
        phase = None if timeline is None else timeline.phase_starting(start)
        if phase is None:  # gone, or announced by a process that knows definitions of which this one has yet to hear
            if (await view.bulletin()).catalog_revision != snapshot.revision:
                raise CatalogBehind(f"{event_id}: the phase of {start} is not known here")
            return None
        return PhaseStarted(phase) if kind == PHASE_STARTED else PhaseEnded(phase)

    async def _news_of_cohort(self, view: Reading, kind: str, content: dict[str, Any]) -> News | None:
        cohort = await view.cohort_of(CohortId(content["cohort"]))
        if cohort is None:
            return None
        definition = self._catalog.phase_starting(cohort.event_id, cohort.phase_start).definition
        if kind == COHORT_COMPLETED:
            return CohortCompleted(definition, cohort)
        player = await _player(view, PlayerId(content["player"]))
        return TierChanged(definition, player, content["from_tier"], cohort)


def next_attempt(notice: Notice, wall: datetime) -> datetime | None:
    """Return when a notice that has just failed is told again, or None where it is given up."""
    if notice.attempts + 1 >= ATTEMPTS_MAX:
        return None
    waits: timedelta = min(_WAIT_FIRST * 2**notice.attempts, _WAIT_MAX)
    return wall + waits


async def _player(view: Reading, player_id: PlayerId) -> Player:
    return await view.player_of(player_id) or Player(player_id, from_microseconds(0))
