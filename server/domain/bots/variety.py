"""Bots of one kind that are not all alike: each goes its own way, at its own pace, fixed by its seed (L3).

Without it a field of bots would come in at one score and one second. What differs is decided once, for a bot's whole
life, by scaling what its kind does; so everything that holds for a behaviour holds for the varied one.
"""

from __future__ import annotations

from dataclasses import replace

from server.domain.bots.behavior import (
    THOUSAND,
    Behavior,
    Block,
    CompleteAt,
    ProgressBurst,
    ProgressLinear,
    State,
    Transition,
    Wait,
)
from server.domain.bots.conditions import Condition
from server.domain.dice import Dice
from server.domain.values import value


@value
class Spread:
    """By how many thousandths scores and times may differ from what is written, up and down."""

    scores: int = 0
    times: int = 0


def varied(behavior: Behavior, spread: Spread, seed: bytes) -> Behavior:
    """Return what the bot of a seed does."""
    scores = THOUSAND + Dice(seed, "scores").between(-spread.scores, spread.scores)
    times = THOUSAND + Dice(seed, "times").between(-spread.times, spread.times)
    return scaled(behavior, scores, times)


def scaled(behavior: Behavior, scores: int, times: int) -> Behavior:
    """Return a behaviour with goals so far from the start and with so long times, in thousandths of what they were.

    What complete_at finishes with stays: it is the score that a board is won with.
    """
    start = behavior.start_score
    states = {name: _state(state, start, scores, times) for name, state in behavior.states.items()}
    return Behavior(states, behavior.initial, start)


def _state(state: State, start: int, scores: int, times: int) -> State:
    onward = tuple(Transition(_condition(one.when, times), one.to) for one in state.transitions)
    return State(_block(state.block, start, scores, times), onward)


def _block(block: Block, start: int, scores: int, times: int) -> Block:
    match block:
        case ProgressLinear() | ProgressBurst():
            goal = start + _share(block.target_score - start, scores)
            return replace(block, target_score=goal, duration_seconds=_lasting(block.duration_seconds, times))
        case CompleteAt():
            return replace(block, after_seconds=_lasting(block.after_seconds, times))
        case Wait():
            return Wait(_lasting(block.duration_seconds, times))
        case _:
            return block


def _condition(when: Condition, times: int) -> Condition:
    return Condition(
        when.elapsed_from * times // THOUSAND,
        _end(when.elapsed_until, times),
        when.state_from * times // THOUSAND,
        _end(when.state_until, times),
    )


def _end(second: int | None, times: int) -> int | None:
    """Return where a range ends; rounded up, so that none becomes empty."""
    return None if second is None else -(-second * times // THOUSAND)


def _lasting(seconds: int, times: int) -> int:
    return max(seconds * times // THOUSAND, 1)


def _share(way: int, scores: int) -> int:
    """Return a part of a way that may lead down, rounded towards the start."""
    return way * scores // THOUSAND if way >= 0 else -(-way * scores // THOUSAND)
