"""The sample configuration: valid, without a smell, and known to editors (E7)."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from server.definitions.config import load_configuration
from server.definitions.diagnostics import DefinitionsInvalid
from server.definitions.schema import SCHEMAS, schema_text

CONFIG = Path(__file__).parents[2] / "config"
SAMPLES = sorted(path for folder in ("event_leaderboards", "items") for path in (CONFIG / folder).glob("*.json"))


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
    } <= set(configuration.definitions)


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
