"""docs/COMING_FROM.md names what there is: calls, fields and pages (E7, B1)."""

import re
from pathlib import Path

import pytest

from server.definitions.models import LeaderboardModel
from server.definitions.translate import SAME
from tests.docs.config_reference import models

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "COMING_FROM.md").read_text("utf-8")
PROTO = "\n".join(file.read_text("utf-8") for file in (DOCS.parent / "proto" / "laurel" / "v1").glob("*.proto"))
ROWS = re.findall(r"^\| (.*) \| (.*) \| (.*) \|$", TEXT, re.MULTILINE)
OURS = {word for _, ours, _ in ROWS for word in re.findall(r"`([^`]+)`", ours)}


def test_there_is_a_table_for_each_system() -> None:
    assert re.findall(r"^## (.*)$", TEXT, re.MULTILINE) == ["Kraty", "Phoenix", "Hiro", "Nakama"]
    assert len(ROWS) > 80


def test_every_call_that_is_named_exists() -> None:
    calls = {word for word in OURS if re.fullmatch(r"([A-Z][a-z]+){2,}", word)}
    assert len(calls) > 10
    for call in calls:
        assert f"rpc {call}(" in PROTO or f"service {call} " in PROTO, call


def test_every_field_that_is_named_exists() -> None:
    fields = {name for model in models().values() for name in model["properties"]}
    values = set(re.findall(r'"([a-z_]+)"', "".join(str(model).replace("'", '"') for model in models().values())))
    for word in OURS:
        for part in re.findall(r"^[a-z]+_[a-z_]+", word):
            assert part in fields | values or f" {part} = " in PROTO or part == "dedupe_hours", word


def test_b1_every_word_that_is_understood_is_named() -> None:
    for word in (*SAME, "contributesTo", "real_time"):
        assert f"`{word}" in TEXT
    assert set(SAME) == {field.alias for field in LeaderboardModel.model_fields.values() if field.alias}


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([A-Z_]+\.md)", TEXT))))
def test_every_page_that_is_linked_exists(link: str) -> None:
    assert (DOCS / link).is_file()
