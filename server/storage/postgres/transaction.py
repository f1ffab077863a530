"""The store's verbs on one connection to PostgreSQL: what takes many keys takes them in one statement.

Transactions run at READ COMMITTED and lock what they decide about. A cohort is locked when it is read, so whatever follows in
the transaction sees it as it is and nobody changes it meanwhile. What cannot be locked, since it does not exist yet, is
guarded by unique keys: who comes second conflicts, and his transaction runs again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import asyncpg

from server.domain.event_leaderboards.cohort import Cohort, Participant, Participation
from server.domain.event_leaderboards.matching import Candidate
from server.domain.grants import Grant
from server.domain.ids import CohortId, EventId, GrantId, PlayerId
from server.domain.player_properties import PropertyValue
from server.ports.board_store import EntryKey
from server.ports.module_store import JobKey, JobRun, ObjectKey, StoredObject
from server.ports.store import ActivationRecord, Balances, CohortSearch, Ranking, Seat
from server.storage.order import Order
from server.storage.postgres.connection import Conflict
from server.storage.postgres.doors import Doors
from server.storage.postgres.locking_boards import LockingBoards
from server.storage.postgres.orders import Change, Orders, last_change
from server.storage.postgres.reading import QUERIES, columns_by_name, keys_by_name
from server.storage.rows import cohort_from, grant_from, participation_in, participation_values
from server.storage.sql_transaction import candidates_from, open_cohorts_query, search_values

if TYPE_CHECKING:
    from server.storage.postgres.reading import Connection

PATIENCE_MS = 50
"""How long a roll waits for open cohorts that others hold, before it opens one more."""


class PostgresTransaction(LockingBoards):
    """Reads with locks, and writes. `held` is left when the transaction has ended."""

    def __init__(self, connection: Connection, doors: Doors, orders: Orders, held: AsyncExitStack) -> None:
        super().__init__(connection)
        self._doors = doors
        self._held = held
        self._remembered = orders
        self._changes: dict[CohortId, Change] = {}
        self._orders: dict[CohortId, Order] = {}
        self._cohort_of_player: dict[tuple[PlayerId, EventId], CohortId] = {}
        self._balances_locked: set[PlayerId] = set()
        self._entries_known: set[EntryKey] = set()

    async def participations_of(self, keys: Sequence[tuple[PlayerId, EventId]]) -> list[Participation | None]:
        """Lock the cohorts, then look who is in them: who changes a participant holds his cohort.

        What the locks have waited for is seen, since each statement sees what is committed when it begins. A cohort is
        locked and read once, however many of its players are asked for.
        """
        asked = keys_by_name(keys)
        cohorts = {row[0]: cohort_from(row) for row in await self._all("lock_cohorts_of", **asked)}
        found: dict[tuple[PlayerId, EventId], Participation] = {}
        for row in await self._all("seats_of", **asked) if cohorts else ():
            cohort = cohorts.get(row[4])
            if cohort is None:
                raise Conflict("a player has rolled meanwhile")
            one = participation_in(cohort, row[:4], row[4:])
            found[one.player_id, one.event_id] = one
            self._cohort_of_player[one.player_id, one.event_id] = cohort.cohort_id
        for cohort_id, cohort in cohorts.items():
            self._changes.setdefault(cohort_id, last_change(cohort))
        return [found.get(key) for key in keys]

    async def properties_of(self, player_id: PlayerId) -> dict[str, PropertyValue]:
        await self._run("lock", name=[f"properties of {player_id}"])
        return await super().properties_of(player_id)

    async def ranks_of(self, rankings: Sequence[Ranking]) -> list[int]:
        """Count in orders that are known, and let the database count in the others.

        Asked once in a transaction, after what it writes. An order that is wanted again and again is read once.
        """
        cohort_ids = list(dict.fromkeys(ranking.cohort_id for ranking in rankings))
        wanted = [one for one in cohort_ids if self._order(one) is None and self._remembered.wants(one)]
        if wanted:
            keys: dict[str, list[tuple[PlayerId, bytes]]] = {cohort_id: [] for cohort_id in wanted}
            for cohort_id, player_id, key in await self._all("order_of", cohort_id=wanted):
                keys[cohort_id].append((player_id, key))
            self._orders |= {cohort_id: Order(keys[cohort_id]) for cohort_id in wanted}
        unknown = [one for one in rankings if one.cohort_id not in self._orders]
        counted = iter(await super().ranks_of(unknown) if unknown else ())
        return [
            order.rank(one.player_id, one.standing_key)
            if (order := self._orders.get(one.cohort_id)) is not None
            else next(counted)
            for one in rankings
        ]

    async def record_results(self, results: Sequence[tuple[Participant, bytes]]) -> None:
        await super().record_results(results)
        self._move(results)

    async def record_scores(self, results: Sequence[tuple[Participant, bytes]]) -> None:
        await super().record_scores(results)
        self._move(results)

    def _move(self, results: Sequence[tuple[Participant, bytes]]) -> None:
        for participant, key in results:
            order = self._order(participant.cohort_id)
            if order is not None:
                order.move(participant.player_id, key)

    async def record_cohorts(self, cohorts: Sequence[Cohort]) -> None:
        await super().record_cohorts(cohorts)
        for cohort in cohorts:
            self._order(cohort.cohort_id)
            self._changes[cohort.cohort_id] = last_change(cohort)

    async def cohorts_of(self, cohort_ids: Sequence[CohortId]) -> list[Cohort | None]:
        rows = await self._each("cohort_by_id", [(cohort_id,) for cohort_id in cohort_ids], " for update of c")
        return self._noted([row and cohort_from(row) for row in rows])

    async def record_companies(self, cohorts: Sequence[Cohort]) -> None:
        """Bots change no participant's place, so an order that is known stays known."""
        await super().record_companies(cohorts)
        for cohort in cohorts:
            self._order(cohort.cohort_id)
            self._changes[cohort.cohort_id] = last_change(cohort)

    def _noted(self, cohorts: list[Cohort | None]) -> list[Cohort | None]:
        for cohort in cohorts:
            if cohort is not None:
                self._changes.setdefault(cohort.cohort_id, last_change(cohort))
        return cohorts

    async def add_participants(self, participants: Sequence[tuple[Participant, bytes]]) -> None:
        await super().add_participants(participants)
        self._lose(one.cohort_id for one, _ in participants)

    async def remove_participant(self, seat: Seat) -> None:
        await super().remove_participant(seat)
        self._lose([seat.cohort_id])

    def committed(self) -> None:
        """Remember the orders as this transaction, which is on the disk now, has left them."""
        for cohort_id, order in self._orders.items():
            if cohort_id in self._changes:
                self._remembered.remember(cohort_id, self._changes[cohort_id], order)

    def _order(self, cohort_id: CohortId) -> Order | None:
        """Return a cohort's order as this transaction sees it, if it was known when the cohort was locked."""
        if cohort_id not in self._orders and cohort_id in self._changes:
            known = self._remembered.known(cohort_id, self._changes[cohort_id])
            if known is not None:
                self._orders[cohort_id] = known.copy()
        return self._orders.get(cohort_id)

    def _lose(self, cohort_ids: Iterable[CohortId]) -> None:
        """Know nothing any more of cohorts whose members have changed; they are read again when it pays."""
        for cohort_id in cohort_ids:
            self._orders.pop(cohort_id, None)
            self._changes.pop(cohort_id, None)

    async def cohort_of(self, cohort_id: CohortId) -> Cohort | None:
        rows = await self._fetch("cohort_of", {"cohort_id": cohort_id}, " for update")
        return cohort_from(rows[0]) if rows else None

    async def open_cohorts(self, search: CohortSearch) -> list[Candidate]:
        """Return cohorts that nobody else holds; if there are none, one that others held, after a little patience.

        One roll of a process at a time chooses in a tier, and one of all processes opens a new cohort, so that rolling
        together fills cohorts. If others take too long, a cohort more is better than a player who waits.
        """
        door = f"{search.event_id}/{search.phase_start.isoformat()}/{search.tier}/{search.properties}"
        await self._held.enter_async_context(self._doors.only_one(door))
        free = await self._candidates(search, " for update of c skip locked")
        if free:
            return free
        await self._connection.execute(f"savepoint patience; set local lock_timeout = {PATIENCE_MS}")
        try:
            await self._lock(door)
            found = await self._candidates(search._replace(limit=1), " for update of c")
        except asyncpg.LockNotAvailableError:
            await self._connection.execute("rollback to savepoint patience")
            return []
        await self._connection.execute("set local lock_timeout = 0")
        return found

    async def grant_of(self, grant_id: GrantId) -> Grant | None:
        rows = await self._fetch("grant_of", {"grant_id": grant_id}, " for update")
        return grant_from(rows[0]) if rows else None

    async def wallet_of(self, player_id: PlayerId) -> dict[str, int]:
        await self._lock_balances([player_id])
        return await super().wallet_of(player_id)

    async def inventory_of(self, player_id: PlayerId) -> dict[str, int]:
        await self._lock_balances([player_id])
        return await super().inventory_of(player_id)

    async def balances_of(self, player_ids: Sequence[PlayerId]) -> list[Balances]:
        await self._lock_balances(player_ids)
        return await super().balances_of(player_ids)

    async def activations(self) -> list[ActivationRecord]:
        await self._lock("activations")
        return await super().activations()

    async def clock_offset(self) -> timedelta:
        await self._lock("clock")
        return await super().clock_offset()

    async def installation_secret(self) -> bytes:
        await self._lock("secret")
        return await super().installation_secret()

    async def stored_object(self, at: ObjectKey) -> StoredObject | None:
        await self._lock(f"object {at!r}")
        return await super().stored_object(at)

    async def announced_until(self, event_id: EventId) -> datetime | None:
        await self._lock(f"announcements of {event_id}")
        return await super().announced_until(event_id)

    async def job_run(self, job: JobKey) -> JobRun | None:
        await self._lock(f"job {job!r}")
        return await super().job_run(job)

    async def record_participations(self, participations: Sequence[Participation]) -> None:
        rows = []
        for one in participations:
            known = self._cohort_of_player.get((one.player_id, one.event_id), CohortId(""))
            rows.append(participation_values(one) | {"known_cohort_id": known})
        written = await self._all(
            "record_participation", **columns_by_name(rows, QUERIES["record_participation"].names)
        )
        if len(written) < len(rows):
            raise Conflict("a player has rolled meanwhile")
        for one in participations:
            self._cohort_of_player[one.player_id, one.event_id] = one.cohort.cohort_id

    async def _candidates(self, search: CohortSearch, lock: str) -> list[Candidate]:
        return candidates_from(await self._fetch(open_cohorts_query(search), search_values(search), lock))

    async def _lock_balances(self, player_ids: Sequence[PlayerId]) -> None:
        """Let one transaction at a time change what a player owns: limits are of sums, and rows may not exist yet."""
        wanted = sorted(set(player_ids) - self._balances_locked)
        if wanted:
            await self._lock(*(f"balances of {player_id}" for player_id in wanted))
            self._balances_locked.update(wanted)

    async def _lock(self, *names: str) -> None:
        await self._run("lock", name=list(names))
