"""The tables of docs/CONFIG.md, made of the models that validate: `python -m tests.docs.config_reference` writes them.

A table stands behind a line `<!-- fields: Model -->` and ends at the next empty line. All else in the page is written by hand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from server.definitions.schema import SCHEMAS

PAGE = Path(__file__).parents[2] / "docs" / "CONFIG.md"
MARK = re.compile(r"^<!-- fields: (\w+) -->$")
HEAD = ("| field | what may stand there | default | meaning |", "|---|---|---|---|")
_WORDS = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false", "null": ""}
_NAMED = {
    "^[a-z0-9][a-z0-9_-]{0,63}$": "key",
    r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$": "id",
    r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$": "id",
    r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$": "id",
    r"^[A-Za-z_][A-Za-z0-9_]{0,63}$": "name",
    "^[a-z0-9_-]{1,64}$": "a-z, 0-9, _ and -",
    r"^(0|[1-9][0-9]{0,3})$": "tier",
    "^([01][0-9]|2[0-3]):[0-5][0-9]$": "HH:MM",
}


def models() -> dict[str, dict[str, Any]]:
    """Return the schema of every model that stands in some file, by the model's name."""
    found: dict[str, dict[str, Any]] = {}
    for file in SCHEMAS.values():
        schema = file.model_json_schema()
        found[file.__name__] = schema
        found |= schema.get("$defs", {})
    return found


def table_of(schema: Mapping[str, Any]) -> list[str]:
    """Return the lines of a model's table."""
    required = schema.get("required", [])
    return [*HEAD, *(_row(name, field, is_required=name in required) for name, field in schema["properties"].items())]


def with_tables(text: str) -> str:
    """Return the page with every table as the models have it."""
    known = models()
    lines = iter(text.split("\n"))
    return "\n".join(_rewritten(lines, known))


def _rewritten(lines: Iterator[str], known: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for line in lines:
        yield line
        marked = MARK.match(line)
        if marked is None:
            continue
        yield from table_of(known[marked[1]])
        for old in lines:
            if not old.startswith("|"):
                yield old
                break


def _row(name: str, field: Mapping[str, Any], *, is_required: bool) -> str:
    default = "**needed**" if is_required else _default(field)
    return f"| `{name}` | {_kind(field)} | {default} | {field['description'].replace('|', chr(92) + '|')} |"


def _default(field: Mapping[str, Any]) -> str:
    default = field.get("default")
    return "" if default in (None, "", [], {}) else f"`{json.dumps(default)}`"


def _kind(field: Mapping[str, Any]) -> str:
    """Say in a few words what may stand in a field."""
    if "$ref" in field:
        name = field["$ref"].rsplit("/", 1)[-1]
        return f"[{name.removesuffix('Model')}](#{anchor_of(name)})"
    options = [*field.get("anyOf", []), *field.get("oneOf", [])]
    if options and all("enum" in one or "pattern" in one for one in options):
        return _words(options[0]["enum"])
    if options:
        return " or ".join(dict.fromkeys(filter(None, map(_kind, options))))
    if "enum" in field:
        return _words(field["enum"])
    if "const" in field:
        return f"`{json.dumps(field['const'])}`"
    match field.get("type"):
        case "array":
            return f"list of {_kind(field['items'])}"
        case "object":
            return _object(field)
        case kind:
            return _NAMED.get(field.get("pattern", "")) or _WORDS[str(kind)] + _bounds(field)


def _words(words: list[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _object(field: Mapping[str, Any]) -> str:
    if "propertyNames" in field and "actor" in field["propertyNames"].get("pattern", ""):
        return "[conditions](#conditions)"
    patterns = field.get("patternProperties", {})
    member = next(iter(patterns.values()), field.get("additionalProperties", {}))
    key = next((_NAMED.get(pattern, "name") for pattern in patterns), "key")
    return f"{key} → {_kind(member)}"


def _bounds(field: Mapping[str, Any]) -> str:
    low, high = field.get("minimum"), field.get("maximum")
    if low is None and high is None:
        return ""
    least = f" above {field['exclusiveMinimum']}" if "exclusiveMinimum" in field else ""
    if high is None or abs(high) > 10**11:
        return least if low is None or abs(low) > 10**11 else f" from {low}"
    return f"{least} up to {high}" if low is None else f" {low} to {high}"


def anchor_of(name: str) -> str:
    """Return the anchor of a model's heading."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name.removesuffix("Model")).lower()


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text("utf-8")), "utf-8")
