"""config/event_leaderboards/*.json: what designers write about events (E1 to E7)."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from server.definitions.models.base import EventKey, Int64, MetricName, Model, Number, Seconds, Text, TierKey
from server.definitions.models.bot_binding import EventBotsModel
from server.definitions.models.contribution import METRICS_MAX, Bindings, EventScoringModel, MetricModel
from server.definitions.models.reward import RewardModel
from server.definitions.models.scoring import ExpressionText
from server.domain.event_leaderboards.definition import COHORT_SIZE_MAX, Operator

OPERATORS = {
    "best": Operator.BEST,
    "set": Operator.SET,
    "incr": Operator.INCREMENT,
    "increment": Operator.INCREMENT,
    "decr": Operator.DECREMENT,
    "decrement": Operator.DECREMENT,
}
TIERS_MAX = 1000
RANK_MAX = 1_000_000
PHASES_KEPT_MAX = 100_000


def _known_operator(value: object) -> object:
    if isinstance(value, str) and value.lower() not in OPERATORS:
        raise ValueError(f"{value!r} is no score operator; use best, set, incr or decr")
    return value.lower() if isinstance(value, str) else value


def _any_case(word: str) -> str:
    return "".join(f"[{letter.lower()}{letter.upper()}]" for letter in word)


_operator_schema = {
    "type": "string",
    "anyOf": [{"enum": list(OPERATORS)}, {"pattern": f"^({'|'.join(map(_any_case, OPERATORS))})$"}],
}
OperatorName = Annotated[str, BeforeValidator(_known_operator), WithJsonSchema(_operator_schema)]
Share = Annotated[
    Number, Field(ge=0, le=1, decimal_places=12), WithJsonSchema({"type": "number", "minimum": 0, "maximum": 1})
]
CohortSize = Annotated[int, Field(ge=1, le=COHORT_SIZE_MAX)]
Players = Annotated[int, Field(ge=1, le=COHORT_SIZE_MAX)]
Attempts = Annotated[int, Field(ge=0, le=2**31 - 1)]
TierStep = Annotated[int, Field(ge=-TIERS_MAX, le=TIERS_MAX)]
Tier = Annotated[int, Field(ge=0, lt=TIERS_MAX)]


class RewardTierModel(Model):
    """A bracket of ranks and what landing in it brings."""

    name: Text = Field("", description="Display name.")
    rank_min: Annotated[int, Field(ge=1, le=RANK_MAX)] = Field(
        description="First rank of the bracket, included; the best rank is 1."
    )
    rank_max: Annotated[int, Field(ge=1, le=RANK_MAX)] = Field(description="Last rank of the bracket, included.")
    reward: RewardModel | None = Field(None, description="What a player who lands here can claim.")
    tier_change: TierStep = Field(
        0,
        description="Tiers to move, up or down. Counts unless the change zone has a promotion, demotion or demote_idle.",
    )
    roll_cooldown_sec: Seconds | None = Field(
        None, description="Cooldown for players who land here, instead of the event's. 0: none. Unset: the event's."
    )
    reroll_count_freeze: bool = Field(
        default=False,
        description="The next roll of a player who lands here is free: not counted, and allowed with no rolls left.",
    )


class ChangeZoneModel(Model):
    """Which shares of a cohort move up and down, and which outcomes make the next roll free."""

    promotion: Share | None = Field(
        None, description="Share of the ranks, from the top, that go up one tier; at least one rank if above 0."
    )
    demotion: Share | None = Field(
        None,
        description="Share of the ranks, from the bottom, that go down one tier; at least one if three or more took part.",
    )
    demote_idle: bool | None = Field(
        None, description="Players who joined and never submitted, or missed a whole phase, go down one tier."
    )
    use_max_cohort_size: bool = Field(
        default=False,
        description="Shares count all places of the cohort, not the participants; empty places are demoted first.",
    )
    promotion_reroll_count_freeze: bool = Field(
        default=False, description="The next roll is free for players who go up."
    )
    demotion_reroll_count_freeze: bool = Field(
        default=False, description="The next roll is free for players who go down."
    )
    nochange_reroll_count_freeze: bool = Field(
        default=False, description="The next roll is free for players who stay in their tier."
    )


class TierOverrideModel(Model):
    """What one tier does differently. What is unset is inherited; an explicit 0 is 0."""

    name: Text | None = Field(None, description="Display name in this tier.")
    description: Text | None = Field(None, description="Display text in this tier.")
    cohort_size: CohortSize | None = Field(None, description="Places in a cohort of this tier.")
    max_num_score: Attempts | None = Field(None, description="Submissions a participant has in this tier. 0: no limit.")
    score_target: Int64 | None = Field(None, description="Score to reach in this tier. 0: no target.")
    score_target_players: Players | None = Field(
        None, description="How many must reach the target until the cohort is complete."
    )
    score_time_limit_sec: Seconds | None = Field(
        None, description="Seconds from the roll in which a participant can submit. 0: no limit."
    )
    tier_delta_per_phase: TierStep | None = Field(
        None, description="Tiers to move at the end of each phase, on top of the outcome."
    )


class EventLeaderboardModel(Model):
    """An event leaderboard."""

    name: Text = Field(
        "", description="Display name, or the key of a translation. Changes at once, also in a running phase."
    )
    description: Text = Field(
        "", description="Display text, or the key of a translation. Changes at once, also in a running phase."
    )
    category: Text = Field(
        "", description="Free text by which clients filter. Changes at once, also in a running phase."
    )
    additional_properties: dict[str, Text] = Field(
        default_factory=dict,
        description="Anything else the game wants to know; passed through. Changes at once, also in a running phase.",
    )
    ascending: bool = Field(default=False, description="Lower scores rank better.")
    subscore_ascending: bool | None = Field(None, description="Lower subscores rank better. Unset: as the score.")
    operator: OperatorName = Field(
        "best",
        description="How a submission meets the score that is there: best, set, incr or decr (increment and decrement too).",
    )
    reset_schedule: str = Field(
        "", description="When phases start: five cron fields, or @hourly, @daily, @weekly, @monthly, @yearly."
    )
    timezone: str = Field("UTC", description="Time zone of the schedule, by its IANA name.")
    start_time_sec: Seconds = Field(0, description="No phase before this time, in seconds since 1970. 0: no bound.")
    end_time_sec: Seconds = Field(0, description="No phase after this time, in seconds since 1970. 0: no bound.")
    duration: Seconds = Field(0, description="Seconds that a phase is active, from its tick. 0: until the next phase.")
    cohort_size: CohortSize = Field(100, description="Places in a cohort.")
    min_cohort_size: Annotated[int, Field(ge=0, le=COHORT_SIZE_MAX)] = Field(
        0,
        description="A smaller cohort completes for nobody before the phase's active end, and moves nobody up or down.",
    )
    cohort_open_sec: Annotated[int, Field(ge=1, le=10**9)] | None = Field(
        None, description="So long after its creation a cohort takes nobody and counts as full. Unset: no such limit."
    )
    tiers: Annotated[int, Field(ge=1, le=TIERS_MAX)] = Field(1, description="Number of tiers, counted from 0.")
    start_tier: Tier = Field(0, description="Tier of a player's first roll.")
    tier_overrides: dict[TierKey, TierOverrideModel] = Field(
        default_factory=dict, description="What single tiers do differently, by tier."
    )
    reward_tiers: dict[TierKey, list[RewardTierModel]] = Field(
        default_factory=dict, description="Brackets of ranks and their rewards, by tier."
    )
    change_zones: dict[TierKey, ChangeZoneModel] = Field(
        default_factory=dict, description="Who moves up and down, by tier."
    )
    max_idle_tier_drop: Annotated[int, Field(ge=0, le=TIERS_MAX)] | None = Field(
        None, description="Most tiers that missed phases cost a player. 0: none. Unset: no cap."
    )
    tier_delta_per_phase: TierStep = Field(
        0, description="Tiers to move at the end of each phase, on top of the outcome; may be negative."
    )
    tier_change_on_reroll: bool = Field(
        default=True,
        description="Tiers move at each reroll. false: only at the end of a phase, by the last cohort played in.",
    )
    max_rolls: Annotated[int, Field(ge=-1, le=2**31 - 1)] = Field(
        1, description="Rolls that a player has in a phase. 0 and 1: one; -1: no limit."
    )
    roll_cooldown_sec: Seconds = Field(0, description="Seconds between a player's rolls, within a phase.")
    roll_closes_sec: Seconds = Field(0, description="No rolls in the last so many seconds of the active span.")
    min_account_age_sec: Seconds = Field(0, description="Players whose account is younger cannot roll.")
    max_num_score: Attempts = Field(0, description="Submissions that a participant has. 0: no limit.")
    score_target: Int64 = Field(0, description="Score that completes the cohort for who reaches it. 0: no target.")
    score_target_players: Players = Field(
        1, description="How many must reach the target until the cohort is complete for all."
    )
    score_time_limit_sec: Seconds = Field(
        0, description="Seconds from the roll in which a participant can submit. 0: no limit."
    )
    score_min: Int64 | None = Field(
        None, description="Least score of one submission. Unset: 0 for incr and decr, otherwise any."
    )
    score_max: Int64 | None = Field(None, description="Greatest score of one submission. Unset: any.")
    authoritative: bool = Field(default=False, description="Only the studio's servers submit scores.")
    allow_operator_override: bool = Field(
        default=False, description="Players may name another operator in a submission."
    )
    claim_expiry_sec: Seconds | None = Field(
        None, description="Rewards can be claimed for so many seconds after the phase's expiry. Unset: for ever."
    )
    auto_claim: bool = Field(
        default=False, description="Rewards are granted when the cohort is complete, without a claim."
    )
    keep_phases: Annotated[int, Field(ge=1, le=PHASES_KEPT_MAX)] = Field(
        12, description="How many past phases are kept."
    )
    bots: EventBotsModel | None = Field(None, description="Bots that keep players company. Unset: none.")
    reveal_bots: bool = Field(default=False, description="Rows tell that a bot is one.")
    contributes_to: Bindings = Field(
        default_factory=list, description="Leaderboards that take the event's scores: keys, or objects that say how."
    )
    kraty_contributes_to: Bindings = Field(
        default_factory=list, alias="contributesTo", description="Kraty's word for contributes_to."
    )
    scoring: EventScoringModel | None = Field(
        None, description="Which game events are submissions of their actors, and of how much. Unset: none."
    )
    metrics: dict[MetricName, MetricModel] = Field(
        default_factory=dict,
        max_length=METRICS_MAX,
        description="Numbers that games report instead of a score, by name; score_expression makes the score of them.",
    )
    score_expression: ExpressionText | None = Field(
        None,
        description="The score, out of metrics.* with + - * /, parentheses, min, max, abs. Needed where there are metrics.",
    )


class EventLeaderboardsFile(Model):
    """A file of event leaderboards. All files of the folder are merged; an id may stand in one of them only."""

    schema_: str = Field("", alias="$schema", description="Path of the JSON Schema, for editors.")
    event_leaderboards: dict[EventKey, EventLeaderboardModel] = Field(description="Event leaderboards by id.")
