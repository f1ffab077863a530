"""A game reports what has happened (B40): what is acknowledged is durable, and scored."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from server.application.batches import Batches
from server.application.contribution_batch import ContributionBatch
from server.application.contribution_effects import ContributionEffects
from server.application.contribution_validation import ContributionValidation
from server.application.game_event_batch import Arrival, GameEventBatch
from server.application.game_event_rules import contributions_of, submissions_of
from server.application.game_events import (
    EventScored,
    Ingested,
    Reception,
    ReportedEvent,
    contribution_id_of,
    judged_time,
)
from server.application.gathering import IMPATIENT, Patience
from server.application.submission_validation import Validation
from server.application.submitting import SubmitRequest
from server.domain.errors import DomainError
from server.domain.leaderboards.outcomes import Outcome
from server.ports.broker import Broker, cohort_topic
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.contribution_store import GameEventKey
from server.ports.store import Capability, Store, Transaction

_LANES = 2
"""As for submissions: one batch is decided while a database in another process works at the other."""


class IngestGameEvents:
    """Take game events, keep them, and score them on every board and event with rules for their type."""

    def __init__(
        self,
        store: Store,
        catalog: Catalog,
        clock: Clock,
        effects: ContributionEffects,
        validation: Validation,
        board_validation: ContributionValidation,
        broker: Broker,
        tasks: asyncio.TaskGroup,
        *,
        dedupe: timedelta,
        patience: Patience = IMPATIENT,
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock
        self._effects = effects
        self._validation = validation
        self._board_validation = board_validation
        self._broker = broker
        self._dedupe = dedupe
        lanes = _LANES if Capability.MANY_PROCESSES in store.capabilities else 1
        self._batches = Batches[Arrival, Ingested](self._together, tasks, lanes=lanes, patience=patience)

    async def __call__(self, server_key: str, reported: Sequence[ReportedEvent]) -> list[Ingested]:
        """Ingest; each has an answer of its own, in order. `server_key`: the name of the key that reports them.

        :raises HookFailed: if a module failed over any of them; none is kept
        :raises StoreOverloaded: if too much is waiting
        """
        now = self._clock.now()
        judged = [self._arrival(server_key, one, now) for one in reported]
        arrivals = [one for one in judged if isinstance(one, Arrival)]
        if self._board_validation.is_needed:
            await asyncio.gather(*(self._show_modules(one) for one in arrivals))
        answers = iter(await self._batches.answer_all(arrivals))
        return [one if isinstance(one, Ingested) else _raised(next(answers)) for one in judged]

    def _arrival(self, server_key: str, reported: ReportedEvent, now: datetime) -> Arrival | Ingested:
        at = judged_time(reported, now, self._dedupe)
        if isinstance(at, DomainError):
            return Ingested(reported.event_id, Reception.REJECTED, refusal=at)
        return Arrival(GameEventKey(server_key, reported.event_id), reported.at(at), reported, now)

    async def _show_modules(self, arrival: Arrival) -> None:
        """Let modules look at what rules make of a game event, unless it has been reported before (M1, M6)."""
        (known,) = await self._store.read(lambda view: view.game_events([arrival.key]))
        if known is not None:
            return
        event, caller = arrival.event, arrival.caller
        arrival.contributions = [
            await self._board_validation.reported(one, caller, event.event_id)
            if self._board_validation.asks_modules(one.leaderboard)
            else one
            for one in contributions_of(self._catalog, event, contribution_id_of(arrival.key), arrival.arrived_at)
        ]
        submissions = submissions_of(self._catalog, event, caller, arrival.arrived_at)
        seen = await self._validation.judged(
            [one for one in submissions if isinstance(one, SubmitRequest)], arrival.arrived_at
        )
        answers = iter(seen)
        arrival.submissions = [
            one if isinstance(one, EventScored) else _seen(one, next(answers)) for one in submissions
        ]

    async def _together(self, arrivals: Sequence[Arrival]) -> Sequence[Ingested]:
        now, wall = self._clock.now(), self._clock.wall()

        async def work(tx: Transaction) -> tuple[list[Ingested], ContributionBatch]:
            contributions = self._effects.batch(tx, now)
            return await GameEventBatch(tx, self._catalog, contributions, wall).apply(arrivals), contributions

        answers, contributions = await self._store.transact(work)
        await self._effects.committed(contributions)
        submitted = [scored.submitted for one in answers for scored in one.submissions]
        self._broker.publish({cohort_topic(one.cohort_id) for one in submitted if one is not None})
        return answers


def _seen(request: SubmitRequest, answer: SubmitRequest | Exception) -> SubmitRequest | EventScored:
    if isinstance(answer, SubmitRequest):
        return answer
    if isinstance(answer, DomainError):
        return EventScored(request.event_id, Outcome.REFUSED, refusal=answer)
    raise answer


def _raised(answer: Ingested | Exception) -> Ingested:
    """Return the answer; what went wrong with one transaction went wrong with all of the call that shared it."""
    if isinstance(answer, Exception):
        raise answer
    return answer
