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
    """What is said of a player's segment: by his client, by those whose word the studio trusts, and by his profile.

    Each is whatever stood in the field, of any type; None: nothing. Trusted are a trusted caller's context, a game event's
    and the definition's own word. `is_trusted`: the contribution itself comes from a trusted caller. The profile's is the
    property of the player that has the name of the field: studios set it, and it is looked up where it can decide.
    """

    from_client: object = None
    from_trusted: object = None
    is_trusted: bool = False
    from_profile: object = None

    @property
    def is_by_profile(self) -> bool:
        """Whether it is the profile that decides: nobody whom the studio trusts says more of this very contribution."""
        return self.from_trusted is None and self.from_profile is not None


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

    A trusted word goes before the profile's, which holds for all contributions of the player, and both before the client's.
    Where the studio said nothing at all, the client's is as good as none on a board that trusts no client.
    """
    if segmentation is None:
        return WHOLE_BOARD
    said = claim.from_profile if claim.is_by_profile else claim.from_trusted
    if said is None and segmentation.source is SegmentSource.CLIENT:
        said = claim.from_client
    if said is None:
        return Outcome.SEGMENT_MISSING
    if not is_segment(said) or (segmentation.buckets is not None and said not in segmentation.buckets):
        return Outcome.SEGMENT_UNKNOWN
    return str(said)


def hears_profile(segmentation: Segmentation | None, claim: Claim, current: str | None) -> bool:
    """Tell whether the player's profile can decide, so that it must be looked up. `current`: where he stands, if anywhere.

    Not where somebody trusted has spoken, and not where a player names the very segment that he cannot leave: most scores.
    """
    if segmentation is None or claim.from_trusted is not None:
        return False
    is_settled = current is not None and not segmentation.may_move
    return not (is_settled and segmentation.source is SegmentSource.CLIENT and claim.from_client == current)


def judged(segmentation: Segmentation | None, claim: Claim, known: Known) -> Placed | Outcome:
    """Return where the contribution goes, or why nowhere. He stands in one segment of a period, fixed by the first.

    A profile that has changed since says where he begins in the next period; where entries may move, it moves his.
    """
    if segmentation is not None and known.current is not None and claim.is_by_profile and not segmentation.may_move:
        return Placed(known.current)
    segment = claimed(segmentation, claim)
    if isinstance(segment, Outcome):
        return segment
    if segmentation is None or segment == known.current:
        return Placed(segment)
    may_move = segmentation.may_move and (claim.is_trusted or claim.is_by_profile)
    if known.current is not None and not may_move:
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
