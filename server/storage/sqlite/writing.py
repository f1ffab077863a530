"""The writer's transaction: as any other, but what the boards remember is not read again."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from operator import attrgetter
from typing import Any

from server.domain.event_leaderboards.cohort import Cohort, Participant, Participation, Tally
from server.domain.ids import CohortId, EventId, PlayerId
from server.domain.instants import microseconds_of
from server.domain.leaderboards.entry import PeriodId
from server.ports.board_store import EntryKey, StoredEntry
from server.ports.store import Ranking, Seat
from server.storage.rows import participation_from
from server.storage.sqlite.boards import Boards
from server.storage.sqlite.transaction import SqliteTransaction


class WritingTransaction(SqliteTransaction):
    """Reads and writes through the writer's connection, and keeps the boards true to what it writes."""

    def __init__(self, connection: sqlite3.Connection, boards: Boards) -> None:
        super().__init__(connection)
        self._boards = boards

    async def participations_of(self, keys: Sequence[tuple[PlayerId, EventId]]) -> list[Participation | None]:
        known = self._boards.participation
        return [known(key) or await self._read_participation(key) for key in keys]

    async def ranks_of(self, rankings: Sequence[Ranking]) -> list[int]:
        return [self._boards.rank(*ranking) or await self._read_rank(ranking) for ranking in rankings]

    async def cohort_of(self, cohort_id: CohortId) -> Cohort | None:
        return self._boards.cohort(cohort_id) or await super().cohort_of(cohort_id)

    async def participant_of(self, seat: Seat) -> Participant | None:
        return self._boards.participant(seat) or await super().participant_of(seat)

    async def add_cohorts(self, cohorts: Sequence[Cohort]) -> None:
        await super().add_cohorts(cohorts)
        for cohort in cohorts:
            self._boards.write_cohort(cohort)

    async def record_cohorts(self, cohorts: Sequence[Cohort]) -> None:
        known = self._boards.cohort
        touched = [cohort for cohort in cohorts if _is_only_touched(known(cohort.cohort_id), cohort)]
        if touched:
            await self._run_many("touch_cohort", map(_touch_values, touched))
        if len(touched) < len(cohorts):
            await super().record_cohorts([cohort for cohort in cohorts if cohort not in touched])
        for cohort in cohorts:
            self._boards.write_cohort(cohort)

    async def cohorts_of(self, cohort_ids: Sequence[CohortId]) -> list[Cohort | None]:
        return [await self.cohort_of(cohort_id) for cohort_id in cohort_ids]

    async def record_companies(self, cohorts: Sequence[Cohort]) -> None:
        await super().record_companies(cohorts)
        for cohort in cohorts:
            self._boards.write_cohort(cohort)

    async def add_participants(self, participants: Sequence[tuple[Participant, bytes]]) -> None:
        await super().add_participants(participants)
        for participant, standing_key in participants:
            self._boards.write_participant(participant, standing_key)

    async def record_results(self, results: Sequence[tuple[Participant, bytes]]) -> None:
        await super().record_results(results)
        self._boards.write_results(results)

    async def record_scores(self, results: Sequence[tuple[Participant, bytes]]) -> None:
        await super().record_scores(results)
        self._boards.write_results(results)

    async def record_participations(self, participations: Sequence[Participation]) -> None:
        await super().record_participations(participations)
        for participation in participations:
            self._boards.write_participation(participation)

    async def record_claims(self, claims: Sequence[tuple[Seat, datetime]]) -> None:
        await super().record_claims(claims)
        for seat, claimed_at in claims:
            self._boards.rewrite_participant(seat, lambda one, at=claimed_at: one.claimed(at))  # type: ignore[misc]

    async def record_participant_profile(self, seat: Seat, name: str, avatar_url: str) -> None:
        await super().record_participant_profile(seat, name, avatar_url)
        self._boards.rewrite_participant(seat, lambda one: replace(one, name=name, avatar_url=avatar_url))

    async def remove_participant(self, seat: Seat) -> None:
        await super().remove_participant(seat)
        self._boards.forget_all()

    async def entries_of(self, keys: Sequence[EntryKey]) -> list[StoredEntry | None]:
        entries = self._boards.entries.known(keys)
        unknown = [index for index, entry in enumerate(entries) if entry is None]
        if unknown:
            read = await super().entries_of([keys[index] for index in unknown])
            self._boards.entries.learn(entry for entry in read if entry is not None)
            for index, entry in zip(unknown, read, strict=True):
                entries[index] = entry
        return entries

    async def record_entries(self, entries: Sequence[StoredEntry]) -> None:
        await super().record_entries(entries)
        self._boards.entries.write(entries)

    async def remove_entries(self, keys: Sequence[EntryKey]) -> None:
        await super().remove_entries(keys)
        self._boards.entries.forget(keys)

    async def drop_entries(self, period: PeriodId, limit: int) -> int:
        self._boards.entries.forget_period(period)
        return await super().drop_entries(period, limit)

    async def _read_participation(self, key: tuple[PlayerId, EventId]) -> Participation | None:
        row = await self._one("participation_of", player_id=key[0], event_id=key[1])
        if row is None:
            return None
        participation = participation_from(row)
        self._boards.learn(participation)
        return participation

    async def _read_rank(self, ranking: Ranking) -> int:
        cohort_id, player_id, standing_key = ranking
        if self._boards.wants_order(cohort_id):
            self._boards.learn_order(cohort_id, await self._all("order_of", cohort_id=cohort_id))
            rank = self._boards.rank(cohort_id, player_id, standing_key)
            assert rank is not None
            return rank
        return int((await self._one("rank_of_key", **ranking._asdict()))[0])


_BESIDES_TOUCH = attrgetter(*(name for name in Tally.__dataclass_fields__ if name not in ("revision", "changed_at")))


def _is_only_touched(known: Cohort | None, cohort: Cohort) -> bool:
    """Tell whether nothing but revision and time have changed: what most submissions do to their cohort."""
    return known is not None and bool(_BESIDES_TOUCH(known.tally) == _BESIDES_TOUCH(cohort.tally))


def _touch_values(cohort: Cohort) -> dict[str, Any]:
    tally = cohort.tally
    return {
        "cohort_id": cohort.cohort_id,
        "revision": tally.revision,
        "changed_at": microseconds_of(tally.changed_at),
    }
