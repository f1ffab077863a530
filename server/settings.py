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

from pydantic import BaseModel, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from server.setting_sections import (
    HIDDEN,
    GameEventSection,
    GrpcSection,
    HttpSection,
    LimitSection,
    LiveSection,
    LogSection,
    RankSection,
    SessionSection,
    StoreSettings,
    WebhookSection,
)

SETTINGS_FILE = "laurel.toml"
SETTINGS_VARIABLE = "LAUREL_SETTINGS"
SECRET_LENGTH_MIN = 32
_KNOWN_SECRETS = ("changeme", "secret", "password", "default", "development", "example", "laurel", "test")
_SECRET_NAME = re.compile("secret|password|token|key", re.IGNORECASE)
_PREFIX = "LAUREL_"
_SHA256 = re.compile(r"[0-9a-f]{64}")


class SettingsInvalid(Exception):
    """The settings cannot be used; the message names each one and the way out."""


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
    return {key: HIDDEN if _SECRET_NAME.search(key) else _without_secrets(one) for key, one in value.items()}
