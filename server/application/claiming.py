"""Granting what a cohort won: shared by ClaimReward, RollCohort with `claim_reward`, and settlement (E60 to E63).

The outcome is fixed, and the dice are seeded with the grant's key, so a reward can be rolled before the transaction that
grants it: that is where the reward hook is called (M6), and why running the transaction again changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from server.application.asking import Asking
from server.application.notices import Notices
from server.application.receipts import digest_of
from server.domain.dice import Dice
from server.domain.errors import NothingToClaim
from server.domain.event_leaderboards.situation import Situation, claim_refusal
from server.domain.grants import Grant, GrantState, cohort_grant_key, credits_of, new_grant
from server.domain.ids import CohortId, EventId, PlayerId
from server.domain.players import Player
from server.domain.rewards import EMPTY_REWARD, Item, Reward, RewardConfig, needs_inventory, roll_reward
from server.domain.values import value
from server.ports.catalog import Catalog
from server.ports.hooks import Hooks, RewardQuestion
from server.ports.identity import Identities
from server.ports.receipt_store import ReceiptKey
from server.ports.store import Balances, Crediting, Reading, Seat, Transaction

CALL = "ClaimReward"


@value
class ClaimRequest:
    """Whose reward of which event. `caller` scopes the request_id, which may be empty.

    `cohort_id` is for settlement, which means one cohort: if the player has moved on, there is nothing to claim.
    """

    player_id: PlayerId
    event_id: EventId
    caller: str
    request_id: str = ""
    cohort_id: CohortId | None = None

    @property
    def receipt_key(self) -> ReceiptKey | None:
        """Under which key a repeat is recognised."""
        return ReceiptKey(self.caller, CALL, self.event_id, self.request_id) if self.request_id else None

    @property
    def digest(self) -> bytes:
        """What a repeat must ask for to be one."""
        return digest_of("claim", self.player_id)


@value
class Claimed:
    """What the claim brought, and the situation after it."""

    grant: Grant
    situation: Situation


@value
class PreparedReward:
    """A reward that modules have seen, for the grant of this key."""

    grant_key: str
    reward: Reward


class HookMustBeAsked(Exception):
    """A transaction found a reward that modules want to see first; it is prepared, and the transaction tried again."""


class Claiming:
    """Rolls rewards and grants them."""

    def __init__(
        self, catalog: Catalog, identities: Identities, hooks: Hooks, asking: Asking, notices: Notices, secret: bytes
    ) -> None:
        self._asking = asking
        self._notices = notices
        self._catalog = catalog
        self._identities = identities
        self._hooks = hooks
        self._secret = secret

    def asks_modules(self, event_id: EventId) -> bool:
        """Tell whether any module wants to see rewards of the event."""
        return self._asking.asks("reward", event_id)

    def is_seen_by_modules(self, situation: Situation) -> bool:
        """Tell whether any module wants to see the reward of this very cohort."""
        return situation.held is not None and self._hooks.asks("reward", situation.held.definition)

    async def question(self, view: Reading, situation: Situation, caller: str) -> RewardQuestion:
        """Roll the reward of a claim that is allowed, for modules to look at."""
        one, held = situation.participation, situation.held
        assert one is not None
        assert held is not None
        reward = await self._rolled(view, situation)
        player = await view.player_of(one.player_id) or Player(one.player_id, situation.now)
        return RewardQuestion(held.definition, player, situation.outcome(), one.cohort, reward, caller)

    async def ask(self, question: RewardQuestion, known: PreparedReward | None = None) -> PreparedReward:
        """Let modules see a reward. Called outside of transactions (M6).

        :raises HookFailed, Refusal: if a module failed or said no
        """
        definition, cohort, player = question.definition, question.cohort, question.player
        key = cohort_grant_key(definition.event_id, cohort.cohort_id, player.player_id)
        if known is not None and known.grant_key == key:
            return known
        return PreparedReward(key, await self._hooks.change_reward(question))

    async def grant(self, tx: Transaction, situation: Situation, prepared: PreparedReward | None) -> Grant:
        """Write the grant of a claim that is allowed, once, and credit it.

        :raises HookMustBeAsked: if modules have not seen this reward yet
        """
        key = _key_of(situation)
        if prepared is not None and prepared.grant_key == key:
            reward = prepared.reward
        elif self.is_seen_by_modules(situation):
            raise HookMustBeAsked
        else:
            reward = await self._rolled(tx, situation)
        return await self._written(tx, situation, reward)

    async def _rolled(self, view: Reading, situation: Situation) -> Reward:
        one = situation.participation
        assert one is not None
        owned = await view.inventory_of(one.player_id) if needs_inventory(_config_of(situation)) else {}
        return self.reward_of(situation, owned)

    def reward_of(self, situation: Situation, owned: Mapping[str, int]) -> Reward:
        """Roll the reward of a claim that is allowed. `owned`: the player's items."""
        config = _config_of(situation)
        if config is None:
            return EMPTY_REWARD
        return roll_reward(config, Dice(self._secret, _key_of(situation)), self._catalog.current().items, owned)

    def new_grant(self, situation: Situation, reward: Reward) -> Grant:
        """Return the grant of a reward, which has yet to be written."""
        one = situation.participation
        assert one is not None
        grant_id = self._identities.grant_id()
        return new_grant(grant_id, _key_of(situation), one.player_id, one.event_id, reward, situation.now)

    async def known_grant(self, tx: Transaction, grant: Grant) -> Grant:
        """Return the grant that stands in the way of another with the same key."""
        known = await tx.grant_of_key(grant.key)
        assert known is not None
        return known

    async def _written(self, tx: Transaction, situation: Situation, reward: Reward) -> Grant:
        one, now = situation.participation, situation.now
        assert one is not None
        grant = self.new_grant(situation, reward)
        (is_new,) = await tx.add_grants([grant])
        if is_new:
            await credit(tx, self._catalog, grant)
            await self._notices.granted(tx, [grant])
        else:  # taken out of the cohort after a claim and back in again (E82), he has had his reward
            grant = await self.known_grant(tx, grant)
        await tx.record_claims([(Seat(one.cohort.cohort_id, one.player_id), now)])
        return grant


