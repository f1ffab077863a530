"""The whole surface that studios' modules may use. What stands here keeps its meaning from version to version.

from server.modules_api import NewCohort, Registry

def register(registry: Registry) -> None:
    registry.cohort_selection(choose)
"""

from server.hooks.api import (
    Candidate,
    Context,
    Event,
    EventLeaderboards,
    JoinCohort,
    Log,
    NewCohort,
    PastCohort,
    Player,
    Refusal,
    Reward,
    SharedCohort,
    Standing,
)
from server.hooks.registry import Registry

__all__ = [
    "Candidate",
    "Context",
    "Event",
    "EventLeaderboards",
    "JoinCohort",
    "Log",
    "NewCohort",
    "PastCohort",
    "Player",
    "Refusal",
    "Registry",
    "Reward",
    "SharedCohort",
    "Standing",
]
