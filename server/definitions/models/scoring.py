"""Conditions and rules by which game events score, as designers write them (B30 to B32)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints, WithJsonSchema

from server.definitions.models.base import Model, Name
from server.domain.scoring.expressions.tokens import LENGTH_MAX

RULES_MAX = 100

_VALUE = {"type": ["string", "number", "boolean"]}
_NUMBER = {"type": "number"}
_LIST = {"type": "array", "items": _VALUE, "minItems": 1}
_OPERATORS: dict[str, object] = {
    **dict.fromkeys(("eq", "ne"), _VALUE),
    **dict.fromkeys(("gt", "gte", "lt", "lte"), _NUMBER),
    **dict.fromkeys(("in", "nin"), _LIST),
    "exists": {"type": "boolean"},
}
_filters_schema: dict[str, object] = {
    "type": "object",
    "propertyNames": {"pattern": r"^(type|actor\.id|(attrs|context|actor\.metadata)\..+)$"},
    "additionalProperties": {
        "type": "object",
        "minProperties": 1,
        "properties": _OPERATORS,
        "additionalProperties": False,
    },
}
WrittenFilters = Annotated[dict[str, Any], WithJsonSchema(_filters_schema)]
"""`{"dot.path": {operator: value}}`. What may stand in it is for `server.domain.scoring` to say."""
ExpressionText = Annotated[str, StringConstraints(min_length=1, max_length=LENGTH_MAX)]


class ScopeModel(Model):
    """Which game events are looked at, at all."""

    filters: WrittenFilters = Field(
        default_factory=dict,
        description="Conditions that all must hold: by dot path (type, actor.id, actor.metadata.*, attrs.*, context.*), "
        "each with operators (eq, ne, gt, gte, lt, lte, in, nin, exists).",
    )


class RuleModel(Model):
    """Points for game events of one type. Rules are tried from the top; the first that matches decides."""

    event_type: Name = Field(description="The type of game events it is for, or * for any.")
    conditions: WrittenFilters = Field(
        default_factory=dict, description="Conditions that all must hold, written as in scope.filters."
    )
    points_expression: ExpressionText | None = Field(
        None,
        description="What such a game event is worth: numbers, attribute paths, + - * /, parentheses, min, max, abs. "
        "Only a board that counts needs none.",
    )
