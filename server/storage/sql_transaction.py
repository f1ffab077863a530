"""The store's verbs in SQL, whatever the database: names of queries and values in, values of the domain out.

An adapter brings its queries, the ways to run one of them, and the verbs that take many keys at once, which one database
answers in a loop and another in one statement.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from server.domain.event_leaderboards.cohort import Cohort, Participant, Participation
from server.domain.event_leaderboards.matching import Candidate
from server.domain.grants import Grant, Holding
from server.domain.ids import CohortId, DefinitionHash, EventId, GrantId, PlayerId
from server.domain.instants import microseconds_of
from server.domain.leaderboards.entry import PeriodId
from server.domain.players import Player
from server.ports.receipt_store import Receipt, ReceiptKey, SubmissionReceiptKey
from server.ports.store import (
    ActivationRecord,
    Balances,
    Bulletin,
    CohortSearch,
    Crediting,
    PinnedPhase,
    Seat,
    Transaction,
)
from server.storage.board_rows import BOARD_ORDERS, in_period
from server.storage.company_rows import COMPANY_ORDERS
from server.storage.rows import (
    COHORT_COLUMNS,
    RESULT_ORDER,
    SCORE_ORDER,
    Row,
    cohort_from,
    cohort_values,
    grant_from,
    grant_values,
    moment_of,
    participant_from,
    participant_values,
    participation_values,
    result_row,
    score_row,
    tally_values,
)
from server.storage.sql_boards import SqlBoards
from server.storage.sql_company import SqlCompany
from server.storage.sql_modules import SqlModules
from server.storage.sql_players import PLAYER_ORDERS, SqlPlayers
from server.storage.sql_verbs import CATALOG_REVISION

CLOCK_OFFSET = "clock_offset"
RELOADS = "reloads"
SECRET = "secret"  # noqa: S105 - the name of the row, not its value
ROW_ORDERS = (
    BOARD_ORDERS | COMPANY_ORDERS | PLAYER_ORDERS | {"record_result": RESULT_ORDER, "record_score": SCORE_ORDER}
)
"""Which values the queries take that are given bare rows; every adapter holds its own against it."""
_AFTER_ALL_GRANTS = "\U0010ffff"


class SqlTransaction(SqlModules, SqlBoards, SqlCompany, SqlPlayers, Transaction):
    """Reads and writes by the names of `queries.sql`; who opened the transaction ends it."""

    # Reading

    async def player_of(self, player_id: PlayerId) -> Player | None:
        return player_from(await self._one("player_of", player_id=player_id))

    async def player_of_login(self, kind: str, digest: bytes) -> PlayerId | None:
        row = await self._one("player_of_login", kind=kind, digest=digest)
        return row and PlayerId(row[0])

    async def events_of(self, player_id: PlayerId) -> list[EventId]:
        return [EventId(row[0]) for row in await self._all("events_of", player_id=player_id)]

    async def cohort_of(self, cohort_id: CohortId) -> Cohort | None:
        row = await self._one("cohort_of", cohort_id=cohort_id)
        return row and cohort_from(row)

    async def participant_of(self, seat: Seat) -> Participant | None:
        row = await self._one("participant_of", cohort_id=seat.cohort_id, player_id=seat.player_id)
        return row and participant_from(row)

    async def rank_of(self, seat: Seat) -> int:
        return int((await self._one("rank_of", cohort_id=seat.cohort_id, player_id=seat.player_id))[0])

    async def standings_of(self, cohort_id: CohortId, first_rank: int, limit: int) -> list[Participant]:
        rows = await self._all("standings_of", cohort_id=cohort_id, offset=first_rank - 1, limit=limit)
        return [participant_from(row) for row in rows]

    async def standings_after(
        self, cohort_id: CohortId, standing_key: bytes, limit: int
    ) -> tuple[int, list[Participant]]:
        rows = await self._all("standings_after", cohort_id=cohort_id, standing_key=standing_key, limit=limit)
        (before,) = await self._one("count_until", cohort_id=cohort_id, standing_key=standing_key)
        return before + 1, [participant_from(row) for row in rows]

    async def players_of(self, cohort_id: CohortId) -> list[PlayerId]:
        return [PlayerId(row[0]) for row in await self._all("players_of", cohort_id=cohort_id)]

    async def past_cohorts_of(
        self, player_id: PlayerId, event_id: EventId, before: datetime, limit: int
    ) -> list[tuple[Cohort, Participant]]:
        rows = await self._all(
            "past_cohorts_of", player_id=player_id, event_id=event_id, before=microseconds_of(before), limit=limit
        )
        return [(cohort_from(row), participant_from(row[COHORT_COLUMNS:])) for row in rows]

    async def open_cohorts(self, search: CohortSearch) -> list[Candidate]:
        return candidates_from(await self._all(open_cohorts_query(search), **search_values(search)))

    async def wallet_of(self, player_id: PlayerId) -> dict[str, int]:
        return await self._balances_of(player_id, Holding.CURRENCY)

    async def _balances_of(self, player_id: PlayerId, holding: Holding) -> dict[str, int]:
        return dict(await self._all("balances_of", player_id=player_id, holding=holding.value))

    async def inventory_of(self, player_id: PlayerId) -> dict[str, int]:
        return await self._balances_of(player_id, Holding.ITEM)

    async def grant_of(self, grant_id: GrantId) -> Grant | None:
        row = await self._one("grant_of", grant_id=grant_id)
        return row and grant_from(row)

    async def grant_of_key(self, key: str) -> Grant | None:
        row = await self._one("grant_of_key", grant_key=key)
        return row and grant_from(row)

    async def grants_of(self, player_id: PlayerId, before: GrantId | None, limit: int) -> list[Grant]:
        rows = await self._all("grants_of", player_id=player_id, before=before or _AFTER_ALL_GRANTS, limit=limit)
        return [grant_from(row) for row in rows]

    async def period_grants(self, period: PeriodId, after: GrantId | None, limit: int) -> list[Grant]:
        rows = await self._all("period_grants", **in_period(period), after=after or "", limit=limit)
        return [grant_from(row) for row in rows]

    async def activations(self) -> list[ActivationRecord]:
        return [
            ActivationRecord(EventId(row[0]), moment_of(row[1]), row[2] and DefinitionHash(row[2]), row[3])
            for row in await self._all("activations")
        ]

    async def pinned_phases(self, event_id: EventId) -> list[PinnedPhase]:
        return [_pinned(row) for row in await self._all("pinned_phases", event_id=event_id)]

    async def clock_offset(self) -> timedelta:
        row = await self._one("installation_value", name=CLOCK_OFFSET)
        return timedelta(microseconds=int(row[0])) if row else timedelta()

    async def bulletin(self) -> Bulletin:
        values = {name: int(value) for name, value in await self._all("bulletin")}
        offset = timedelta(microseconds=values.get(CLOCK_OFFSET, 0))
        return Bulletin(values.get(CATALOG_REVISION, 0), values.get(RELOADS, 0), offset)

    async def last_open_joined_at(self, cohort_id: CohortId, max_num_score: int) -> datetime | None:
        (value,) = await self._one("last_open_joined_at", cohort_id=cohort_id, max_num_score=max_num_score)
        return None if value is None else moment_of(value)

    # Writing

    async def add_player(self, player: Player) -> bool:
        values = {
            "created_at": microseconds_of(player.created_at),
            "name": player.name,
            "avatar_url": player.avatar_url,
        }
        return await self._one("add_player", player_id=player.player_id, **values) is not None

    async def add_login(self, kind: str, digest: bytes, player_id: PlayerId) -> None:
        await self._run("add_login", kind=kind, digest=digest, player_id=player_id)

    async def record_profile(self, player: Player) -> None:
        await self._run("record_profile", player_id=player.player_id, name=player.name, avatar_url=player.avatar_url)

    async def activate(self, activation: ActivationRecord) -> None:
        if activation.content is not None:
            await self._run("add_content", hash=activation.hash, content=activation.content)
        at = microseconds_of(activation.activated_at)
        await self._run("add_activation", event_id=activation.event_id, activated_at=at, hash=activation.hash)
        await self._one("count_up", name=CATALOG_REVISION)

    async def pin_phase(self, phase: PinnedPhase) -> PinnedPhase | None:
        start = microseconds_of(phase.start)
        added = await self._one(
            "pin_phase",
            event_id=phase.event_id,
            start=start,
            active_end=microseconds_of(phase.active_end),
            expiry=microseconds_of(phase.expiry),
            definition_hash=phase.definition_hash,
        )
        if added is not None:
            await self._one("count_up", name=CATALOG_REVISION)
            return None
        return _pinned(await self._one("pinned_phase", event_id=phase.event_id, start=start))

    async def add_cohorts(self, cohorts: Sequence[Cohort]) -> None:
        await self._run_many("add_cohort", map(cohort_values, cohorts))

    async def record_cohorts(self, cohorts: Sequence[Cohort]) -> None:
        await self._run_many("record_cohort", map(tally_values, cohorts))

    async def add_participants(self, participants: Sequence[tuple[Participant, bytes]]) -> None:
        await self._run_many("add_participant", (participant_values(*one) for one in participants))

    async def record_results(self, results: Sequence[tuple[Participant, bytes]]) -> None:
        await self._run_rows("record_result", [result_row(*one) for one in results])

    async def record_scores(self, results: Sequence[tuple[Participant, bytes]]) -> None:
        await self._run_rows("record_score", [score_row(*one) for one in results])

    async def record_claims(self, claims: Sequence[tuple[Seat, datetime]]) -> None:
        rows = (seat._asdict() | {"claimed_at": microseconds_of(claimed_at)} for seat, claimed_at in claims)
        await self._run_many("record_claimed", rows)

    async def record_participant_profile(self, seat: Seat, name: str, avatar_url: str) -> None:
        await self._run("record_participant_profile", **seat._asdict(), name=name, avatar_url=avatar_url)

    async def remove_participant(self, seat: Seat) -> None:
        await self._run("remove_participant", **seat._asdict())
        await self._run("remove_participation", **seat._asdict())

    async def record_participations(self, participations: Sequence[Participation]) -> None:
        await self._run_many("record_participation", map(participation_values, participations))

    async def record_grant(self, grant: Grant) -> None:
        await self._run("record_grant", **grant_values(grant))

    async def record_receipts(self, receipts: Sequence[tuple[ReceiptKey, Receipt]]) -> None:
        await self._run_many("record_receipt", (key._asdict() | _receipt_values(receipt) for key, receipt in receipts))

    async def record_submission_receipts(self, receipts: Sequence[tuple[SubmissionReceiptKey, Receipt]]) -> None:
        rows = (key._asdict() | _receipt_values(receipt) for key, receipt in receipts)
        await self._run_many("record_submission_receipt", rows)

    async def forget_receipts(self, created_before: datetime) -> None:
        await self._run("forget_receipts", created_before=microseconds_of(created_before))

    async def forget_submission_receipts(
        self, player_id: PlayerId, event_id: EventId, keep: int, created_before: datetime
    ) -> None:
        before = microseconds_of(created_before)
        await self._run(
            "forget_submission_receipts", player_id=player_id, event_id=event_id, keep=keep, created_before=before
        )

    async def forget_submission_receipts_in(self, cohort: Cohort, created_before: datetime) -> None:
        before = microseconds_of(created_before)
        await self._run(
            "forget_submission_receipts_in",
            cohort_id=cohort.cohort_id,
            event_id=cohort.event_id,
            created_before=before,
        )

    async def acquire_due_cohorts(
        self, worker: str, now: datetime, wall: datetime, lease: timedelta, limit: int
    ) -> list[CohortId]:
        rows = await self._all(
            "acquire_due_cohorts",
            worker=worker,
            now=microseconds_of(now),
            wall=microseconds_of(wall),
            leased_until=microseconds_of(wall + lease),
            limit=limit,
        )
        return [CohortId(row[0]) for row in rows]

    async def release_cohort(self, cohort_id: CohortId) -> None:
        await self._run("release_cohort", cohort_id=cohort_id)

    async def break_leases(self, wall: datetime) -> None:
        await self._run("break_cohort_leases")
        await self._run("break_period_leases")
        await self._run("break_bot_leases")
        await self._run("break_company_leases")
        for query in ("break_notice_leases", "break_job_leases"):
            await self._run(query, wall=microseconds_of(wall))

    async def move_clock(self, offset: timedelta) -> None:
        microseconds = offset // timedelta(microseconds=1)
        await self._run("set_installation_value", name=CLOCK_OFFSET, value=str(microseconds).encode())

    async def announce_reload(self) -> int:
        return int((await self._one("count_up", name=RELOADS))[0])

    async def installation_secret(self) -> bytes:
        """Return the secret of this installation, making it once."""
        row = await self._one("installation_value", name=SECRET)
        if row is not None:
            return bytes(row[0])
        made = secrets.token_bytes(32)
        await self._run("set_installation_value", name=SECRET, value=made)
        return made


def open_cohorts_query(search: CohortSearch) -> str:
    """Return the name of the query that answers a search."""
    return "open_cohorts_and_reserved" if search.with_reserved else "open_cohorts"


def search_values(search: CohortSearch) -> dict[str, Any]:
    """Return a search by the names of the query's parameters."""
    return search._asdict() | {
        "phase_start": microseconds_of(search.phase_start),
        "created_after": microseconds_of(search.created_after),
    }


