"""The order in a cohort: one total order, ranks 1..n without ties (E40).

1. who reached the target, in the order they reached it (so overshooting never overtakes a finisher);
2. then by score in the event's direction, 3. then by subscore, 4. then who reached that pair earlier, 5. then by id;
6. last of all, by joining, who has not submitted (so a 0 never leads an ascending event).

The order is written as bytes, `standing_key`, that sort the same in Python, SQLite and PostgreSQL: rules 1 to 4 and 6
live here and nowhere else, and every store ranks by comparing keys.
"""

from __future__ import annotations

from struct import Struct

from server.domain.event_leaderboards.cohort import Participant, Result
from server.domain.event_leaderboards.definition import SCORE_MAX, SCORE_MIN, Definition

_FINISHED, _SUBMITTED, _IDLE = 0, 1, 2
_ONE = Struct(">BQ")
_THREE = Struct(">BQQQ")
_AFTER_ALL_CHANGES = 2**64 - 1


def standing_key(definition: Definition, result: Result, joined_revision: int) -> bytes:
    """Return the bytes by which a participant sorts in his cohort: the smaller, the better the rank.

    Equal keys cannot occur in one cohort, since each holds a revision that no other change has.
    """
    if result.finished_revision:
        return _ONE.pack(_FINISHED, result.finished_revision)
    if result.submission_count == 0:
        return _ONE.pack(_IDLE, joined_revision)
    return _THREE.pack(
        _SUBMITTED,
        result.score - SCORE_MIN if definition.ascending else SCORE_MAX - result.score,
        result.subscore - SCORE_MIN if definition.subscore_ascending else SCORE_MAX - result.subscore,
        result.reached_revision,
    )


def key_behind_finisher(revision: int) -> bytes:
    """Return what the key of a bot begins with that stands behind whoever finished by this change; 0: before all of them."""
    return _ONE.pack(_FINISHED, revision)


def key_behind_joined(revision: int) -> bytes:
    """Return what the key of a bot begins with that has not scored, and stands behind whoever joined by this change."""
    return _ONE.pack(_IDLE, revision)


def key_behind_score(definition: Definition, score: int) -> bytes:
    """Return what the key of a bot begins with that stands behind every human of its score."""
    return standing_key(definition, Result(score, 0, 1, reached_revision=_AFTER_ALL_CHANGES), 0)


def key_of(definition: Definition, participant: Participant) -> bytes:
    """Return the standing key of a participant."""
    return standing_key(definition, participant.result, participant.joined_revision)


def ranked(definition: Definition, participants: list[Participant]) -> list[Participant]:
    """Return the participants in the order of their ranks; the first has rank 1."""
    return sorted(participants, key=lambda one: (key_of(definition, one), one.player_id))
