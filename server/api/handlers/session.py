"""SessionService: signing in."""

from __future__ import annotations

from server.api import requests as read
from server.api.codec import players
from server.api.methods import Audience, Call, Method
from server.api.pb import session_service_pb2 as pb
from server.api.requests import invalid
from server.api.sessions import Sessions
from server.api.texts import AVATAR_URL_MAX, NAME_MAX
from server.application.authenticate import SignIn
from server.application.use_cases import UseCases

_DEVICE_ID_MIN, _CUSTOM_ID_MIN = 10, 6


class SessionHandlers:
    """Translates SessionService."""

    def __init__(self, use: UseCases, sessions: Sessions) -> None:
        self._use = use
        self._sessions = sessions

    def methods(self) -> list[Method]:
        """Return the service's calls."""
        service = "SessionService"
        return [
            Method(service, "Authenticate", pb.AuthenticateRequest, Audience.ANYBODY, self.authenticate),
            Method(service, "Refresh", pb.RefreshRequest, Audience.ANYBODY, self.refresh),
            Method(service, "UpdateProfile", pb.UpdateProfileRequest, Audience.PLAYER, self.update_profile),
        ]

    async def authenticate(self, _: Call, request: pb.AuthenticateRequest) -> pb.AuthenticateResponse:
        """Sign in with a device or custom id."""
        signed_in = await self._use.authenticate(_sign_in(request))
        player_id = signed_in.player.player_id
        session = players.session(player_id, self._sessions.mint(player_id))
        return pb.AuthenticateResponse(session=session, created=signed_in.is_new)

    async def refresh(self, _: Call, request: pb.RefreshRequest) -> pb.RefreshResponse:
        """Exchange a refresh token for a new session."""
        player_id = self._sessions.verify_refresh(request.refresh_token)
        return pb.RefreshResponse(session=players.session(player_id, self._sessions.mint(player_id)))

    async def update_profile(self, call: Call, request: pb.UpdateProfileRequest) -> pb.UpdateProfileResponse:
        """Change name or avatar."""
        name = read.optional_text("name", request.name, NAME_MAX)
        avatar_url = read.optional_text("avatar_url", request.avatar_url, AVATAR_URL_MAX)
        player = await self._use.update_profile(
            call.player_id,
            name if request.HasField("name") else None,
            avatar_url if request.HasField("avatar_url") else None,
        )
        return pb.UpdateProfileResponse(profile=players.profile(player))


def _sign_in(request: pb.AuthenticateRequest) -> SignIn:
    kind = request.WhichOneof("credential")
    if kind is None:
        raise invalid("credential", "is missing; send device_id or custom_id")
    credential = read.identifier(kind, getattr(request, kind))
    least = _DEVICE_ID_MIN if kind == "device_id" else _CUSTOM_ID_MIN
    if len(credential) < least:
        raise invalid(kind, f"is shorter than {least} characters; it is a password and must be long")
    return SignIn(
        kind="device" if kind == "device_id" else "custom",
        credential=credential,
        create=request.create if request.HasField("create") else True,
        name=read.optional_text("name", request.name, NAME_MAX),
        avatar_url=read.optional_text("avatar_url", request.avatar_url, AVATAR_URL_MAX),
    )
