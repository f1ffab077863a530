"""What the store keeps of calls with a request_id, so that a repeat is answered as the first was (E35)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from server.domain.event_leaderboards.cohort import Cohort
from server.domain.ids import EventId, PlayerId
from server.domain.values import value


@value
class Receipt:
    """What a call with a request_id did, so that a repeat can be answered alike (E35).

    `digest` is of the call's arguments, `effect` a JSON object of what it did, `created_at` real time.
    """

    digest: bytes
    effect: str
    created_at: datetime


class ReceiptKey(NamedTuple):
    """Who called what about which event, under which request_id. `caller` is a player or a server key."""

    caller: str
    call: str
    event_id: EventId
    request_id: str


class SubmissionReceiptKey(NamedTuple):
    """Which player's submission to which event, sent by whom under which request_id."""

    player_id: PlayerId
    event_id: EventId
    caller: str
    request_id: str


class ReceiptReading(ABC):
    """What can be seen of it."""

    @abstractmethod
    async def receipts_of(self, keys: Sequence[ReceiptKey]) -> list[Receipt | None]:
        """Return what calls did under these request_ids, in the order asked."""

    @abstractmethod
    async def submission_receipts_of(self, keys: Sequence[SubmissionReceiptKey]) -> list[Receipt | None]:
        """Return what submissions did under these request_ids, in the order asked."""


class ReceiptWriting(ReceiptReading):
    """What can be changed of it."""

    @abstractmethod
    async def record_receipts(self, receipts: Sequence[tuple[ReceiptKey, Receipt]]) -> None:
        """Note what calls did under their request_ids."""

    @abstractmethod
    async def record_submission_receipts(self, receipts: Sequence[tuple[SubmissionReceiptKey, Receipt]]) -> None:
        """Note what submissions did under their request_ids."""

    @abstractmethod
    async def forget_receipts(self, created_before: datetime) -> None:
        """Drop the receipts of calls from before an instant."""

    @abstractmethod
    async def forget_submission_receipts(
        self, player_id: PlayerId, event_id: EventId, keep: int, created_before: datetime
    ) -> None:
        """Drop the receipts of a player's submissions from before an instant, but for the last `keep`."""

    @abstractmethod
    async def forget_submission_receipts_in(self, cohort: Cohort, created_before: datetime) -> None:
        """Drop the receipts of submissions from before an instant to the cohort's event, of all who are in it."""
