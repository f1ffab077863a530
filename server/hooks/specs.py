"""Which hooks there are (M1): what each is called with, how several modules combine, how long it may take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

INSIDE_A_CALL = timedelta(milliseconds=250)
"""Time limit of a hook that a player waits for, unless the settings say otherwise (M4)."""


class Combining(Enum):
    """What several modules with the same hook do.

    FIRST: the first that answers decides. CHAIN: each receives what the one before it returned.
    """

    FIRST = "first"
    CHAIN = "chain"


@dataclass(frozen=True, slots=True)
class HookSpec:
    """A hook. `arguments` are the names that an implementation may take, any subset of them."""

    name: str
    arguments: tuple[str, ...]
    combining: Combining
    time_limit: timedelta
    description: str


SPECS = {
    spec.name: spec
    for spec in (
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
    )
}
