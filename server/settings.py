"""Settings of the process: a file, then the environment, then flags; the later wins.

The file is `laurel.toml` in the working directory or whatever LAUREL_SETTINGS names. A variable of the environment is
spelled LAUREL_SECTION__OPTION, such as LAUREL_GRPC__PORT. `laurel settings` prints what holds, secrets left out.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any, Literal, get_origin
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from server.ports.webhooks import KINDS as WEBHOOK_KINDS
from server.ports.webhooks import Endpoint
from server.storage.database import Database, database_at

SETTINGS_FILE = "laurel.toml"
SETTINGS_VARIABLE = "LAUREL_SETTINGS"
SECRET_LENGTH_MIN = 32
_KNOWN_SECRETS = ("changeme", "secret", "password", "default", "development", "example", "laurel", "test")
_SECRET_NAME = re.compile("secret|password|token|key", re.IGNORECASE)
_PASSWORD = re.compile(r"(//[^/:@]*):[^/@]*@")
_WHO = re.compile("//.*@")
_PASSWORD_ASKED = re.compile(r"([?&]password=)[^&]*")
_REDIS_SCHEMES = ("redis", "rediss")
_HIDDEN = "**********"
_PREFIX = "LAUREL_"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_WEBHOOK_NAME = re.compile(r"[a-z0-9_-]{1,64}")


class SettingsInvalid(Exception):
    """The settings cannot be used; the message names each one and the way out."""


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
        return _PASSWORD.sub(r"\1:**********@", self.url)

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
        return _PASSWORD_ASKED.sub(rf"\1{_HIDDEN}", _WHO.sub(f"//{_HIDDEN}@", self.redis_url))

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


class Settings(BaseSettings):
    """All settings of a server process."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_nested_delimiter="__", extra="forbid", allow_inf_nan=False
    )

    environment: Literal["development", "production"] = Field(
        "development", description="Production refuses weak secrets and offers no debugging unless told to."
    )
    config_folder: Path = Field(Path("config"), description="Definitions, by kind.")
    modules_folder: Path = Field(Path("modules"), description="The studio's modules.")
    door: Literal["auto", "envoy", "grpcio"] = Field(
        "grpcio",
        description="Envoy with everything on the gRPC port, plain gRPC, or auto: Envoy where it is installed.",
    )
    debug: bool | None = Field(None, description="Offer DebugService. Unset: in development only.")
    reload: bool = Field(default=False, description="Watch definitions and modules, and reload them when they change.")
    drain_seconds: float = Field(10.0, ge=0, description="How long calls may take to end when the server stops.")
    settlement_seconds: float = Field(1.0, ge=0.01, description="How often to look for cohorts to settle.")
    seal_wait_seconds: float = Field(
        2.0,
        ge=0,
        le=30,
        description="How long after its end a leaderboard's period is sealed: scores that came in time may be on their way.",
    )
    modules_seconds: float = Field(
        0.5, ge=0.01, description="How often to look for notices to tell modules, phases to announce, and jobs to run."
    )
    following_seconds: float = Field(
        1.0, ge=0.01, description="How often to look what other processes on the same PostgreSQL have changed."
    )
    store: StoreSettings = Field(default_factory=StoreSettings)
    ranks: RankSection = Field(default_factory=RankSection)
    game_events: GameEventSection = Field(default_factory=GameEventSection)
    grpc: GrpcSection = Field(default_factory=GrpcSection)
    http: HttpSection = Field(default_factory=HttpSection)
    workers: int = Field(1, ge=1, le=256, description="Processes on the one port; several need PostgreSQL.")
    worker: str = Field("", description="Name of this process in its log lines, among several.")
    session: SessionSection = Field(default_factory=SessionSection)
    server_keys: dict[str, str] = Field(default_factory=dict, description="SHA-256 (hex) of each server key, by name.")
    limits: LimitSection = Field(default_factory=LimitSection)
    live: LiveSection = Field(default_factory=LiveSection)
    log: LogSection = Field(default_factory=LogSection)
    webhooks: list[WebhookSection] = Field(
        default_factory=list, description="Servers of the studio's that hear of what happens."
    )
    modules: dict[str, dict[str, Any]] = Field(default_factory=dict, description="A section for each module.")

    @property
    def is_production(self) -> bool:
        """Whether weak settings are refused."""
        return self.environment == "production"

    @property
    def log_format(self) -> Literal["console", "json"]:
        """The form of log lines."""
        return self.log.format or ("json" if self.is_production else "console")

    @property
    def has_debug(self) -> bool:
        """Whether DebugService exists (E82)."""
        return not self.is_production if self.debug is None else self.debug

    @property
    def has_reflection(self) -> bool:
        """Whether reflection is offered (A3)."""
        return not self.is_production if self.grpc.reflection is None else self.grpc.reflection

    @field_validator("server_keys")
    @classmethod
    def _are_digests(cls, keys: dict[str, str]) -> dict[str, str]:
        for name, digest in keys.items():
            if not _SHA256.fullmatch(digest):
                raise ValueError(f"{name} is not the SHA-256 of a key in hex; `laurel key` makes a key and its digest")
        return keys

    @field_validator("webhooks")
    @classmethod
    def _have_names_of_their_own(cls, webhooks: list[WebhookSection]) -> list[WebhookSection]:
        names = [one.name for one in webhooks]
        if len(set(names)) < len(names):
            raise ValueError("two webhooks have one name")
        return webhooks

    @model_validator(mode="after")
    def _webhooks_in_the_open_in_production(self) -> Settings:
        for one in self.webhooks if self.is_production else ():
            if one.allows_private:
                raise ValueError(f"webhooks.{one.name}.allows_private is for development")
            for secret in one.secrets:
                refuse_weak_secret(f"webhooks.{one.name}.secrets", secret)
        return self

    @model_validator(mode="after")
    def _sealed_after_all_have_heard(self) -> Settings:
        if self.store.url.startswith("postgresql") and self.seal_wait_seconds <= self.following_seconds:
            raise ValueError(
                f"seal_wait_seconds is {self.seal_wait_seconds:g}, and must be more than following_seconds "
                f"({self.following_seconds:g}): on PostgreSQL a period is sealed once all processes know that it is over"
            )
        return self

    @model_validator(mode="after")
    def _strong_in_production(self) -> Settings:
        if self.is_production:
            if self.session.secret is None:
                raise ValueError("session.secret is missing; production signs with a secret of your own")
            refuse_weak_secret("session.secret", self.session.secret)
            for number, key in enumerate(self.session.keys):
                if key.secret is not None:
                    refuse_weak_secret(f"session.keys.{number}.secret", key.secret)
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put flags over the environment, that over mounted secrets, and the file last."""
        file = TomlConfigSettingsSource(settings_cls, os.environ.get(SETTINGS_VARIABLE, SETTINGS_FILE))
        return init_settings, env_settings, file_secret_settings, file


def _names_redis(url: str) -> bool:
    try:
        parts = urlsplit(url)
        is_server = parts.scheme in _REDIS_SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return is_server or (parts.scheme == "unix" and bool(parts.path))


def refuse_weak_secret(name: str, secret: SecretStr) -> None:
    """Refuse a secret that is short, known, or hardly random.

    :raises ValueError: with the way out
    """
    text = secret.get_secret_value()
    is_known = any(text.lower().startswith(word) for word in _KNOWN_SECRETS)
    if len(text) < SECRET_LENGTH_MIN or is_known or len(set(text)) < SECRET_LENGTH_MIN // 4:
        raise ValueError(
            f"{name} is weak; use {SECRET_LENGTH_MIN} random characters or more, as `laurel key` prints them"
        )


def load_settings(**flags: Any) -> Settings:
    """Read the settings.

    :raises SettingsInvalid: with everything that is wrong
    """
    named = os.environ.get(SETTINGS_VARIABLE)
    if named and not Path(named).is_file():
        raise SettingsInvalid(f"{SETTINGS_VARIABLE} names {named}, which does not exist")
    try:
        return Settings(**{key: value for key, value in flags.items() if value is not None})
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, one['loc'])) or 'settings'}: {one['msg']}" for one in error.errors()]
        raise SettingsInvalid("\n".join(line.replace("Value error, ", "") for line in lines)) from error
    except SettingsError as error:  # a variable whose value is no JSON where it must be
        raise SettingsInvalid(f"{_unreadable_variable() or 'the environment'}: is no JSON") from error
    except ValueError as error:  # a file that is no TOML
        raise SettingsInvalid(f"{named or SETTINGS_FILE}: {error}") from error


def _unreadable_variable() -> str | None:
    """Return the first variable that must be JSON and is not: a list or a table begins with a bracket."""
    for name, text in sorted(os.environ.items()):
        if not name.upper().startswith(_PREFIX):
            continue
        section, _, option = name.upper().removeprefix(_PREFIX).lower().partition("__")
        field = Settings.model_fields.get(section)
        if field is not None and _wants_json(field, option) and not _is_json(text):
            return name
    return None


def _wants_json(field: FieldInfo, option: str) -> bool:
    kind: Any = field.annotation
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        if not option:
            return True
        inner = kind.model_fields.get(option.partition("__")[0])
        return inner is not None and get_origin(inner.annotation) in (list, dict)
    return get_origin(kind) in (list, dict)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def redacted(settings: Settings) -> dict[str, Any]:
    """Return all settings as plain data without secrets; of modules' own, whatever sounds like one."""
    data = settings.model_dump(mode="json")
    data["store"]["url"] = settings.store.shown
    data["ranks"]["redis_url"] = settings.ranks.shown
    data["modules"] = _without_secrets(data["modules"])
    return data


def _without_secrets(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_secrets(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {key: _HIDDEN if _SECRET_NAME.search(key) else _without_secrets(one) for key, one in value.items()}
