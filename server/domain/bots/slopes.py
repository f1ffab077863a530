"""Which way a bot's score goes, and whether it goes so fast that everybody sees it jump (L6, L9)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

from server.domain.bots.behavior import THOUSAND, Behavior, Block, CompleteAt, ProgressBurst, ProgressLinear

STEEP_SECONDS = 10
"""A bot that would have done all of a block's way in fewer seconds, at its fastest, jumps."""


def goal_of(block: Block) -> int | None:
    """Return the score that a block goes to, or None for those that have none of their own."""
    match block:
        case ProgressLinear() | ProgressBurst():
            return block.target_score
        case CompleteAt():
            return block.score
        case _:
            return None


def goals_of(behavior: Behavior) -> Iterator[tuple[str, int]]:
    """Yield the states that go to a score of their own, and that score."""
    for name, state in behavior.states.items():
        goal = goal_of(state.block)
        if goal is not None:
            yield name, goal


def has_goals(behavior: Behavior) -> bool:
    """Tell whether some goal says which way the score goes."""
    return any(goal != behavior.start_score for _, goal in goals_of(behavior))


def direction_of(behavior: Behavior) -> int:
    """Return 1 where scores grow and -1 where they fall, as the goals say; without any, they grow."""
    falls = any(goal < behavior.start_score for _, goal in goals_of(behavior))
    return -1 if falls else 1


def is_steep(block: Block) -> bool:
    """Tell whether the block is, at its fastest, so fast that the score jumps."""
    match block:
        case ProgressLinear():
            fastest = THOUSAND + block.jitter
            return block.duration_seconds * THOUSAND < STEEP_SECONDS * fastest
        case ProgressBurst():
            return block.duration_seconds * block.burst_length < STEEP_SECONDS * block.burst_share
        case CompleteAt():
            return block.after_seconds < STEEP_SECONDS
        case _:
            return False


def steepest(score_at: Callable[[int], int], seconds: int, samples: int) -> tuple[int, int]:
    """Return the second before which a curve moves the most, and by how much.

    Only the part between two samples that moves the most is looked at second by second: a jump is higher than any slope.
    """
    at = sorted({seconds * number // samples for number in range(samples + 1)})
    if len(at) < 2:
        return 0, 0
    known = [score_at(second) for second in at]
    parts = [
        (abs(after - before) * THOUSAND // (end - start), start, end)
        for (start, end), (before, after) in zip(pairwise(at), pairwise(known), strict=True)
    ]
    _, start, end = max(parts)
    scores = [score_at(second) for second in range(start, end + 1)]
    moves = [(abs(after - before), start + number + 1) for number, (before, after) in enumerate(pairwise(scores))]
    moved, second = max(moves)
    return second, moved
