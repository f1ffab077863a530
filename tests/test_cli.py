"""The command line: exit code 0 for good, 1 where something is wrong, 2 where the world is not as it should be."""

import asyncio
import hashlib
import json
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import jwt
import pytest
from typer.testing import CliRunner, Result

from server import __version__, terminal
from server.cli import app
from server.storage.database import database_at

ROOT = Path(__file__).parents[1]
EVENT: dict[str, Any] = {"event_leaderboards": {"weekly": {"reset_schedule": "0 0 * * 1", "score_max": 100}}}


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own with one good definition, and log lines that go nowhere."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("LAUREL_"):
            monkeypatch.delenv(name)
    monkeypatch.setattr(terminal, "configure_logs", lambda *_, **__: None)
    define(EVENT)


def define(data: object, text: str | None = None) -> None:
    folder = Path("config/event_leaderboards")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "all.json").write_text(json.dumps(data) if text is None else text)


def module(text: str) -> None:
    Path("modules").mkdir(exist_ok=True)
    Path("modules/one.py").write_text(text)


def run(*arguments: str, code: int = 0) -> Result:
    """Run `laurel` and hold it to an exit code."""
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == code, (result.output, result.exception)
    assert "Traceback" not in result.output
    return result


def said(result: Result) -> str:
    """What was printed, on one line: the terminal's width is of no interest."""
    return " ".join(result.output.split())


def test_check_passes_what_is_right() -> None:
    assert said(run("check", "--strict")) == "0 error(s), 0 warning(s)"


def test_check_tells_every_error_with_its_place() -> None:
    define({"event_leaderboards": {"a": {"cohort_size": 0}, "b": {"cohort_size": "many"}}})
    printed = run("check", code=1).stdout
    assert printed.count(": error: ") >= 2
    assert "all.json:1:" in printed
    assert "/event_leaderboards/a/cohort_size" in printed


def test_check_warns_and_strict_fails_for_it() -> None:
    define({"event_leaderboards": {"weekly": {"reset_schedule": "0 0 * * 1"}}})
    assert "0 error(s), 1 warning(s)" in said(run("check"))
    run("check", "--strict", code=1)


@pytest.mark.parametrize(
    "text", ["{", "", "\x00", "[" * 5000, '{"event_leaderboards": 5}', '{"a": 1, "a": 2}', "\ufeff{}"]
)
def test_check_survives_files_that_are_no_definitions(text: str) -> None:
    define(None, text)
    assert "error(s)" in said(run("check", code=1))


def test_check_survives_a_file_that_is_no_text() -> None:
    Path("config/event_leaderboards/all.json").write_bytes(b"\xff\xfe{}")
    run("check", code=1)


def test_check_speaks_to_machines() -> None:
    define({"event_leaderboards": {"a": {"cohort_size": 0}}})
    rows = json.loads(run("check", "--format", "json", code=1).stdout)
    found = next(row for row in rows if row["path"] == "/event_leaderboards/a/cohort_size")
    assert found == {**found, "severity": "error", "line": 1, "file": "config/event_leaderboards/all.json"}
    assert run("check", "--format", "github", code=1).stdout.startswith("::error file=")
    define(EVENT)
    assert json.loads(run("check", "--format", "json").stdout) == []


def test_check_refuses_a_format_that_it_does_not_know() -> None:
    run("check", "--format", "xml", code=2)


def test_check_of_a_folder_that_does_not_exist() -> None:
    assert "there is no folder nowhere" in said(run("check", "--config", "nowhere", code=1))


@pytest.mark.parametrize("text", ["def register(", "raise ValueError", "register = 5", "import nothing_of_that_name"])
def test_check_tells_the_error_of_a_module(text: str) -> None:
    module(text)
    assert "one.py:1:" in run("check", code=1).stdout


def test_settings_that_are_wrong_end_every_command_with_2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAUREL_GRPC__PORT", "many")
    for command in (["check"], ["serve"], ["settings"], ["token", "ann"], ["migrate", "up"], ["migrate", "status"]):
        assert "laurel: grpc.port: " in said(run(*command, code=2))


