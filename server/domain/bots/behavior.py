"""What a bot does, as a designer says it (L1): blocks, put together as states that follow each other.

All three composers come to states: a single block is one state, a sequence a row of states that each last so long. Seconds
are whole, as are scores: in a board's smallest steps.
"""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

from server.domain.bots.conditions import Condition
from server.domain.values import value

THOUSAND = 1000
"""Shares and factors are in thousandths, so that all arithmetic is of whole numbers and alike on every machine."""


class Anchor(Enum):
    """Whom a reactive block looks at: never the one who asks (L4)."""

    LEADER = "leader"
    MEDIAN_HUMAN = "median_human"
    RANK = "rank"


@value
class Idle:
    """Holds the score."""


@value
class Wait:
    """Holds the score, and stays at least so long whatever the conditions say."""

    duration_seconds: int


@value
class ProgressLinear:
    """Goes to a score within a time. `jitter`: by how many thousandths its pace may differ from piece to piece."""

    target_score: int
    duration_seconds: int
    jitter: int = 0


@value
class ProgressBurst:
    """Goes slowly, then fast, then slowly again.

    In the burst, from `burst_start` on and `burst_length` long (thousandths of the time), it does `burst_share` thousandths
    of the way; the rest is done before and after, at one pace.
    """

    target_score: int
    duration_seconds: int
    burst_start: int = 400
    burst_length: int = 200
    burst_share: int = 700


@value
class TrackPosition:
    """Stays so many points from whoever it looks at, as fast as it can go (reactive)."""

    anchor: Anchor
    offset: int
    most_per_second: int
    rank: int = 1


@value
class MatchPlayerPace:
    """Does so many thousandths of what whoever it looks at has done (reactive)."""

    anchor: Anchor
    factor: int
    most_per_second: int
    rank: int = 1


@value
class CompleteAt:
    """Is at the score at that moment, and has completed: the only block that may reach a score target (L6)."""

    score: int
    after_seconds: int


@value
class Complete:
    """Has completed: the score stays for good."""


@value
class Quit:
    """Has left: the score stays, and the place may be taken by another bot."""


Block: TypeAlias = (
    Idle | Wait | ProgressLinear | ProgressBurst | TrackPosition | MatchPlayerPace | CompleteAt | Complete | Quit
)
Reactive = TrackPosition | MatchPlayerPace


@value
class Transition:
    """Where to go once a condition holds."""

    when: Condition
    to: str


@value
class State:
    """A block, and what ends it. Transitions are tried in order, one a second (L5)."""

    block: Block
    transitions: tuple[Transition, ...] = ()


@value
class Behavior:
    """States by name, and the first. `start_score` is where the bot stands when it joins."""

    states: dict[str, State]
    initial: str
    start_score: int = 0


def single(block: Block, start_score: int = 0) -> Behavior:
    """Return the behaviour of one block."""
    return Behavior({"only": State(block)}, "only", start_score)


def sequence(steps: list[tuple[Block, int]], start_score: int = 0) -> Behavior:
    """Return the behaviour of blocks that follow each other, each with the seconds that it lasts; the last stays."""
    states: dict[str, State] = {}
    for number, (block, seconds) in enumerate(steps):
        is_last = number == len(steps) - 1
        onward = () if is_last else (Transition(Condition(state_from=seconds), str(number + 1)),)
        states[str(number)] = State(block, onward)
    return Behavior(states, "0", start_score)
