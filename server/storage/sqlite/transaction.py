"""The store's verbs on one SQLite connection. Statements take microseconds, so they run where they are called."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from server.domain.event_leaderboards.cohort import Cohort, Participant, Participation
from server.domain.event_leaderboards.matching import Candidate
from server.domain.grants import Credit, Grant
from server.domain.ids import CohortId, DefinitionHash, EventId, GrantId, PlayerId
from server.domain.instants import microseconds_of
from server.domain.players import Player
from server.ports.store import (
    ActivationRecord,
    PinnedPhase,
    Ranking,
    Receipt,
    ReceiptKey,
    Seat,
    SubmissionReceiptKey,
    Transaction,
)
from server.storage.queries import load_queries
from server.storage.rows import (
    COHORT_COLUMNS,
    cohort_from,
    cohort_values,
    grant_from,
    grant_values,
    moment_of,
    participant_from,
    participant_values,
    participation_from,
    participation_values,
    result_values,
    tally_values,
)

QUERIES = load_queries("server.storage.sqlite")
_AFTER_ALL_GRANTS = "\U0010ffff"
_CLOCK_OFFSET = "clock_offset"
_SECRET = "secret"  # noqa: S105 - the name of the row, not its value


class SqliteTransaction(Transaction):
    """Reads and writes through one connection; who opened the transaction ends it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute
        self._executemany = connection.executemany

    def _one(self, query: str, **values: Any) -> Any:
        return self._run_with(query, values).fetchone()

    def _all(self, query: str, **values: Any) -> list[Any]:
        return self._run_with(query, values).fetchall()

    def _run(self, query: str, **values: Any) -> sqlite3.Cursor:
        return self._run_with(query, values)

    def _run_with(self, query: str, values: Mapping[str, Any]) -> sqlite3.Cursor:
        chosen = QUERIES[query]
        return self._execute(chosen.sql, chosen.bind(values))

    def _run_many(self, query: str, rows: Iterable[Mapping[str, Any]]) -> None:
        chosen = QUERIES[query]
        self._executemany(chosen.sql, map(chosen.bind, rows))

    # Reading

    async def player_of(self, player_id: PlayerId) -> Player | None:
        row = self._one("player_of", player_id=player_id)
        return row and Player(PlayerId(row[0]), moment_of(row[1]), row[2], row[3])

    async def player_of_login(self, kind: str, digest: bytes) -> PlayerId | None:
        row = self._one("player_of_login", kind=kind, digest=digest)
        return row and PlayerId(row[0])

    async def participations_of(self, keys: Sequence[tuple[PlayerId, EventId]]) -> list[Participation | None]:
        rows = (self._one("participation_of", player_id=player, event_id=event) for player, event in keys)
        return [row and participation_from(row) for row in rows]

    async def events_of(self, player_id: PlayerId) -> list[EventId]:
        return [EventId(row[0]) for row in self._all("events_of", player_id=player_id)]

    async def cohort_of(self, cohort_id: CohortId) -> Cohort | None:
        row = self._one("cohort_of", cohort_id=cohort_id)
        return row and cohort_from(row)

    async def participant_of(self, seat: Seat) -> Participant | None:
        row = self._one("participant_of", cohort_id=seat.cohort_id, player_id=seat.player_id)
        return row and participant_from(row)

    async def rank_of(self, seat: Seat) -> int:
        return int(self._one("rank_of", cohort_id=seat.cohort_id, player_id=seat.player_id)[0])

    async def ranks_of(self, rankings: Sequence[Ranking]) -> list[int]:
        return [self._one("rank_of_key", **ranking._asdict())[0] for ranking in rankings]

    async def standings_of(self, cohort_id: CohortId, first_rank: int, limit: int) -> list[Participant]:
        rows = self._all("standings_of", cohort_id=cohort_id, offset=first_rank - 1, limit=limit)
        return [participant_from(row) for row in rows]

    async def standings_after(
        self, cohort_id: CohortId, standing_key: bytes, limit: int
    ) -> tuple[int, list[Participant]]:
        rows = self._all("standings_after", cohort_id=cohort_id, standing_key=standing_key, limit=limit)
        (before,) = self._one("count_until", cohort_id=cohort_id, standing_key=standing_key)
        return before + 1, [participant_from(row) for row in rows]

    async def players_of(self, cohort_id: CohortId) -> list[PlayerId]:
        return [PlayerId(row[0]) for row in self._all("players_of", cohort_id=cohort_id)]

    async def past_cohorts_of(
        self, player_id: PlayerId, event_id: EventId, before: datetime, limit: int
    ) -> list[tuple[Cohort, Participant]]:
        rows = self._all(
            "past_cohorts_of", player_id=player_id, event_id=event_id, before=microseconds_of(before), limit=limit
        )
        return [(cohort_from(row), participant_from(row[COHORT_COLUMNS:])) for row in rows]

    async def open_cohorts(
        self,
        event_id: EventId,
        phase_start: datetime,
        tier: int,
        player_id: PlayerId,
        created_after: datetime,
        limit: int,
        *,
        with_reserved: bool = False,
    ) -> list[Candidate]:
        rows = self._all(
            "open_cohorts_and_reserved" if with_reserved else "open_cohorts",
            event_id=event_id,
            phase_start=microseconds_of(phase_start),
            tier=tier,
            player_id=player_id,
            created_after=microseconds_of(created_after),
            limit=limit,
        )
        return [Candidate(cohort_from(row), bool(row[COHORT_COLUMNS])) for row in rows]

    async def wallet_of(self, player_id: PlayerId) -> dict[str, int]:
        return dict(self._all("balances_of", player_id=player_id, holding="currency"))

    async def inventory_of(self, player_id: PlayerId) -> dict[str, int]:
        return dict(self._all("balances_of", player_id=player_id, holding="item"))

    async def grant_of(self, grant_id: GrantId) -> Grant | None:
        row = self._one("grant_of", grant_id=grant_id)
        return row and grant_from(row)

    async def grant_of_key(self, key: str) -> Grant | None:
        row = self._one("grant_of_key", grant_key=key)
        return row and grant_from(row)

    async def grants_of(self, player_id: PlayerId, before: GrantId | None, limit: int) -> list[Grant]:
        rows = self._all("grants_of", player_id=player_id, before=before or _AFTER_ALL_GRANTS, limit=limit)
        return [grant_from(row) for row in rows]

    async def receipt_of(self, key: ReceiptKey) -> Receipt | None:
        return _receipt(self._one("receipt_of", **key._asdict()))

    async def submission_receipts_of(self, keys: Sequence[SubmissionReceiptKey]) -> list[Receipt | None]:
        return [_receipt(self._one("submission_receipt_of", **key._asdict())) for key in keys]

    async def activations(self) -> list[ActivationRecord]:
        return [
            ActivationRecord(EventId(row[0]), moment_of(row[1]), row[2] and DefinitionHash(row[2]), row[3])
            for row in self._all("activations")
        ]

    async def pinned_phases(self, event_id: EventId) -> list[PinnedPhase]:
        return [_pinned(row) for row in self._all("pinned_phases", event_id=event_id)]

    async def clock_offset(self) -> timedelta:
        row = self._one("installation_value", name=_CLOCK_OFFSET)
        return timedelta(microseconds=int(row[0])) if row else timedelta()

    async def last_open_joined_at(self, cohort_id: CohortId, max_num_score: int) -> datetime | None:
        (value,) = self._one("last_open_joined_at", cohort_id=cohort_id, max_num_score=max_num_score)
        return None if value is None else moment_of(value)

    # Writing

    async def add_player(self, player: Player) -> bool:
        values = {
            "created_at": microseconds_of(player.created_at),
            "name": player.name,
            "avatar_url": player.avatar_url,
        }
        return self._run("add_player", player_id=player.player_id, **values).rowcount == 1

    async def add_login(self, kind: str, digest: bytes, player_id: PlayerId) -> None:
        self._run("add_login", kind=kind, digest=digest, player_id=player_id)

    async def record_profile(self, player: Player) -> None:
        self._run("record_profile", player_id=player.player_id, name=player.name, avatar_url=player.avatar_url)

    async def activate(self, activation: ActivationRecord) -> None:
        if activation.content is not None:
            self._run("add_content", hash=activation.hash, content=activation.content)
        at = microseconds_of(activation.activated_at)
        self._run("add_activation", event_id=activation.event_id, activated_at=at, hash=activation.hash)

    async def pin_phase(self, phase: PinnedPhase) -> PinnedPhase:
        start = microseconds_of(phase.start)
        added = self._run(
            "pin_phase",
            event_id=phase.event_id,
            start=start,
            active_end=microseconds_of(phase.active_end),
            expiry=microseconds_of(phase.expiry),
            definition_hash=phase.definition_hash,
        )
        return phase if added.rowcount else _pinned(self._one("pinned_phase", event_id=phase.event_id, start=start))

    async def add_cohort(self, cohort: Cohort) -> None:
        self._run_with("add_cohort", cohort_values(cohort))

    async def record_cohorts(self, cohorts: Sequence[Cohort]) -> None:
        self._run_many("record_cohort", map(tally_values, cohorts))

    async def add_participant(self, participant: Participant, standing_key: bytes) -> None:
        self._run_with("add_participant", participant_values(participant, standing_key))

    async def record_results(self, results: Sequence[tuple[Participant, bytes]]) -> None:
        self._run_many("record_result", (result_values(*one) for one in results))

    async def record_claimed(self, seat: Seat, claimed_at: datetime) -> None:
        self._run("record_claimed", **seat._asdict(), claimed_at=microseconds_of(claimed_at))

    async def record_participant_profile(self, seat: Seat, name: str, avatar_url: str) -> None:
        self._run("record_participant_profile", **seat._asdict(), name=name, avatar_url=avatar_url)

    async def remove_participant(self, seat: Seat) -> None:
        self._run("remove_participant", **seat._asdict())
        self._run("remove_participation", **seat._asdict())

    async def record_participation(self, participation: Participation) -> None:
        self._run_with("record_participation", participation_values(participation))

    async def record_grant(self, grant: Grant) -> None:
        self._run_with("record_grant", grant_values(grant))

    async def credit(self, player_id: PlayerId, credits_: Sequence[Credit], grant_id: GrantId, at: datetime) -> None:
        for credit in credits_:
            entry = {
                "player_id": player_id,
                "holding": credit.holding.value,
                "key": credit.key,
                "change": credit.amount,
            }
            (amount,) = self._run_with("credit", entry).fetchone()
            self._run("add_ledger_entry", **entry, amount=amount, grant_id=grant_id, at=microseconds_of(at))

    async def record_receipt(self, key: ReceiptKey, receipt: Receipt) -> None:
        self._run("record_receipt", **key._asdict(), **_receipt_values(receipt))

    async def record_submission_receipts(self, receipts: Sequence[tuple[SubmissionReceiptKey, Receipt]]) -> None:
        for key, receipt in receipts:
            self._run("record_submission_receipt", **key._asdict(), **_receipt_values(receipt))

    async def forget_receipts(self, created_before: datetime) -> None:
        self._run("forget_receipts", created_before=microseconds_of(created_before))

    async def forget_submission_receipts(
        self, player_id: PlayerId, event_id: EventId, keep: int, created_before: datetime
    ) -> None:
        before = microseconds_of(created_before)
        self._run(
            "forget_submission_receipts", player_id=player_id, event_id=event_id, keep=keep, created_before=before
        )

    async def acquire_due_cohorts(
        self, worker: str, now: datetime, wall: datetime, lease: timedelta, limit: int
    ) -> list[CohortId]:
        rows = self._all(
            "acquire_due_cohorts",
            worker=worker,
            now=microseconds_of(now),
            wall=microseconds_of(wall),
            leased_until=microseconds_of(wall + lease),
            limit=limit,
        )
        return [CohortId(row[0]) for row in rows]

    async def release_cohort(self, cohort_id: CohortId) -> None:
        self._run("release_cohort", cohort_id=cohort_id)

    async def move_clock(self, offset: timedelta) -> None:
        microseconds = offset // timedelta(microseconds=1)
        self._run("set_installation_value", name=_CLOCK_OFFSET, value=str(microseconds).encode())

    async def installation_secret(self) -> bytes:
        """Return the secret of this installation, making it once."""
        row = self._one("installation_value", name=_SECRET)
        if row is not None:
            return bytes(row[0])
        made = secrets.token_bytes(32)
        self._run("set_installation_value", name=_SECRET, value=made)
        return made


def _pinned(row: Sequence[Any]) -> PinnedPhase:
    return PinnedPhase(EventId(row[0]), moment_of(row[1]), moment_of(row[2]), moment_of(row[3]), DefinitionHash(row[4]))


def _receipt(row: Sequence[Any] | None) -> Receipt | None:
    return None if row is None else Receipt(row[0], row[1], moment_of(row[2]))


def _receipt_values(receipt: Receipt) -> dict[str, Any]:
    return {"digest": receipt.digest, "effect": receipt.effect, "created_at": microseconds_of(receipt.created_at)}
