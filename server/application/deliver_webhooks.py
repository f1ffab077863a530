"""Delivering what endpoints are to be sent: at least once, for a day, and none of them waits for another (B81).

Every endpoint has a few deliveries under way at a time, whatever becomes of the others, so one that is dead holds up nobody.
A delivery is leased, sent, and removed after the fact: a process that dies in between leaves it to be sent again, under the
same id. One that fails waits longer each time; after a day it is parked beside modules' notices, shown to the operator, and
sent again when he says so.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta

import structlog

from server.application.webhook_bodies import body_of
from server.application.webhook_signature import HEADER, signature
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.errors import WorldError
from server.ports.module_store import Notice
from server.ports.store import Store, Transaction
from server.ports.webhooks import DeliveryFailed, Endpoint, WebhookSender

log = structlog.get_logger(__name__)

Count = Callable[[str, str], None]
"""Counts a delivery by endpoint and outcome."""

AT_ONCE = 4
"""Deliveries of an endpoint that are under way at a time."""
WAITING_MAX = 100_000
"""So many may wait for an endpoint. The oldest of those beyond are parked: it has been dead for long, or never was alive."""
LEASE = timedelta(seconds=60)
"""Longer than any attempt takes."""
LOOK_SECONDS = 0.25
BOUND_EVERY = timedelta(seconds=10)
WAIT_FIRST, WAIT_MAX = timedelta(seconds=1), timedelta(hours=1)
ATTEMPTS_MAX = 36
"""1, 2, 4 ... 2,048 seconds and then an hour each: the last attempt is made a little more than a day after the first."""
DELIVERED, FAILED, PARKED, GONE = "delivered", "failed", "parked", "gone"


class DeliverWebhooks:
    """Deliver what is due now."""

    def __init__(
        self,
        store: Store,
        catalog: Catalog,
        clock: Clock,
        endpoints: Sequence[Endpoint],
        sender: WebhookSender,
        tasks: asyncio.TaskGroup,
        count: Count,
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock
        self._endpoints = endpoints
        self._sender = sender
        self._tasks = tasks
        self._count = count
        self._under_way: dict[asyncio.Task[Exception | None], Endpoint] = {}
        self._bounded_at = clock.wall()

    async def __call__(self) -> int:
        """Begin what is due, and return how many deliveries are under way; 0 means that nothing is due.

        Waits until one of them has ended, or a little.
        """
        await self._begin()
        if not self._under_way:
            return 0
        under_way = len(self._under_way)
        ended, _ = await asyncio.wait(self._under_way, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        for one in ended:
            del self._under_way[one]
        for one in ended:
            error = None if one.cancelled() else one.result()
            if error is not None:  # the others go on; this delivery comes back when its lease is over
                raise error
        return under_way

    def close(self) -> None:
        """Stop delivering; what was not taken is sent again."""
        for one in self._under_way:
            one.cancel()

    async def _begin(self) -> None:
        busy = Counter(endpoint.name for endpoint in self._under_way.values())
        free = [one for one in self._endpoints if busy[one.name] < AT_ONCE]
        if not free:
            return
        wall = self._clock.wall()
        bounds = wall - self._bounded_at >= BOUND_EVERY

        async def work(tx: Transaction) -> list[tuple[Endpoint, Notice]]:
            if bounds:
                await self._bound(tx)
            return [
                (endpoint, notice)
                for endpoint in free
                for notice in await tx.acquire_due_notices(
                    endpoint.recipient, wall, wall + LEASE, AT_ONCE - busy[endpoint.name]
                )
            ]

        for endpoint, notice in await self._store.transact(work):
            self._under_way[self._tasks.create_task(self._delivered(endpoint, notice))] = endpoint
        self._bounded_at = wall if bounds else self._bounded_at

    async def _bound(self, tx: Transaction) -> None:
        for endpoint in self._endpoints:
            parked = await tx.park_oldest_notices(endpoint.recipient, WAITING_MAX, "too many were waiting")
            if parked:
                log.error("webhooks_parked", endpoint=endpoint.name, deliveries=parked, mend=_MEND)

    async def _delivered(self, endpoint: Endpoint, notice: Notice) -> Exception | None:
        try:
            await self._deliver(endpoint, notice)
        except Exception as error:  # told to the worker; the group of tasks is not to end over it
            return error
        return None

    async def _deliver(self, endpoint: Endpoint, notice: Notice) -> None:
        try:
            body = await self._store.read(lambda view: body_of(view, self._catalog, notice))
        except WorldError:
            raise  # the store is out of reach, and so would be a note of it
        except Exception:  # a bug: it is counted like any failure, so that it ends, parked, where somebody looks at it
            log.exception("webhook_unwritable", endpoint=endpoint.name, kind=notice.kind, event_id=notice.lane.name)
            await self._fail(endpoint, notice, "its body could not be written; the log says why")
            return
        if body is None:
            log.info("webhook_gone", endpoint=endpoint.name, kind=notice.kind, event_id=notice.lane.name)
            await self._end(endpoint, notice, GONE)
            return
        try:
            await self._sender.send(endpoint, body, self._headers(endpoint, notice, body))
        except DeliveryFailed as failure:
            await self._fail(endpoint, notice, str(failure))
        else:
            await self._end(endpoint, notice, DELIVERED)

    def _headers(self, endpoint: Endpoint, notice: Notice, body: bytes) -> dict[str, str]:
        return {
            "Content-Type": "application/json",
            "User-Agent": "Laurel",
            "X-Attempt": str(notice.attempts + 1),
            HEADER: signature(endpoint.secrets, body, self._clock.wall()),
        }

    async def _end(self, endpoint: Endpoint, notice: Notice, outcome: str) -> None:
        await self._store.transact(lambda tx: tx.remove_notices([notice]))
        self._count(endpoint.name, outcome)

    async def _fail(self, endpoint: Endpoint, notice: Notice, failure: str) -> None:
        wait = wait_after(notice.attempts + 1)
        again_at = None if wait is None else self._clock.wall() + wait
        await self._store.transact(lambda tx: tx.record_failure(notice, again_at, failure))
        self._count(endpoint.name, FAILED if again_at else PARKED)
        if again_at is None:
            log.error(
                "webhook_parked",
                endpoint=endpoint.name,
                kind=notice.kind,
                event_id=notice.lane.name,
                notice_id=notice.notice_id,
                failure=failure,
                mend=_MEND,
            )


_MEND = "mend the endpoint, then call AdminService/RetryNotice; ListParkedNotices shows all of them"


def wait_after(attempts: int) -> timedelta | None:
    """Return how long to wait after so many attempts have failed; None: it is given up."""
    if attempts >= ATTEMPTS_MAX:
        return None
    waits: timedelta = min(WAIT_FIRST * 2 ** (attempts - 1), WAIT_MAX)
    return waits
