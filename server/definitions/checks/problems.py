"""What the checks share."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from zoneinfo import available_timezones

from server.definitions.diagnostics import Problem, Severity
from server.definitions.explain import nearest
from server.definitions.models.event_leaderboard import EventLeaderboardModel
from server.definitions.source import Path

Problems = Iterator[Problem]


def warning(path: Path, message: str, mend: str, about: tuple[str, ...] = ()) -> Problem:
    """Return a problem that lets the definition in."""
    return Problem(path, message, mend, Severity.WARNING, about)


def zone_problem(path: Path, zone: str) -> Problem | None:
    """Return what is wrong with the name of a time zone, if anything is."""
    if zone in _zones():
        return None
    hint = nearest(zone, sorted(_zones())) or "use a name such as Europe/Berlin"
    return Problem(path, f"{zone!r} is no time zone", hint)


@cache
def _zones() -> frozenset[str]:
    """All names there are; the library walks through its files for them."""
    return frozenset(available_timezones())


def tier_option(path: Path, model: EventLeaderboardModel, tier: int, option: str) -> tuple[int, Path]:
    """Return an option's value in a tier, and where it is written."""
    override = model.tier_overrides.get(str(tier))
    own = None if override is None else getattr(override, option)
    if own is not None:
        return int(own), (*path, "tier_overrides", str(tier), option)
    return int(getattr(model, option)), (*path, option)
