"""Which hooks there are (M1): when each is called, within which time, what several modules do, what a failure does.

The descriptions are the reference that docs/MODULES.md prints; a test holds the two together.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

INSIDE_A_CALL = timedelta(milliseconds=250)
"""Time limit of a hook that a player waits for, unless its registration says otherwise (M4)."""
OUTSIDE = timedelta(seconds=30)
"""Time limit of a hook that nobody waits for."""
LIMIT_MAX = {INSIDE_A_CALL: timedelta(seconds=10), OUTSIDE: timedelta(seconds=30)}
"""What a registration may ask for at most; a lane of notices and a job are leased for longer than that."""


class Combining(Enum):
    """What several modules with the same hook do.

    FIRST: the first that answers decides. CHAIN: each receives what the one before it returned. EACH: all are called, and
    none sees another's answer. OWNER: only one may register it.
    """

    FIRST = "first"
    CHAIN = "chain"
    EACH = "each"
    OWNER = "one owner"


@dataclass(frozen=True, slots=True)
class HookSpec:
    """A hook. `arguments` are the names that an implementation may take, any subset of them."""

    name: str
    arguments: tuple[str, ...]
    combining: Combining
    time_limit: timedelta
    description: str


PLAYER_CALLS = (
    "Authenticate",
    "Refresh",
    "UpdateProfile",
    "ListEventLeaderboards",
    "GetEventLeaderboard",
    "RollCohort",
    "SubmitScore",
    "ClaimReward",
    "ListStandings",
    "ListPastCohorts",
    "ListLeaderboards",
    "GetLeaderboard",
    "ListEntries",
    "ListEntriesAroundPlayer",
    "BatchGetRanks",
    "SubmitLeaderboardScore",
    "ListPeriods",
    "ListSegments",
    "ListGrants",
    "ClaimGrant",
    "GetWallet",
    "GetInventory",
    "CallFunction",
)
"""The calls that have a `before_` and an `after_`: all of the services that players call."""
_CALLED_OTHERWISE = {("LeaderboardService", "SubmitScore"): "SubmitLeaderboardScore"}
"""Two services have a SubmitScore; among hooks the name stays with the event's, which had it first."""
_NOT_FOR_PLAYERS = ("ServerService", "GameEventService", "AdminService", "DebugService")


def player_call(service: str, method: str) -> str:
    """Return under which name modules know a call of a service, or an empty text where players have no such call."""
    call = _CALLED_OTHERWISE.get((service, method), method)
    return call if call in PLAYER_CALLS and service not in _NOT_FOR_PLAYERS else ""


