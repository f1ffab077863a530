"""What the application asks of a studio's modules (4-modules)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from server.domain.event_leaderboards.cohort import Cohort
from server.domain.event_leaderboards.definition import Definition
from server.domain.event_leaderboards.matching import Choice
from server.domain.event_leaderboards.outcomes import Outcome
from server.domain.ids import PlayerId
from server.domain.players import Player
from server.domain.rewards import Reward
from server.domain.values import value


@value
class OfferedCohort:
    """An open cohort, with what a module needs to choose: who is in it, and its properties."""

    cohort: Cohort
    player_ids: tuple[PlayerId, ...]


@value
class SelectionQuestion:
    """Where should this player go? `properties` holds what client and server sent (M5)."""

    definition: Definition
    player: Player
    tier: int
    properties: Mapping[str, Mapping[str, Any]]
    candidates: Sequence[OfferedCohort]


@value
class RewardQuestion:
    """What does this player get? `reward` is what the dice said."""

    definition: Definition
    player: Player
    outcome: Outcome
    cohort: Cohort
    reward: Reward


class Hooks(ABC):
    """Calls hooks with their time limits and failure rules."""

    @property
    @abstractmethod
    def selects_cohorts(self) -> bool:
        """Whether any module wants to be asked where players go; without one nothing is prepared for it."""

    @property
    @abstractmethod
    def changes_rewards(self) -> bool:
        """Whether any module wants to see rewards."""

    @abstractmethod
    async def select_cohort(self, question: SelectionQuestion) -> Choice | None:
        """Return the first module's answer, or None for the default. A failing module counts as None (M4)."""

    @abstractmethod
    async def change_reward(self, question: RewardQuestion) -> Reward:
        """Return the reward after all modules have seen it.

        :raises HookFailed: if a module failed; the call fails with it
        :raises Refusal: if a module said no
        """
