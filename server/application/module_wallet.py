"""What modules give to players and take from them: once for each key (M2, B71)."""

from __future__ import annotations

from collections.abc import Mapping

from server.application.claiming import credit
from server.application.notices import Notices
from server.application.receipts import CallReceipts, digest_of
from server.domain.errors import InsufficientFunds
from server.domain.grants import Credit, Grant, Holding, module_grant, spend_reference
from server.domain.ids import EventId, PlayerId
from server.domain.rewards import Reward
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.identity import Identities
from server.ports.store import Crediting, Store, Transaction

_NO_EVENT = EventId("")


class ModuleWallet:
    """Changes what players own."""

    def __init__(self, store: Store, catalog: Catalog, clock: Clock, identities: Identities, notices: Notices) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock
        self._identities = identities
        self._notices = notices

    async def grant(self, module: str, player_id: PlayerId, reward: Reward, key: str) -> Grant:
        """Give a reward, claimed at once; under a key that the module has used for a grant before, return that one."""
        new = module_grant(self._identities.grant_id(), module, key, player_id, reward, self._clock.now())

        async def work(tx: Transaction) -> Grant:
            (is_new,) = await tx.add_grants([new])
            if not is_new:
                known = await tx.grant_of_key(new.key)
                assert known is not None
                return known
            await credit(tx, self._catalog, new)
            await self._notices.granted(tx, [new])
            return new

        return await self._store.transact(work)

    async def spend(self, module: str, player_id: PlayerId, currencies: Mapping[str, int], key: str) -> None:
        """Take currencies, all or none, once for a key.

        :raises InsufficientFunds: if the player has too little of one
        :raises RequestIdReused: if the key stood for another spending
        """
        now, wall = self._clock.now(), self._clock.wall()
        digest = digest_of("spend", player_id, sorted(currencies.items()))
        receipts = CallReceipts(f"module:{module}", "Spend", _NO_EVENT, key, digest, wall)

        async def work(tx: Transaction) -> None:
            ((wallet, _),) = await tx.balances_of([player_id])  # first: who spends under the same key now is waited for
            if await receipts.repeated(tx) is not None:
                return
            for currency, amount in sorted(currencies.items()):
                if wallet.get(currency, 0) < amount:
                    raise InsufficientFunds(currency=currency, balance=wallet.get(currency, 0), amount=amount)
            taken = [Credit(Holding.CURRENCY, name, -amount) for name, amount in sorted(currencies.items()) if amount]
            if taken:
                await tx.debit([Crediting(player_id, taken, spend_reference(module, key), now)])
            await receipts.record(tx, {})

        await self._store.transact(work)