def snake_case(call: str) -> str:
    """Return the name of a call as Python spells it: `roll_cohort`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", call).lower()


_FAILS_THE_CALL = "One that raises, is late or answers nonsense fails the call with INTERNAL; nothing is changed."
_IS_TOLD_AGAIN = (
    "One that raises or is late is told again, later and later, ten times in all; then the notice is parked, shown to the "
    "operator, and the next one of its lane is told."
)

_IN_A_CALL = (
    HookSpec(
        name="cohort_selection",
        arguments=("ctx", "event", "player", "tier", "properties", "candidates"),
        combining=Combining.FIRST,
        time_limit=INSIDE_A_CALL,
        description=(
            "Called in a roll, before a cohort is chosen. "
            "Returns SharedCohort, the id of an open cohort, JoinCohort, NewCohort, or None for the next module and then "
            "the default. "
            "The first module that answers decides. "
            "One that raises, is late or answers nonsense counts as None; a cohort that cannot be joined, too."
        ),
    ),
    HookSpec(
        name="reward",
        arguments=("ctx", "event", "player", "standing", "reward"),
        combining=Combining.CHAIN,
        time_limit=INSIDE_A_CALL,
        description=(
            "Called when a reward has been rolled, before it is granted. "
            "Returns the reward, changed or not, or raises Refusal. "
            "Each module receives what the one before it returned. "
            "One that raises or is late fails the claim: nothing is granted, and the claim may be tried again."
        ),
    ),
    HookSpec(
        name="validate_submission",
        arguments=("ctx", "board", "player", "submission"),
        combining=Combining.CHAIN,
        time_limit=INSIDE_A_CALL,
        description=(
            "Called before a score is applied, whoever sends it; not for a call that is repeated with its request_id. "
            "Returns the submission, changed or not, or raises Refusal. "
            "Each module receives what the one before it returned. " + _FAILS_THE_CALL
        ),
    ),
)

_AROUND_CALLS = tuple(
    spec
    for call in PLAYER_CALLS
    for spec in (
        HookSpec(
            name=f"before_{snake_case(call)}",
            arguments=("ctx", "request"),
            combining=Combining.CHAIN,
            time_limit=INSIDE_A_CALL,
            description=(
                f"Called before {call} is served, with a copy of its request message. "
                "Returns the request, changed or not, or raises Refusal. "
                "Each module receives what the one before it returned. " + _FAILS_THE_CALL
            ),
        ),
        HookSpec(
            name=f"after_{snake_case(call)}",
            arguments=("ctx", "request", "response"),
            combining=Combining.EACH,
            time_limit=INSIDE_A_CALL,
            description=(
                f"Called when {call} has succeeded, before the answer goes out, with copies of request and response. "
                "What it returns is not looked at. "
                "Every module is called. "
                "One that raises or is late is logged; the answer goes out as it is."
            ),
        ),
    )
)

_NOTICES = tuple(
    HookSpec(
        name=name,
        arguments=("ctx", *arguments, "notice"),
        combining=Combining.EACH,
        time_limit=OUTSIDE,
        description=(
            f"Called after the commit when {when}, at least once, also after a restart; in order for one {lane}. "
            "What it returns is not looked at. "
            "Every module is told on its own. " + _IS_TOLD_AGAIN
        ),
    )
    for name, arguments, when, lane in (
        ("tier_changed", ("event", "player", "change"), "a player has rolled into a cohort of another tier", "cohort"),
        ("cohort_completed", ("event", "cohort"), "a cohort is over for everybody and sealed", "cohort"),
        ("phase_started", ("event", "phase"), "a phase of an event has begun", "event"),
        ("phase_ended", ("event", "phase"), "the active part of a phase is over", "event"),
        (
            "period_finalized",
            ("leaderboard", "period"),
            "the places and prizes of a leaderboard's period are final",
            "leaderboard",
        ),
        ("grant_created", ("player", "grant"), "a player was given something", "cohort, or player where there is none"),
    )
)

FUNCTION = HookSpec(
    name="function",
    arguments=("ctx", "payload"),
    combining=Combining.OWNER,
    time_limit=INSIDE_A_CALL,
    description=(
        "Called by ModuleService.CallFunction with the function's name, by a player or with a server key; `payload` is JSON. "
        "Returns anything that is JSON, or raises Refusal. "
        "A name has one owner. "
        "One that raises, is late or answers what is no JSON fails the call with INTERNAL."
    ),
)
SCHEDULE = HookSpec(
    name="schedule",
    arguments=("ctx",),
    combining=Combining.OWNER,
    time_limit=OUTSIDE,
    description=(
        "Called when its cron expression (UTC, game time) says so, by one process of all; runs that were missed are made up "
        "for by one. "
        "What it returns is not looked at. "
        "A job has one owner. "
        "One that raises or is late is logged and waits for its next time; a process that dies in it leaves it to another."
    ),
)

OPTIONAL = tuple(spec.name for spec in _IN_A_CALL)
"""Hooks that are asked about an event or a leaderboard, and may be registered for those only that opt in."""
SPECS = {spec.name: spec for spec in (*_IN_A_CALL, *_AROUND_CALLS, *_NOTICES)}
"""Hooks that are registered by their name alone."""
ALL_SPECS = (*SPECS.values(), FUNCTION, SCHEDULE)
