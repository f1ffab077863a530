"""The benchmark itself, as small as can be: every part runs on a real server, and all of it is written and judged."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.__main__ import main

ROOT = Path(__file__).parents[2]
SMALL = ["--runs", "1", "--seconds", "0.2", "--players", "100", "--submissions", "1000", "--entries", "10000"]
DEADLINE_SECONDS = 150


def measured(path: Path, parts: str) -> dict[str, Any]:
    """Measure some parts, and return what was written and said."""
    flags = ["--settings", "grpcio+sqlite", "--only", parts, *SMALL, "--json", str(path)]
    command = [sys.executable, "-m", "benchmarks", *flags]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=DEADLINE_SECONDS, check=False)
    assert done.returncode in (0, 1), done.stderr[-2000:]
    told: dict[str, Any] = json.loads(path.read_text())
    verdicts = [one["kept"] for one in told["promises"]]
    assert done.returncode == (0 if all(verdicts) else 1)
    assert done.stdout.count("kept  ") + done.stdout.count("missed  ") >= len(verdicts)
    return told


def test_parts_of_events_are_measured_judged_and_written(tmp_path: Path) -> None:
    told = measured(tmp_path / "bench.json", "hooks,calls,latency,batches,memory")
    rows = {row["name"]: row for row in told["rows"]}
    assert {"empty", "submit_score", "first_call", "roll_cohort", "claim_reward"} <= rows.keys()
    assert {"fdatasync", "submit_score at half", "submit_scores/100", "memory/100", "memory/1000"} <= rows.keys()
    assert all(row["calls"] > 0 for row in rows.values())
    assert rows["submit_score at half"]["due_per_s"] > 0
    assert rows["roll_cohort"]["stored_bytes"] > 0
    assert len(told["promises"]) == 10


def test_parts_of_leaderboards_are_measured_judged_and_written(tmp_path: Path) -> None:
    """On small boards; what two thousand watchers cost is left to a machine that has nothing else to do."""
    told = measured(tmp_path / "bench.json", "boards,board_life,game_events")
    rows = {row["name"]: row for row in told["rows"]}
    assert {"submit_to_board of 10,000", "own_rank of 10,000", "ingest/1", "ingest/100"} <= rows.keys()
    assert all(row["calls"] > 0 for row in rows.values())
    assert len(told["promises"]) == 7


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--settings", "iis+oracle"], "'iis+oracle' is not known; there are grpcio+sqlite,"),
        (["--only", "speed"], "'speed' is not known; there are hooks, calls, latency, batches, memory"),
        (["--runs", "0"], "'0' is not a whole number of 1 or more"),
        (["--players", "99"], "'99' is not a whole number of 100 or more"),
        (["--entries", "9999"], "'9999' is not a whole number of 10000 or more"),
        (["--seconds", "nan"], "'nan' is not a number of seconds, more than 0 and at most 3600"),
    ],
)
def test_flags_that_make_no_sense_are_refused_before_anything_runs(
    flags: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(flags)
    assert ended.value.code == 2
    assert told in capsys.readouterr().err


def test_a_setting_that_the_machine_lacks_is_named_with_those_that_it_has(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("benchmarks.setting.installations", dict)
    with pytest.raises(SystemExit) as ended:
        main(["--settings", "grpcio+postgres"])
    assert ended.value.code == 2
    assert "PostgreSQL is not installed; `--settings grpcio+sqlite" in capsys.readouterr().err
