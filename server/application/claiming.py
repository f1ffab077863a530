"""Granting what a cohort won: shared by ClaimReward, RollCohort with `claim_reward`, and settlement (E60 to E63).

The outcome is fixed, and the dice are seeded with the grant's key, so a reward can be rolled before the transaction that
grants it: that is where the reward hook is called (M6), and why running the transaction again changes nothing.
"""

from __future__ import annotations

from datetime import datetime

from server.domain.dice import Dice
from server.domain.event_leaderboards.situation import Situation
from server.domain.grants import Grant, GrantState, cohort_grant_key, credits_of, new_grant
from server.domain.players import Player
from server.domain.rewards import EMPTY_REWARD, Reward, needs_inventory, roll_reward
from server.domain.values import value
from server.ports.catalog import Catalog
from server.ports.hooks import Hooks, RewardQuestion
from server.ports.identity import Identities
from server.ports.store import Reading, Seat, Transaction


@value
class PreparedReward:
    """A reward that modules have seen, for the grant of this key."""

    grant_key: str
    reward: Reward


class HookMustBeAsked(Exception):
    """A transaction found a reward that modules want to see first; it is prepared, and the transaction tried again."""


class Claiming:
    """Rolls rewards and grants them."""

    def __init__(self, catalog: Catalog, identities: Identities, hooks: Hooks, secret: bytes) -> None:
        self._catalog = catalog
        self._identities = identities
        self._hooks = hooks
        self._secret = secret

    @property
    def asks_modules(self) -> bool:
        """Whether any module wants to see rewards."""
        return self._hooks.changes_rewards

    async def question(self, view: Reading, situation: Situation) -> RewardQuestion:
        """Roll the reward of a claim that is allowed, for modules to look at."""
        one, held = situation.participation, situation.held
        assert one is not None
        assert held is not None
        reward = await self._rolled(view, situation)
        player = await view.player_of(one.player_id) or Player(one.player_id, situation.now)
        return RewardQuestion(held.definition, player, situation.outcome(), one.cohort, reward)

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
        elif self._hooks.changes_rewards:
            raise HookMustBeAsked
        else:
            reward = await self._rolled(tx, situation)
        return await self._written(tx, situation, key, reward)

    async def _rolled(self, view: Reading, situation: Situation) -> Reward:
        one = situation.participation
        assert one is not None
        reward_tier = situation.outcome().reward_tier
        config = None if reward_tier is None else reward_tier.reward
        if config is None:
            return EMPTY_REWARD
        owned = await view.inventory_of(one.player_id) if needs_inventory(config) else {}
        return roll_reward(config, Dice(self._secret, _key_of(situation)), self._catalog.current().items, owned)

    async def _written(self, tx: Transaction, situation: Situation, key: str, reward: Reward) -> Grant:
        one, now = situation.participation, situation.now
        assert one is not None
        grant = new_grant(self._identities.grant_id(), key, one.player_id, one.event_id, reward, now)
        if await tx.add_grant(grant):
            await credit(tx, self._catalog, grant, now)
        else:  # taken out of the cohort after a claim and back in again (E82), he has had his reward
            known = await tx.grant_of_key(key)
            assert known is not None
            grant = known
        await tx.record_claimed(Seat(one.cohort.cohort_id, one.player_id), now)
        return grant


async def credit(tx: Transaction, catalog: Catalog, grant: Grant, now: datetime) -> None:
    """Add a claimed grant to wallet and inventory; a pending one waits for its player (B71)."""
    reward = grant.reward
    if grant.state is not GrantState.CLAIMED or not (reward.currencies or reward.items):
        return
    wallet = await tx.wallet_of(grant.player_id) if reward.currencies else {}
    inventory = await tx.inventory_of(grant.player_id) if reward.items else {}
    credits_ = credits_of(reward, wallet, inventory, catalog.current().items)
    await tx.credit(grant.player_id, credits_, grant.grant_id, now)


def _key_of(situation: Situation) -> str:
    one = situation.participation
    assert one is not None
    return cohort_grant_key(one.event_id, one.cohort.cohort_id, one.player_id)
