"""Sessions, profiles and properties of players as messages."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from google.protobuf.struct_pb2 import Struct

from server.api import trees
from server.api.codec.times import timestamp
from server.api.pb import session_service_pb2 as sessions
from server.api.requests import invalid
from server.api.sessions import SessionTokens
from server.domain.ids import PlayerId
from server.domain.player_properties import KEY_PATTERN, PropertyValue, is_property_key, property_value
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


def properties(of_player: Mapping[str, PropertyValue]) -> Struct:
    """Return what is said of a player."""
    told = Struct()
    told.update(of_player)
    return told


def property_changes(field: str, struct: Struct) -> dict[str, PropertyValue | None]:
    """Return which properties are to be set, and which (None) removed."""
    return {key: _property(field, key, said) for key, said in trees.tree(field, struct).items()}


def _property(field: str, key: str, said: object) -> PropertyValue | None:
    if not is_property_key(key):
        raise invalid(field, f"{key[:70]!r} is no key of a property: {KEY_PATTERN}")
    if said is None:
        return None
    try:
        return property_value(float(said) if isinstance(said, Decimal) else said)
    except ValueError as fault:
        raise invalid(f"{field}.{key}", str(fault)) from fault
