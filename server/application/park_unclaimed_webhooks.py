"""What waits for an endpoint that stands in the settings no more is given up after a day, where somebody sees it (B81)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import structlog

from server.ports.clock import Clock
from server.ports.store import Store
from server.ports.webhooks import Endpoint

log = structlog.get_logger(__name__)

CLAIMED_WITHIN = timedelta(days=1)
"""As long as deliveries are tried. Processes whose settings change one after the other differ for minutes only."""
LOOK_SECONDS = 600.0
_FAILURE = "no endpoint of this name is in the settings"
_MEND = "put the endpoint back and call AdminService/RetryNotice, or DropNotice; ListParkedNotices shows all of them"


class ParkUnclaimedWebhooks:
    """Look for what waits for endpoints that are gone."""

    def __init__(self, store: Store, clock: Clock, endpoints: Sequence[Endpoint]) -> None:
        self._store = store
        self._clock = clock
        self._recipients = [one.recipient for one in endpoints]

    async def __call__(self) -> int:
        """Park what has been due for a day; it is all done at once, so nothing is left to do."""
        due_before = self._clock.wall() - CLAIMED_WITHIN
        parked = Counter(
            await self._store.transact(lambda tx: tx.park_unclaimed_notices(self._recipients, due_before, _FAILURE))
        )
        for recipient, count in sorted(parked.items()):
            log.error("webhooks_unclaimed", recipient=recipient, deliveries=count, mend=_MEND)
        return 0
