"""The content of a definition: one text for one meaning, by whose hash phases and periods pin it (E8, B3)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal

from server.domain.ids import DefinitionHash


def canonical(value: object) -> str:
    """Write JSON in the one form that equal content has; decimals in full, so that 0.29 comes back as exactly 0.29."""
    if isinstance(value, Mapping):
        members = (f"{json.dumps(key, ensure_ascii=False)}:{canonical(one)}" for key, one in sorted(value.items()))
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    return format(value, "f") if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)


def hash_of(content: str) -> DefinitionHash:
    """Return the content hash by which a phase pins its definition (E8)."""
    return DefinitionHash(hashlib.sha256(content.encode()).hexdigest()[:32])
