"""The whole surface that studios' modules may use. What stands here keeps its meaning from version to version.

from server.modules_api import NewCohort, Registry

def register(registry: Registry) -> None:
    registry.cohort_selection(choose)

Requests and answers in `before_` and `after_` hooks are the messages of the protos, `server.modules_api.messages`.
"""

from server.api import messages
from server.hooks.api import (
    Board,
    Caller,
    Candidate,
    Cohort,
    Counted,
    DomainError,
    Event,
    Grant,
    InsufficientFunds,
    JoinCohort,
    Leaderboard,
    LeaderboardRow,
    NewCohort,
    Notice,
    PastCohort,
    Period,
    Phase,
    Player,
    Refusal,
    Reward,
    SharedCohort,
    Standing,
    StandingRow,
    StoredObject,
    Submission,
    TierChange,
    VersionConflict,
)
from server.hooks.facilities import (
    Context,
    EventLeaderboards,
    Leaderboards,
    Log,
    ModuleMetrics,
    Players,
    Storage,
    Wallet,
)
from server.hooks.registry import Registry

__all__ = [
    "Board",
    "Caller",
    "Candidate",
    "Cohort",
    "Context",
    "Counted",
    "DomainError",
    "Event",
    "EventLeaderboards",
    "Grant",
    "InsufficientFunds",
    "JoinCohort",
    "Leaderboard",
    "LeaderboardRow",
    "Leaderboards",
    "Log",
    "ModuleMetrics",
    "NewCohort",
    "Notice",
    "PastCohort",
    "Period",
    "Phase",
    "Player",
    "Players",
    "Refusal",
    "Registry",
    "Reward",
    "SharedCohort",
    "Standing",
    "StandingRow",
    "Storage",
    "StoredObject",
    "Submission",
    "TierChange",
    "VersionConflict",
    "Wallet",
    "messages",
]
