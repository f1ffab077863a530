"""Writing down what endpoints are to be sent, in the transaction in which it happens (B81).

A delivery lies in the outbox as the keys of what it is about, in a lane of its own, so it holds up no other. The lane is the
event's id, which follows from its kind and keys: it is the same for every endpoint and every attempt, and when it is written
again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any

from server.domain.grants import Grant
from server.ports import hooks, webhooks
from server.ports.module_store import Draft
from server.ports.webhooks import GRANTS_MAX, Endpoint

_KINDS = {
    hooks.COHORT_COMPLETED: webhooks.COHORT_COMPLETED,
    hooks.PHASE_ENDED: webhooks.PHASE_ENDED,
    hooks.PERIOD_FINALIZED: webhooks.PERIOD_FINALIZED,
}
"""What modules hear of, one by one, that endpoints hear of, too. Grants are told in bundles."""


class WebhookDrafts:
    """Makes drafts of deliveries for those endpoints that want them."""

    def __init__(self, endpoints: Sequence[Endpoint] = ()) -> None:
        self._recipients = {kind: [one.recipient for one in endpoints if kind in one.kinds] for kind in webhooks.KINDS}

    def are_wanted(self, kind: str) -> bool:
        """Whether any endpoint wants to hear of what modules know by this name."""
        told = webhooks.GRANT_CREATED if kind == hooks.GRANT_CREATED else _KINDS.get(kind, "")
        return bool(self._recipients.get(told))

    def of(self, kind: str, content: Mapping[str, Any], at: datetime) -> list[Draft]:
        """Return the deliveries of a fact, by the name under which modules know it."""
        told = _KINDS.get(kind)
        return [] if told is None else self._drafts(told, content, at)

    def of_grants(self, grants: Iterable[Grant]) -> list[Draft]:
        """Return the deliveries of grants, up to a hundred in each."""
        if not self._recipients[webhooks.GRANT_CREATED]:
            return []
        return [
            draft
            for some in _bundles(list(grants))
            for draft in self._drafts(
                webhooks.GRANT_CREATED, {"grants": [one.grant_id for one in some]}, some[0].created_at
            )
        ]

    def _drafts(self, kind: str, content: Mapping[str, Any], at: datetime) -> list[Draft]:
        text = json.dumps(content)
        event_id = event_id_of(kind, text)
        return [Draft(recipient, event_id, kind, text, at) for recipient in self._recipients[kind]]


def event_id_of(kind: str, content: str) -> str:
    """Return the id of what happened: it says nothing, and is nobody else's."""
    return "evt_" + blake2b(f"{kind}\0{content}".encode(), digest_size=16).hexdigest()


def _bundles(grants: Sequence[Grant]) -> Iterator[Sequence[Grant]]:
    for first in range(0, len(grants), GRANTS_MAX):
        yield grants[first : first + GRANTS_MAX]
