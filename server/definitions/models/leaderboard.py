"""config/leaderboards/*.json: what designers write about leaderboards (B1, B10, B22 to B24, B50, B51)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, Tag, WithJsonSchema

from server.definitions.models.base import AS_OBJECT, PLAINLY, EitherForm, Model, Number, Text
from server.definitions.models.bot_binding import BoardBotsModel
from server.definitions.models.reward_policy import PolicyName, RewardPolicyModel
from server.definitions.models.scoring import RULES_MAX, RuleModel, ScopeModel
from server.definitions.models.timeframe import TimeframeModel
from server.domain.leaderboards.definition import DECIMALS_MAX, SIZE_MAX
from server.domain.leaderboards.segments import is_segment
from server.domain.scoring import SCALED_MAX

BoardKey = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
ContextKey = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,64}$")]
"""A field of the context that players and servers send along."""
Points = Annotated[Number, Field(ge=-SCALED_MAX, le=SCALED_MAX, decimal_places=DECIMALS_MAX)]
AggregationName = Literal["sum", "count", "max", "min", "avg", "best", "latest"]
SEGMENTS_MAX = 1_000_000
BUCKETS_MAX = 1000


def _can_be_a_segment(text: str) -> str:
    if not is_segment(text):
        raise ValueError(f"{text[:40]!r} cannot name a segment; use 1 to 64 bytes, all of which can be seen")
    return text


PolicyOrName = Annotated[Annotated[PolicyName, Tag(PLAINLY)] | Annotated[RewardPolicyModel, Tag(AS_OBJECT)], EitherForm]
SegmentName = Annotated[
    str, AfterValidator(_can_be_a_segment), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 64})
]


class ScoringModel(Model):
    """How contributions become scores."""

    rules: list[RuleModel] = Field(
        default_factory=list,
        max_length=RULES_MAX,
        description="Points for game events, tried from the top; the first that matches decides.",
    )
    aggregation: AggregationName | None = Field(
        None,
        description="How many contributions become one score: sum; count (one each, points are not looked at); max; min; "
        "avg; best (better in the ranking's direction); latest. Unset: sum.",
    )
    contribution_min: Points | None = Field(
        None, description="A contribution of fewer points is not applied. Unset: no bound."
    )
    contribution_max: Points | None = Field(
        None, description="A contribution of more points is not applied. Unset: no bound."
    )
    min_samples: Annotated[int, Field(ge=1, le=10**9)] = Field(
        1, description="A player with fewer contributions has no rank yet; for avg."
    )


class RankingModel(Model):
    """How scores become ranks."""

    method: Literal["score_desc", "score_asc", "time_asc"] = Field(
        "score_desc",
        description="score_desc: the highest score first. score_asc: the lowest. time_asc: the highest, and of equal scores "
        "the earlier has the better rank.",
    )
    rank_style: Literal["dense", "competition", "ordinal"] = Field(
        "dense", description="How ties are numbered. dense: 1, 1, 2. competition: 1, 1, 3. ordinal: 1, 2, 3."
    )
    tie_break: Literal["none", "reached_at"] = Field(
        "none", description="reached_at: of equal scores the one reached earlier has the better rank."
    )
    size: Annotated[int, Field(ge=1, le=SIZE_MAX)] | None = Field(
        None, description="How many rows pages show at most; ranks and prizes go beyond. Unset: all."
    )
    min_score: Points | None = Field(
        None, description="Scores that fall short of it have no rank; with score_asc: scores above it. Unset: all have."
    )
    decimals: Annotated[int, Field(ge=0, le=DECIMALS_MAX)] = Field(3, description="Decimal places of scores.")


class SegmentationModel(Model):
    """How a board is split into segments, each with its own ranks and prizes."""

    key: ContextKey = Field(
        description="The context field that names a player's segment, and the "
        "property of the player that does where no context says it."
    )
    buckets: Annotated[list[SegmentName], Field(min_length=1, max_length=BUCKETS_MAX)] | None = Field(
        None, description="The only segments there are. Unset: any value makes a segment."
    )
    source: Literal["client", "trusted"] | None = Field(
        None,
        description="Whose word for the segment counts. client: also the player's. trusted: only that of the studio's "
        "servers. Unset: trusted on a board with a reward policy, else client.",
    )
    change: Literal["keep", "move"] = Field(
        "keep",
        description="keep: a player stays in his first segment until the period ends. move: the studio's servers may move "
        "him, with his whole entry, by a score's context or by his property.",
    )
    max_segments: Annotated[int, Field(ge=1, le=SEGMENTS_MAX)] = Field(
        10_000, description="Most segments of a period, where any value makes one."
    )


class RetentionModel(Model):
    """For how long final periods are kept. Unset: for ever."""

    periods: Annotated[int, Field(ge=1, le=10**6)] | None = Field(
        None, description="How many final periods are kept. Unset: all."
    )
    days: Annotated[int, Field(ge=1, le=10**5)] | None = Field(
        None, description="For how many days after its end a period is kept. Unset: for ever."
    )


class LeaderboardModel(Model):
    """A leaderboard."""

    name: Text = Field(
        "", description="Display name, or the key of a translation. Changes at once, also in a running period."
    )
    description: Text = Field(
        "", description="Display text, or the key of a translation. Changes at once, also in a running period."
    )
    additional_properties: dict[str, Text] = Field(
        default_factory=dict,
        description="Anything else the game wants to know; passed through. Changes at once, also in a running period.",
    )
    status: Literal["active", "inactive", "archived"] = Field(
        "active",
        description="active. inactive: contributions are not applied, all else goes on. archived: the running period ends "
        "now and pays its prizes; after that the board is only read. Changes at once.",
    )
    timeframe: TimeframeModel = Field(
        default_factory=TimeframeModel, description="When periods begin and end. Unset: one that never ends."
    )
    scope: ScopeModel = Field(
        default_factory=ScopeModel, description="Which game events are looked at. Unset: all that a rule is for."
    )
    scoring: ScoringModel = Field(
        default_factory=ScoringModel, description="What counts, and how contributions become one score."
    )
    ranking: RankingModel = Field(default_factory=RankingModel, description="Who stands before whom, and who is shown.")
    segmentation: SegmentationModel | None = Field(
        None, description="How the board is split, such as by region or league. Unset: it is not."
    )
    reward_policy: PolicyOrName | None = Field(
        None,
        description="What a period pays: the name of a policy in config/reward_policies, or a policy. Unset: nothing.",
    )
    authoritative: bool | None = Field(
        None,
        description="Only the studio's servers submit scores. Unset: true where there are rules or a reward policy, else "
        "false.",
    )
    bots: BoardBotsModel | None = Field(None, description="Bots that keep players company. Unset: none.")
    reveal_bots: bool = Field(default=False, description="Rows tell that a bot is one.")
    retention: RetentionModel = Field(
        default_factory=RetentionModel,
        description="For how long final periods are kept. Unset: for ever. Changes at once.",
    )
    reset_cadence: Literal["never", "weekly", "monthly"] | None = Field(
        None,
        alias="resetCadence",
        description="Kraty's word for timeframe.type; weekly is Monday at 00:00, monthly the 1st at 00:00.",
    )
    reset_timezone: str | None = Field(None, alias="resetTimezone", description="Kraty's word for timeframe.timezone.")
    score_aggregation: Literal["best", "latest", "sum"] | None = Field(
        None, alias="scoreAggregation", description="Kraty's word for scoring.aggregation."
    )
    kraty_reward_policy: PolicyOrName | None = Field(
        None, alias="rewardPolicy", description="Kraty's word for reward_policy."
    )


class LeaderboardsFile(Model):
    """A file of leaderboards. All files of the folder are merged; a key may stand in one of them only."""

    schema_: str = Field("", alias="$schema", description="Path of the JSON Schema, for editors.")
    leaderboards: dict[BoardKey, LeaderboardModel] = Field(description="Leaderboards by key.")