def test_schema_writes_what_its_check_then_finds_current() -> None:
    assert "not current: " in said(run("schema", "--check", code=1))
    assert not Path("config/schema").exists()
    assert "wrote config/schema/" in said(run("schema"))
    assert run("schema", "--check").output == ""
    assert run("schema").output == ""
    for file in Path("config/schema").iterdir():
        json.loads(file.read_text())
        file.write_text("{}")
    run("schema", "--check", code=1)


def test_schema_into_another_folder() -> None:
    run("schema", "--folder", "elsewhere/deep")
    assert list(Path("elsewhere/deep").iterdir())


def test_migrate_up_makes_the_database_and_status_agrees() -> None:
    run("migrate", "status", code=1)
    assert not Path("data/laurel.db").exists()
    assert "applied 0001_" in said(run("migrate", "up"))
    assert said(run("migrate", "up")) == "nothing to apply"
    assert "pending" not in said(run("migrate", "status"))


def test_migrate_refuses_what_is_no_database() -> None:
    Path("data").mkdir()
    Path("data/laurel.db").write_text("this is a letter, and no database at all" * 100)
    for command in ("up", "status"):
        assert "laurel: " in said(run("migrate", command, code=2))


def test_migrate_refuses_a_path_that_is_a_folder() -> None:
    Path("data/laurel.db").mkdir(parents=True)
    for command in ("up", "status"):
        assert "laurel: " in said(run("migrate", command, code=2))


def test_migrate_up_tells_where_no_folder_can_be_made() -> None:
    Path("data").write_text("a file where the folder should be")
    assert "laurel: " in said(run("migrate", "up", code=2))


def test_migrate_has_nothing_to_do_for_a_store_that_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAUREL_STORE__URL", "sqlite::memory:")
    for command in ("up", "status"):
        assert "nothing to migrate" in said(run("migrate", command, code=2))


def test_backup_tells_what_it_wrote_and_keeps_what_is_there() -> None:
    run("migrate", "up")
    printed = said(run("backup", "laurel.bak"))
    assert re.fullmatch(r"wrote laurel\.bak: [\d.]+ kB, 0 rows, schema \d{4}_\w+, checked, in [\d.]+ s", printed)
    assert "exists; name another file, or say --overwrite" in said(run("backup", "laurel.bak", code=2))
    run("backup", "laurel.bak", "--overwrite")
    run("migrate", "status")


def test_backup_names_what_it_cannot_back_up() -> None:
    assert "data/laurel.db does not exist" in said(run("backup", "laurel.bak", code=2))
    assert "keeps nothing" in said(run("backup", "laurel.bak", "--store", "sqlite::memory:", code=2))
    assert "a store is written as" in said(run("backup", "laurel.bak", "--store", "laurel.db", code=2))
    refused = said(run("backup", "laurel.bak", "--store", "postgresql://ann:hunter2@host/laurel", code=2))
    assert "pg_dump" in refused
    assert "hunter2" not in refused
    assert not Path("data").exists()
    assert not Path("laurel.bak").exists()


def served(url: str) -> None:
    """Give a database what a first start leaves in it."""

    async def serve() -> None:
        await database_at(url).migrate()
        store = await database_at(url).open()
        await store.installation_secret()
        await store.close()

    asyncio.run(serve())


def test_copy_tells_how_both_sides_compare() -> None:
    served("sqlite:here.db")
    printed = said(run("copy", "--from", "sqlite:here.db", "--to", "sqlite:there/laurel.db"))
    assert re.search(r"installation 1 rows [0-9a-f]{32} same", printed)
    assert re.search(r"copied 1 rows in [\d.]+ s; both databases hold the same$", printed)
    assert "the target holds data already" in said(
        run("copy", "--from", "sqlite:here.db", "--to", "sqlite:there/laurel.db", code=2)
    )