async def credit(tx: Transaction, catalog: Catalog, grant: Grant) -> None:
    """Add a claimed grant to wallet and inventory; a pending one waits for its player (B71)."""
    if grant.state is GrantState.CLAIMED:
        (balances,) = await tx.balances_of([grant.player_id])
        creditings = creditings_of(grant, balances, catalog.current().items)
        if creditings:
            await tx.credit(creditings)


def creditings_of(grant: Grant, balances: Balances, items: Mapping[str, Item]) -> list[Crediting]:
    """Return what a grant adds to what its player owns: nothing while it is pending, or where there is no room."""
    if grant.state is not GrantState.CLAIMED or grant.claimed_at is None:
        return []
    credits_ = credits_of(grant.reward, balances.wallet, balances.inventory, items)
    return [Crediting(grant.player_id, credits_, grant.grant_id, grant.claimed_at)] if credits_ else []


def after_claim(situation: Situation) -> Situation:
    """Return the situation once the reward is claimed."""
    one = situation.participation
    assert one is not None
    claimed = one.with_both(one.cohort, one.participant.claimed(situation.now))
    return situation.with_participation(claimed, situation.held, situation.rank)


def refuse_claim(request: ClaimRequest, situation: Situation) -> None:
    """Refuse what cannot be claimed.

    :raises DomainError: as E60 says
    """
    refusal = claim_refusal(situation)
    if refusal is not None:
        raise refusal
    one = situation.participation
    if request.cohort_id is not None and one is not None and one.cohort.cohort_id != request.cohort_id:
        raise NothingToClaim


def _config_of(situation: Situation) -> RewardConfig | None:
    reward_tier = situation.outcome().reward_tier
    return None if reward_tier is None else reward_tier.reward


def _key_of(situation: Situation) -> str:
    one = situation.participation
    assert one is not None
    return cohort_grant_key(one.event_id, one.cohort.cohort_id, one.player_id)
