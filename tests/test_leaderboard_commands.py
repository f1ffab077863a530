"""`laurel rescore`, `leaderboards restart`, `leaderboards import` and `check --event`, as operators type them."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
from typer.testing import CliRunner, Result

from server import terminal
from server.cli import app
from server.definitions.catalog import LiveCatalog
from server.domain.ids import LeaderboardKey, PlayerId
from server.domain.leaderboards.entry import PeriodId
from server.ports.board_store import EntryKey, StoredEntry
from server.ports.store import Reading, Store
from server.storage.database import database_at
from server.storage.sqlite.store import SqliteStore
from server.system_clock import SystemClock
from tests.builders import DAY

DATABASE = "data.db"
STORE = ("--store", f"sqlite:{DATABASE}")
TOTAL: dict[str, Any] = {"scoring": {"aggregation": "sum"}, "ranking": {"decimals": 0}}
MATCH = {"event_type": "match", "points_expression": "attrs.kills * 2"}
KILLS: dict[str, Any] = {"scoring": {"rules": [MATCH]}, "segmentation": {"key": "land", "source": "trusted"}}
LINES = "player,score,reached_at\nann,5,2020-01-01T00:00:00Z\nbob,7.5,2020-01-02T00:00:00\nann,2,\n"

T = TypeVar("T")


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own with two boards that a server has loaded, and log lines that go nowhere."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("LAUREL_") and name != "LAUREL_CI":
            monkeypatch.delenv(name)
    monkeypatch.setattr(terminal, "configure_logs", lambda *_, **__: None)
    define({"total": {**TOTAL, "timeframe": {"type": "never", "start_time_sec": 1_500_000_000}}, "kills": KILLS})
    with_store(load)


def define(boards: dict[str, Any]) -> None:
    folder = Path("config/leaderboards")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "all.json").write_text(json.dumps({"leaderboards": boards}))


async def load(store: Store) -> None:
    await LiveCatalog(Path("config")).reload(store, SystemClock(DAY - DAY).now())


def with_store(work: Callable[[Store], Awaitable[T]]) -> T:
    async def run() -> T:
        await database_at(f"sqlite:{DATABASE}").migrate()
        store = await SqliteStore.open(DATABASE)
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(run())


def entries(board: str = "total") -> dict[str, int]:
    """Everybody's score in the running period."""

    async def read(store: Store) -> dict[str, int]:
        catalog = LiveCatalog(Path("config"))
        await catalog.catch_up(store, catalog.current().revision)
        period = catalog.period_at(LeaderboardKey(board), SystemClock(DAY - DAY).now())
        assert period is not None
        return await store.read(lambda view: _scores(view, board, period.start))

    return with_store(read)


async def _scores(view: Reading, board: str, start: datetime) -> dict[str, int]:
    period = PeriodId(LeaderboardKey(board), start)
    found: list[StoredEntry | None] = await view.entries_of(
        [EntryKey(period, PlayerId(name)) for name in ("ann", "bob")]
    )
    return {one.key.player_id: one.aggregate.score for one in found if one is not None}


def laurel(*arguments: str, code: int = 0) -> str:
    result: Result = CliRunner().invoke(app, [*arguments])
    assert result.exit_code == code, (result.output, result.exception)
    assert "Traceback" not in result.output
    return " ".join(result.output.split())


def test_scores_are_imported_once_however_often_the_file_is() -> None:
    Path("scores.csv").write_text(LINES.replace("ann,2,\n", "ann,2,2020-01-03\n"))
    assert laurel("leaderboards", "import", "scores.csv", "--board", "total", *STORE) == "3 applied"
    assert laurel("leaderboards", "import", "scores.csv", "--board", "total", *STORE) == "3 imported before"
    assert entries() == {"ann": 7, "bob": 8}


def test_a_line_that_tells_no_time_counts_once_too() -> None:
    Path("scores.csv").write_text("player,score\nann,2\nbob,3\n")
    assert laurel("leaderboards", "import", "scores.csv", "--board", "total", *STORE) == "2 applied"
    assert laurel("leaderboards", "import", "scores.csv", "--board", "total", *STORE) == "2 imported before"
    assert entries() == {"ann": 2, "bob": 3}


def test_a_file_of_a_spreadsheet_may_begin_with_its_mark() -> None:
    Path("scores.csv").write_bytes("\ufeffplayer,score\nann,2\n".encode())
    assert laurel("leaderboards", "import", "scores.csv", "--board", "total", *STORE) == "1 applied"


def test_json_lines_may_name_board_and_segment() -> None:
    lines = [
        {"player": "ann", "score": 5, "leaderboard": "kills", "segment": "fr"},
        {"player": "bob", "score": 5, "leaderboard": "kills"},
    ]
    Path("scores.jsonl").write_text("\n".join(map(json.dumps, lines)))
    said = laurel("leaderboards", "import", "scores.jsonl", *STORE, code=1)
    assert said == "1 applied 1 segment_missing"


