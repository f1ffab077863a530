"""Which state a bot is in at which second: found by jumping from one transition to the next, never by counting seconds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from server.domain.bots.behavior import Behavior, Complete, CompleteAt, Quit, State, Wait


class Visit(NamedTuple):
    """A stay in a state: [entered, left), in seconds since the anchor; None: it has not been left by then."""

    name: str
    state: State
    entered: int
    left: int | None


def visits(behavior: Behavior, until: int, first: str | None = None, entered: int = 0) -> Iterator[Visit]:
    """Yield the stays of a bot in order, up to the one that holds the second `until`.

    They begin with the initial state, or with the stay in `first` that began at `entered`, if that is known.
    """
    name: str | None = behavior.initial if first is None else first
    while name is not None and entered <= until:
        here, state = name, behavior.states[name]
        left, name = _leaving(state, entered)
        yield Visit(here, state, entered, left)
        entered = until + 1 if left is None else left


def dwell(state: State) -> int:
    """Return how many seconds pass at least before a transition of the state is looked at."""
    return max(state.block.duration_seconds, 1) if isinstance(state.block, Wait) else 1


def _leaving(state: State, entered: int) -> tuple[int | None, str | None]:
    """Return when the state is left, and for which; the first of those transitions that hold the earliest."""
    earliest = entered + dwell(state)
    if isinstance(state.block, Complete | Quit):  # nothing follows
        return None, None
    completes = entered + state.block.after_seconds if isinstance(state.block, CompleteAt) else None
    found: tuple[int, str] | None = None
    for transition in state.transitions:
        second = transition.when.first_second(entered, earliest)
        if second is None or (completes is not None and second >= completes):  # nothing follows on completion
            continue
        if found is None or second < found[0]:
            found = second, transition.to
    return found if found is not None else (None, None)
