"""State machines that would never come to rest (L5): refused when the configuration loads.

A transition without an end in elapsed seconds is taken whenever its state is entered late enough. A circle of such
transitions, in which nobody stays for a while, flips from second to second for good.
"""

from __future__ import annotations

from collections.abc import Iterator

from server.domain.bots.behavior import Behavior, Complete, CompleteAt, Quit, State
from server.domain.bots.visits import dwell

DWELL_MIN_SECONDS = 5
"""A circle must take so long at least in one of its states."""


def restless_circle(behavior: Behavior) -> list[str] | None:
    """Return the names of states that would follow each other without end and without rest, or None."""
    onward = {name: list(_hasty(state)) for name, state in behavior.states.items()}
    for start in behavior.states:
        circle = _circle_through(start, onward)
        if circle is not None:
            return circle
    return None


def unreachable(behavior: Behavior) -> list[str]:
    """Return the states that no transition ever leads to."""
    reached: set[str] = set()
    waiting = [behavior.initial]
    while waiting:
        name = waiting.pop()
        if name not in reached and name in behavior.states:
            reached.add(name)
            waiting += [one.to for one in behavior.states[name].transitions]
    return [name for name in behavior.states if name not in reached]


def _hasty(state: State) -> Iterator[str]:
    """Yield where a state that is entered late is left for in no time."""
    if isinstance(state.block, Complete | Quit):
        return
    bound = DWELL_MIN_SECONDS
    if isinstance(state.block, CompleteAt):  # on completion nothing follows
        bound = min(bound, state.block.after_seconds)
    for transition in state.transitions:
        when = transition.when
        stays = max(dwell(state), when.state_from)
        is_past = when.elapsed_until is not None or (when.state_until is not None and stays >= when.state_until)
        if not is_past and stays < bound:
            yield transition.to


def _circle_through(start: str, onward: dict[str, list[str]]) -> list[str] | None:
    waiting: list[list[str]] = [[start]]
    seen: set[str] = set()
    while waiting:
        way = waiting.pop()
        for name in onward.get(way[-1], []):
            if name == start:
                return way
            if name not in seen:
                seen.add(name)
                waiting.append([*way, name])
    return None
