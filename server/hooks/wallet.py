"""What players own, as modules see it (M2)."""

from __future__ import annotations

from collections.abc import Mapping

from server.application import module_wallet
from server.domain.ids import PlayerId, is_identifier
from server.hooks import answers, api, shown
from server.ports.store import Store

KEY_MAX = 256
"""Room for the id of a player, which may have 128 characters, beside what the key is for."""


class ModuleWallet:
    """Answers `ctx.wallet` for one module."""

    def __init__(self, module: str, store: Store, wallet: module_wallet.ModuleWallet) -> None:
        self._module = module
        self._store = store
        self._wallet = wallet

    async def currencies(self, player_id: str) -> Mapping[str, int]:
        """Return the player's balances."""
        return await self._store.read(lambda view: view.wallet_of(PlayerId(player_id)))

    async def items(self, player_id: str) -> Mapping[str, int]:
        """Return the player's items."""
        return await self._store.read(lambda view: view.inventory_of(PlayerId(player_id)))

    async def grant(self, player_id: str, reward: api.Reward, key: str) -> api.Grant:
        """Give currencies and items, once for this key."""
        given = answers.given(reward)
        made = await self._wallet.grant(self._module, answers.player_id(player_id), given, _key(key))
        if made.player_id != player_id:  # or the second player would be given nothing, and nobody would hear of it
            raise ValueError(f"key {key!r} was used for another player; put the id of the player into it")
        return shown.grant(made)

    async def spend(self, player_id: str, currencies: Mapping[str, int], key: str) -> None:
        """Take currencies, all or none, once for this key."""
        amounts = answers.given(api.Reward(currencies=dict(currencies))).currencies
        await self._wallet.spend(self._module, answers.player_id(player_id), amounts, _key(key))


def _key(key: str) -> str:
    if not (isinstance(key, str) and is_identifier(key, KEY_MAX)):
        raise ValueError(
            f"{key!r} is no key: 1 to {KEY_MAX} characters that can be seen, the same when it is tried again"
        )
    return key
