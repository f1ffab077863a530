"""What the rank index writes into Redis: names of keys, and values."""

from __future__ import annotations

from hashlib import sha256
from urllib.parse import quote

from server.domain.instants import microseconds_of
from server.domain.leaderboards.entry import SegmentId
from server.ports.rank_index import Change, Mark

_PARTS = ("state", "players", "members", "others", "fronts")
_WITH_PRIZES, _WITHOUT_PRIZES = b"+", b"-"


def owner_of(secret: bytes) -> str:
    """Return the name under which the processes of one database keep their orders, which tells nothing of its secret."""
    return sha256(b"laurel ranks\0" + secret).hexdigest()[:8]


def keys_of(prefix: str, segment: SegmentId) -> list[bytes]:
    """Return the five keys of a segment. What stands in braces decides where they lie in a cluster: together (hash tag)."""
    period, name = segment
    tag = f"{quote(period.leaderboard, safe='')}:{microseconds_of(period.start)}:{quote(name, safe='')}"
    return [f"{prefix}:{{{tag}}}:{part}".encode() for part in _PARTS]


def mark_key(prefix: str) -> bytes:
    """Return the key of the mark, which is shared by all segments. In a cluster it lies in one place, whatever the prefix."""
    return f"{prefix}:{{mark}}".encode()


def arguments_of(change: Change) -> tuple[bytes, bytes, bytes]:
    """Return player, version and what is kept of him."""
    value = b""
    if change.order_key is not None:
        value = (_WITH_PRIZES if change.takes_prizes else _WITHOUT_PRIZES) + change.order_key
    return change.player_id.encode(), b"%d" % change.version, value


def bound_of(after: Mark | None) -> bytes:
    """Return the member at or below which lies what was shown already; empty: nothing was."""
    return b"" if after is None else after.order_key + after.player_id.encode()
