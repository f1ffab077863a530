"""What the application asks of the way out to a studio's own servers (B80, B81)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

from server.domain.values import value
from server.ports.errors import WorldError

PERIOD_FINALIZED = "shared_leaderboard.period_finalized"
GRANT_CREATED = "grant.created"
COHORT_COMPLETED = "cohort.completed"
PHASE_ENDED = "phase.ended"
KINDS = (PERIOD_FINALIZED, GRANT_CREATED, COHORT_COMPLETED, PHASE_ENDED)

GRANTS_MAX = 100
"""So many grants share a delivery."""
_RECIPIENT = "webhook:"
"""Notices for endpoints lie in the outbox beside those for modules, whose names have no colon."""


@value
class Endpoint:
    """A server of the studio's that wants to hear of some kinds of things.

    `secrets`: one, or two while receivers change from one to the other. `allows_private`: it may lie in a private network;
    in development only. `ca_file`: a PEM file of authorities beside those that everybody knows; empty: none.
    """

    name: str
    url: str
    secrets: tuple[bytes, ...]
    kinds: frozenset[str] = frozenset(KINDS)
    allows_private: bool = False
    ca_file: str = ""

    @property
    def recipient(self) -> str:
        """For whom its deliveries wait in the outbox."""
        return f"{_RECIPIENT}{self.name}"


class DeliveryFailed(WorldError):
    """An endpoint has not taken a delivery: it cannot be reached, is late, or did not answer 2xx. It is tried again."""


class WebhookSender(ABC):
    """Sends deliveries."""

    @abstractmethod
    async def send(self, endpoint: Endpoint, body: bytes, headers: Mapping[str, str]) -> None:
        """Send one POST, and return when the endpoint has taken it.

        Only by https, to an address that is not private, in ten seconds in all; no redirect is followed.

        :raises DeliveryFailed: if it has not, with the reason
        """

    @abstractmethod
    async def close(self) -> None:
        """Let go of connections."""
