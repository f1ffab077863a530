"""Rewards as designers write them (E62)."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from server.definitions.models.base import Amount, Model, Name, Number, Seconds, Text
from server.definitions.models.item import ItemId

DRAWS_MAX = 1000
"""Draws in one reward, and items drawn from sets: more is a mistake, and would hold up everybody else."""

Weight = Annotated[int, Field(ge=0, le=2**31 - 1)]


class RangeModel(Model):
    """A whole number, fixed or drawn: each of the allowed values is as likely as the others."""

    min: Amount = Field(description="The least value; without max, the value.")
    max: Amount | None = Field(None, description="The greatest value. Unset: always min.")
    multiple: Amount = Field(0, description="The value is a multiple of this. 0 or 1: any whole number.")


class DecimalRangeModel(Model):
    """A number, fixed or drawn."""

    min: Number = Field(ge=-1_000_000_000, le=1_000_000_000, description="The least value; without max, the value.")
    max: Number | None = Field(
        None, ge=-1_000_000_000, le=1_000_000_000, description="The greatest value. Unset: always min."
    )
    multiple: Number = Field(
        Decimal(0), ge=0, le=1_000_000_000, description="Step between values, from min up. 0: six decimal places."
    )


class StringOptionModel(Model):
    """One text that a property can take."""

    weight: Weight = Field(description="How likely the text is, beside the other options' weights.")


class StringPropertyModel(Model):
    """A text property, drawn by weight."""

    total_weight: Weight = Field(
        0, description="Sum to draw against; above the sum of the options it leaves a chance of none. 0: the sum."
    )
    options: dict[str, StringOptionModel] = Field(min_length=1, description="The texts, each with its weight.")


class ItemDrawModel(RangeModel):
    """How many of an item, and what its instances look like."""

    string_properties: dict[str, StringPropertyModel] = Field(
        default_factory=dict, description="Text properties drawn for the instance."
    )
    numeric_properties: dict[str, DecimalRangeModel] = Field(
        default_factory=dict, description="Number properties drawn for the instance."
    )


class ItemSetDrawModel(RangeModel):
    """Items drawn from those that belong to all of the named sets."""

    min: Annotated[int, Field(ge=0, le=DRAWS_MAX)] = Field(
        description="How many items at least; without max, how many."
    )
    max: Annotated[int, Field(ge=0, le=DRAWS_MAX)] | None = Field(
        None, description="How many items at most. Unset: always min."
    )
    set: list[Name] = Field(
        min_length=1, max_length=16, description="Names of sets; an item must belong to every one of them."
    )
    max_repeats: Amount = Field(
        0,
        description="No item is drawn that the player would then own more often, counting his inventory. 0: no bound.",
    )


class EnergyModifierModel(Model):
    """A change to an energy for a while. Kept in the grant for the game to apply."""

    id: Name = Field(description="The energy.")
    operator: Literal["infinite", "set_refill_count", "set_refill_sec", "set_max_count"] = Field(
        description="What it does."
    )
    value: RangeModel | None = Field(None, description="The operator's value, where it takes one.")
    duration_sec: RangeModel = Field(description="How long it lasts, in seconds.")


class RewardModifierModel(Model):
    """A change to later rewards for a while. Kept in the grant for the game to apply."""

    id: Name = Field(description="The currency or item it changes.")
    type: Literal["currency", "item"] = Field(description="What the id names.")
    operator: Literal["multiplier", "addition"] = Field(description="Whether value multiplies or adds.")
    value: RangeModel = Field(description="By how much.")
    duration_sec: RangeModel = Field(description="How long it lasts, in seconds.")


class RewardContentsModel(Model):
    """A bundle: everything in it is given."""

    items: dict[ItemId, ItemDrawModel] = Field(
        default_factory=dict, description="Items by id; each must stand in config/items."
    )
    item_sets: list[ItemSetDrawModel] = Field(default_factory=list, max_length=64, description="Items drawn from sets.")
    currencies: dict[Name, RangeModel] = Field(default_factory=dict, description="Currencies by name.")
    energies: dict[Name, RangeModel] = Field(
        default_factory=dict, description="Energies by name. Kept in the grant for the game to apply."
    )
    energy_modifiers: list[EnergyModifierModel] = Field(
        default_factory=list, max_length=64, description="Energy modifiers."
    )
    reward_modifiers: list[RewardModifierModel] = Field(
        default_factory=list, max_length=64, description="Reward modifiers."
    )


class WeightedContentsModel(RewardContentsModel):
    """A bundle that is drawn by weight."""

    weight: Weight = Field(description="How likely the row is, beside the other rows' weights.")


class RewardModel(Model):
    """What a place wins: contents that are certain, and rows drawn by weight."""

    guaranteed: RewardContentsModel | None = Field(None, description="Always given.")
    weighted: list[WeightedContentsModel] = Field(
        default_factory=list, max_length=1000, description="Rows to draw from."
    )
    max_rolls: Annotated[int, Field(ge=0, le=DRAWS_MAX)] | None = Field(
        None, description="How many rows are drawn from weighted. Unset: 1; 0: none."
    )
    max_repeat_rolls: Amount = Field(0, description="No row is drawn more often than this in one reward. 0: no bound.")
    total_weight: Weight = Field(
        0, description="Sum to draw against; above the sum of the rows it leaves a chance of nothing. 0: the sum."
    )
    to_mailbox_expiry_sec: Seconds = Field(
        0, description="The grant stays pending for so many seconds until the player takes it. 0: credited at once."
    )
    message: Text = Field("", description="Text for the player, kept with the grant.")
