"""Properties of players: what a studio's servers say of them for good, such as a league or a country (B23).

Boards may be split by one of them, and modules read them. A change names what it changes; the rest stays.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeAlias

from server.domain.errors import TooManyProperties

PropertyValue: TypeAlias = str | int | float | bool

COUNT_MAX = 64
"""Of one player."""
VALUE_BYTES_MAX = 256
"""Of a text."""
NUMBER_MAX = 2**53
"""Whole numbers up to here are exact in every client."""
KEY_PATTERN = "[a-z0-9_-]{1,64}"
"""That of a segmentation's key."""
_KEY = re.compile(KEY_PATTERN)


def is_property_key(key: str) -> bool:
    """Tell whether a property can be called so."""
    return _KEY.fullmatch(key) is not None


def property_value(said: object) -> PropertyValue:
    """Return what a property can hold.

    :raises ValueError: with what keeps it from that
    """
    if isinstance(said, int | float):
        if not abs(said) <= NUMBER_MAX:  # so that what is no number at all is refused, too
            raise ValueError(f"is no number from -{NUMBER_MAX} to {NUMBER_MAX}")
        return said
    if not isinstance(said, str):
        raise ValueError("is no text, number or truth value")  # noqa: TRY004 - one way out for all faults
    if not said.isprintable():
        raise ValueError("has characters that cannot be seen")
    if len(said.encode()) > VALUE_BYTES_MAX:
        raise ValueError(f"is longer than {VALUE_BYTES_MAX} bytes")
    return said


def changed(
    known: Mapping[str, PropertyValue], changes: Mapping[str, PropertyValue | None]
) -> dict[str, PropertyValue]:
    """Return the properties after a change: what it does not name stays, None removes.

    :raises TooManyProperties: if the player would have more than he may
    """
    after = {key: one for key, one in {**known, **changes}.items() if one is not None}
    if len(after) > max(COUNT_MAX, len(known)):
        raise TooManyProperties(count=len(after), count_max=COUNT_MAX)
    return dict(sorted(after.items()))
