"""What is said of players, as modules see it (M2)."""

from __future__ import annotations

from collections.abc import Mapping

from server.application.use_cases import UseCases
from server.domain.ids import PlayerId
from server.domain.player_properties import KEY_PATTERN, PropertyValue, is_property_key, property_value
from server.hooks import answers
from server.ports.store import Store


class ModulePlayers:
    """Answers `ctx.players` for one module."""

    def __init__(self, module: str, store: Store, use: UseCases) -> None:
        self._caller = f"module:{module}"
        self._store = store
        self._use = use

    async def properties(self, player_id: str) -> Mapping[str, PropertyValue]:
        """Return all properties of a player."""
        return await self._store.read(lambda view: view.properties_of(PlayerId(player_id)))

    async def set_properties(
        self, player_id: str, changes: Mapping[str, PropertyValue | None]
    ) -> Mapping[str, PropertyValue]:
        """Set and remove properties."""
        said = {key: _value(key, one) for key, one in changes.items()}
        return await self._use.set_player_properties(answers.player_id(player_id), said, self._caller)


def _value(key: str, said: object) -> PropertyValue | None:
    if not (isinstance(key, str) and is_property_key(key)):
        raise ValueError(f"{key!r} is no key of a property: {KEY_PATTERN}")
    try:
        return None if said is None else property_value(said)
    except ValueError as fault:
        raise ValueError(f"property {key!r} {fault}") from fault
