"""Scaling is arithmetic: unit costs times habits."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.scaling import CALLS, EMBEDDED, SHARED, Habits, Unmeasured, main, needs_of, unit_costs

FIGURES = {
    "calls_per_s": 1000.0,
    "server_cpu_us": 200.0,
    "database_cpu_us": 100.0,
    "sent_bytes": 250.0,
    "received_bytes": 125.0,
    "log_bytes": 1024.0,
    "stored_bytes": 512.0,
    "memory_mib": 256.0,
}
ROWS = [{"name": call, "door": door, "store": store, **FIGURES} for call in CALLS for door, store in (EMBEDDED, SHARED)]
HABITS = Habits(
    daily_active=0.1,
    weekly_active=0.36,
    sessions=2,
    submissions=10,
    peak_factor=4.32,
    rush_share=0.5,
    weeks_kept=10,
    busy_max=0.5,
)


def test_a_million_players_by_hand() -> None:
    needs = needs_of(1_000_000, HABITS, unit_costs(ROWS))
    assert needs.submissions_per_s == pytest.approx(100)
    assert needs.rolls_per_s == pytest.approx(50)
    assert needs.processes == 2
    assert needs.server_cores == pytest.approx(0.04)
    assert needs.server_gib == pytest.approx(0.5)
    assert needs.database_cores == 1
    assert needs.database_gib == pytest.approx(360_000 * 1024 / 2**30)
    assert needs.disk_gib == pytest.approx((1_000_000 * 512 + 3_600_000 * 1024) / 2**30)
    assert needs.log_mib_per_s == pytest.approx(200 / 1024)
    assert needs.in_mbit_per_s == pytest.approx(0.4)
    assert needs.out_mbit_per_s == pytest.approx(0.2)
    assert needs.embedded_load == pytest.approx(0.2)


def test_processes_are_asked_for_a_share_of_what_they_can_do() -> None:
    costs = unit_costs(ROWS)
    assert needs_of(100_000_000, HABITS, costs).processes == 40
    assert needs_of(1000, HABITS, costs).processes == 2


def test_a_figure_that_is_missing_is_named_with_what_measures_it() -> None:
    with pytest.raises(
        Unmeasured, match=r"claim_reward has not been measured with envoy\+postgres; `python -m benchmarks"
    ):
        unit_costs(row for row in ROWS if row["name"] != "claim_reward")


def test_the_command_prints_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bench.json"
    path.write_text(json.dumps({"rows": ROWS, "promises": []}))
    assert main(["--json", str(path), "--players", "2e6", "--daily-active", "0.2"]) == 0
    told = capsys.readouterr().out
    assert "| daily active | 0.2 |" in told
    assert "| needed for | 2 million players |" in told


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "make bench"),
        ("{", "run it again"),
        ({"rows": [{"name": "x"}]}, "run it again"),
        ({"rows": []}, "has not been measured"),
    ],
)
def test_a_file_that_is_of_no_use_is_refused_with_the_way_out(
    content: Any, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bench.json"
    if content is not None:
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(SystemExit) as ended:
        main(["--json", str(path)])
    assert ended.value.code == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("flags", [["--players", "many"], ["--sessions", "0"], ["--busy-max", "nan"]])
def test_habits_that_nobody_can_have_are_refused(flags: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(flags)
    assert ended.value.code == 2
    assert "is not a number above 0" in capsys.readouterr().err
