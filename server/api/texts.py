"""Which texts may be ids, and which may be shown to others."""

from __future__ import annotations

import unicodedata

NAME_MAX = 64
AVATAR_URL_MAX = 512

_NEVER_SHOWN = frozenset(("Cc", "Cs", "Cn"))


def can_be_shown(text: str) -> bool:
    """Tell whether a text has no control characters; the joiners in emoji and right-to-left names are welcome."""
    return text.isprintable() or not any(unicodedata.category(character) in _NEVER_SHOWN for character in text)
