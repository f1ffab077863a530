"""The sample configuration: valid, without a smell, and known to editors (E7)."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from server.definitions.build_leaderboard import leaderboard_from_content
from server.definitions.config import (
    BOTS,
    EVENTS,
    ITEMS,
    LEADERBOARDS,
    POLICIES,
    Files,
    check_configuration,
    load_configuration,
)
from server.definitions.diagnostics import DefinitionsInvalid
from server.definitions.reading import SourceFile
from server.definitions.schema import SCHEMAS, schema_text
from server.domain.bots.score import Course, score_at, seed_of
from server.domain.ids import EventId, LeaderboardKey, PlayerId
from server.domain.leaderboards.definition import Aggregation, TimeframeType
from server.domain.scoring import GameEvent, points_of
from tests.builders import MONDAY

CONFIG = Path(__file__).parents[2] / "config"
KINDS = ("event_leaderboards", "items", "leaderboards", "reward_policies", "bots")
SAMPLES = sorted(path for folder in KINDS for path in (CONFIG / folder).glob("*.json"))


def test_the_samples_have_neither_errors_nor_warnings() -> None:
    configuration = load_configuration(CONFIG)
    assert configuration.warnings == []
    assert {
        "weekly_tournament",
        "race_to_the_finish",
        "race_together",
        "multi_stage_tournament",
        "daily_league",
        "time_trial",
        "daily_run",
        "boss_hunt",
        "mission_race",
    } <= set(configuration.definitions)


def test_the_sample_leaderboards_show_every_way_to_have_one() -> None:
    configuration = load_configuration(CONFIG)
    boards = configuration.boards
    assert {one.timeframe.type for one in boards.values()} >= set(TimeframeType) - {
        TimeframeType.HOURLY,
        TimeframeType.CUSTOM,
    }
    assert {one.aggregation for one in boards.values()} == set(Aggregation) - {Aggregation.LATEST}
    segments = [one.segmentation for one in boards.values() if one.segmentation is not None]
    assert {one.buckets is None for one in segments} == {True, False}
    fed = [one.leaderboard for one in configuration.definitions[EventId("daily_run")].contributes_to]
    assert fed == ["daily_run_today", "daily_run_this_week", "all_time_best", "weekly_region"]
    season = boards[LeaderboardKey("season_1")].timeframe
    assert season.start_time is not None
    assert season.end_time is not None


def test_the_sample_bots_are_a_gentle_field_a_late_rival_and_a_stalker() -> None:
    bots = load_configuration(CONFIG).bots
    assert set(bots) == {"gentle_runner", "late_rival", "stalker"}
    seed = seed_of(b"secret", "race", "2025-11-17", "", 0, 0)
    scores = {
        name: [score_at(bot.behavior, seed, Course(), at).score for at in (2400, 3600)] for name, bot in bots.items()
    }
    assert scores["late_rival"] == [300, scores["late_rival"][1]]
    assert [after for _, after in scores.values()] == [1000, 1100, 1050]  # before each goes its own way


def test_the_two_rules_of_phoenix_score_a_victory_whole_and_a_defeat_half() -> None:
    rules = load_configuration(CONFIG).boards[LeaderboardKey("ranked-matches-na")].rules
    won, lost = (
        GameEvent("1", "match.completed", PlayerId("ann"), MONDAY, attrs={"score": 31, "victory": victory})
        for victory in (True, False)
    )
    assert (points_of(rules, won), points_of(rules, lost)) == (31, Decimal("15.5"))


@pytest.mark.parametrize("name", SCHEMAS)
def test_e7_the_committed_schema_is_the_one_the_models_make(name: str) -> None:
    committed = (CONFIG / "schema" / name).read_text("utf-8")
    assert committed == schema_text(SCHEMAS[name]), "run `laurel schema`"
    Draft202012Validator.check_schema(json.loads(committed))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_e7_each_sample_points_to_its_schema_and_obeys_it(sample: Path) -> None:
    data = json.loads(sample.read_text("utf-8"))
    schema = (sample.parent / data["$schema"]).resolve()
    assert schema.parent == CONFIG / "schema"
    Draft202012Validator(json.loads(schema.read_text("utf-8"))).validate(data)


@pytest.mark.parametrize("name", SCHEMAS)
def test_e7_every_field_of_a_definition_is_described(name: str) -> None:
    schema = json.loads(schema_text(SCHEMAS[name]))
    for title, model in {"root": schema, **schema.get("$defs", {})}.items():
        for key, field in model.get("properties", {}).items():
            assert field.get("description"), f"{title}.{key}"


def test_an_empty_folder_is_an_empty_configuration(tmp_path: Path) -> None:
    assert load_configuration(tmp_path).definitions == {}


def test_a_missing_folder_and_a_file_in_a_foreign_encoding_are_told(tmp_path: Path) -> None:
    with pytest.raises(DefinitionsInvalid) as missing:
        load_configuration(tmp_path / "nowhere")
    assert "there is no folder nowhere" in missing.value.diagnostics[0].message
    (tmp_path / "event_leaderboards").mkdir()
    (tmp_path / "event_leaderboards" / "a.json").write_bytes('{"event_leaderboards": {"é": {}}}'.encode("latin-1"))
    with pytest.raises(DefinitionsInvalid) as foreign:
        load_configuration(tmp_path)
    assert "not UTF-8" in foreign.value.diagnostics[0].message


def _paths(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield where something stands that can be replaced."""
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield (*path, key)
        yield from _paths(child, (*path, key))


