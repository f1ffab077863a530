"""Keys for development: made once, kept beside the database, never for production (A3)."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from server.settings import Settings, SettingsInvalid
from server.storage.sqlite.connection import EPHEMERAL

KEY_NAME = "development"
_FOLDER = Path("data")
"""Where they are if the database is somewhere else altogether."""
_FILE = "development-keys.json"


@dataclass(frozen=True, slots=True)
class DevelopmentKeys:
    """A secret that signs sessions, and a server key in the clear."""

    session_secret: str
    server_key: str

    @property
    def server_key_digest(self) -> str:
        """The SHA-256 by which settings know the server key."""
        return hashlib.sha256(self.server_key.encode()).hexdigest()


def keys_file(settings: Settings) -> Path | None:
    """Return where development keys are kept: beside the database, or nowhere for a store that keeps nothing."""
    path = settings.store.sqlite_path
    if path is None:
        return _FOLDER / _FILE
    return None if path == EPHEMERAL else Path(path).parent / _FILE


def development_keys(settings: Settings) -> DevelopmentKeys:
    """Return the keys of this folder, making them if there are none.

    :raises SettingsInvalid: if the file is torn
    """
    file = keys_file(settings)
    if file is not None and file.is_file():
        return _read(file)
    made = DevelopmentKeys(secrets.token_urlsafe(32), secrets.token_urlsafe(24))
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:  # another process was faster
            return _read(file)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump({"session_secret": made.session_secret, "server_key": made.server_key}, stream, indent=2)
    return made


def _read(file: Path) -> DevelopmentKeys:
    try:
        return DevelopmentKeys(**json.loads(file.read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise SettingsInvalid(f"{file} cannot be read; delete it, and new keys are made") from error
