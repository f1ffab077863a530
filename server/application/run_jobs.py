"""Jobs of modules, by their cron expressions: each run by one process of all, missed runs made up for by one (M1)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from server.domain.errors import DomainError
from server.ports.clock import Clock
from server.ports.errors import HookFailed
from server.ports.hooks import Hooks, RegisteredJob
from server.ports.module_store import JobKey, JobRun
from server.ports.store import Store, Transaction

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=60)
"""Longer than any job may take; a process that dies in one leaves it to another after that."""


class RunJobs:
    """Run what is due now. A job that is seen for the first time waits for its next tick."""

    def __init__(self, store: Store, clock: Clock, hooks: Hooks) -> None:
        self._store = store
        self._clock = clock
        self._hooks = hooks
        self._next: dict[RegisteredJob, datetime | None] = {}
        """When a job is next worth a look at the store."""

    async def __call__(self) -> int:
        """Run those of a module one after the other, no module waiting for another, and return how many were run here."""
        now = self._clock.now()
        jobs = self._hooks.jobs()
        self._next = {job: at for job, at in self._next.items() if job in jobs}
        looked_at: dict[str, list[RegisteredJob]] = {}
        for job in jobs:
            if self._is_worth_a_look(job, now):
                looked_at.setdefault(job.key.module, []).append(job)
        ends = await asyncio.gather(*map(self._run_those_due, looked_at.values()), return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):  # the others have ended in peace
                raise end
        return sum(end for end in ends if not isinstance(end, BaseException))

    async def _run_those_due(self, jobs: Sequence[RegisteredJob]) -> int:
        return sum([await self._run_if_due(job) for job in jobs])

    def _is_worth_a_look(self, job: RegisteredJob, now: datetime) -> bool:
        if job not in self._next:
            return True
        at = self._next[job]
        return at is not None and at <= now

    async def _run_if_due(self, job: RegisteredJob) -> bool:
        now, wall = self._clock.now(), self._clock.wall()

        async def take(tx: Transaction) -> tuple[bool, datetime]:
            run = await tx.job_run(job.key)
            if run is None:
                await tx.record_job(job.key, JobRun(now, wall))
                return False, now
            due_at = job.ticks.first_after(run.ran_until)
            is_mine = due_at is not None and due_at <= now and run.leased_until <= wall
            if is_mine:
                await tx.record_job(job.key, JobRun(run.ran_until, wall + LEASE))
            return is_mine, run.ran_until

        is_mine, ran_until = await self._store.transact(take)
        if is_mine:
            await self._run(job.key)
            ran_until = now
            await self._store.transact(lambda tx: tx.record_job(job.key, JobRun(now, wall)))
        self._next[job] = job.ticks.first_after(ran_until)
        return is_mine

    async def _run(self, job: JobKey) -> None:
        log.info("job_begins", module=job.module, job=job.name)
        try:
            await self._hooks.run_job(job)
        except HookFailed:  # is logged and counted; it waits for its next time
            return
        except DomainError as refusal:
            log.warning("job_refused", module=job.module, job=job.name, reason=refusal.said_reason)
            return
        log.info("job_done", module=job.module, job=job.name)
