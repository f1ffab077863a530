"""How attributes are named and found (B30)."""

import pytest

from server.domain.scoring import GAME_EVENT_PATHS, MISSING, Json, Missing, PathError, Vocabulary
from tests.domain.scoring.events import game_event

EVENT = game_event(
    attrs={"a": {"b": 1, "0": "zero"}, "a.b": 2, "list": [{"b": 1}], "null": None, "false": False, "empty": ""},
    context={"league": "gold"},
    actor_metadata={"region": "eu"},
)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("type", "match.completed"),
        ("actor.id", "ann"),
        ("actor.metadata.region", "eu"),
        ("context.league", "gold"),
        ("attrs.a.b", 1),
        ("attrs.a.0", "zero"),
        ("attrs.a", {"b": 1, "0": "zero"}),
        ("attrs.false", False),
        ("attrs.empty", ""),
        ("attrs.none", MISSING),
        ("attrs.a.b.c", MISSING),
        ("attrs.a.c", MISSING),
    ],
)
def test_b30_a_path_finds_what_stands_there(path: str, found: Json | Missing) -> None:
    assert EVENT.value_at(GAME_EVENT_PATHS.path(path)) == found


def test_b30_null_counts_as_missing() -> None:
    assert EVENT.value_at(GAME_EVENT_PATHS.path("attrs.null")) is MISSING
    assert EVENT.value_at(GAME_EVENT_PATHS.path("attrs.null.deeper")) is MISSING


@pytest.mark.parametrize("path", ["attrs.list.0", "attrs.list.0.b", "attrs.list.b", "attrs.empty.0"])
def test_b30_lists_and_texts_are_not_walked(path: str) -> None:
    assert EVENT.value_at(GAME_EVENT_PATHS.path(path)) is MISSING


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("score", "attrs.score"),
        ("attributes.score", "attrs.score"),
        ("attr.score.best", "attrs.score.best"),
        ("Attrs.score", "attrs.score"),
        ("event.attrs.score", "attrs.score"),
        ("metadata.level", "actor.metadata.level"),
        ("actor.meta.level", "actor.metadata.level"),
        ("actr.id", "actor.id"),
        ("user_id", "actor.id"),
        ("event_type", "type"),
        ("actor", "actor.id"),
        ("attrs", "attrs.name"),
        ("attrs.", "attrs.name"),
        ("attrs..score", "attrs.score"),
        ("actor.name", ""),
        ("type.x", ""),
        ("occurred_at.x", ""),
        ("", ""),
        (".", ""),
        ("attrs." + "x" * 300, ""),
    ],
)
def test_b30_other_paths_are_refused_with_the_nearest_right_one(path: str, hint: str) -> None:
    with pytest.raises(PathError) as refused:
        GAME_EVENT_PATHS.path(path)
    assert refused.value.hint == hint


def test_b34_metrics_are_a_vocabulary_of_their_own() -> None:
    metrics = Vocabulary(texts=(), trees=("metrics",))
    assert metrics.path("metrics.kills").keys == ("kills",)
    with pytest.raises(PathError) as refused:
        metrics.path("kills")
    assert refused.value.hint == "metrics.kills"
    with pytest.raises(PathError):
        metrics.path("attrs.kills")


def test_a_game_event_can_be_hashed_and_compared() -> None:
    assert hash(game_event(attrs={"a": 1})) == hash(game_event(attrs={"a": 2}))
    assert game_event(attrs={"a": 1}) != game_event(attrs={"a": 2})