TEXTS = {kind: {file.name: file.read_text("utf-8") for file in (CONFIG / kind).glob("*.json")} for kind in KINDS}
PLACES = [
    (kind, name, path)
    for kind, files in TEXTS.items()
    for name, text in files.items()
    for path in _paths(json.loads(text))
    if len(path) > 1
]
VALUES: list[Any] = [
    *(None, True, False, 0, 1, -1, 7, 2**53, 2**63, 10**30, 0.5, -2.5, 1e-9, 1e300, "", "x", "daily", "never", "event"),
    *("attrs.x", "1 +", "1 / 0", "metrics.kills", "weekly_tournament", "season_1", "podium", "sum", "best", "count"),
    *([], {}, [1], ["x"], {"x": 1}, {"eq": 1}, {"attrs.x": {"gte": 1}}, {"type": "cron", "cron": "* * * * *"}),
]


@given(
    st.lists(
        st.tuples(st.sampled_from(PLACES), st.sampled_from(["remove", *range(len(VALUES))])), min_size=1, max_size=4
    )
)
def test_e1_samples_with_mistakes_are_taken_or_refused_with_places(mistakes: list[tuple[Any, Any]]) -> None:
    documents = {kind: {name: json.loads(text) for name, text in files.items()} for kind, files in TEXTS.items()}
    for (kind, name, path), change in mistakes:
        node = documents[kind][name]
        for part in path[:-1]:
            node = node[part] if _holds(node, part) else None
        if not _holds(node, path[-1]):
            continue
        if change == "remove":
            del node[path[-1]]
        else:
            node[path[-1]] = VALUES[change]
    files = (
        [SourceFile(name, json.dumps(document)) for name, document in documents[kind].items()]
        for kind in (EVENTS, ITEMS, LEADERBOARDS, POLICIES, BOTS)
    )
    try:
        configuration = check_configuration(Files(*files))
    except DefinitionsInvalid as invalid:
        assert all(one.place.line >= 1 and one.message for one in invalid.diagnostics)
    else:
        for key, content in configuration.board_contents.items():
            assert leaderboard_from_content(key, content).hash == configuration.boards[key].hash


def _holds(node: Any, part: Any) -> bool:
    return (isinstance(node, dict) and part in node) or (
        isinstance(node, list) and isinstance(part, int) and part < len(node)
    )
