"""Who may come in: a session or a server key, not too often, not too large (A3, A5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from server.api.errors import MessageTooLarge, PlayerSessionRequired, ServerKeyRequired, SessionMissing
from server.api.limits import RateLimit
from server.api.methods import Audience, Call
from server.api.sessions import ServerKeys, Sessions, Subject
from server.application.callers import Caller
from server.application.register_player import RegisterPlayer
from server.domain.ids import PlayerId
from server.domain.values import value

AUTHORIZATION = "authorization"
SERVER_KEY = "x-laurel-server-key"
_BEARER = "bearer "
_KNOWN_PLAYERS_MAX = 200_000
_NOBODY = PlayerId("")


@value
class Envelope:
    """A call as a door sees it: `header` looks up by lower-case name, `address` tells the peer's address without port."""

    path: str
    body: bytes
    header: Callable[[str], str | None]
    address: Callable[[], str]


@value
class Limits:
    """How much is taken on. `bulk_bytes_max` bounds the requests of calls that carry many things at once.

    Rates live in their own buckets. `streams_of_player_max`: how many streams a player may have open in this process,
    `streams_max`: how many everybody.
    """

    message_bytes_max: int
    bulk_bytes_max: int
    calls_in_flight_max: int
    by_player: RateLimit
    by_address: RateLimit
    streams_max: int = 20_000
    streams_of_player_max: int = 8


class Admission:
    """Looks at credentials and sizes, and counts how often somebody comes."""

    def __init__(
        self, sessions: Sessions, server_keys: ServerKeys, limits: Limits, register_player: RegisterPlayer
    ) -> None:
        self._sessions = sessions
        self._server_keys = server_keys
        self._limits = limits
        self._register_player = register_player
        self._known_players: dict[PlayerId, Call] = {}

    async def call_of(self, audience: Audience, envelope: Envelope) -> Call:
        """Return who calls.

        :raises ApiError: if that is nobody who may, or he has called too often
        """
        if not is_of_player(audience, envelope):
            return self._other(audience, envelope)
        subject = self._subject(envelope)
        return self._known_players.get(subject.player_id) or await self._registered(subject)

    async def stream_of(self, audience: Audience, envelope: Envelope) -> tuple[Call, datetime | None]:
        """Return who opens a stream, and when his session ends (real time); a server key never does.

        :raises ApiError: as above
        """
        call = await self.call_of(audience, envelope)
        if not is_of_player(audience, envelope):
            return call, None
        return call, self._sessions.verify(_token_of(envelope)).expires_at

    def refuse_larger(self, envelope: Envelope, bytes_max: int) -> None:
        """Refuse a message that is too large.

        :raises MessageTooLarge: if it is
        """
        if len(envelope.body) > bytes_max:
            raise MessageTooLarge(bytes_max=bytes_max)

    def _subject(self, envelope: Envelope) -> Subject:
        """Return whose session the call carries, if he has not called too often."""
        subject = self._sessions.verify(_token_of(envelope))
        self._limits.by_player.take(subject.player_id)
        return subject

    async def _registered(self, subject: Subject) -> Call:
        """Return the call of a player whom this process has not seen, whose account may have to be made (A3)."""
        await self._register_player(subject.player_id, subject.name, subject.avatar_url)
        if len(self._known_players) >= _KNOWN_PLAYERS_MAX:
            self._known_players.clear()
        call = self._known_players[subject.player_id] = Call(Caller.player(subject.player_id), subject.player_id)
        return call

    def _other(self, audience: Audience, envelope: Envelope) -> Call:
        """Return who calls, where it is no player."""
        if audience is Audience.ANYBODY:
            address = envelope.address()
            self._limits.by_address.take(address)
            return Call(Caller(f"address:{address}"), _NOBODY)
        key = envelope.header(SERVER_KEY)
        if key is None:
            raise ServerKeyRequired
        return Call(Caller.server(self._server_keys.name_of(key)), _NOBODY)


def is_of_player(audience: Audience, envelope: Envelope) -> bool:
    """Tell whether it is a player who must show who he is."""
    return audience is Audience.PLAYER or (
        audience is Audience.PLAYER_OR_SERVER and envelope.header(SERVER_KEY) is None
    )


def _token_of(envelope: Envelope) -> str:
    authorization = envelope.header(AUTHORIZATION)
    if authorization is None:
        raise SessionMissing if envelope.header(SERVER_KEY) is None else PlayerSessionRequired
    if authorization[: len(_BEARER)].lower() != _BEARER:
        raise SessionMissing("The authorization header must read `Bearer <token>`.")
    return authorization[len(_BEARER) :].strip()
