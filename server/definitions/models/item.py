"""config/items/*.json: the items that rewards can hold."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from server.definitions.models.base import Amount, Model, Name, Text

ItemId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$")]


class ItemModel(Model):
    """An item: something a player can own any number of."""

    name: Text = Field("", description="Display name, or the key of a translation.")
    description: Text = Field("", description="Display text, or the key of a translation.")
    category: Text = Field("", description="Free text by which the game groups items.")
    item_sets: list[Name] = Field(
        default_factory=list,
        max_length=64,
        description="Sets the item belongs to. A reward can draw from the items that share several sets.",
    )
    max_count: Amount = Field(
        0, description="How many a player can own at most; what would go beyond is not credited. 0: no bound."
    )
    additional_properties: dict[str, Text] = Field(
        default_factory=dict, description="Anything else the game wants to know; passed through."
    )


class ItemsFile(Model):
    """A file of items. All files of the folder are merged; an id may stand in one of them only."""

    schema_: str = Field("", alias="$schema", description="Path of the JSON Schema, for editors.")
    items: dict[ItemId, ItemModel] = Field(description="Items by id.")
