"""The parts of the settings, one for each thing that can be set up: what may stand in them, and what each option means."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from server.ports.webhooks import KINDS as WEBHOOK_KINDS
from server.ports.webhooks import Endpoint
from server.storage.database import Database, database_at

HIDDEN = "**********"
"""What is shown of a secret."""
_PASSWORD = re.compile(r"(//[^/:@]*):[^/@]*@")
_WHO = re.compile("//.*@")
_PASSWORD_ASKED = re.compile(r"([?&]password=)[^&]*")
_REDIS_SCHEMES = ("redis", "rediss")
_WEBHOOK_NAME = re.compile(r"[a-z0-9_-]{1,64}")


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class StoreSettings(_Section):
    """Where everything is kept."""

    url: str = Field(
        "sqlite:data/laurel.db",
        description="sqlite:PATH, sqlite::memory: for a store that keeps nothing, or postgresql://USER@HOST/DATABASE.",
    )
    connections: int = Field(10, ge=2, le=100, description="Connections of each process to PostgreSQL.")
    statements_cached: int = Field(
        256, ge=0, description="Statements that a connection to PostgreSQL keeps prepared; 0 behind a pooler."
    )

    @property
    def sqlite_path(self) -> str | None:
        """The path of the database file, `:memory:`, or None for another kind of store."""
        return self.url.removeprefix("sqlite:") if self.url.startswith("sqlite:") else None

    @property
    def database(self) -> Database:
        """The database that the URL names."""
        return database_at(self.url, self.connections, self.statements_cached)

    @property
    def shown(self) -> str:
        """The URL without its password."""
        return _PASSWORD.sub(rf"\1:{HIDDEN}@", self.url)

    @field_validator("url")
    @classmethod
    def _known_kind(cls, url: str) -> str:
        database_at(url)
        return url


class RankSection(_Section):
    """What keeps who stands where on large boards, if the server is one of several processes."""

    redis_url: str = Field(
        "", description="redis://[:PASSWORD@]HOST[:PORT][/DATABASE], rediss:// for TLS, or unix://PATH. Empty: none."
    )
    timeout_seconds: float = Field(0.25, ge=0.01, le=10, description="How long Redis may take to answer.")
    connections: int = Field(8, ge=1, le=100, description="Connections of each process to Redis.")

    @property
    def shown(self) -> str:
        """The URL without who connects and his password."""
        return _PASSWORD_ASKED.sub(rf"\1{HIDDEN}", _WHO.sub(f"//{HIDDEN}@", self.redis_url))

    @field_validator("redis_url")
    @classmethod
    def _known_kind(cls, url: str) -> str:
        if url and not _names_redis(url):  # the message names no part of it: one may be a password
            raise ValueError(
                "must be redis://HOST, rediss://HOST or unix:///PATH, special characters of a password as %XX"
            )
        return url


class GameEventSection(_Section):
    """What games report, and the log of what has counted on leaderboards."""

    dedupe_hours: int = Field(
        168,
        ge=1,
        le=24 * 365,
        description="For how long a game event of the same id is known again; older ones are refused.",
    )
    log_days: int = Field(
        35,
        ge=1,
        le=3650,
        description="For how long game events and contributions are kept, so that boards can be rescored.",
    )


class LiveSection(_Section):
    """Watched boards."""

    updates_per_second: float = Field(
        4.0, gt=0, le=20, description="How often watchers of a board are told what has changed, at most."
    )


class GrpcSection(_Section):
    """The gRPC port."""

    host: str = Field("127.0.0.1", description="Address to listen on; 0.0.0.0 for all.")
    port: int = Field(7400, ge=0, le=65535, description="Port; 0 takes any that is free.")
    shares_port: bool = Field(
        default=False, description="Listen beside other processes on this port; the system spreads connections."
    )
    reflection: bool | None = Field(None, description="Offer reflection. Unset: in development only.")
    origins: list[str] = Field(default_factory=list, description="Origins of browsers that may call (Envoy door).")
    certificate_file: Path | None = Field(None, description="PEM chain; with key_file, TLS is spoken (Envoy door).")
    key_file: Path | None = Field(None, description="PEM key of the certificate.")
    client_ca_file: Path | None = Field(
        None, description="PEM of authorities; clients must show a certificate of theirs."
    )
    access_log: Path | None = Field(None, description="A line of JSON for each request (Envoy door). Unset: none.")

    @model_validator(mode="after")
    def _whole_pair(self) -> GrpcSection:
        if (self.certificate_file is None) is not (self.key_file is None):
            raise ValueError("certificate_file and key_file belong together")
        if self.client_ca_file is not None and self.certificate_file is None:
            raise ValueError("client_ca_file is of no use without certificate_file and key_file")
        return self


class HttpSection(_Section):
    """The HTTP port of health and metrics."""

    host: str = Field("127.0.0.1", description="Address to listen on; 0.0.0.0 for all.")
    port: int = Field(
        7401, ge=0, le=65535, description="Port; 0 takes any that is free. Of several workers each takes the next."
    )


class KeySection(_Section):
    """A key of a studio's own login, which may sign sessions. One of secret, public_key_file and jwks_file."""

    algorithm: Literal["HS256", "RS256", "EdDSA"] = Field("RS256", description="What the key is for.")
    key_id: str = Field("", description="Only for tokens whose header names this kid. Empty: for any.")
    secret: SecretStr | None = Field(None, description="Shared secret, for HS256.")
    public_key_file: Path | None = Field(None, description="PEM file, for RS256 and EdDSA.")
    jwks_file: Path | None = Field(None, description="JSON Web Key Set; algorithm and key_id are taken from it.")

    @model_validator(mode="after")
    def _one_source(self) -> KeySection:
        given = [name for name in ("secret", "public_key_file", "jwks_file") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("give one of secret, public_key_file and jwks_file")
        if given == ["secret"] and self.algorithm != "HS256":
            raise ValueError("a secret is for HS256")
        if given == ["public_key_file"] and self.algorithm == "HS256":
            raise ValueError("a public key is for RS256 or EdDSA")
        return self


class SessionSection(_Section):
    """Sessions of players."""

    secret: SecretStr | None = Field(None, description="Secret that signs sessions. Unset in development: one is made.")
    length_seconds: int = Field(3600, ge=60, description="How long a session holds.")
    refresh_length_seconds: int = Field(30 * 86_400, ge=60, description="How long a refresh token holds.")
    creates_accounts: bool = Field(default=True, description="Signing in with a new credential may create an account.")
    issuers: list[str] = Field(default_factory=list, description="Issuers (iss) of a studio's own login to accept.")
    audience: str = Field("", description="Audience (aud) that their tokens must name. Empty: none.")
    keys: list[KeySection] = Field(default_factory=list, description="Keys that those issuers sign with.")


class LimitSection(_Section):
    """How much is taken on."""

    message_bytes: int = Field(256 * 1024, ge=1024, description="Largest request.")
    bulk_message_bytes: int = Field(1024 * 1024, ge=1024, description="Largest request of IngestGameEvents.")
    calls_in_flight: int = Field(4096, ge=1, description="Calls served at once; more are shed.")
    player_calls_per_second: float = Field(20.0, ge=0, description="Calls of one player. 0: no limit.")
    player_burst: int = Field(60, ge=1, description="Calls of one player in a row.")
    address_calls_per_second: float = Field(20.0, ge=0, description="Sign-ins from one address. 0: no limit.")
    address_burst: int = Field(100, ge=1, description="Sign-ins from one address in a row.")
    streams: int = Field(20_000, ge=1, description="Watchers of each process at once; more are sent away for a second.")
    streams_per_player: int = Field(8, ge=1, description="Boards that one player may watch at once, in each process.")


class WebhookSection(_Section):
    """A server of the studio's that hears of what happens."""

    name: str = Field(description="What it is called in metrics, logs and the outbox: a-z, 0-9, _ and -.")
    url: str = Field(description="Where deliveries go: https.")
    secrets: list[SecretStr] = Field(
        min_length=1, max_length=2, description="What signs them: one, or two while receivers change."
    )
    kinds: list[Literal[WEBHOOK_KINDS]] = Field(  # type: ignore[valid-type] # a literal of what there is
        default_factory=lambda: list(WEBHOOK_KINDS), description="What it wants to hear of. Unset: everything."
    )
    allows_private: bool = Field(
        default=False, description="It may lie in a private network, or on this machine; in development only."
    )
    ca_file: Path | None = Field(None, description="PEM of authorities to believe, beside those that everybody knows.")

    @field_validator("name")
    @classmethod
    def _plain(cls, name: str) -> str:
        if not _WEBHOOK_NAME.fullmatch(name):
            raise ValueError("use 1 to 64 of a-z, 0-9, _ and -")
        return name

    @field_validator("url")
    @classmethod
    def _https(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname or parts.username is not None:
            raise ValueError("write https://HOST/PATH, without a name and password in it")
        return url

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint that is meant."""
        secrets = tuple(one.get_secret_value().encode() for one in self.secrets)
        ca_file = "" if self.ca_file is None else str(self.ca_file)
        return Endpoint(self.name, self.url, secrets, frozenset(self.kinds), self.allows_private, ca_file)


class LogSection(_Section):
    """Log lines."""

    level: Literal["debug", "info", "warning", "error"] = Field("info", description="From which level on.")
    format: Literal["console", "json"] | None = Field(None, description="Unset: console in development, else json.")


def _names_redis(url: str) -> bool:
    try:
        parts = urlsplit(url)
        is_server = parts.scheme in _REDIS_SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return is_server or (parts.scheme == "unix" and bool(parts.path))
