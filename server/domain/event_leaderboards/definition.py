"""What a designer says about an event leaderboard, in the form in which the rules read it.

Made by `server/definitions` from JSON, where defaults, checks and messages live. Here every value is meant: an unset
option is None, an explicit 0 is 0 (E2), and what a tier may override has been resolved for each tier (`TierRules`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from typing import TypeAlias

from server.domain.bots.binding import BotBinding
from server.domain.event_leaderboards.metrics import Metrics
from server.domain.ids import DefinitionHash, EventId, LeaderboardKey
from server.domain.rewards import RewardConfig
from server.domain.schedule import Schedule, timeline
from server.domain.scoring import ScoringRule
from server.domain.values import value

SCORE_MIN = -(2**63)
SCORE_MAX = 2**63 - 1
COHORT_SIZE_MAX = 1000


class Operator(Enum):
    """How a submission meets the score that is there (E3, E31)."""

    BEST = "best"
    SET = "set"
    INCREMENT = "increment"
    DECREMENT = "decrement"


@value
class RewardTier:
    """A bracket of ranks [rank_min, rank_max], both included, and what landing there brings.

    `roll_cooldown` None keeps the event's cooldown; a zero length means none (E2, E26).
    """

    rank_min: int
    rank_max: int
    name: str = ""
    reward: RewardConfig | None = None
    tier_change: int = 0
    roll_cooldown: timedelta | None = None
    reroll_count_freeze: bool = False


@value
class ChangeZone:
    """Which shares of a cohort move up and down. None means that the key was not written (E71)."""

    promotion: Decimal | None = None
    demotion: Decimal | None = None
    demote_idle: bool | None = None
    use_max_cohort_size: bool = False
    promotion_reroll_count_freeze: bool = False
    demotion_reroll_count_freeze: bool = False
    nochange_reroll_count_freeze: bool = False

    @property
    def rules(self) -> bool:
        """Tell whether the zone decides the tier; one that has only freezes leaves that to the reward tiers (E71)."""
        return self.promotion is not None or self.demotion is not None or self.demote_idle is not None


@value
class TierRules:
    """Everything that may differ from tier to tier, with the overrides applied.

    `max_num_score` 0 means any number of submissions; `score_target` and `score_time_limit` None mean there is none.
    """

    tier: int
    name: str
    description: str
    cohort_size: int
    max_num_score: int
    score_target: int | None
    score_target_players: int
    score_time_limit: timedelta | None
    tier_delta_per_phase: int
    reward_tiers: tuple[RewardTier, ...] = ()
    change_zone: ChangeZone | None = None

    def reward_tier_of(self, rank: int) -> RewardTier | None:
        """Return the reward tier that the rank lands in, or None where the ranks leave a gap (E61)."""
        for reward_tier in self.reward_tiers:
            if reward_tier.rank_min <= rank <= reward_tier.rank_max:
                return reward_tier
        return None


@value
class Binding:
    """A leaderboard that takes the event's scores (B20).

    `is_final`: once, when the cohort is complete for the player, instead of with every submission. `segment` is one that the
    designer fixed; else it is looked for in the context of the player's roll.
    """

    leaderboard: LeaderboardKey
    is_final: bool = False
    segment: str | None = None


def bot_direction(operator: Operator, *, ascending: bool) -> int:
    """Return the way in which bots' scores go: 1 where they grow, -1 where they fall; never against the operator (L6)."""
    if operator in (Operator.INCREMENT, Operator.DECREMENT):
        return 1 if operator is Operator.INCREMENT else -1
    return -1 if ascending else 1


@dataclass(frozen=True, slots=True, eq=False)
class Definition:
    """One event leaderboard. `tier_rules` has one entry for each tier, from 0 up."""

    event_id: EventId
    hash: DefinitionHash
    schedule: Schedule
    tier_rules: tuple[TierRules, ...]
    name: str = ""
    description: str = ""
    category: str = ""
    additional_properties: Mapping[str, str] = field(default_factory=dict)
    ascending: bool = False
    subscore_ascending: bool = False
    """The direction of the subscore; the definition's JSON may leave it unset, which means that of the score."""
    operator: Operator = Operator.BEST
    max_rolls: int | None = 1
    """None: no limit (E4)."""
    max_idle_tier_drop: int | None = None
    """None: no cap on what missed phases cost; 0: they cost nothing (E74)."""
    roll_cooldown: timedelta = timedelta()
    start_tier: int = 0
    authoritative: bool = False
    allow_operator_override: bool = False
    score_min: int | None = None
    score_max: int | None = None
    claim_expiry: timedelta | None = None
    auto_claim: bool = False
    min_cohort_size: int = 0
    roll_closes: timedelta = timedelta()
    cohort_open: timedelta | None = None
    tier_change_on_reroll: bool = True
    min_account_age: timedelta = timedelta()
    keep_phases: int = 12
    contributes_to: tuple[Binding, ...] = ()
    scoring: tuple[ScoringRule, ...] = ()
    """Which game events are submissions of their actors, and of how much (B34)."""
    metrics: Metrics | None = None
    """What scores are computed from, where games report metrics (B34)."""
    bots: BotBinding | None = None
    reveal_bots: bool = False
    """Rows tell that a bot is one."""

    @property
    def tiers(self) -> int:
        """How many tiers there are; they are numbered from 0."""
        return len(self.tier_rules)

    def rules_of(self, tier: int) -> TierRules:
        """Return what holds in a tier; a tier that no longer exists is read as the nearest that does."""
        rules = self.tier_rules
        return rules[tier] if tier < len(rules) else rules[-1]

    def clamped(self, tier: int) -> int:
        """Return the tier, kept within 0..tiers-1 (E70)."""
        return max(0, min(tier, len(self.tier_rules) - 1))


Phase: TypeAlias = timeline.Phase[Definition]
"""One run of an event, with the definition that it pinned (E8)."""
