"""config/bots/*.json: bots, and what they do second by second (L1)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal, get_args

from pydantic import ConfigDict, Field, StringConstraints

from server.definitions.models.base import EventKey, Int64, MetricName, Model, Name, Number, Text

STATES_MAX = 50
TRANSITIONS_MAX = 10
IDENTITIES_MAX = 1000
DURATION_MAX = 366 * 86_400
"""A year: no phase and no period with bots lasts longer."""

BlockName = Literal[
    "idle",
    "wait",
    "progress_linear",
    "progress_burst",
    "track_position",
    "match_player_pace",
    "complete_at",
    "complete",
    "quit",
]
StateName = MetricName
"""Letters, digits and _."""
Duration = Annotated[int, Field(ge=1, le=DURATION_MAX)]
Count = Annotated[int, Field(ge=0, le=DURATION_MAX)]
Points = Annotated[Int64, Field(ge=1)]
Rank = Annotated[int, Field(ge=1, le=1000)]
Share = Annotated[Number, Field(ge=0, le=1, decimal_places=3)]
Spread = Annotated[Number, Field(ge=0, le=0.5, decimal_places=3)]
AvatarUrl = Annotated[str, StringConstraints(min_length=1, max_length=1024, pattern=r"^[^\x00-\x1f\x7f]*$")]


NEEDED: Mapping[str, tuple[str, ...]] = {
    "wait": ("duration_seconds",),
    "progress_linear": ("target_score", "duration_seconds"),
    "progress_burst": ("target_score", "duration_seconds"),
    "track_position": ("most_per_second",),
    "match_player_pace": ("most_per_second",),
    "complete_at": ("score", "after_seconds"),
}
"""Which parameters a block cannot do without."""
OPTIONAL: Mapping[str, tuple[str, ...]] = {
    "progress_linear": ("jitter",),
    "progress_burst": ("burst_start", "burst_length", "burst_share"),
    "track_position": ("anchor", "rank", "offset"),
    "match_player_pace": ("anchor", "rank", "factor"),
}
"""Which others it takes."""
KRATY: Mapping[str, str] = {"targetScore": "target_score", "targetRank": "rank"}
"""Kraty's words for parameters, and ours."""


def words_for(parameter: str) -> list[str]:
    """Return all words for a parameter, ours first."""
    return [parameter, *(word for word, ours in KRATY.items() if ours == parameter)]


def _takes(block: str) -> dict[str, Any]:
    """Return for the schema what a block asks of its parameters, so that an editor says it, too."""
    needed = NEEDED.get(block, ())
    known = [word for name in (*needed, *OPTIONAL.get(block, ())) for word in words_for(name)]
    asked = [{"anyOf": [{"required": [word]} for word in words_for(name)]} for name in needed]
    params: dict[str, Any] = {"propertyNames": {"enum": known}} if known else {"maxProperties": 0}
    then: dict[str, Any] = {"properties": {"params": params | ({"allOf": asked} if asked else {})}}
    if needed:
        then["required"] = ["params"]
    return {"if": {"properties": {"block": {"const": block}}, "required": ["block"]}, "then": then}


WITH_PARAMETERS = ConfigDict(json_schema_extra={"allOf": [_takes(block) for block in get_args(BlockName)]})


class ParametersModel(Model):
    """What a block needs to know. Each block takes its own of them, and no others."""

    target_score: Int64 | None = Field(
        None, description="The score that progress_linear and progress_burst go to. They need it."
    )
    duration_seconds: Duration | None = Field(
        None,
        description="Seconds that it takes progress_linear and progress_burst, and that wait waits at least. They need it.",
    )
    jitter: Annotated[Number, Field(ge=0, le=0.9, decimal_places=3)] | None = Field(
        None,
        description="By which share the pace of progress_linear differs from piece to piece, otherwise for each bot: 0.3 is "
        "up to 30 percent slower or faster. Unset: 0.",
    )
    burst_start: Share | None = Field(
        None, description="After which share of its time progress_burst becomes fast. Unset: 0.4."
    )
    burst_length: Annotated[Number, Field(gt=0, le=1, decimal_places=3)] | None = Field(
        None, description="For which share of its time progress_burst is fast. Unset: 0.2."
    )
    burst_share: Share | None = Field(
        None, description="Which share of its way progress_burst does while it is fast. Unset: 0.7."
    )
    anchor: Literal["leader", "median_human", "rank"] | None = Field(
        None,
        description="Whom track_position and match_player_pace look at: the leader, the human in the middle, or who holds a "
        "rank. Unset: rank for track_position, median_human for match_player_pace.",
    )
    rank: Rank | None = Field(None, description="The rank that is looked at, with anchor: rank, which needs it.")
    offset: Int64 | None = Field(
        None,
        description="How many points track_position stays from the score it looks at: -20 is 20 behind, 20 is 20 ahead. "
        "Unset: 0.",
    )
    factor: Annotated[Number, Field(ge=0, le=10, decimal_places=3)] | None = Field(
        None,
        description="How much of what the other has done match_player_pace does: 0.9 is nine tenths. Unset: 1.",
    )
    most_per_second: Points | None = Field(
        None,
        description="How many points track_position and match_player_pace make in a second at most. They need it.",
    )
    score: Int64 | None = Field(None, description="The score that complete_at finishes with. It needs it.")
    after_seconds: Duration | None = Field(
        None, description="How many seconds after it has begun complete_at finishes. It needs it."
    )
    kraty_target_score: Int64 | None = Field(None, alias="targetScore", description="Kraty's word for target_score.")
    kraty_target_rank: Rank | None = Field(None, alias="targetRank", description="Kraty's word for rank.")


