"""`laurel bots preview` as designers type it, and the charts that it draws (L9)."""

import json
import os
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from server import terminal
from server.charts import STYLES, Curve, png_chart, scale_of, text_chart
from server.cli import app

RUN: dict[str, Any] = {"target_score": 1000, "duration_seconds": 3000, "jitter": 0.5}
BOTS: dict[str, Any] = {
    "runner": {"names": ["Ava"], "behavior": {"type": "single", "block": "progress_linear", "params": RUN}},
    "faller": {
        "behavior": {"type": "single", "start_score": 500, "block": "complete_at", "params": {"score": 20, "after_seconds": 600}}
    },
    "shadow": {
        "behavior": {
            "type": "single",
            "block": "track_position",
            "params": {"anchor": "leader", "offset": -50, "most_per_second": 5},
        }
    },
    "sleeper": {"behavior": {"type": "single", "block": "idle"}},
    "jumper": {
        "behavior": {"type": "single", "block": "complete_at", "params": {"score": 900, "after_seconds": 3}},
    },
    "nervous": {
        "behavior": {
            "type": "state_machine",
            "initial": "a",
            "states": {
                "a": {"block": "idle", "transitions": [{"when": {"state_seconds": {"gte": 5}}, "to": "b"}]},
                "b": {"block": "idle", "transitions": [{"when": {"state_seconds": {"gte": 5}}, "to": "a"}]},
            },
        }
    },
}  # fmt: skip


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own with some bots, and log lines that go nowhere."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("LAUREL_") and name != "LAUREL_CI":
            monkeypatch.delenv(name)
    monkeypatch.setattr(terminal, "configure_logs", lambda *_, **__: None)
    define(BOTS)


def define(bots: dict[str, Any]) -> None:
    folder = Path("config/bots")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "all.json").write_text(json.dumps({"bots": bots}))


def preview(*arguments: str, code: int = 0) -> str:
    result: Result = CliRunner().invoke(app, ["bots", "preview", *arguments])
    assert result.exit_code == code, (result.output, result.exception)
    assert "Traceback" not in result.output
    return " ".join(result.output.split())


def test_l9_a_few_of_a_kind_are_drawn_each_with_its_name_and_score() -> None:
    said = preview("runner", "--seeds", "3")
    assert said.startswith("runner: 3 of a kind for 3,600 seconds 1,000 │")
    assert said.count("│ Ava") == 3
    assert said.count("1,000 │ plays on") == 3
    assert "jump" not in said


def test_l3_the_same_preview_is_drawn_again() -> None:
    assert preview("runner") == preview("runner")


def test_a_score_that_falls_is_drawn_falling_and_completes() -> None:
    said = preview("faller", "--hours", "0.5")
    assert "20 │ completed" in said
    assert said.index("500 │") < said.index("20 │")


def test_l4_who_looks_at_others_sees_an_imagined_player() -> None:
    said = preview("shadow", "--leader", "400", "--seeds", "1")
    assert "looking at an imagined player" in said
    assert "348 │ plays on" in said  # what it saw some seconds ago, less 50


def test_l9_what_looks_wrong_is_told() -> None:
    assert "none of them moves" in preview("sleeper")
    said = preview("jumper", "--seeds", "1")
    assert "warning: /bots/jumper/behavior/params: the score jumps" in said
    assert "bot 1 jumps: in second" in said
    assert "of its 900 points" in said
    assert "restless: 721 states in 3,600 seconds" in preview("nervous")


def test_an_image_is_written_that_any_viewer_opens() -> None:
    assert "wrote chart.png" in preview("runner", "--png", "chart.png")
    width, height, pixels = decoded(Path("chart.png").read_bytes())
    assert (width, height) == (960, 480)
    assert {0, 1, 2, 3, 4, 5} == set(pixels)
    assert "cannot be written" in preview("runner", "--png", "nowhere/chart.png", code=2)


def test_a_bot_that_there_is_not_and_files_with_errors_are_told() -> None:
    assert "there is no bot 'runer' in config/bots; did you mean 'runner'?" in preview("runer", code=2)
    define({"runner": {}})
    assert "`laurel check` shows all of it" in preview("runner", code=2)


curves = st.lists(
    st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=50).map(Curve), min_size=1, max_size=len(STYLES)
)


@given(curves, st.integers(1, 40), st.integers(2, 20))
def test_every_curve_has_a_mark_in_every_column(drawn: list[Curve], columns: int, rows: int) -> None:
    *lines, axis = text_chart(drawn, columns, rows)
    assert len(lines) == rows
    fields = [line.plain.split("│")[1] for line in lines]
    assert {len(field) for field in fields} == {columns}
    assert all(any(field[column] != " " for field in fields) for column in range(columns))
    assert axis.plain.endswith("─" * columns)


@given(curves)
def test_an_image_holds_its_curves_whatever_they_are(drawn: list[Curve]) -> None:
    width, height, pixels = decoded(png_chart(drawn, 60, 30))
    assert len(pixels) == width * height
    assert 2 + len(drawn) - 1 in pixels
    assert max(pixels) < 2 + len(STYLES)


def test_the_scale_holds_the_lowest_and_the_highest() -> None:
    scale = scale_of([Curve([5, 9]), Curve([-3, 4])])
    assert (scale.row_of(9, 10), scale.row_of(-3, 10)) == (0, 9)


def decoded(image: bytes) -> tuple[int, int, bytes]:
    """Read an image back, with all its sums checked."""
    assert image.startswith(b"\x89PNG\r\n\x1a\n")
    chunks, at = {}, 8
    while at < len(image):
        (length,) = struct.unpack(">I", image[at : at + 4])
        kind, data = image[at + 4 : at + 8], image[at + 8 : at + 8 + length]
        assert struct.unpack(">I", image[at + 8 + length : at + 12 + length]) == (zlib.crc32(kind + data),)
        chunks[kind] = data
        at += 12 + length
    width, height, depth, color = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    assert (depth, color, list(chunks)[-1]) == (8, 3, b"IEND")
    lines = zlib.decompress(chunks[b"IDAT"])
    rows = [lines[row * (width + 1) : (row + 1) * (width + 1)] for row in range(height)]
    assert all(row[0] == 0 for row in rows)
    return width, height, b"".join(row[1:] for row in rows)
