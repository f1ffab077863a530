"""How far a block brings a bot (L3, L6): whole numbers only, so that every machine comes to the same score.

Progress counts from the start score in the direction in which scores get better or grow, so it never falls. All curves are
straight pieces: smooth enough to look at once a second, and exact.
"""

from __future__ import annotations

from functools import lru_cache

from server.domain.bots.behavior import THOUSAND, ProgressBurst, ProgressLinear
from server.domain.dice import Dice

PIECES = 16
"""Of which a jittered run is made."""


def linear(block: ProgressLinear, seed: bytes, entered: int, way: int, seconds: int) -> int:
    """Return how much of the way is done after so many seconds in the state."""
    duration = max(block.duration_seconds, 1)
    if seconds >= duration:
        return way
    if not block.jitter:
        return way * seconds // duration
    weights = _weights(seed, entered, block.jitter)
    piece, rest = divmod(seconds * PIECES, duration)
    done = sum(weights[:piece]) * duration + weights[piece] * rest
    return way * done // (sum(weights) * duration)


def burst(block: ProgressBurst, way: int, seconds: int) -> int:
    """Return how much of the way is done after so many seconds in the state."""
    duration = max(block.duration_seconds, 1)
    if seconds >= duration:
        return way
    now = seconds * THOUSAND  # all times in thousandths of a second, the burst's bounds exactly
    begins = duration * block.burst_start
    ends = min(begins + duration * block.burst_length, duration * THOUSAND)
    slow = duration * THOUSAND - (ends - begins)
    in_burst = min(max(now - begins, 0), ends - begins)
    outside = now - in_burst
    share = block.burst_share if slow else THOUSAND
    done_fast = way * share * in_burst // (THOUSAND * (ends - begins)) if ends > begins else 0
    done_slow = way * (THOUSAND - share) * outside // (THOUSAND * slow) if slow else 0
    return done_fast + done_slow if ends > begins else way * seconds // duration


@lru_cache(maxsize=4096)
def _weights(seed: bytes, entered: int, jitter: int) -> tuple[int, ...]:
    """Return how much of the way each piece of a run does, beside the others."""
    dice = Dice(seed, f"jitter/{entered}")
    return tuple(THOUSAND + dice.between(-jitter, jitter) for _ in range(PIECES))
