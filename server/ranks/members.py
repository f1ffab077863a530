"""A member of an order: everything known of an entry in one string of bytes, so that it costs one object."""

from __future__ import annotations

from struct import Struct

from server.domain.ids import PlayerId
from server.domain.leaderboards.ranking import KEY_LENGTH

_TAIL = Struct(">x?Q")
_VERSION = Struct(">Q")
_END = b"\0"
"""Below every character of an id, so that an id sorts before those that it begins."""


def member_of(order_key: bytes, player_id: PlayerId, version: int, *, takes_prizes: bool) -> bytes:
    """Return the member: key and player decide the order, the rest is only carried."""
    return order_key + player_id.encode() + _TAIL.pack(takes_prizes, version)


def tombstone_of(version: int) -> bytes:
    """Return what is kept of a player who has no rank any more: the version as of which that is so."""
    return _VERSION.pack(version)


def is_tombstone(member: bytes) -> bool:
    """Tell whether there is nothing but a version."""
    return len(member) == _VERSION.size


def version_of(member: bytes) -> int:
    """Return the version of a member or tombstone."""
    version: int = _VERSION.unpack_from(member, len(member) - _VERSION.size)[0]
    return version


def takes_prizes(member: bytes) -> bool:
    """Tell whether he can win a prize."""
    return member[-_TAIL.size + 1] != 0


def order_key_of(member: bytes) -> bytes:
    """Return the order key."""
    return member[:KEY_LENGTH]


def player_of(member: bytes) -> PlayerId:
    """Return whose it is."""
    return PlayerId(member[KEY_LENGTH : -_TAIL.size].decode())


def bound_of(order_key: bytes, player_id: PlayerId) -> bytes:
    """Return bytes that lie above the member with this key and player, and below every later one."""
    return order_key + player_id.encode() + _END + b"\xff"
