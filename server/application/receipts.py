"""Repeated calls: the same request_id gets the same answer, and changes nothing (E35)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from server.domain.errors import RequestIdReused
from server.domain.ids import EventId
from server.ports.receipt_store import Receipt, ReceiptKey
from server.ports.store import Transaction

KEPT = timedelta(hours=48)
"""How long calls other than submissions are remembered; twice what is promised."""

SUBMISSIONS_KEPT = 32
SUBMISSIONS_KEPT_FOR = timedelta(minutes=10)
"""A submission is remembered while it is among the player's last 32 or younger than ten minutes."""


def digest_of(*arguments: object) -> bytes:
    """Return a digest of a call's arguments: whatever travelled the wire, the same wish has the same digest."""
    return hashlib.blake2b(repr(arguments).encode(), digest_size=16).digest()


def repeated(receipt: Receipt | None, digest: bytes) -> dict[str, Any] | None:
    """Return what the first call did, or None if this is the first.

    :raises RequestIdReused: if the request_id stood for another wish
    """
    if receipt is None:
        return None
    if receipt.digest != digest:
        raise RequestIdReused
    effect: dict[str, Any] = json.loads(receipt.effect)
    return effect


async def repeats_among(tx: Transaction, keys: Iterable[ReceiptKey | None]) -> set[ReceiptKey]:
    """Return those keys under which a call was made before; None stands for a call without a request_id."""
    asked = [key for key in keys if key is not None]
    found = await tx.receipts_of(asked) if asked else []
    return {key for key, receipt in zip(asked, found, strict=True) if receipt is not None}


def receipt_for(digest: bytes, effect: dict[str, Any], wall: datetime) -> Receipt:
    """Return the note of what a call did."""
    return Receipt(digest, json.dumps(effect, separators=(",", ":")), wall)


class CallReceipts:
    """Receipts of one call within its transaction. Without a request_id nothing is looked up and nothing noted."""

    def __init__(
        self, caller: str, call: str, event_id: EventId, request_id: str, digest: bytes, wall: datetime
    ) -> None:
        self._key = ReceiptKey(caller, call, event_id, request_id) if request_id else None
        self._digest = digest
        self._wall = wall

    async def repeated(self, tx: Transaction) -> dict[str, Any] | None:
        """Return what the first call of this request_id did, or None if this is it."""
        return None if self._key is None else repeated((await tx.receipts_of([self._key]))[0], self._digest)

    async def record(self, tx: Transaction, effect: dict[str, Any]) -> None:
        """Note what this call does."""
        if self._key is not None:
            await tx.record_receipts([(self._key, receipt_for(self._digest, effect, self._wall))])
