"""Which texts may be ids, and which may be shown to others."""

from __future__ import annotations

import unicodedata

ID_MAX = 128
NAME_MAX = 64
AVATAR_URL_MAX = 512

_NEVER_SHOWN = frozenset(("Cc", "Cs", "Cn"))


def is_identifier(text: str, length_max: int = ID_MAX) -> bool:
    """Tell whether a text can be an id: not empty, not too long, and nothing in it that cannot be seen."""
    return 0 < len(text) <= length_max and text.isprintable()


def can_be_shown(text: str) -> bool:
    """Tell whether a text has no control characters; the joiners in emoji and right-to-left names are welcome."""
    return text.isprintable() or not any(unicodedata.category(character) in _NEVER_SHOWN for character in text)
