"""Sessions and profiles as messages."""

from __future__ import annotations

from server.api.codec.times import timestamp
from server.api.pb import session_service_pb2 as sessions
from server.api.sessions import SessionTokens
from server.domain.ids import PlayerId
from server.domain.players import Player


def session(player_id: PlayerId, tokens: SessionTokens) -> sessions.Session:
    """Return a session."""
    return sessions.Session(
        player_id=player_id,
        token=tokens.token,
        token_expiry_time=timestamp(tokens.token_expires_at),
        refresh_token=tokens.refresh_token,
        refresh_token_expiry_time=timestamp(tokens.refresh_expires_at),
    )


def profile(player: Player) -> sessions.Profile:
    """Return who a player is."""
    return sessions.Profile(
        player_id=player.player_id,
        name=player.name,
        avatar_url=player.avatar_url,
        create_time=timestamp(player.created_at),
    )
