"""Writing down what modules and webhooks are to be told, in the transaction in which it happens (M1, B81): an outbox.

Where nobody listens, nothing is written. `content` holds the keys under which the rest is found when it is told.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from server.application.webhook_drafts import WebhookDrafts
from server.domain.event_leaderboards.cohort import Cohort
from server.domain.event_leaderboards.definition import Phase
from server.domain.grants import SOURCE_EVENT_LEADERBOARD, Grant
from server.domain.ids import EventId, PlayerId
from server.domain.instants import microseconds_of
from server.domain.leaderboards.entry import PeriodId
from server.domain.values import value
from server.ports.clock import Clock
from server.ports.hooks import COHORT_COMPLETED, GRANT_CREATED, PERIOD_FINALIZED, TIER_CHANGED, Hooks
from server.ports.module_store import Draft
from server.ports.store import Transaction
from server.ports.webhooks import Endpoint


@value
class Happened:
    """A fact, the lane that keeps it in order with others, and the keys of what it is about. `at` is game time."""

    kind: str
    lane: str
    content: dict[str, str | int]
    at: datetime


def tier_changed(player_id: PlayerId, before: Cohort | None, cohort: Cohort, at: datetime) -> list[Happened]:
    """Return that a roll has changed the player's tier, if it has."""
    if before is None or before.tier == cohort.tier:
        return []
    content: dict[str, str | int] = {"player": player_id, "cohort": cohort.cohort_id, "from_tier": before.tier}
    return [Happened(TIER_CHANGED, f"cohort {cohort.cohort_id}", content, at)]


def cohort_completed(cohort: Cohort, at: datetime) -> Happened:
    """Return that a cohort is over for everybody."""
    return Happened(COHORT_COMPLETED, f"cohort {cohort.cohort_id}", {"cohort": cohort.cohort_id}, at)


def grant_created(grant: Grant) -> Happened:
    """Return that a player was given something; what cohorts give stays in order with what else they do."""
    if grant.source_kind == SOURCE_EVENT_LEADERBOARD:
        cohort_id = grant.key.removeprefix(f"{SOURCE_EVENT_LEADERBOARD}:{grant.source_id}:")
        cohort_id = cohort_id.removesuffix(f":{grant.player_id}")
        lane = f"cohort {cohort_id}"
    else:
        lane = f"player {grant.player_id}"
    return Happened(GRANT_CREATED, lane, {"grant": grant.grant_id}, grant.created_at)


def phase_passed(kind: str, event_id: EventId, phase: Phase, at: datetime) -> Happened:
    """Return that a phase has started or ended."""
    return Happened(kind, f"event {event_id}", {"event": event_id, "start": microseconds_of(phase.start)}, at)


def period_finalized(period: PeriodId, at: datetime) -> Happened:
    """Return that a leaderboard's period is final; those of one board stay in order."""
    content: dict[str, str | int] = {"leaderboard": period.leaderboard, "start": microseconds_of(period.start)}
    return Happened(PERIOD_FINALIZED, f"board {period.leaderboard}", content, at)


class Notices:
    """Writes notices for those who listen: modules, and endpoints of webhooks."""

    def __init__(self, hooks: Hooks, clock: Clock, endpoints: Sequence[Endpoint] = ()) -> None:
        self._hooks = hooks
        self._clock = clock
        self._webhooks = WebhookDrafts(endpoints)

    def are_wanted(self, kind: str) -> bool:
        """Whether anybody listens."""
        return bool(self._hooks.listeners(kind)) or self._webhooks.are_wanted(kind)

    async def write(self, tx: Transaction, happened: Iterable[Happened]) -> None:
        """Write a notice for each module that listens to what happened, in order, and for each endpoint."""
        drafts: list[Draft] = []
        for one in happened:
            drafts += self._for_modules(one)
            drafts += self._webhooks.of(one.kind, one.content, one.at)
        await self._add(tx, drafts)

    async def granted(self, tx: Transaction, grants: Sequence[Grant]) -> None:
        """Write that players were given something: each grant for modules, up to a hundred at once for endpoints."""
        drafts = [draft for grant in grants for draft in self._for_modules(grant_created(grant))]
        await self._add(tx, [*drafts, *self._webhooks.of_grants(grants)])

    def _for_modules(self, one: Happened) -> list[Draft]:
        listeners = self._hooks.listeners(one.kind)
        if not listeners:
            return []
        content = json.dumps(one.content)
        return [Draft(module, one.lane, one.kind, content, one.at) for module in listeners]

    async def _add(self, tx: Transaction, drafts: Sequence[Draft]) -> None:
        if drafts:
            await tx.add_notices(drafts, self._clock.wall())