def test_a_score_from_before_the_board_is_said_to_be_so() -> None:
    Path("scores.csv").write_text("player,score,reached_at\nann,1,2001-01-01\n")
    said = laurel("leaderboards", "import", "scores.csv", "--board", "total", *STORE, code=1)
    assert said.startswith("1 no_period")
    assert "start_time_sec" in said


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("name,score\nann,1\n", "the first line of a CSV names its columns"),
        ("player,score\nann\n", "line 2: it has 1 columns, and 2 have names"),
        ("player,score\nann,many\n", "line 2: score is no number"),
        ("player,score,when\nann,1,2\n", "'when' is not known"),
        ("player,score,reached_at\nann,1,yesterday\n", "reached_at is no time"),
        ("player,score,reached_at\nann,1,2999-01-01\n", "lies in the future"),
        ('{"player": "ann", "score": true}\n', "score is no number"),
        ('{"player": "ann"\n', "line 1: it is no JSON"),
        ("player,score,reached_at\nann,1,0001-01-01T00:00:00+14:00\n", "reached_at is no time"),
        ("player,score\nann,1\nbob,\udcff\n", "is not UTF-8"),
        (f"player,score\nann,{'1' * 200_000}\n", "line 2: it is no CSV"),
        ("player,score\nann,1\n", "it names no leaderboard"),
    ],
)
def test_a_line_that_is_no_score_is_named(text: str, reason: str) -> None:
    Path("scores").write_text(text, encoding="utf-8", errors="surrogateescape")
    board = [] if "names no leaderboard" in reason else ["--board", "total"]
    assert reason in laurel("leaderboards", "import", "scores", *board, *STORE, code=2)
    assert entries() == {}


def test_a_board_that_there_is_not_is_said_so() -> None:
    Path("scores.csv").write_text(LINES)
    assert "no leaderboard of that key" in laurel(
        "leaderboards", "import", "scores.csv", "--board", "x", *STORE, code=2
    )
    assert "no leaderboard of that key" in laurel("rescore", "x", *STORE, code=2)


def test_a_rescore_is_shown_and_then_applied() -> None:
    Path("scores.csv").write_text(LINES)
    laurel("leaderboards", "import", "scores.csv", "--board", "total", *STORE)
    board = {**TOTAL, "timeframe": {"type": "never", "start_time_sec": 1_500_000_000}}
    define({"total": {**board, "ranking": {"decimals": 1}}, "kills": KILLS})
    shown = laurel("rescore", "total", *STORE)
    assert "2 entries, 2 change" in shown
    assert "nothing was changed" in shown
    assert entries() == {"ann": 7, "bob": 8}
    assert "applied" in laurel("rescore", "total", "--apply", *STORE)
    assert entries() == {"ann": 70, "bob": 75}
    assert "2 entries, 0 change" in laurel("rescore", "total", *STORE)
    with_store(load)  # what was refused before is taken now


def test_a_restart_ends_the_period_and_begins_another() -> None:
    Path("scores.csv").write_text(LINES)
    laurel("leaderboards", "import", "scores.csv", "--board", "total", *STORE)
    assert "has ended" in laurel("leaderboards", "restart", "total", *STORE)
    assert entries() == {}
    Path("scores.csv").write_text("player,score\nann,3\n")
    laurel("leaderboards", "import", "scores.csv", "--board", "total", *STORE)
    assert entries() == {"ann": 3}


def test_a_server_that_serves_the_file_is_not_disturbed() -> None:
    async def work(_: Store) -> str:
        return await asyncio.to_thread(laurel, "rescore", "total", *STORE, code=2)

    assert "laurel:" in with_store(work)


def test_b42_a_game_event_is_explained_from_files_alone() -> None:
    event = {"type": "match", "actor": {"id": "ann"}, "attrs": {"kills": 1.5}, "context": {"land": "fr"}}
    Path("event.json").write_text(json.dumps(event))
    said = laurel("check", "--event", "event.json")
    for part in ("kills", "applied", "│ 3 │", "fr", "all"):
        assert part in said
    Path("event.json").write_text(json.dumps({**event, "attrs": {}}))
    said = laurel("check", "--event", "event.json")
    assert "expression_failed" in said
    assert "MISSING_ATTRIBUTE" in said
    Path("event.json").write_text(json.dumps({**event, "type": "walk"}))
    assert "no leaderboard and no event has a rule" in laurel("check", "--event", "event.json")
    Path("event.json").write_text("[]")
    assert "holds no JSON object" in laurel("check", "--event", "event.json", code=2)
