"""Orders of cohorts that this process has seen, each as of one change of its cohort.

Whoever changes a cohort's order holds its row and raises its revision. So an order is good as long as the row, locked, still
bears the revision and the time of the change that the order was remembered at, whichever process may have written since.
"""

from __future__ import annotations

from datetime import datetime

from server.domain.event_leaderboards.cohort import Cohort
from server.domain.ids import CohortId
from server.storage.order import Order

KEYS_MAX = 100_000
"""Participants that are remembered, in all; some 20 MB."""
ASKED_MAX = 20_000

Change = tuple[int, datetime]
"""A revision and its time: after a failover that lost commits the same number may mean another change."""


def last_change(cohort: Cohort) -> Change:
    """Return the last change of a cohort."""
    return cohort.tally.revision, cohort.tally.changed_at


class Orders:
    """Remembers orders; the longest known are forgotten first."""

    def __init__(self, keys_max: int = KEYS_MAX) -> None:
        self._keys_max = keys_max
        self._keys = 0
        self._known: dict[CohortId, tuple[Change, Order]] = {}
        self._asked: set[CohortId] = set()

    def known(self, cohort_id: CohortId, change: Change) -> Order | None:
        """Return a cohort's order as of a change. Nobody may change it."""
        found = self._known.get(cohort_id)
        return found[1] if found is not None and found[0] == change else None

    def wants(self, cohort_id: CohortId) -> bool:
        """Tell whether an order is worth reading: it has been asked for before, and not only once."""
        if cohort_id in self._asked:
            return True
        if len(self._asked) >= ASKED_MAX:
            self._asked.clear()
        self._asked.add(cohort_id)
        return False

    def remember(self, cohort_id: CohortId, change: Change, order: Order) -> None:
        """Remember the order that a committed change has left."""
        self._forget(cohort_id)
        self._known[cohort_id] = change, order
        self._keys += len(order)
        while self._keys > self._keys_max:
            self._forget(next(iter(self._known)))

    def _forget(self, cohort_id: CohortId) -> None:
        known = self._known.pop(cohort_id, None)
        if known is not None:
            self._keys -= len(known[1])
