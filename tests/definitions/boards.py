"""Leaderboards as designers write them, stating only what matters to a test."""

import json
from typing import Any, TypeVar

from server.definitions.config import Configuration, Files, check_configuration
from server.definitions.models.base import Model
from server.definitions.reading import SourceFile
from server.definitions.source import read_json
from server.domain.ids import LeaderboardKey
from server.domain.leaderboards.definition import Leaderboard

M = TypeVar("M", bound=Model)
KEY = LeaderboardKey("board")
TOP_THREE: dict[str, Any] = {
    "type": "top_n",
    "parameters": {
        "tiers": [
            {"to": 1, "key": "gold", "entries": [{"type": "currency", "currencyKey": "gems", "amount": 500}]},
            {"to": 3, "key": "silver", "entries": [{"type": "item", "itemKey": "crate", "quantity": 2}]},
        ]
    },
}
ITEMS = SourceFile("config/items/items.json", '{"items": {"crate": {}, "sword": {}}}')


def file_of(kind: str, definitions: dict[str, Any]) -> SourceFile:
    return SourceFile(f"config/{kind}/all.json", json.dumps({kind: definitions}))


def configured(
    leaderboards: dict[str, Any], events: dict[str, Any] | None = None, policies: dict[str, Any] | None = None
) -> Configuration:
    """Check boards, and what else they need."""
    return check_configuration(
        Files(
            [file_of("event_leaderboards", events or {})],
            [ITEMS],
            [file_of("leaderboards", leaderboards)],
            [file_of("reward_policies", policies or {})],
        )
    )


def built(options: dict[str, Any], **others: dict[str, Any]) -> Leaderboard:
    """Return one board with these options."""
    return configured({KEY: options}, **others).boards[KEY]


def read(model: type[M], written: dict[str, Any]) -> M:
    """Return a part of a definition as it is read from a file: fractions are decimals there."""
    return model.model_validate(read_json(json.dumps(written)).data)
