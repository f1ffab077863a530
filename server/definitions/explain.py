"""A validator's error as a sentence for a designer: what is wrong, and how to mend it (E1)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from server.definitions.diagnostics import Problem
from server.definitions.models.base import AS_OBJECT, PLAINLY
from server.definitions.source import Path

_TEAM_REWARD = "teams are not part of Laurel; reward each player with guaranteed and weighted"
_SAID_OTHERWISE = {
    "team_reward": _TEAM_REWARD,
    "bucket_size": "write cohort_size",
    "reset": "write reset_schedule",
    "sort": "write ascending: true or false",
    "start_time": "write start_time_sec, in seconds since 1970",
    "end_time": "write end_time_sec, in seconds since 1970",
    "max_reroll_count": "write max_rolls: the first roll and the rerolls together",
    "reward_ranges": "write reward_tiers, by tier, with rank_min and rank_max",
    "config": "write what stands in it here, without config",
    "leaderboard_id": "the key of the leaderboard stands before its object",
    "tenant_id": "one server is one game; leave it out",
    "window": "write timeframe",
    "tiers": "write parameters: {tiers: [...]}",
    "from": "each tier begins behind the one before; write its last place, to",
    "parameters": "properties of an item are drawn in a reward: write reward with guaranteed items instead of entries",
    "step": "write multiple: the amount is one of its multiples",
    "cost": "entry costs are not part of Laurel; take the currency in a module before the roll",
}
_KINDS = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "decimal_type": "a number",
    "is_instance_of": "a number",
    "decimal_parsing": "a number",
    "finite_number": "a number",
    "float_type": "a number",
    "string_type": "a text in double quotes",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list in [ ]",
    "dict_type": "an object in { }",
    "model_type": "an object in { }",
    "model_attributes_type": "an object in { }",
}


def problems_of(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """Return one problem for each complaint of the validator."""
    return [_problem(one, model) for one in error.errors(include_url=False)]


def nearest(word: str, known: list[str]) -> str:
    """Return a hint at the known word that was probably meant, or an empty text."""
    match = get_close_matches(word, known, n=1, cutoff=0.6)
    return f"did you mean {match[0]!r}?" if match else ""


def _problem(error: ErrorDetails, model: type[BaseModel]) -> Problem:
    path: Path = tuple(part for part in error["loc"] if part not in {AS_OBJECT, PLAINLY})
    if path and path[-1] == "[key]":
        return Problem(path[:-1], f"the key {path[-2]!r} is not allowed here", _key_rule(error), at_key=True)
    kind = error["type"]
    if kind == "extra_forbidden":
        return _unknown_key(path, model)
    if kind == "missing":
        return Problem(path[:-1], f"the key {path[-1]!r} is missing", f'add "{path[-1]}": ...')
    if kind in _KINDS:
        return Problem(path, f"{_shown(error['input'])} is not {_KINDS[kind]}", f"write {_KINDS[kind]}")
    phrase = _PHRASES.get(kind)
    if phrase is not None:
        message, mend = phrase(_shown(error["input"]), error.get("ctx", {}))
        return Problem(path, message, mend)
    return Problem(path, error["msg"].removeprefix("Value error, "))


def _unknown_key(path: Path, model: type[BaseModel]) -> Problem:
    key = str(path[-1])
    known = _keys_at(model, path[:-1])
    mend = (
        _SAID_OTHERWISE.get(key) or nearest(key, known) or (f"known here: {', '.join(known)}" if known else "remove it")
    )
    return Problem(path, f"unknown key {key!r}", mend, at_key=True)


def _key_rule(error: ErrorDetails) -> str:
    pattern = str(error.get("ctx", {}).get("pattern", ""))
    return next((rule for mark, rule in _KEY_RULES.items() if mark in pattern), _ANY_ID)


_ANY_ID = "use letters, digits, _ . and -, beginning with a letter or digit, 128 at most"
_KEY_RULES = {
    "[1-9]": 'write a tier as "0", "1", "2" ...',
    "x1f": "use characters that can be seen, 128 at most",
    "^[a-z0-9][": "use a-z, 0-9, _ and -, beginning with a letter or digit, 64 at most",
    "^[A-Za-z_]": "use letters, digits and _, beginning with a letter, 64 at most",
}
"""By a part of the pattern that a key must match."""


def _shown(value: object) -> str:
    """Return a value as it stands in the file, cut short."""
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 40 else text[:37] + "..."


_QUOTED = re.compile("'([^']*)'")
_Phrase = Callable[[str, Mapping[str, Any]], tuple[str, str]]
_PHRASES: dict[str, _Phrase] = {
    "greater_than_equal": lambda value, ctx: (f"{value} is too small", f"use {ctx['ge']} or more"),
    "less_than_equal": lambda value, ctx: (f"{value} is too big", f"use {ctx['le']} or less"),
    "less_than": lambda value, ctx: (f"{value} is too big", f"use less than {ctx['lt']}"),
    "greater_than": lambda value, ctx: (f"{value} is too small", f"use more than {ctx['gt']}"),
    "decimal_max_places": lambda value, ctx: (
        f"{value} is too exact",
        f"use {ctx['decimal_places']} decimal places or fewer",
    ),
    "decimal_whole_digits": lambda value, _: (f"{value} is too big", "use a smaller number"),
    "literal_error": lambda value, ctx: (
        f"{value} is not known here",
        nearest(value.strip('"').lower(), _QUOTED.findall(ctx["expected"])) or f"use {ctx['expected']}",
    ),
    "too_short": lambda _, ctx: ("it is empty", f"give at least {ctx['min_length']}"),
    "too_long": lambda _, ctx: (f"it has {ctx['actual_length']} entries", f"give {ctx['max_length']} at most"),
    "string_too_short": lambda _, ctx: ("the text is empty", f"give at least {ctx['min_length']} character"),
    "string_too_long": lambda _, ctx: ("the text is too long", f"use {ctx['max_length']} characters at most"),
    "string_pattern_mismatch": lambda value, ctx: (
        f"{value} has a form that is not allowed",
        f"it must match {ctx['pattern']}",
    ),
}


@cache
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema()


def _keys_at(model: type[BaseModel], path: Path) -> list[str]:
    """Return the keys that an object at the path may have, or nothing where any may stand."""
    schema = _schema(model)
    node = schema
    for part in path:
        node = _resolved(schema, node)
        member = node.get("items", {}) if isinstance(part, int) else node.get("properties", {}).get(part)
        node = member or _any_member(node)
    return sorted(key for key in _resolved(schema, node).get("properties", {}) if key != "$schema")


def _any_member(node: Mapping[str, Any]) -> dict[str, Any]:
    patterns = list(node.get("patternProperties", {}).values())
    found = patterns[0] if patterns else node.get("additionalProperties")
    return found if isinstance(found, dict) else {}


def _resolved(schema: Mapping[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference, and of a value that may be null take the other case."""
    for options in ("anyOf", "oneOf"):
        cases = node.get(options, [])
        holding = [one for one in cases if {"$ref", "oneOf"} & one.keys() or one.get("type") in {"object", "array"}]
        node = next(iter(holding), node)
    reference = node.get("$ref")
    if reference is None:
        return node
    found = schema["$defs"][reference.rsplit("/", 1)[-1]]
    assert isinstance(found, dict)
    return found
