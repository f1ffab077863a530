"""A player signs in with a device or custom id (A3)."""

from __future__ import annotations

import hashlib
from typing import Literal

from server.domain.errors import AccountCreationClosed, AccountNotFound
from server.domain.players import Player
from server.domain.values import value
from server.ports.clock import Clock
from server.ports.identity import Identities
from server.ports.store import Store, Transaction

LoginKind = Literal["device", "custom"]


@value
class SignIn:
    """A credential, and what to do when nobody has it. Name and avatar are for a new account only."""

    kind: LoginKind
    credential: str
    create: bool = True
    name: str = ""
    avatar_url: str = ""


@value
class SignedIn:
    """Who signed in, and whether the account is new."""

    player: Player
    is_new: bool


class Authenticate:
    """Find or create the account of a credential. Credentials are kept as digests: they are passwords."""

    def __init__(self, store: Store, clock: Clock, identities: Identities, *, creates_accounts: bool) -> None:
        self._store = store
        self._clock = clock
        self._identities = identities
        self._creates_accounts = creates_accounts

    async def __call__(self, sign_in: SignIn) -> SignedIn:
        """Sign in.

        :raises AccountNotFound: if there is no account and the call asked not to create one
        :raises AccountCreationClosed: if there is no account and this server creates none
        """
        digest = hashlib.sha256(f"{sign_in.kind}:{sign_in.credential}".encode()).digest()
        now = self._clock.now()

        async def work(tx: Transaction) -> SignedIn:
            player_id = await tx.player_of_login(sign_in.kind, digest)
            known = None if player_id is None else await tx.player_of(player_id)
            if known is not None:
                return SignedIn(known, is_new=False)
            if not sign_in.create:
                raise AccountNotFound
            if not self._creates_accounts:
                raise AccountCreationClosed
            player = Player(self._identities.player_id(), now, sign_in.name, sign_in.avatar_url)
            await tx.add_player(player)
            await tx.add_login(sign_in.kind, digest, player.player_id)
            return SignedIn(player, is_new=True)

        return await self._store.transact(work)
