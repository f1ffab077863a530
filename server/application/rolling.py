"""What every roll asks first, whether it is served in a batch or alone (E20)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from server.application.cohort_choice import Wish
from server.application.receipts import digest_of
from server.domain.errors import TierNotFound
from server.domain.event_leaderboards.bindings import context_of
from server.domain.event_leaderboards.joining import Joining
from server.domain.event_leaderboards.situation import (
    Situation,
    claim_refusal,
    claims_itself,
    roll_refusal,
    roll_tier,
)
from server.domain.grants import Grant
from server.domain.ids import CohortId, EventId, PlayerId
from server.domain.players import Player
from server.domain.values import value
from server.ports.receipt_store import ReceiptKey

CALL = "RollCohort"


@value
class RollRequest:
    """Who rolls in which event.

    `client_properties` is a JSON object from the player, `server_properties` one from a trusted caller; modules see both.
    `tier` (trusted callers only) replaces the tier that the outcomes give. `request_id` may be empty. `name` and
    `avatar_url` are for the account that a player who has none gets. `asks_where` False: modules are not asked for a cohort.
    """

    player_id: PlayerId
    event_id: EventId
    caller: str
    is_trusted: bool = False
    claim_reward: bool = False
    metadata: str = "{}"
    client_properties: str = "{}"
    server_properties: str = "{}"
    tier: int | None = None
    request_id: str = ""
    name: str = ""
    avatar_url: str = ""
    asks_where: bool = True
    context: Mapping[str, str] = field(default_factory=dict, hash=False)
    """What is said of the player: segments of leaderboards are found there (B34)."""

    @property
    def receipt_key(self) -> ReceiptKey | None:
        """Under which key a repeat is recognised."""
        return ReceiptKey(self.caller, CALL, self.event_id, self.request_id) if self.request_id else None

    @property
    def digest(self) -> bytes:
        """What a repeat must ask for to be one.

        In a player's roll `server_properties` are what modules say, who may say something else of the repeat.
        """
        properties = (self.metadata, self.client_properties, self.server_properties if self.is_trusted else "{}")
        context = [sorted(self.context.items())] if self.context else []
        return digest_of("roll", self.player_id, self.claim_reward, self.tier, *properties, *context)

    def joining(self, player: Player) -> Joining:
        """Return who joins by this roll, and with what."""
        context = context_of(self.context, is_trusted=self.is_trusted)
        return Joining(player.player_id, player.name, player.avatar_url, self.metadata, context)


@value
class Rolled:
    """Which cohort the call put the player into, what it claimed on the way, and the situation now."""

    cohort_id: CohortId
    grant: Grant | None
    situation: Situation

    def effect(self) -> dict[str, str | None]:
        """Return the answer as a receipt keeps it."""
        return {"cohort_id": self.cohort_id, "grant_id": None if self.grant is None else self.grant.grant_id}


def wish_of(request: RollRequest, situation: Situation) -> Wish:
    """Return where the player may go.

    :raises DomainError: if the roll is refused
    """
    refusal = roll_refusal(situation, claims=request.claim_reward)
    if refusal is not None:
        raise refusal
    phase = situation.phase
    assert phase is not None
    if request.tier is not None and not 0 <= request.tier < phase.definition.tiers:
        raise TierNotFound(tier=request.tier, tiers=phase.definition.tiers)
    tier = roll_tier(situation) if request.tier is None else request.tier
    return Wish(request.player_id, phase, tier, situation.now, situation.is_reroll, request.is_trusted)


def claims_along(request: RollRequest, situation: Situation) -> bool:
    """Tell whether the roll claims a reward on its way; nothing to claim is no error (E20)."""
    return (request.claim_reward or claims_itself(situation)) and claim_refusal(situation) is None
