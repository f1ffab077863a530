"""What all models share: no unknown keys, no silent conversions, every field described."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, StringConstraints, WithJsonSchema

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
SECONDS_MAX = 253_402_300_799
"""The last second of the year 9999."""

Int64 = Annotated[int, Field(ge=INT64_MIN, le=INT64_MAX)]
Seconds = Annotated[int, Field(ge=0, le=SECONDS_MAX)]
Amount = Annotated[int, Field(ge=0, le=INT64_MAX)]
TierKey = Annotated[str, StringConstraints(pattern=r"^(0|[1-9][0-9]{0,3})$")]
"""A tier as a JSON key: "0", "1" ..."""
EventKey = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$")]
"""Id of an event leaderboard: letters, digits and _ . - after the first character."""
Name = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]*$")]
"""A name of a designer's own, such as a currency's: any characters but those that control a terminal, or end a text."""
Text = Annotated[str, StringConstraints(max_length=4096)]
MetricName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]


def _as_decimal(value: object) -> object:
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


Number = Annotated[Decimal, BeforeValidator(_as_decimal), WithJsonSchema({"type": "number"})]
"""A number with or without a fraction, exact."""


PLAINLY, AS_OBJECT = "written plainly", "written as an object"
"""The two forms that some values can have, such as a name, or the whole thing that has the name.

The validator puts these words into the places that it names; `explain` takes them out again.
"""


def _form_of(value: object) -> str:
    return AS_OBJECT if isinstance(value, dict | BaseModel) else PLAINLY


EitherForm = Discriminator(_form_of)


class Model(BaseModel):
    """A JSON object whose keys are all known and whose values are of the written type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
