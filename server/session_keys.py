"""The keys that sessions may be signed with, read from settings and files (A3)."""

from __future__ import annotations

import json
from datetime import timedelta

import jwt
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from server.api.sessions import SessionSettings, VerificationKey
from server.setting_sections import KeySection, SessionSection
from server.settings import SettingsInvalid


def session_settings(section: SessionSection, signing_secret: bytes) -> SessionSettings:
    """Return how sessions are signed and which are accepted.

    :raises SettingsInvalid: if a key file cannot be read
    """
    return SessionSettings(
        signing_secret=signing_secret,
        session_length=timedelta(seconds=section.length_seconds),
        refresh_length=timedelta(seconds=section.refresh_length_seconds),
        foreign_keys=[key for one in section.keys for key in _keys(one)],
        issuers=section.issuers,
        audience=section.audience,
    )


def _keys(section: KeySection) -> list[VerificationKey]:
    if section.secret is not None:
        secret = section.secret.get_secret_value().encode()
        return [VerificationKey(section.algorithm, secret, section.key_id)]
    file = section.public_key_file or section.jwks_file
    assert file is not None
    try:
        if section.jwks_file is not None:
            keys = jwt.PyJWKSet.from_dict(json.loads(file.read_text("utf-8"))).keys
            return [VerificationKey(key.algorithm_name, key.key, key.key_id or "") for key in keys]
        return [VerificationKey(section.algorithm, load_pem_public_key(file.read_bytes()), section.key_id)]
    except (OSError, ValueError, TypeError, jwt.PyJWTError) as error:
        raise SettingsInvalid(f"session.keys: {file} holds no usable key: {error}") from error
