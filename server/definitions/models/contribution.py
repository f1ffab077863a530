"""What an event leaderboard has to do with leaderboards and game events, as designers write it (B20, B34)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, Tag

from server.definitions.models.base import AS_OBJECT, PLAINLY, EitherForm, MetricName, Model, Number
from server.definitions.models.leaderboard import BoardKey, SegmentName
from server.definitions.models.scoring import RULES_MAX, RuleModel, ScopeModel
from server.domain.event_leaderboards.metrics import PLACES_MAX
from server.domain.scoring import SCALED_MAX

BINDINGS_MAX = 32
METRICS_MAX = 32

MetricNumber = Annotated[Number, Field(ge=-SCALED_MAX, le=SCALED_MAX, decimal_places=PLACES_MAX)]


class BindingModel(Model):
    """A leaderboard that takes the event's scores."""

    leaderboard: BoardKey = Field(description="The leaderboard.")
    contribute: Literal["delta", "total", "final"] | None = Field(
        None,
        description="delta: by how much a submission changed the score; for boards that sum. total: the score; for all "
        "others. final: the score, once, when the cohort is complete. Unset: delta or total, as the board needs it; a board "
        "that counts takes 1 for each submission.",
    )
    segment: SegmentName | None = Field(
        None, description="The segment that takes it. Unset: the one that the player's context or property names."
    )


WrittenBinding = Annotated[Annotated[BoardKey, Tag(PLAINLY)] | Annotated[BindingModel, Tag(AS_OBJECT)], EitherForm]
Bindings = Annotated[list[WrittenBinding], Field(max_length=BINDINGS_MAX)]


class EventScoringModel(Model):
    """Which game events are submissions of their actors."""

    scope: ScopeModel = Field(default_factory=ScopeModel, description="Which game events are looked at. Unset: all.")
    rules: list[RuleModel] = Field(
        min_length=1,
        max_length=RULES_MAX,
        description="Scores for game events, tried from the top; the first that matches decides.",
    )


class MetricModel(Model):
    """A number that a game reports of a player."""

    target: MetricNumber | None = Field(
        None, description="What players are to reach, for clients to show. Unset: nothing."
    )
    cap: MetricNumber | None = Field(
        None, description="More than this does not count for the score. Unset: all counts."
    )
    reset_on: MetricName | None = Field(
        None, description="When the metric of this name goes up, this one becomes 0. Unset: never."
    )
