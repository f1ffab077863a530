"""What the store keeps of players beside their accounts: the properties that a studio's servers set."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from server.domain.ids import PlayerId
from server.domain.player_properties import PropertyValue


class PropertyKey(NamedTuple):
    """Which property of which player."""

    player_id: PlayerId
    key: str


class PlayerReading(ABC):
    """What can be seen of it."""

    @abstractmethod
    async def properties_of(self, player_id: PlayerId) -> dict[str, PropertyValue]:
        """Return all properties of a player, by key. In a transaction nobody else changes them until its end."""

    @abstractmethod
    async def property_values_of(self, keys: Sequence[PropertyKey]) -> list[PropertyValue | None]:
        """Return properties, in the order asked; None where there is none."""


class PlayerWriting(PlayerReading):
    """What can be changed of it."""

    @abstractmethod
    async def record_properties(self, player_id: PlayerId, changes: Mapping[str, PropertyValue | None]) -> None:
        """Write properties of a player, or remove them (None)."""
