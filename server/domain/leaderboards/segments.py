"""Which segment of a board a contribution belongs to, or why to none (B23).

Wrong or missing is no error of the call: the contribution is not applied, and the answer says why.
"""

from __future__ import annotations

from server.domain.leaderboards.definition import Segmentation, SegmentSource
from server.domain.leaderboards.outcomes import Outcome
from server.domain.values import value

LENGTH_MAX = 64
"""In bytes."""
WHOLE_BOARD = ""
"""The one segment of a board that has none."""


@value
class Claim:
    """What is said of a player's segment: by his client, and by those whose word the studio trusts.

    Each is whatever stood in the field, of any type; None: nothing. Trusted are a trusted caller's context, a game event's
    and the definition's own word. `is_trusted`: the contribution itself comes from a trusted caller.
    """

    from_client: object = None
    from_trusted: object = None
    is_trusted: bool = False


@value
class Known:
    """What is stored: the segment that the player stands in, if any, and how many segments the period has.

    `exists` tells whether the claimed segment is one of them; only asked where any value makes a segment.
    """

    current: str | None = None
    count: int = 0
    exists: bool = False


@value
class Placed:
    """The segment that takes the contribution; `moves_from` the one that the whole entry leaves for it."""

    segment: str
    moves_from: str | None = None


def claimed(segmentation: Segmentation | None, claim: Claim) -> str | Outcome:
    """Return the segment that the contribution names, by those whose word counts, or why it names none.

    A trusted word goes before the client's. Where the studio said nothing at all, the client's is as good as none on a board
    that trusts no client.
    """
    if segmentation is None:
        return WHOLE_BOARD
    said = claim.from_trusted
    if said is None and segmentation.source is SegmentSource.CLIENT:
        said = claim.from_client
    if said is None:
        return Outcome.SEGMENT_MISSING
    if not is_segment(said) or (segmentation.buckets is not None and said not in segmentation.buckets):
        return Outcome.SEGMENT_UNKNOWN
    return str(said)


def judged(segmentation: Segmentation | None, claim: Claim, known: Known) -> Placed | Outcome:
    """Return where the contribution goes, or why nowhere. He stands in one segment of a period, fixed by the first."""
    segment = claimed(segmentation, claim)
    if isinstance(segment, Outcome):
        return segment
    if segmentation is None or segment == known.current:
        return Placed(segment)
    if known.current is not None and not (segmentation.may_move and claim.is_trusted):
        return Outcome.SEGMENT_FIXED
    is_new = segmentation.buckets is None and not known.exists
    if is_new and known.count >= segmentation.max_segments:
        return Outcome.SEGMENT_LIMIT
    return Placed(segment, known.current)


def is_segment(said: object) -> bool:
    """Tell whether the value is a text that can name a segment: 1 to 64 bytes, all printable."""
    if not isinstance(said, str) or not said or not said.isprintable():
        return False
    return len(said.encode()) <= LENGTH_MAX  # what is printable holds no half of a character, so it encodes


def is_readable(segmentation: Segmentation | None, segment: str) -> bool:
    """Tell whether a reader may ask for this segment: one of closed buckets, or whatever could be one.

    An open segment that nobody is in is an empty page, not a mistake.
    """
    if segmentation is None:
        return segment == WHOLE_BOARD
    if segmentation.buckets is not None:
        return segment in segmentation.buckets
    return is_segment(segment)
