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
    player_ids = sorted(wanted)  # two transactions that add the same ones wait for each other in one order
    for player_id, account in zip(player_ids, await tx.accounts_of(player_ids), strict=True):
        if account is None:
            await tx.add_player(wanted[player_id])
