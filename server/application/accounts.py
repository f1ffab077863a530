"""Accounts of players whom the studio's servers name before they have ever signed in (B40)."""

from __future__ import annotations

from collections.abc import Iterable

from server.domain.ids import PlayerId
from server.domain.players import Player
from server.ports.store import Transaction


async def add_unknown(tx: Transaction, players: Iterable[Player]) -> None:
    """Create accounts for those of the players who have none; of several of one id the first is taken."""
    wanted: dict[PlayerId, Player] = {}
    for player in players:
        wanted.setdefault(player.player_id, player)
    if not wanted:
        return
    known = await tx.accounts_of(list(wanted))
    for player, account in zip(wanted.values(), known, strict=True):
        if account is None:
            await tx.add_player(player)
