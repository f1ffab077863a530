"""The JSON Schema of each kind of configuration file, generated from the models that validate (E7)."""

from __future__ import annotations

import json

from pydantic import BaseModel

from server.definitions.models import BotsFile, EventLeaderboardsFile, ItemsFile, LeaderboardsFile, RewardPoliciesFile

DIALECT = "https://json-schema.org/draft/2020-12/schema"

SCHEMAS: dict[str, type[BaseModel]] = {
    "bots.schema.json": BotsFile,
    "event_leaderboards.schema.json": EventLeaderboardsFile,
    "items.schema.json": ItemsFile,
    "leaderboards.schema.json": LeaderboardsFile,
    "reward_policies.schema.json": RewardPoliciesFile,
}
"""File name in config/schema, and the model behind it."""


def schema_text(model: type[BaseModel]) -> str:
    """Return the schema as it is committed: stable bytes for equal models."""
    schema = {"$schema": DIALECT, **model.model_json_schema()}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
