"""What the writer knows by heart: cohorts, their participants, who is where, and entries of leaderboards.

One process owns the file, and everything that is written passes through its one writer, so what was written last need not
be read again. Nothing here is the truth: any entry may be forgotten at any time, and is then read from the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from server.domain.event_leaderboards.cohort import Cohort, Participant, Participation
from server.domain.ids import CohortId, EventId, PlayerId
from server.ports.store import Seat
from server.storage.order import Order
from server.storage.sqlite.entries import Entries
from server.storage.sqlite.memory import put

CAPACITY = 60_000
"""Participants, cohorts, participations and entries that are remembered, each; some 100 MB in all."""

PlayerInEvent = tuple[PlayerId, EventId]
PlayerInCohort = tuple[CohortId, PlayerId]
"""A Seat, or the bare tuple that is equal to one and made in an eighth of the time: it is looked up all the time."""


class Place(NamedTuple):
    """A participation but for its cohort and participant, which are remembered on their own."""

    cohort_id: CohortId
    rolls_used: int
    rolled_at: datetime
    best_rank: int | None
    played_tier_change: int | None


class Boards:
    """Remembers what the writer has read and written. After a rollback, what was touched must be forgotten."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._cohorts: dict[CohortId, Cohort] = {}
        self._participants: dict[PlayerInCohort, Participant] = {}
        self._places: dict[PlayerInEvent, Place] = {}
        self._orders: dict[CohortId, Order] = {}
        self._asked: set[CohortId] = set()
        self._touched: list[tuple[CohortId, PlayerId | None, EventId | None]] = []
        self.entries = Entries(capacity)

    def participation(self, key: PlayerInEvent) -> Participation | None:
        """Return a participation if all of it is remembered."""
        place = self._places.get(key)
        if place is None:
            return None
        cohort = self._cohorts.get(place.cohort_id)
        participant = self._participants.get((place.cohort_id, key[0]))
        if cohort is None or participant is None:
            return None
        return Participation(
            key[0],
            key[1],
            cohort,
            participant,
            place.rolls_used,
            place.rolled_at,
            place.best_rank,
            place.played_tier_change,
        )

    def learn(self, participation: Participation) -> None:
        """Remember what was read."""
        cohort, participant = participation.cohort, participation.participant
        put(self._cohorts, cohort.cohort_id, cohort, self._capacity)
        put(self._participants, (cohort.cohort_id, participation.player_id), participant, self._capacity)
        put(self._places, (participation.player_id, participation.event_id), _place(participation), self._capacity)

    def rank(self, cohort_id: CohortId, player_id: PlayerId, standing_key: bytes) -> int | None:
        """Return the rank of a key among the others of the cohort, if the cohort's order is remembered."""
        order = self._orders.get(cohort_id)
        return None if order is None else order.rank(player_id, standing_key)

    def wants_order(self, cohort_id: CohortId) -> bool:
        """Tell whether a cohort's order is worth reading: it has been asked about before, and not only once."""
        if cohort_id in self._asked:
            self._asked.discard(cohort_id)
            return True
        if len(self._asked) >= self._capacity:
            self._asked.clear()
        self._asked.add(cohort_id)
        return False

    def learn_order(self, cohort_id: CohortId, keys: Iterable[tuple[PlayerId, bytes]]) -> None:
        """Remember the order of a cohort: all of its participants with their keys."""
        put(self._orders, cohort_id, Order(keys), max(self._capacity // 16, 1))

    def write_cohort(self, cohort: Cohort) -> None:
        """Remember a cohort that is being written."""
        self._touched.append((cohort.cohort_id, None, None))
        put(self._cohorts, cohort.cohort_id, cohort, self._capacity)

    def write_participant(self, participant: Participant, standing_key: bytes) -> None:
        """Remember a participant that is being written, and where he now stands."""
        cohort_id, player_id = participant.cohort_id, participant.player_id
        self._touched.append((cohort_id, player_id, None))
        put(self._participants, (cohort_id, player_id), participant, self._capacity)
        order = self._orders.get(cohort_id)
        if order is not None:
            order.move(player_id, standing_key)

    def write_results(self, results: Sequence[tuple[Participant, bytes]]) -> None:
        """Remember participants who are being written, and where each now stands.

        The same as `write_participant` for each of them, without a call for those who are known already: almost all.
        """
        participants, orders, touch = self._participants, self._orders, self._touched.append
        for participant, standing_key in results:
            cohort_id, player_id = participant.cohort_id, participant.player_id
            if (cohort_id, player_id) not in participants:
                self.write_participant(participant, standing_key)
                continue
            touch((cohort_id, player_id, None))
            participants[cohort_id, player_id] = participant
            order = orders.get(cohort_id)
            if order is not None:
                order.move(player_id, standing_key)

    def write_participation(self, participation: Participation) -> None:
        """Remember where a player is being put."""
        player_id, event_id = participation.player_id, participation.event_id
        self._touched.append((participation.cohort.cohort_id, player_id, event_id))
        put(self._places, (player_id, event_id), _place(participation), self._capacity)

    def participant(self, seat: Seat) -> Participant | None:
        """Return a participant that is remembered."""
        return self._participants.get(seat)

    def cohort(self, cohort_id: CohortId) -> Cohort | None:
        """Return a cohort that is remembered."""
        return self._cohorts.get(cohort_id)

    def rewrite_participant(self, seat: Seat, changed: Callable[[Participant], Participant]) -> None:
        """Remember a change of a participant that moves him nowhere."""
        known = self._participants.get(seat)
        if known is not None:
            self._touched.append((*seat, None))
            self._participants[seat] = changed(known)

    def begin(self) -> None:
        """Begin a job: what it touches can be forgotten at once."""
        self._touched.clear()
        self.entries.begin()

    def roll_back(self) -> None:
        """Forget what the job has touched; the file says what it was before."""
        for cohort_id, player_id, event_id in self._touched:
            self._cohorts.pop(cohort_id, None)
            self._orders.pop(cohort_id, None)
            if player_id is not None:
                self._participants.pop((cohort_id, player_id), None)
                if event_id is not None:
                    self._places.pop((player_id, event_id), None)
        self._touched.clear()
        self.entries.roll_back()

    def forget_all(self) -> None:
        """Forget everything: a whole batch has failed."""
        for memory in (self._cohorts, self._participants, self._places, self._orders):
            memory.clear()
        self.entries.forget_all()


def _place(one: Participation) -> Place:
    return Place(one.cohort.cohort_id, one.rolls_used, one.rolled_at, one.best_rank, one.played_tier_change)
