"""Entries that the writer knows by heart, as it knows cohorts: what it wrote last need not be read again.

Nothing here is the truth: any entry may be forgotten at any time, and is then read from the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from server.domain.leaderboards.entry import PeriodId
from server.ports.board_store import EntryKey, StoredEntry
from server.storage.sqlite.memory import put


class Entries:
    """Remembers entries that the writer has read and written. After a rollback, what was touched must be forgotten."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._entries: dict[EntryKey, StoredEntry] = {}
        self._periods: set[PeriodId] = set()
        """Those of which anything may be remembered: all are walked to forget one, so never in vain."""
        self._touched: list[EntryKey] = []

    def known(self, keys: Sequence[EntryKey]) -> list[StoredEntry | None]:
        """Return for each key the entry that is remembered; None says nothing about whether there is one."""
        return list(map(self._entries.get, keys))

    def learn(self, entries: Iterable[StoredEntry]) -> None:
        """Remember what was read."""
        for entry in entries:
            put(self._entries, entry.key, entry, self._capacity)
            self._periods.add(entry.key.period)

    def write(self, entries: Sequence[StoredEntry]) -> None:
        """Remember entries that are being written."""
        self._touched += [entry.key for entry in entries]
        self.learn(entries)

    def forget(self, keys: Iterable[EntryKey]) -> None:
        """Forget entries that are being removed."""
        for key in keys:
            self._entries.pop(key, None)

    def forget_period(self, period: PeriodId) -> None:
        """Forget all entries of a period that is being dropped."""
        if period in self._periods:
            self._periods.discard(period)
            self.forget([key for key in self._entries if key.period == period])

    def begin(self) -> None:
        """Begin a job: what it touches can be forgotten at once."""
        self._touched.clear()

    def roll_back(self) -> None:
        """Forget what the job has touched; the file says what it was before."""
        self.forget(self._touched)
        self._touched.clear()

    def forget_all(self) -> None:
        """Forget everything: a whole batch has failed."""
        self._entries.clear()
        self._periods.clear()
