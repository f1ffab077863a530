"""What one contribution makes of an entry (B20 to B24): the same when it arrives and when a board is computed again."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal

from server.application.contributions import Contributing
from server.domain.leaderboards.aggregation import Aggregate, Contribution, Stamp, applied
from server.domain.leaderboards.definition import Aggregation, Leaderboard
from server.domain.leaderboards.outcomes import Outcome
from server.domain.leaderboards.ranking import next_order_key, order_key
from server.domain.leaderboards.scores import score_of
from server.domain.leaderboards.segments import WHOLE_BOARD, Claim, Known, Placed, claimed, judged
from server.domain.scoring import PointsOverflow
from server.ports.board_store import EntryKey, StoredEntry

_WHOLE = Placed(WHOLE_BOARD)
_NO_CLAIM = "{}"
_SAID_BY_TRUSTED = '{"by_trusted":true}'


def entry_after(
    one: Contributing,
    key: EntryKey,
    before: StoredEntry | None,
    board: Leaderboard,
    segments: SegmentsKnown,
    now: datetime,
) -> StoredEntry | Outcome:
    """Return the entry as the contribution leaves it, or why it does not count."""
    placed = _WHOLE if board.segmentation is None else segments.placed(one.claim, before, board)
    if isinstance(placed, Outcome):
        return placed
    points = _points(one, board)
    if points is None:
        return Outcome.OVERFLOW
    contribution = Contribution(points, Stamp(one.at, one.contribution_id), one.metadata)
    aggregate = applied(None if before is None else before.aggregate, contribution, board)
    if isinstance(aggregate, Outcome):
        return aggregate
    if before is None or placed.moves_from is not None:
        segments.stand(placed.segment)
    return entry_of(key, placed.segment, aggregate, before, board, now)


class SegmentsKnown:
    """The segments of a period, as far as anything about it asks: which exist, how many, and which are new."""

    def __init__(self) -> None:
        self.count = 0
        """Asked for once somebody would stand in a new one."""
        self.existing: set[str] = set()
        self.new: list[str] = []

    def placed(self, claim: Claim, before: StoredEntry | None, board: Leaderboard) -> Placed | Outcome:
        """Return where a contribution goes, or why nowhere (B23)."""
        segment = claimed(board.segmentation, claim)
        exists = isinstance(segment, str) and segment in self.existing
        return judged(board.segmentation, claim, Known(None if before is None else before.segment, self.count, exists))

    def stand(self, segment: str) -> None:
        """Note that somebody stands in a segment from now on."""
        if segment not in self.existing:
            self.existing.add(segment)
            self.new.append(segment)
            self.count += 1


def entry_of(
    key: EntryKey, segment: str, aggregate: Aggregate, before: StoredEntry | None, board: Leaderboard, now: datetime
) -> StoredEntry:
    """Return the entry after a change. Its order key knows nothing of `min_score`, which an edit may change at once."""
    is_bot, is_hidden, version = False, False, 1
    if before is not None:
        is_bot, is_hidden, version = before.is_bot, before.is_hidden, before.version + 1
    is_ranked = not is_hidden and aggregate.samples >= board.min_samples
    if not is_ranked:
        order = None
    elif before is None or before.order_key is None:
        order = order_key(key.period, key.player_id, aggregate, board.ranking)
    else:
        order = next_order_key(before.order_key, aggregate, board.ranking)
    return StoredEntry(key, segment, aggregate, version, order, now, is_bot, is_hidden)


def _points(one: Contributing, board: Leaderboard) -> int | None:
    """Return the points in the board's smallest steps; None: they do not fit (B22)."""
    if board.aggregation is Aggregation.COUNT:
        return 0
    try:
        return score_of(Decimal(one.points), board.ranking.decimals)
    except PointsOverflow:
        return None


def claim_text(claim: Claim) -> str:
    """Write what was said of a segment as JSON, for the log."""
    if claim.from_client is None and claim.from_trusted is None and claim.from_profile is None:
        return _SAID_BY_TRUSTED if claim.is_trusted else _NO_CLAIM
    said = {"client": claim.from_client, "trusted": claim.from_trusted, "by_trusted": claim.is_trusted}
    said["profile"] = claim.from_profile
    return json.dumps({name: one for name, one in said.items() if one}, default=str)


def claim_from(text: str) -> Claim:
    """Read what `claim_text` has written."""
    said = json.loads(text)
    return Claim(said.get("client"), said.get("trusted"), bool(said.get("by_trusted")), said.get("profile"))
