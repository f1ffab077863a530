"""RewardService: what a player was granted and owns."""

from __future__ import annotations

from server.api import requests as read
from server.api.codec.rewards import grant
from server.api.codec.times import timestamp
from server.api.methods import Audience, Call, Entry, Method
from server.api.page_tokens import PageTokens
from server.api.pb import reward_service_pb2 as pb
from server.application.claim_grant import ClaimGrantRequest
from server.application.use_cases import UseCases
from server.domain.ids import GrantId
from server.ports.clock import Clock

_GRANTS_DEFAULT, _GRANTS_MAX = 20, 100


class RewardHandlers:
    """Translates RewardService."""

    def __init__(self, use: UseCases, clock: Clock, tokens: PageTokens) -> None:
        self._use = use
        self._clock = clock
        self._tokens = tokens

    def methods(self) -> list[Method]:
        """Return the service's calls."""
        calls: list[Entry] = [
            ("ListGrants", pb.ListGrantsRequest, self.list_grants),
            ("ClaimGrant", pb.ClaimGrantRequest, self.claim_grant),
            ("GetWallet", pb.GetWalletRequest, self.get_wallet),
            ("GetInventory", pb.GetInventoryRequest, self.get_inventory),
        ]
        return [Method("RewardService", name, kind, Audience.PLAYER, handler) for name, kind, handler in calls]

    async def list_grants(self, call: Call, request: pb.ListGrantsRequest) -> pb.ListGrantsResponse:
        """List grants, newest first."""
        scope = f"grants {call.player_id}"
        position = self._tokens.position(scope, request.page_token)
        before = None if position is None else GrantId(position.decode())
        limit = read.page_size(request.page_size, _GRANTS_DEFAULT, _GRANTS_MAX)
        page = await self._use.list_grants(call.player_id, before, limit)
        return pb.ListGrantsResponse(
            grants=[grant(one, page.now) for one in page.grants],
            next_page_token=self._tokens.token(scope, page.next_before.encode() if page.next_before else None),
            current_time=timestamp(page.now),
        )

    async def claim_grant(self, call: Call, request: pb.ClaimGrantRequest) -> pb.ClaimGrantResponse:
        """Take a pending grant."""
        grant_id = GrantId(read.identifier("grant_id", request.grant_id))
        request_id = read.request_id(request.request_id)
        taken = await self._use.claim_grant(ClaimGrantRequest(call.player_id, grant_id, call.caller.name, request_id))
        return pb.ClaimGrantResponse(grant=grant(taken, self._clock.now()))

    async def get_wallet(self, call: Call, _: pb.GetWalletRequest) -> pb.GetWalletResponse:
        """Look at the currencies."""
        return pb.GetWalletResponse(currencies=await self._use.get_wallet(call.player_id))

    async def get_inventory(self, call: Call, _: pb.GetInventoryRequest) -> pb.GetInventoryResponse:
        """Look at the items."""
        return pb.GetInventoryResponse(items=await self._use.get_inventory(call.player_id))
