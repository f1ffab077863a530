"""What the store keeps of players beside their accounts, in SQL whatever the database. Values are JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from server.domain.ids import PlayerId
from server.domain.player_properties import PropertyValue
from server.ports.player_store import PlayerWriting, PropertyKey
from server.storage.sql_verbs import SqlVerbs

PLAYER_ORDERS = {
    "property_of": ("player_id", "key"),
    "set_property": ("player_id", "key", "value"),
    "remove_property": ("player_id", "key"),
}
"""Which values the queries of players take that are given bare rows."""


class SqlPlayers(SqlVerbs, PlayerWriting):
    """Properties by the names of `player_queries.sql`."""

    async def properties_of(self, player_id: PlayerId) -> dict[str, PropertyValue]:
        return {key: json.loads(value) for key, value in await self._all("properties_of", player_id=player_id)}

    async def property_values_of(self, keys: Sequence[PropertyKey]) -> list[PropertyValue | None]:
        return [row and json.loads(row[0]) for row in await self._each("property_of", keys)]

    async def record_properties(self, player_id: PlayerId, changes: Mapping[str, PropertyValue | None]) -> None:
        kept = [(player_id, key, json.dumps(value)) for key, value in changes.items() if value is not None]
        gone = [(player_id, key) for key, value in changes.items() if value is None]
        if kept:
            await self._run_rows("set_property", kept)
        if gone:
            await self._run_rows("remove_property", gone)