class BoundsModel(Model):
    """Bounds on a number of seconds, all of which must hold."""

    gt: Count | None = Field(None, description="More than so many seconds.")
    gte: Count | None = Field(None, description="So many seconds or more.")
    lt: Count | None = Field(None, description="Less than so many seconds.")
    lte: Count | None = Field(None, description="So many seconds or less.")


class WhenModel(Model):
    """When a bot goes on to another state. All that is said must hold; {} holds at once."""

    elapsed_seconds: BoundsModel = Field(
        default_factory=BoundsModel,
        description="Bounds on the seconds since the bot began: since it joined, or since its board did.",
    )
    state_seconds: BoundsModel = Field(
        default_factory=BoundsModel, description="Bounds on the seconds since the bot came into this state."
    )
    expr: Annotated[Text, Field(min_length=1)] | None = Field(
        None,
        description="The same in Kraty's words: comparisons of elapsedSeconds or stateSeconds, joined by &&, such as "
        '"elapsedSeconds > 600".',
    )


class TransitionModel(Model):
    """Where a bot goes on to."""

    when: WhenModel = Field(description="What must hold. Looked at once a second.")
    to: StateName = Field(description="The state it goes on to.")


class BotStateModel(Model):
    """A state of a state machine: what the bot does there, and what ends it."""

    model_config = WITH_PARAMETERS

    block: BlockName = Field(description="What the bot does.")
    params: ParametersModel = Field(default_factory=ParametersModel, description="The parameters of the block.")
    transitions: list[TransitionModel] = Field(
        default_factory=list,
        max_length=TRANSITIONS_MAX,
        description="What ends the state. The first that holds is taken, one in a second.",
    )


class StepModel(Model):
    """A step of a sequence."""

    model_config = WITH_PARAMETERS

    block: BlockName = Field(description="What the bot does.")
    params: ParametersModel = Field(default_factory=ParametersModel, description="The parameters of the block.")
    seconds: Duration | None = Field(
        None,
        description="How many seconds the step lasts; the last lasts for good. Unset: the block's duration_seconds, and of "
        "blocks without one it must be said.",
    )


class BehaviorModel(Model):
    """What a bot does: one block, steps that follow each other, or states."""

    model_config = WITH_PARAMETERS

    type: Literal["single", "sequence", "state_machine"] = Field(
        description="single: block and params. sequence: steps. state_machine: initial and states."
    )
    start_score: Int64 = Field(0, description="The score a bot begins with.")
    block: BlockName | None = Field(None, description="What a bot of type single does.")
    params: ParametersModel | None = Field(None, description="The parameters of the block of a bot of type single.")
    steps: Annotated[list[StepModel], Field(min_length=1, max_length=STATES_MAX)] | None = Field(
        None, description="What a bot of type sequence does, one after the other."
    )
    initial: StateName | None = Field(None, description="The state that a bot of type state_machine begins in.")
    states: Annotated[dict[StateName, BotStateModel], Field(min_length=1, max_length=STATES_MAX)] | None = Field(
        None, description="The states of a bot of type state_machine, by name."
    )


class BotModel(Model):
    """A kind of bot. Any number of them can play, each with a seed of its own."""

    behavior: BehaviorModel = Field(description="What it does.")
    score_spread: Spread = Field(
        Decimal(0),
        description="By which share the way to goals differs from bot to bot, up and down: with 0.2 a bot that goes from 0 "
        "to 1000 arrives somewhere between 800 and 1200. The score of complete_at is the same for all.",
    )
    time_spread: Spread = Field(
        Decimal(0),
        description="By which share all times differ from bot to bot, up and down: with 0.1 what takes 600 seconds takes one "
        "bot 540 and another 660.",
    )
    names: list[Name] = Field(
        default_factory=list,
        max_length=IDENTITIES_MAX,
        description="Names to draw from. Unset: bots have none, as players who gave none.",
    )
    avatars: list[AvatarUrl] = Field(
        default_factory=list,
        max_length=IDENTITIES_MAX,
        description="Avatars to draw from, as players have them. Unset: bots have none.",
    )


class BotsFile(Model):
    """A file of bots. All files of the folder are merged; an id may stand in one of them only."""

    schema_: str = Field("", alias="$schema", description="Path of the JSON Schema, for editors.")
    bots: dict[EventKey, BotModel] = Field(description="Bots by id.")
