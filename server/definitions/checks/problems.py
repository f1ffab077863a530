"""What the checks share."""

from __future__ import annotations

from collections.abc import Iterator

from server.definitions.diagnostics import Problem, Severity
from server.definitions.models.event_leaderboard import EventLeaderboardModel
from server.definitions.source import Path

Problems = Iterator[Problem]


def warning(path: Path, message: str, mend: str, about: tuple[str, ...] = ()) -> Problem:
    """Return a problem that lets the definition in."""
    return Problem(path, message, mend, Severity.WARNING, about)


def tier_option(path: Path, model: EventLeaderboardModel, tier: int, option: str) -> tuple[int, Path]:
    """Return an option's value in a tier, and where it is written."""
    override = model.tier_overrides.get(str(tier))
    own = None if override is None else getattr(override, option)
    if own is not None:
        return int(own), (*path, "tier_overrides", str(tier), option)
    return int(getattr(model, option)), (*path, option)
