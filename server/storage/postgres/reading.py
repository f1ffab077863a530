"""Reading from PostgreSQL, and writing what needs no lock: what takes many keys takes them in one statement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import asyncpg

from server.domain.event_leaderboards.cohort import Participation
from server.domain.grants import Grant
from server.domain.ids import EventId, PlayerId
from server.domain.players import Player
from server.ports.receipt_store import Receipt, ReceiptKey, SubmissionReceiptKey
from server.ports.store import Balances, Crediting, Ranking
from server.storage.board_rows import ENTRY_ORDER
from server.storage.postgres.arrays import as_text, columns_of
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

if TYPE_CHECKING:
    Connection = asyncpg.pool.PoolConnectionProxy[asyncpg.Record]

QUERIES = load_queries("server.storage.postgres", placeholder="$")
_ROW_ORDERS = ROW_ORDERS | {"record_entry": (*ENTRY_ORDER, "is_known")}  # it must know which entries were there before
assert all(QUERIES[name].names == order for name, order in _ROW_ORDERS.items()), "a row of values has another order"
_AS_TEXT = {name: as_text(query) for name, query in QUERIES.items()}


class PostgresReading(SqlTransaction):
    """Reads without locks; who opened the transaction ends it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def _one(self, query: str, /, **values: Any) -> Any:
        chosen = QUERIES[query]
        return await self._connection.fetchrow(chosen.sql, *chosen.bind(values))

    async def _all(self, query: str, /, **values: Any) -> Sequence[Any]:
        return await self._fetch(query, values)

    async def _each(self, query: str, keys: Sequence[Row], lock: str = "") -> Sequence[Any]:
        """Ask for all at once; the last column of each row is the number of the key that it answers."""
        if not keys:
            return []
        rows = await self._fetch_columns(query, keys, lock)
        found = {row[-1]: row for row in rows}
        return [found.get(number) for number in range(1, len(keys) + 1)]

    async def _run(self, query: str, /, **values: Any) -> None:
        await self._all(query, **values)

    async def _run_many(self, query: str, rows: Iterable[Mapping[str, Any]]) -> None:
        await self._all(query, **columns_by_name(list(rows), QUERIES[query].names))

    async def _run_rows(self, query: str, rows: Sequence[Row]) -> None:
        if rows:
            await self._fetch_columns(query, rows)

    def _array(self, keys: Sequence[str]) -> list[str]:
        return list(keys)

    async def participations_of(self, keys: Sequence[tuple[PlayerId, EventId]]) -> list[Participation | None]:
        rows = await self._all("participation_of", **keys_by_name(keys))
        found = {(one.player_id, one.event_id): one for one in map(participation_from, rows)}
        return [found.get(key) for key in keys]

    async def ranks_of(self, rankings: Sequence[Ranking]) -> list[int]:
        rows = await self._all("rank_of_key", **columns_by_name([one._asdict() for one in rankings], Ranking._fields))
        return [row[0] for row in rows]

    async def accounts_of(self, player_ids: Sequence[PlayerId]) -> list[Player | None]:
        found = {row[0]: player_from(row) for row in await self._all("accounts_of", player_id=list(player_ids))}
        return [found.get(player_id) for player_id in player_ids]

    async def balances_of(self, player_ids: Sequence[PlayerId]) -> list[Balances]:
        return balances_from(player_ids, await self._all("balances_of_many", player_id=list(set(player_ids))))

    async def receipts_of(self, keys: Sequence[ReceiptKey]) -> list[Receipt | None]:
        asked = columns_by_name([key._asdict() for key in keys], ReceiptKey._fields)
        found = {tuple(row[3:]): receipt_from(row) for row in await self._all("receipt_of", **asked)}
        return [found.get(tuple(key)) for key in keys]

    async def add_grants(self, grants: Sequence[Grant]) -> list[bool]:
        rows = await self._all(
            "add_grant", **columns_by_name(list(map(grant_values, grants)), QUERIES["add_grant"].names)
        )
        added = {row[0] for row in rows}
        return [grant.grant_id in added for grant in grants]

    async def credit(self, creditings: Sequence[Crediting]) -> None:
        await self._run_many("credit", credit_rows(creditings))

    async def debit(self, creditings: Sequence[Crediting]) -> None:
        await self._run_many("debit", credit_rows(creditings))

    async def submission_receipts_of(self, keys: Sequence[SubmissionReceiptKey]) -> list[Receipt | None]:
        asked = columns_by_name([key._asdict() for key in keys], SubmissionReceiptKey._fields)
        found = {tuple(row[3:]): receipt_from(row) for row in await self._all("submission_receipt_of", **asked)}
        return [found.get(tuple(key)) for key in keys]

    async def _fetch(self, query: str, values: Mapping[str, Any], lock: str = "") -> list[Any]:
        """Run a query, with what it locks written behind it."""
        chosen = QUERIES[query]
        return await self._connection.fetch(chosen.sql + lock, *chosen.bind(values))

    async def _fetch_columns(self, query: str, rows: Sequence[Row], lock: str = "") -> list[Any]:
        """Run a query once for many rows of values, each parameter an array."""
        return await self._connection.fetch(QUERIES[query].sql + lock, *columns_of(rows, _AS_TEXT[query]))


def keys_by_name(keys: Sequence[tuple[PlayerId, EventId]]) -> dict[str, list[str]]:
    """Return players and events as the arrays of a query that asks for participations."""
    return {"player_id": [player for player, _ in keys], "event_id": [event for _, event in keys]}


def columns_by_name(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> dict[str, list[Any]]:
    """Return rows of named values as one array for each name."""
    return {name: [row[name] for row in rows] for name in names}
