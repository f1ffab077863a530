"""What can be wrong with a call before any rule of the game is asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar


class ApiError(Exception):
    """The call is refused at the door. `reason` stands in the table of server/api/status.py."""

    reason: ClassVar[str] = ""

    def __init__(self, message: str = "", *, retry_after: timedelta | None = None, **details: object) -> None:
        super().__init__(message or self.__doc__ or "")
        self.retry_after = retry_after
        self.details = details

    @property
    def message(self) -> str:
        """What people read."""
        return str(self.args[0])


class MalformedMessage(ApiError):
    """The bytes are not a message of this call."""

    reason = "MALFORMED_MESSAGE"


class InvalidFields(ApiError):
    """The request has fields that cannot be right."""

    reason = "INVALID_FIELD"

    def __init__(self, violations: Sequence[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{field}: {what}" for field, what in violations))
        self.violations = violations


class InvalidPageToken(ApiError):
    """The page token was not made by this server for this list."""

    reason = "INVALID_PAGE_TOKEN"


class SessionMissing(ApiError):
    """The call needs a session token in the authorization header."""

    reason = "SESSION_MISSING"


class SessionInvalid(ApiError):
    """The session token cannot be accepted."""

    reason = "SESSION_INVALID"


class SessionExpired(ApiError):
    """The session has expired."""

    reason = "SESSION_EXPIRED"


class PlayerSessionRequired(ApiError):
    """The call acts for a player, and needs his session."""

    reason = "PLAYER_SESSION_REQUIRED"


class ServerKeyRequired(ApiError):
    """The call is for the studio's own servers and needs a server key."""

    reason = "SERVER_KEY_REQUIRED"


class ServerKeyInvalid(ApiError):
    """The server key is not known here."""

    reason = "SERVER_KEY_INVALID"


class RateLimited(ApiError):
    """Too many calls in too short a time."""

    reason = "RATE_LIMITED"


class TooManyStreams(ApiError):
    """The player has as many streams open as one may have."""

    reason = "TOO_MANY_STREAMS"


class MessageTooLarge(ApiError):
    """The message is larger than this server accepts."""

    reason = "MESSAGE_TOO_LARGE"


class MethodNotFound(ApiError):
    """There is no such call."""

    reason = "METHOD_NOT_FOUND"


class Overloaded(ApiError):
    """The server has more to do than it can."""

    reason = "OVERLOADED"


class ServerDraining(ApiError):
    """The server is about to stop."""

    reason = "SERVER_DRAINING"


class DeadlineExceeded(ApiError):
    """The caller's deadline has passed."""

    reason = "DEADLINE_EXCEEDED"
