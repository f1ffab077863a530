"""Who calls: session tokens of players, keys of the studio's servers (A3)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import jwt

from server.api.errors import ServerKeyInvalid, SessionExpired, SessionInvalid
from server.api.texts import AVATAR_URL_MAX, NAME_MAX, can_be_shown
from server.domain.ids import PlayerId, is_identifier
from server.domain.instants import EPOCH
from server.domain.values import value
from server.ports.clock import Clock

OWN_ISSUER = "laurel"
_CACHED_MAX = 100_000
_CHECKED: jwt.types.Options = {
    "require": ["exp", "sub", "iss"],
    # Times are held against the clock that was handed in, not against the machine's.
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
}
_CLOCKS_APART_SECONDS = 5
"""A studio's login may be so far ahead."""
_LAST_SECOND = 253_402_300_799


@value
class VerificationKey:
    """A key that sessions may be signed with, and the one algorithm it is for. `key_id` matches the header's `kid`."""

    algorithm: str
    key: Any
    key_id: str = ""


@value
class Subject:
    """Whom a valid token names."""

    player_id: PlayerId
    name: str
    avatar_url: str
    expires_at: datetime


@value
class SessionTokens:
    """A session and the token to renew it, with their ends (real time)."""

    token: str
    token_expires_at: datetime
    refresh_token: str
    refresh_expires_at: datetime


@value
class SessionSettings:
    """How sessions are signed and which are accepted.

    `signing_secret` is the HS256 secret of tokens that this server mints; `foreign_keys` those of other issuers, which
    `issuers` names.
    """

    signing_secret: bytes
    session_length: timedelta
    refresh_length: timedelta
    foreign_keys: Sequence[VerificationKey] = ()
    issuers: Sequence[str] = ()
    audience: str = ""


class Sessions:
    """Mints and verifies tokens. A verified token is remembered by its digest until it expires."""

    def __init__(self, settings: SessionSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._own_key = VerificationKey("HS256", settings.signing_secret)
        self._verified: dict[bytes, Subject] = {}

    def mint(self, player_id: PlayerId) -> SessionTokens:
        """Return a new session of a player."""
        now = self._clock.wall()
        session_end, refresh_end = now + self._settings.session_length, now + self._settings.refresh_length
        return SessionTokens(
            self._signed(player_id, "session", now, session_end),
            session_end,
            self._signed(player_id, "refresh", now, refresh_end),
            refresh_end,
        )

    def verify(self, token: str) -> Subject:
        """Return whom a session token names.

        :raises SessionExpired, SessionInvalid: if it cannot be accepted
        """
        digest = hashlib.blake2b(token.encode(), digest_size=16).digest()
        subject = self._verified.get(digest)
        if subject is None:
            subject = _subject(self._decoded(token, "session"))
            if len(self._verified) >= _CACHED_MAX:
                self._verified.clear()
            self._verified[digest] = subject
        elif subject.expires_at <= self._clock.wall():
            del self._verified[digest]
            raise SessionExpired
        return subject

    def verify_refresh(self, token: str) -> PlayerId:
        """Return whose refresh token this is.

        :raises SessionExpired, SessionInvalid: if it cannot be accepted
        """
        return _subject(self._decoded(token, "refresh")).player_id

    def _signed(self, player_id: PlayerId, kind: str, now: datetime, end: datetime) -> str:
        claims = {
            "iss": OWN_ISSUER,
            "sub": player_id,
            "typ": kind,
            "iat": int(now.timestamp()),
            "exp": int(end.timestamp()),
        }
        return jwt.encode(claims, self._settings.signing_secret, algorithm="HS256")

    def _decoded(self, token: str, kind: str) -> Mapping[str, Any]:
        try:
            unproven = jwt.decode_complete(token, options={"verify_signature": False})
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise SessionInvalid from error
        header, issuer = unproven["header"], unproven["payload"].get("iss")
        if issuer == OWN_ISSUER:
            claims = self._checked(token, [self._own_key], OWN_ISSUER, audience="")
            if claims.get("typ") != kind:
                raise SessionInvalid(f"This is no {kind} token.")
            return claims
        if kind != "session" or not isinstance(issuer, str) or issuer not in self._settings.issuers:
            raise SessionInvalid("The issuer of the token is not accepted here.")
        fitting = [key for key in self._settings.foreign_keys if _fits(key, header)]
        return self._checked(token, fitting, issuer, self._settings.audience)

    def _checked(self, token: str, keys: Sequence[VerificationKey], issuer: str, audience: str) -> Mapping[str, Any]:
        for key in keys:
            try:
                claims: Mapping[str, Any] = jwt.decode(
                    token,
                    key.key,
                    algorithms=[key.algorithm],
                    issuer=issuer,
                    audience=audience or None,
                    options=_CHECKED,
                )
            except jwt.InvalidSignatureError:
                continue
            except (jwt.PyJWTError, ValueError, TypeError) as error:
                raise SessionInvalid from error
            now = self._clock.wall().timestamp()
            if _seconds(claims["exp"]) <= now:
                raise SessionExpired
            if _seconds(claims.get("nbf", 0)) > now + _CLOCKS_APART_SECONDS:
                raise SessionInvalid("The token is not good yet.")
            return claims
        raise SessionInvalid("No key of this server has signed the token.")


class ServerKeys:
    """Keys of trusted callers, kept as SHA-256 digests by name; several may hold at once, for rotation."""

    def __init__(self, digests: Mapping[str, str]) -> None:
        self._digests = {name: bytes.fromhex(digest) for name, digest in digests.items()}

    def name_of(self, key: str) -> str:
        """Return the name of a key, compared in constant time.

        :raises ServerKeyInvalid: if it is none of them
        """
        digest = hashlib.sha256(key.encode()).digest()
        found = [name for name, known in self._digests.items() if hmac.compare_digest(known, digest)]
        if not found:
            raise ServerKeyInvalid
        return found[0]


def _fits(key: VerificationKey, header: Mapping[str, Any]) -> bool:
    if header.get("alg") != key.algorithm:
        return False
    wanted = header.get("kid")
    return not key.key_id or wanted is None or wanted == key.key_id


def _subject(claims: Mapping[str, Any]) -> Subject:
    player_id = claims["sub"]
    if not isinstance(player_id, str) or not is_identifier(player_id):
        raise SessionInvalid("The subject of the token is no player id.")
    return Subject(
        player_id=PlayerId(player_id),
        name=_short_text(claims.get("name"), NAME_MAX),
        avatar_url=_short_text(claims.get("avatar_url"), AVATAR_URL_MAX),
        expires_at=EPOCH + timedelta(seconds=_seconds(claims["exp"])),
    )


def _short_text(value: object, length: int) -> str:
    return value[:length] if isinstance(value, str) and can_be_shown(value) else ""


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LAST_SECOND:
        raise SessionInvalid("A time in the token is none.")
    return float(value)
