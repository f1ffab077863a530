"""The store's verbs on one SQLite connection. Statements take microseconds, so they run where they are called."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from server.domain.event_leaderboards.cohort import Participation
from server.domain.grants import Grant
from server.domain.ids import EventId, PlayerId
from server.domain.players import Player
from server.ports.contribution_store import GameEventKey, StoredGameEvent
from server.ports.receipt_store import Receipt, ReceiptKey, SubmissionReceiptKey
from server.ports.store import Balances, Crediting, Ranking
from server.storage.board_rows import game_event_from
from server.storage.queries import load_queries
from server.storage.rows import Row, grant_values, participation_from
from server.storage.sql_transaction import (
    ROW_ORDERS,
    SqlTransaction,
    balances_from,
    credit_rows,
    player_from,
    receipt_from,
)

QUERIES = load_queries("server.storage.sqlite")
assert all(QUERIES[name].names == order for name, order in ROW_ORDERS.items()), "a row of values has another order"


class SqliteTransaction(SqlTransaction):
    """Reads and writes through one connection; who opened the transaction ends it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute
        self._executemany = connection.executemany

    def _cursor(self, query: str, values: Mapping[str, Any]) -> sqlite3.Cursor:
        chosen = QUERIES[query]
        return self._execute(chosen.sql, chosen.bind(values))

    async def _one(self, query: str, /, **values: Any) -> Any:
        return self._cursor(query, values).fetchone()

    async def _all(self, query: str, /, **values: Any) -> Sequence[Any]:
        return self._cursor(query, values).fetchall()

    async def _each(self, query: str, keys: Sequence[Row]) -> Sequence[Any]:
        sql, execute = QUERIES[query].sql, self._execute
        return [execute(sql, key).fetchone() for key in keys]

    async def _run(self, query: str, /, **values: Any) -> None:
        self._cursor(query, values)

    async def _run_many(self, query: str, rows: Iterable[Mapping[str, Any]]) -> None:
        chosen = QUERIES[query]
        self._executemany(chosen.sql, map(chosen.bind, rows))

    async def _run_rows(self, query: str, rows: Sequence[Row]) -> None:
        self._executemany(QUERIES[query].sql, rows)

    def _array(self, keys: Sequence[str]) -> str:
        return json.dumps(list(keys))

    async def game_events(self, keys: Sequence[GameEventKey]) -> list[StoredGameEvent | None]:
        event_ids: dict[str, list[str]] = {}
        for server_key, event_id in keys:
            event_ids.setdefault(server_key, []).append(event_id)
        found: dict[GameEventKey, StoredGameEvent] = {}
        for server_key, ids in event_ids.items():
            rows = await self._all("game_event", server_key=server_key, event_id=json.dumps(ids))
            found |= {event.key: event for event in map(game_event_from, rows)}
        return [found.get(key) for key in keys]

    async def participations_of(self, keys: Sequence[tuple[PlayerId, EventId]]) -> list[Participation | None]:
        rows = [await self._one("participation_of", player_id=player, event_id=event) for player, event in keys]
        return [row and participation_from(row) for row in rows]

    async def ranks_of(self, rankings: Sequence[Ranking]) -> list[int]:
        return [(await self._one("rank_of_key", **ranking._asdict()))[0] for ranking in rankings]

    async def accounts_of(self, player_ids: Sequence[PlayerId]) -> list[Player | None]:
        rows = await self._all("accounts_of", player_id=json.dumps(player_ids))
        found = {row[0]: player_from(row) for row in rows}
        return [found.get(player_id) for player_id in player_ids]

    async def balances_of(self, player_ids: Sequence[PlayerId]) -> list[Balances]:
        return balances_from(player_ids, await self._all("balances_of_many", player_id=json.dumps(player_ids)))

    async def receipts_of(self, keys: Sequence[ReceiptKey]) -> list[Receipt | None]:
        return [receipt_from(await self._one("receipt_of", **key._asdict())) for key in keys]

    async def add_grants(self, grants: Sequence[Grant]) -> list[bool]:
        return [await self._one("add_grant", **grant_values(grant)) is not None for grant in grants]

    async def credit(self, creditings: Sequence[Crediting]) -> None:
        rows = credit_rows(creditings)
        await self._run_many("credit", rows)
        await self._run_many("add_ledger_entry", rows)

    async def debit(self, creditings: Sequence[Crediting]) -> None:
        rows = credit_rows(creditings)
        await self._run_many("debit", rows)
        await self._run_many("add_ledger_entry", rows)

    async def submission_receipts_of(self, keys: Sequence[SubmissionReceiptKey]) -> list[Receipt | None]:
        return [receipt_from(await self._one("submission_receipt_of", **key._asdict())) for key in keys]
