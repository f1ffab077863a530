"""A player reports a score (E30 to E36): the hot path, served in batches."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

from server.application.batches import Batches
from server.application.contribution_batch import ContributionBatch
from server.application.contribution_effects import ContributionEffects
from server.application.gathering import IMPATIENT, Patience
from server.application.submission_batch import SubmissionBatch
from server.application.submission_validation import Validation
from server.application.submitting import SubmitRequest, Submitted
from server.ports.broker import Broker, cohort_topic
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.store import Capability, Store, Transaction

_LANES = 4
"""Where the database is another process, one batch is decided here while it works at others; an embedded one has one writer.
With two, the loop idles for a third of the time. Batches that meet in a cohort wait for each other there, as those of two
processes do."""


class SubmitScore:
    """Apply a score to the player's cohort and tell where he stands."""

    def __init__(
        self,
        store: Store,
        catalog: Catalog,
        clock: Clock,
        validation: Validation,
        effects: ContributionEffects,
        broker: Broker,
        tasks: asyncio.TaskGroup,
        *,
        patience: Patience = IMPATIENT,
    ) -> None:
        self._store = store
        self._validation = validation
        self._effects = effects
        self._broker = broker
        self._catalog = catalog
        self._clock = clock
        lanes = _LANES if Capability.MANY_PROCESSES in store.capabilities else 1
        self._batches = Batches[tuple[SubmitRequest, datetime], Submitted](
            self._together, tasks, lanes=lanes, patience=patience
        )

    @property
    def waiting(self) -> int:
        """How many submissions wait for a batch."""
        return self._batches.waiting

    async def __call__(self, request: SubmitRequest) -> Submitted:
        """Submit. The time of the call counts, however long it waits (E30).

        :raises EventNotFound: if there is no such event
        :raises DomainError: the first refusal of E30 that applies
        :raises RequestIdReused: if the request_id stood for another submission
        :raises HookFailed, Refusal: if a module failed or said no
        :raises StoreOverloaded: if too many submissions are waiting
        """
        self._catalog.timeline_of(request.event_id)
        now = self._clock.now()
        if self._validation.asks_modules(request):
            request = await self._validation.validated(request, now)
        return await self._batches.answer((request, now))

    async def all(self, requests: Sequence[SubmitRequest]) -> Sequence[Submitted | Exception]:
        """Submit several scores of one call; each has an answer or a refusal of its own, in order.

        :raises HookFailed: if a module failed over any of them; none is applied
        :raises StoreOverloaded: if too many submissions are waiting
        """
        now = self._clock.now()
        if not self._validation.is_needed:
            return await self._batches.answer_all([(request, now) for request in requests])
        seen = await self._validation.judged(requests, now)
        accepted = [(one, now) for one in seen if isinstance(one, SubmitRequest)]
        answers = iter(await self._batches.answer_all(accepted))
        return [next(answers) if isinstance(one, SubmitRequest) else one for one in seen]

    async def _together(self, requests: Sequence[tuple[SubmitRequest, datetime]]) -> Sequence[Submitted | Exception]:
        now, wall = self._clock.now(), self._clock.wall()

        async def work(tx: Transaction) -> tuple[list[Submitted | Exception], ContributionBatch]:
            contributions = self._effects.batch(tx, now)
            return await SubmissionBatch(tx, self._catalog, contributions, wall).apply(requests), contributions

        answers, contributions = await self._store.transact(work)
        if contributions.answers:
            await self._effects.committed(contributions)
        self._broker.publish({cohort_topic(one.cohort_id) for one in answers if isinstance(one, Submitted)})
        return answers
