"""docs/CONFIG.md says what the models say: every field of every definition, and examples that load (E7)."""

import json
import re

import pytest

from server.definitions.config import BOTS, EVENTS, ITEMS, LEADERBOARDS, POLICIES, Files, check_configuration
from server.definitions.reading import SourceFile
from server.domain.scoring.operators import OPERATORS
from tests.docs.config_reference import MARK, PAGE, anchor_of, models, table_of, with_tables

TEXT = PAGE.read_text("utf-8")
EXAMPLES = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)
HEADINGS = {
    re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")
    for title in re.findall(r"^#+ (.*)$", TEXT, re.MULTILINE)
}


def test_every_model_has_its_table_once() -> None:
    marked = [match[1] for match in map(MARK.match, TEXT.split("\n")) if match is not None]
    assert sorted(marked) == sorted(models())


@pytest.mark.parametrize("name", models())
def test_a_table_has_the_fields_defaults_and_meanings_of_the_model(name: str) -> None:
    table = "\n".join(table_of(models()[name]))
    assert f"<!-- fields: {name} -->\n{table}\n" in TEXT, "run `python -m tests.docs.config_reference`"


def test_writing_the_tables_again_changes_nothing() -> None:
    assert with_tables(TEXT) == TEXT


def test_every_link_leads_to_a_heading_and_every_model_to_its_own() -> None:
    assert set(re.findall(r"\]\(#([^)]*)\)", TEXT)) <= HEADINGS
    assert {anchor_of(name) for name in models()} <= HEADINGS


def test_every_operator_is_described() -> None:
    section = TEXT[TEXT.index("#### Conditions") :]
    rows = re.findall(r"^\| (`\w+`[^|]*) \|", section[: section.index("### Scoring")], re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", " ".join(rows))) == set(OPERATORS)


def test_every_example_loads_without_a_smell() -> None:
    files: dict[str, list[SourceFile]] = {EVENTS: [], ITEMS: [], LEADERBOARDS: [], POLICIES: [], BOTS: []}
    for number, example in enumerate(EXAMPLES):
        (kind,) = set(json.loads(example)) - {"$schema"}
        files[kind].append(SourceFile(f"example {number}", example))
    assert all(files.values()), "there is an example of each kind"
    warnings = check_configuration(Files(*files.values())).warnings
    assert [str(one) for one in warnings] == []
