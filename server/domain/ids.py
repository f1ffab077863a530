"""The names of things. Each is its own type, so that a player can never stand where a cohort is meant."""

from datetime import UTC, datetime, timedelta
from typing import NewType

EventId = NewType("EventId", str)
"""Key of an event leaderboard in config/event_leaderboards/*.json."""

PlayerId = NewType("PlayerId", str)
"""A player: the subject of the session token, 1..128 printable characters."""

CohortId = NewType("CohortId", str)
"""A cohort: 16 characters that sort by the time of creation."""

GrantId = NewType("GrantId", str)
"""A reward grant."""

DefinitionHash = NewType("DefinitionHash", str)
"""Content hash of a definition: what a phase pins (E8)."""

LeaderboardKey = NewType("LeaderboardKey", str)
"""Key of a leaderboard in config/leaderboards/*.json: 1 to 64 of a-z, 0-9, `_` and `-`."""

ID_MAX = 128


_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_LENGTH = 16
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_SHIFTS = range(5 * (_LENGTH - 2), -1, -10)
"""Two characters, ten bits, at a time: the first ones first."""
CHANCE_BITS = 39
_BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def timed(moment: datetime, chance: int) -> int:
    """Return the number of an id that is made at a moment: 41 bits of milliseconds, then `chance`, 39 bits."""
    return ((moment - _BEGIN) // _MILLISECOND << CHANCE_BITS) | chance


def id_text(number: int) -> str:
    """Return an id's 16 characters, which sort as the numbers do."""
    return "".join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])


def is_identifier(text: str, length_max: int = ID_MAX) -> bool:
    """Tell whether a text can be an id: not empty, not too long, and nothing in it that cannot be seen."""
    return 0 < len(text) <= length_max and text.isprintable()
