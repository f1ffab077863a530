"""What is asked of large boards goes by an index, never through all rows (B53)."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from server.storage.queries import load_queries
from server.storage.sqlite.migrator import migrate

QUERIES = load_queries("server.storage.sqlite")
IN_ORDER = [
    "periods_before",
    "segments_of",
    "ranked_entries",
    "order_after",
    "order_before",
    "entries_to_settle",
    "contributions_to",
    "contributions_after",
    "game_events_between",
    "snapshot_page",
    "period_grants",
    "grants_of",
    "forget_contributions",
    "forget_game_events",
    "human_at",
    "sightings_of",
]
"""Pages: the index gives their order too, so that only as many rows are read as are answered."""
SEARCHED = [
    "stored_period",
    "period_named",
    "entry_of",
    "record_entry",
    "remove_entry",
    "has_entries",
    "known_segment",
    "segment_count",
    "count_ranked_up_to",
    "game_event",
    "snapshot_of",
    "snapshot_size",
    "drop_entries",
    "drop_segments",
    "drop_snapshot",
    "grant_of",
    "grant_of_key",
    "bots_of",
    "record_bots",
    "lease_bots",
    "first_humans",
    "reset_bots",
    "drop_bots",
    "drop_sightings",
]
COVERED = ["count_order", "count_order_and_ties", "segment_sizes"]
"""Counted in the index alone."""


@pytest.fixture(scope="module")
def database() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection)
        yield connection


def plan_of(database: sqlite3.Connection, name: str) -> str:
    query = QUERIES[name]
    rows = database.execute(f"explain query plan {query.sql}", [None] * len(query.names))
    return "\n".join(row[3] for row in rows)


def walks(plan: str) -> list[str]:
    """Return which tables a plan goes through from end to end; what it has made itself is none, nor is what it was asked."""
    made = {"CONSTANT", "json_each", *re.findall(r"(?:CO-ROUTINE|MATERIALIZE) (\w+)", plan)}
    return [name for name in re.findall(r"SCAN (\w+)", plan) if name not in made]


@pytest.mark.parametrize("name", [*IN_ORDER, *SEARCHED, *COVERED])
def test_no_table_is_walked(database: sqlite3.Connection, name: str) -> None:
    assert not walks(plan_of(database, name))


@pytest.mark.parametrize("name", IN_ORDER)
def test_no_page_is_sorted(database: sqlite3.Connection, name: str) -> None:
    assert "FOR ORDER BY" not in plan_of(database, name)


@pytest.mark.parametrize("name", COVERED)
def test_counting_looks_at_no_entry(database: sqlite3.Connection, name: str) -> None:
    assert "USING COVERING INDEX board_entry_order" in plan_of(database, name)


def test_segments_of_a_snapshot_are_told_by_leaps(database: sqlite3.Connection) -> None:
    plan = plan_of(database, "snapshot_sizes")
    assert set(walks(plan)) <= {"s"}  # the segments, which are made
    assert plan.count("SEARCH b USING PRIMARY KEY (leaderboard=? AND period_start=? AND segment") == 2


@pytest.mark.parametrize("name", ["unsettled_periods", "acquire_due_periods"])
def test_settled_periods_cost_nothing_however_many_there_are(database: sqlite3.Connection, name: str) -> None:
    plan = plan_of(database, name)
    assert set(walks(plan)) <= {"board_period", "b"}  # b: the boards, which are made
    assert plan.count("SCAN board_period") == plan.count("SCAN board_period USING INDEX board_period_unsettled")
