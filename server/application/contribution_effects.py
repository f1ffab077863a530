"""What follows once contributions are committed: the catalogue, the indexes and the metrics hear of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeAlias

from server.application.board_ranks import BoardRanks
from server.application.contribution_batch import ContributionBatch
from server.application.rank_keeping import Changed
from server.domain.ids import LeaderboardKey
from server.domain.leaderboards.entry import SegmentId
from server.domain.leaderboards.outcomes import Outcome
from server.ports.broker import Broker, segment_topic
from server.ports.catalog import Catalog
from server.ports.store import Transaction

Count: TypeAlias = Callable[[LeaderboardKey, Outcome, int], None]
"""Adds to the number of contributions to a leaderboard that ended so (B2)."""


def count_nothing(leaderboard: LeaderboardKey, outcome: Outcome, number: int) -> None:
    """Count nothing: nobody reads metrics here."""


class ContributionEffects:
    """Makes batches of contributions, and sees to what follows them."""

    def __init__(self, catalog: Catalog, ranks: BoardRanks, broker: Broker, count: Count) -> None:
        self._catalog = catalog
        self._ranks = ranks
        self._broker = broker
        self._count = count

    def batch(self, tx: Transaction, now: datetime) -> ContributionBatch:
        """Return a batch for a transaction; one that runs again makes another."""
        return ContributionBatch(tx, self._catalog, now)

    async def committed(self, batch: ContributionBatch) -> None:
        """Tell everybody, before the calls are answered. What is lost here by a crash heals by the log."""
        for key, period in batch.pinned:
            self._catalog.pin_period(key, period)
        for (key, outcome), number in Counter((one.leaderboard, one.outcome) for one in batch.answers).items():
            self._count(key, outcome, number)
        changed = batch.changed
        if changed:
            await self._ranks.changed(changed)
            self._broker.publish(map(segment_topic, _segments_of(changed)))


def _segments_of(changed: Iterable[Changed]) -> set[SegmentId]:
    """Return the segments that changed entries stand in, and those that they have left."""
    stood_in = {entry.segment_id for _, entry in changed}
    left = {before.segment_id for before, entry in changed if before is not None and before.segment != entry.segment}
    return stood_in | left
