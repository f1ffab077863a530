"""Who calls: a player by his session, or a trusted server by its key."""

from __future__ import annotations

from server.domain.ids import PlayerId
from server.domain.values import value

_SERVER = "server:"


@value
class Caller:
    """Whoever made the call. `name` scopes request ids (E35): it tells a player from a server key of the same spelling."""

    name: str
    player_id: PlayerId | None = None
    is_trusted: bool = False

    @property
    def key_name(self) -> str:
        """The name of the server key that the caller holds; empty where he holds none."""
        return self.name.removeprefix(_SERVER) if self.is_trusted else ""

    @classmethod
    def player(cls, player_id: PlayerId) -> Caller:
        """Return a player, acting for himself."""
        return cls(name=f"player:{player_id}", player_id=player_id)

    @classmethod
    def server(cls, key_name: str) -> Caller:
        """Return a holder of a server key, who may act for anybody."""
        return cls(name=f"{_SERVER}{key_name}", is_trusted=True)
