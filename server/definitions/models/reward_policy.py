"""config/reward_policies/*.json: what a period of a leaderboard pays when it ends (B60, B61)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, Tag

from server.definitions.models.base import AS_OBJECT, PLAINLY, Amount, EitherForm, Model, Name, Number, Seconds, Text
from server.definitions.models.item import ItemId
from server.definitions.models.reward import RangeModel, RewardModel

PLACES_MAX = 1_000_000
TIERS_MAX = 1000

PolicyName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$")]
PrizeKey = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Place = Annotated[int, Field(ge=1, le=PLACES_MAX)]
DrawnAmount = Annotated[Annotated[Amount, Tag(PLAINLY)] | Annotated[RangeModel, Tag(AS_OBJECT)], EitherForm]
"""A whole number, or a range to draw it from."""


class PrizeEntryModel(Model):
    """One currency or item of a prize."""

    type: Literal["currency", "item"] = Field(description="What is won: a currency or an item.")
    currencyKey: Name | None = Field(None, description="The currency, for entries of type currency.")  # noqa: N815 - B61
    amount: DrawnAmount | None = Field(
        None, description="How much of the currency: a whole number, or {min, max, multiple} to draw from."
    )
    itemKey: ItemId | None = Field(  # noqa: N815 - the words of B61
        None, description="The item, for entries of type item; it must stand in config/items."
    )
    quantity: DrawnAmount | None = Field(
        None, description="How many of the item: a whole number, or {min, max, multiple} to draw from."
    )


class PrizeTierModel(Model):
    """A prize and the places that win it. The first tier that reaches down to a place is the one it wins."""

    key: PrizeKey = Field(description="Name of the tier, unique in the policy; grants carry it.")
    to: Place | None = Field(None, description="Last place that wins it, for policies of type top_n; tiers grow.")
    percent: Annotated[Number, Field(gt=0, le=100, decimal_places=9)] | None = Field(
        None,
        description="Share of the places that win it, from the top, for policies of type top_percent: 10 is ten percent, "
        "rounded up to whole places.",
    )
    max_places: Place | None = Field(
        None, description="Most places that win it in a policy of type top_percent. Unset: no bound."
    )
    entries: Annotated[list[PrizeEntryModel], Field(max_length=100)] | None = Field(
        None, description="What is won: currencies and items."
    )
    reward: RewardModel | None = Field(
        None, description="What is won, as a reward with guaranteed and weighted contents, instead of entries."
    )


class PolicyParametersModel(Model):
    """The parameters of a policy."""

    tiers: list[PrizeTierModel] = Field(
        min_length=1, max_length=TIERS_MAX, description="Prizes from the best place down. Nobody wins below the last."
    )


class RewardPolicyModel(Model):
    """What a period pays when it ends, in each segment on its own."""

    type: Literal["top_n", "top_percent"] = Field(
        description="How tiers count: top_n by places (to), top_percent by shares of all who can win (percent)."
    )
    parameters: PolicyParametersModel = Field(description="The tiers.")
    by: Literal["position", "rank"] = Field(
        "position",
        description="position: every place is one player's, ties are broken. rank: all of a tie win the same prize.",
    )
    min_entries: Annotated[int, Field(ge=1, le=PLACES_MAX)] = Field(
        1, description="A segment in which fewer can win pays nobody."
    )
    bots_take_prizes: bool = Field(default=False, description="Bots take prize places, whose prizes nobody gets.")
    auto_claim: bool = Field(default=False, description="Prizes are credited without a claim.")
    claim_expiry_sec: Annotated[Seconds, Field(ge=1)] | None = Field(
        None,
        description="Prizes can be claimed for so many seconds after the period is final, and after a hold. Unset: for ever.",
    )
    hold_seconds: Seconds = Field(
        0,
        description="Prizes can be claimed only so many seconds after the period is final, so that cheats can go first.",
    )


class RewardPoliciesFile(Model):
    """A file of reward policies. All files of the folder are merged; a name may stand in one of them only."""

    schema_: Text = Field("", alias="$schema", description="Path of the JSON Schema, for editors.")
    reward_policies: dict[PolicyName, RewardPolicyModel] = Field(description="Reward policies by name.")
