"""Page tokens: opaque, signed, good for one list only (A7)."""

from __future__ import annotations

import base64
import binascii
import hmac
from datetime import datetime

from server.api.errors import InvalidPageToken
from server.domain.instants import from_microseconds, microseconds_of

_SIGNATURE_BYTES = 12


class PageTokens:
    """Makes tokens, and reads those that it made. `scope` names the list: its call, and whatever filters it."""

    def __init__(self, secret: bytes) -> None:
        self._secret = hmac.digest(secret, b"page tokens", "sha256")

    def token(self, scope: str, position: bytes | None) -> str:
        """Return the token of the page that begins behind a position, or an empty text where there is none."""
        if position is None:
            return ""
        return base64.urlsafe_b64encode(self._signature(scope, position) + position).decode().rstrip("=")

    def position(self, scope: str, token: str) -> bytes | None:
        """Return the position that a token stands for, or None for an empty token: the first page.

        :raises InvalidPageToken: if the token was not made here, or for another list
        """
        if not token:
            return None
        try:
            data = base64.b64decode(token + "=" * (-len(token) % 4), b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise InvalidPageToken from error
        signature, position = data[:_SIGNATURE_BYTES], data[_SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._signature(scope, position)):
            raise InvalidPageToken
        return position

    def _signature(self, scope: str, position: bytes) -> bytes:
        return hmac.digest(self._secret, scope.encode() + b"\0" + position, "sha256")[:_SIGNATURE_BYTES]


def moment_position(moment: datetime | None) -> bytes | None:
    """Return the position of a moment, for lists in the order of time."""
    return None if moment is None else str(microseconds_of(moment)).encode()


def moment_in(position: bytes | None) -> datetime | None:
    """Return the moment that a position holds.

    :raises InvalidPageToken: if it holds none
    """
    try:
        return None if position is None else from_microseconds(int(position))
    except (ValueError, OverflowError) as error:
        raise InvalidPageToken from error
