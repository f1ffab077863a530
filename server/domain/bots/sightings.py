"""What reactive bots saw (L4): the score of their anchor at a second. Kept, so that a season can be played again exactly.

They react to the second before, towards what they last saw, no faster than they can. So their score follows from what was
seen, whoever evaluates it, however often and however late.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple, TypeAlias

from server.domain.bots.behavior import THOUSAND, Anchor, Behavior, MatchPlayerPace, Reactive

SIGHTINGS_MAX = 4000
"""About so many sightings of one player a board has: where it goes on for long, bots look up less often."""
_ENDLESS_SECONDS = 7 * 86_400
"""A board that never ends is looked at as if it went on for a week."""
_second = attrgetter("second")


class Sighting(NamedTuple):
    """At this second since the bot's anchor, whoever it looks at had so much progress."""

    second: int
    progress: int


class Lookout(NamedTuple):
    """Whom somebody looks at. `rank` says which one where the anchor is a rank, and is 0 elsewhere."""

    anchor: Anchor
    rank: int = 0


Seen: TypeAlias = Sequence[Sighting] | Mapping[Lookout, Sequence[Sighting]]
"""What was seen, in order of time: of each whom a bot looks at, or of the only one there is."""


def gap_of(board_seconds: int | None) -> int:
    """Return how many seconds pass between two sightings on a board that goes on for so long; None: it never ends."""
    return max(1, -(-(board_seconds or _ENDLESS_SECONDS) // SIGHTINGS_MAX))


def lookout_of(block: Reactive) -> Lookout:
    """Return whom a block looks at."""
    return Lookout(block.anchor, block.rank if block.anchor is Anchor.RANK else 0)


def lookouts_of(behavior: Behavior) -> frozenset[Lookout]:
    """Return all whom a bot may ever look at; none: it goes its own way."""
    return frozenset(lookout_of(one.block) for one in behavior.states.values() if isinstance(one.block, Reactive))


def seen_by(block: Reactive, seen: Seen) -> Sequence[Sighting]:
    """Return what a block sees."""
    return seen.get(lookout_of(block), ()) if isinstance(seen, Mapping) else seen


def followed(block: Reactive, begun: int, entered: int, until: int, seen: Sequence[Sighting]) -> int:
    """Return the progress at second `until` of a bot that came into the block at `entered` with `begun`.

    `seen` is in order of time, and may hold more than concerns this stay.
    """
    progress = begun
    first = max(bisect_right(seen, entered, key=_second) - 1, 0)
    for number in range(first, len(seen)):
        sighting = seen[number]
        if sighting.second >= until:
            break
        following = seen[number + 1].second if number + 1 < len(seen) else until
        start, end = max(sighting.second, entered), min(following, until)
        if start >= end:
            continue
        most = progress + block.most_per_second * (end - start)
        progress = max(progress, min(_wanted(block, sighting.progress), most))
    return progress


def _wanted(block: Reactive, progress: int) -> int:
    if isinstance(block, MatchPlayerPace):
        return progress * block.factor // THOUSAND
    return progress + block.offset