def candidates_from(rows: Iterable[Row]) -> list[Candidate]:
    """Read candidates: cohorts, each with whether the player has met somebody in it."""
    return [Candidate(cohort_from(row), bool(row[COHORT_COLUMNS])) for row in rows]


def player_from(row: Row | None) -> Player | None:
    """Read an account from its 4 columns."""
    return None if row is None else Player(PlayerId(row[0]), moment_of(row[1]), row[2], row[3])


def balances_from(player_ids: Sequence[PlayerId], rows: Iterable[Row]) -> list[Balances]:
    """Read balances of players, in the order asked: player, holding, key and amount of each."""
    found = {player_id: Balances({}, {}) for player_id in player_ids}
    for player_id, holding, key, amount in rows:
        balances = found[player_id]
        (balances.wallet if holding == Holding.CURRENCY.value else balances.inventory)[key] = amount
    return [found[player_id] for player_id in player_ids]


def credit_rows(creditings: Sequence[Crediting]) -> list[dict[str, Any]]:
    """Return the ledger's rows but for the balance after each."""
    return [
        {
            "player_id": one.player_id,
            "holding": credit.holding.value,
            "key": credit.key,
            "change": credit.amount,
            "grant_id": one.grant_id,
            "at": microseconds_of(one.at),
        }
        for one in creditings
        for credit in one.credits
    ]


def _pinned(row: Row) -> PinnedPhase:
    return PinnedPhase(EventId(row[0]), moment_of(row[1]), moment_of(row[2]), moment_of(row[3]), DefinitionHash(row[4]))


def receipt_from(row: Row | None) -> Receipt | None:
    """Read a receipt from its 3 columns."""
    return None if row is None else Receipt(row[0], row[1], moment_of(row[2]))


def _receipt_values(receipt: Receipt) -> dict[str, Any]:
    return {"digest": receipt.digest, "effect": receipt.effect, "created_at": microseconds_of(receipt.created_at)}
