"""What an attribute can be: a plain JSON tree whose numbers are exact (B22)."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import Final, TypeAlias, TypeGuard

Json: TypeAlias = bool | int | Decimal | str | list["Json"] | dict[str, "Json"] | None
"""Numbers are `Decimal` or int, never float: whoever reads them from the wire takes the decimal they print as (B22)."""


class Missing(Enum):
    """The type of MISSING: an enumeration of one, so that a type checker can tell it from what was found."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING
"""What is found where nothing is. Null is found as this too (B30)."""


def is_number(found: object) -> TypeGuard[int | Decimal]:
    """Tell whether something counts as a number: true does not, "12" does not, and NaN, which equals nothing, does not."""
    return type(found) is int or (type(found) is Decimal and found.is_finite())
