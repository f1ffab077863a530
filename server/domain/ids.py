"""The names of things. Each is its own type, so that a player can never stand where a cohort is meant."""

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


def is_identifier(text: str, length_max: int = ID_MAX) -> bool:
    """Tell whether a text can be an id: not empty, not too long, and nothing in it that cannot be seen."""
    return 0 < len(text) <= length_max and text.isprintable()