def test_copy_exits_with_1_when_the_sides_differ() -> None:
    """As when somebody served the source between two runs."""
    served("sqlite:here.db")
    served("sqlite:there.db")
    Path("there.db").write_bytes(Path("here.db").read_bytes())
    with closing(sqlite3.connect("there.db")) as file, file:
        (secret,) = file.execute("select value from installation").fetchone()
        file.execute("create table unfinished_copy (origin text not null) strict")
        file.execute("insert into unfinished_copy values (?)", (hashlib.sha256(secret).hexdigest(),))
        file.execute("insert into player values ('ann', 1, '', '')")
    printed = said(run("copy", "--from", "sqlite:here.db", "--to", "sqlite:there.db", code=1))
    assert re.search(r"player 0 rows \w+ in the source 1 rows \w+ in the target: DIFFERENT", printed)
    assert "the copy differs from its source" in printed
    assert "holds an unfinished copy" in said(run("copy", "--from", "sqlite:there.db", "--to", "sqlite:new.db", code=2))


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("laurel.db", "--from: a store is written as"),
        ("", "--from: a store is written as"),
        ("mysql://ann:hunter2@host/laurel", "--from: a store is written as"),
        ("postgresql://ann:hunter2/x@host/laurel", "the URL of PostgreSQL cannot be read"),
        ("postgresql://ann:hunter2@host:hunter2/laurel", "the URL of PostgreSQL cannot be read"),
        ("postgresql://ann:hunter2@127.0.0.1:99999/laurel", "the URL of PostgreSQL cannot be read"),
        ("postgresql://ann:hunter2@127.0.0.1:1/laurel", "PostgreSQL cannot be reached"),
        ("sqlite:missing.db", "missing.db does not exist"),
        ("sqlite::memory:", "keeps nothing"),
    ],
)
def test_copy_refuses_urls_without_telling_their_passwords(url: str, why: str) -> None:
    refused = said(run("copy", "--from", url, "--to", "sqlite:there.db", code=2))
    assert why in refused
    assert "hunter2" not in refused
    assert not Path("there.db").exists()


def claims_of(token: str) -> dict[str, Any]:
    secret = json.loads(Path("data/development-keys.json").read_text())["session_secret"]
    claims: dict[str, Any] = jwt.decode(token.strip(), secret, ["HS256"], options={"verify_exp": False})
    return claims


def test_token_mints_a_session_with_the_keys_of_the_folder() -> None:
    claims = claims_of(run("token", "ann", "--hours", "2").stdout)
    assert (claims["sub"], claims["typ"]) == ("ann", "session")
    assert claims["exp"] - claims["iat"] == 7200
    assert (Path("data/development-keys.json").stat().st_mode & 0o777) == 0o600


@pytest.mark.parametrize("player", ["", "x" * 129, "a\nb"])
def test_token_refuses_a_player_id_that_no_session_may_name(player: str) -> None:
    """What it prints would be refused by the server: better to hear that here."""
    run("token", player, code=2)


@pytest.mark.parametrize("hours", ["0", "-1", "nan", "inf", "1e300", "soon"])
def test_token_refuses_a_length_that_is_none(hours: str) -> None:
    run("token", "ann", "--hours", hours, code=2)


def test_a_keys_file_that_is_torn_is_told() -> None:
    Path("data").mkdir()
    Path("data/development-keys.json").write_text("{")
    assert "development-keys.json" in said(run("token", "ann", code=2))


def test_key_makes_a_key_and_its_digest() -> None:
    printed = dict(line.split() for line in run("key").stdout.splitlines())
    assert hashlib.sha256(printed["key"].encode()).hexdigest() == printed["sha256"]
    assert printed["key"] not in run("key").stdout


def test_settings_are_printed_as_json_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAUREL_SESSION__SECRET", "hidden-and-random-enough")
    monkeypatch.setenv("LAUREL_GRPC__PORT", "1234")
    result = run("settings")
    assert json.loads(result.stdout)["grpc"]["port"] == 1234
    assert "hidden" not in result.output


def test_version() -> None:
    assert run("version").output.strip() == __version__


def test_what_it_does_not_know_is_refused() -> None:
    for command in (["nothing"], ["migrate", "down"], ["token"], ["serve", "--port", "many"]):
        run(*command, code=2)


def test_as_a_process_errors_go_to_standard_error() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "server", "settings"],
        env={**os.environ, "LAUREL_GRPC__PORT": "70000", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("laurel: grpc.port: ")
