"""`laurel modules`: a module that works is written, looked at, checked and tested, from any folder (M3, M7)."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from server import module_commands, terminal
from tests.test_cli import run, said

FILES = ["config/event_leaderboards/first_event.json", "modules/fair_scores.py", "modules/tests/test_fair_scores.py"]
BUSY = """\
from server.modules_api import *

def register(registry):
    registry.reward(hook)
    registry.before("RollCohort", hook)
    registry.on("cohort_completed", hook, seconds=2)
    registry.function("busy.all", hook)
    registry.function("busy.trusted", hook, trusted_only=True, seconds=1.5)
    registry.schedule("0 3 1 1 *", hook, name="yearly")
    registry.schedule("0 0 30 2 *", hook, name="never")

def hook(ctx):
    pass
"""


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own with nothing in it, and log lines that go nowhere."""
    (tmp_path / "game").mkdir()
    monkeypatch.chdir(tmp_path / "game")
    for name in [name for name in os.environ if name.startswith(("LAUREL_", "PYTEST_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(terminal, "configure_logs", lambda *_, **__: None)


def files() -> list[str]:
    found = (path for path in Path().rglob("*") if path.is_file())
    return sorted(str(path) for path in found if not {"__pycache__", ".pytest_cache"} & set(path.parts))


def write(name: str, text: str) -> None:
    path = Path("modules") / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def laurel(*arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run `laurel` as a process: pytest in pytest would share too much."""
    command = [sys.executable, "-P", "-m", "server", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(Path(module_commands.__file__).parents[1])}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=90)


def test_new_writes_a_module_its_test_and_the_first_event() -> None:
    run("modules", "new", "fair_scores")
    assert files() == FILES
    assert said(run("modules", "check")) == "1 module, no errors"
    assert said(run("check", "--strict")) == "0 error(s), 0 warning(s)"


def test_new_leaves_definitions_alone_that_are_there() -> None:
    Path("config").mkdir()
    run("modules", "new", "fair_scores")
    assert files() == FILES[1:]


def test_new_writes_into_the_folder_that_is_named() -> None:
    run("modules", "new", "fair_scores", "--modules", "deep/rules")
    assert {"deep/rules/fair_scores.py", "deep/rules/tests/test_fair_scores.py"} < set(files())


@pytest.mark.parametrize(
    "name", ["1st", "fair-scores", "fair scores", "", "_fair", "tests", "class", "../fair", "FairScores", "é", "x" * 41]
)
def test_new_refuses_what_cannot_name_a_module(name: str) -> None:
    refused = said(run("modules", "new", "--", name, code=2))
    assert refused.startswith("laurel: ")
    assert repr(name) in refused
    assert files() == []


@pytest.mark.parametrize("taken", ["fair_scores.py", "fair_scores/__init__.py", "tests/test_fair_scores.py"])
def test_new_overwrites_nothing(taken: str) -> None:
    write(taken, "# mine\n")
    assert "exists already; nothing was written" in said(run("modules", "new", "fair_scores", code=2))
    assert files() == [f"modules/{taken}"]
    assert Path("modules", taken).read_text() == "# mine\n"


def test_new_says_where_it_cannot_write() -> None:
    Path("modules").write_text("a file where the folder should be")
    assert "cannot be written" in said(run("modules", "new", "fair_scores", code=2))


def test_the_test_that_new_writes_passes_and_fails_when_the_rule_is_gone() -> None:
    run("modules", "new", "fair_scores")
    passed = laurel("modules", "test")
    assert (passed.returncode, "3 passed" in passed.stdout, passed.stderr) == (0, True, "")
    module = Path("modules/fair_scores.py")
    module.write_text(module.read_text().replace("submission.score > score_max(ctx)", "False"))
    failed = laurel("modules", "test", "-q", "-k", "impossible")
    assert (failed.returncode, "1 failed, 2 deselected" in failed.stdout) == (1, True)


def test_tests_run_wherever_the_modules_lie_and_whatever_lies_around_them(tmp_path: Path) -> None:
    """A game has packages and settings of its own; Laurel's are no business of its tests, nor the other way round."""
    run("modules", "new", "fair_scores", "--modules", str(tmp_path / "game" / "rules"))
    Path("conftest.py").write_text("raise SystemExit('the conftest of the game')\n")
    Path("pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    for package in ("server", "pytest"):
        Path(package).mkdir()
        Path(package, "__init__.py").write_text("raise SystemExit('a package of the game')\n")
    for folder, named in ((Path(), "rules"), (Path("/"), str(tmp_path / "game/rules"))):
        done = laurel("modules", "test", "-k", "limit", "--modules", named, folder=folder)
        assert (done.returncode, "1 passed" in done.stdout) == (0, True), done.stdout + done.stderr


def test_tests_of_a_checkout_do_not_heed_its_settings(tmp_path: Path) -> None:
    root = Path(module_commands.__file__).parents[1]
    (tmp_path / "pyproject.toml").write_bytes((root / "pyproject.toml").read_bytes())
    write("tests/test_one.py", "import warnings\n\ndef test_one():\n    warnings.warn('an error in Laurel')\n")
    done = laurel("modules", "test")
    assert (done.returncode, "1 passed" in done.stdout) == (0, True), done.stdout + done.stderr


def test_a_pytest_ini_beside_the_tests_is_heeded() -> None:
    write("tests/test_one.py", "def check_one():\n    pass\n")
    write("pytest.ini", "[pytest]\npython_functions = check_*\n")
    assert "1 passed" in laurel("modules", "test").stdout


def test_no_tests_are_no_success() -> None:
    assert "there is no folder" in said(run("modules", "test", code=2))
    write("tests/nothing.py", "")
    done = laurel("modules", "test")
    assert (done.returncode, "found no tests to run" in done.stderr) == (2, True)


def test_where_pytest_is_missing_the_way_to_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    run("modules", "new", "fair_scores")
    monkeypatch.setattr(module_commands, "find_spec", lambda _: None)
    assert said(run("modules", "test", code=2)).endswith("-m pip install pytest")


def test_list_shows_all_that_modules_have_registered() -> None:
    write("busy.py", BUSY)
    write("idle.py", "def register(registry):\n    pass\n")
    rows = [" ".join(line.split()) for line in run("modules", "list").stdout.replace("│", "").splitlines()]
    assert rows[2:7] == [
        "busy hook reward busy.py:12",
        "hook before_roll_cohort busy.py:12",
        "hook cohort_completed busy.py:12",
        "function busy.all players, servers busy.py:12",
        "function busy.trusted servers busy.py:12",
    ]
    assert rows[7].startswith("job yearly 0 3 1 1 *, next ")
    assert rows[7].endswith("-01-01T03:00Z busy.py:12")
    assert rows[8:] == ["job never 0 0 30 2 *, next never busy.py:12", "idle nothing"]


def test_list_speaks_to_machines() -> None:
    assert json.loads(run("modules", "list", "--format", "json").stdout) == []
    write("busy.py", BUSY)
    (busy,) = json.loads(run("modules", "list", "--format", "json").stdout)
    at: dict[str, Any] = {"file": "modules/busy.py", "line": 12, "arguments": ["ctx"]}
    assert busy["module"] == "busy"
    assert busy["hooks"][2] == {"hook": "cohort_completed", **at, "seconds": 2.0}
    assert busy["functions"] == [
        {"function": "busy.all", "audience": "players, servers", **at, "seconds": 0.25},
        {"function": "busy.trusted", "audience": "servers", **at, "seconds": 1.5},
    ]
    assert busy["jobs"][1] == {"job": "never", "cron": "0 0 30 2 *", "next": None, **at, "seconds": 30.0}


def test_list_of_an_empty_folder_says_how_to_begin() -> None:
    assert said(run("modules", "list")) == "no modules in modules; `laurel modules new NAME` writes one"
    assert said(run("modules", "check")) == "0 modules, no errors"


@pytest.mark.parametrize("command", ["list", "check", "test"])
def test_a_folder_that_is_named_and_missing_is_told(command: str) -> None:
    run("modules", command, "--modules", "nowhere", code=2)


def test_what_modules_print_does_not_mix_with_what_is_printed_for_machines() -> None:
    write("loud.py", "print('hello')\n\ndef register(registry):\n    print('hello')\n")
    assert [one["module"] for one in json.loads(run("modules", "list", "--format", "json").stdout)] == ["loud"]
    warned = {row["severity"] for row in json.loads(run("check", "--format", "json", "--config", "c", code=1).stdout)}
    assert warned == {"error"}


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("def register(registry):\n    registry.rewards(0)\n", "modules/one.py:2: there is no hook 'rewards'; did you"),
        ("x = = 1\n", "modules/one.py:1: SyntaxError: invalid syntax"),
        ("import server.no_such\n", "modules/one.py:1: ModuleNotFoundError: "),
        (BUSY, "modules/one.py:12: function 'busy.all' has an owner already: module busy"),
    ],
    ids=["hook", "syntax", "import", "owner"],
)
def test_what_no_server_would_start_with_is_told_with_its_place(code: str, fault: str) -> None:
    write("busy.py", BUSY)
    write("one.py", code)
    for command in ("check", "list"):
        assert run("modules", command, code=1).stdout.startswith(fault)
    assert fault.split(": ", 1)[1] in run("check", code=1).stdout
