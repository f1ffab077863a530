"""`laurel`: parse, call, exit code. What each command does lives where it belongs."""

from __future__ import annotations

import asyncio
import hashlib
import json
import math
import secrets
import sys
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Annotated

import structlog
import typer

from server import __version__
from server.api.sessions import Sessions
from server.behind_envoy import run_behind_envoy, why_no_envoy
from server.bootstrap import run_server
from server.bot_commands import app as bots_app
from server.database_commands import app as databases_app
from server.definitions.config import load_configuration
from server.definitions.diagnostics import DefinitionsInvalid, Diagnostic, Severity
from server.definitions.schema import SCHEMAS, schema_text
from server.demo.show import show_tournament
from server.development import development_keys, keys_file
from server.domain.ids import PlayerId, is_identifier
from server.event_explanation import explain_file
from server.hooks.registry import ModuleInvalid
from server.leaderboard_commands import app as leaderboards_app
from server.module_commands import app as modules_app
from server.module_commands import fault_of
from server.rank_commands import app as ranks_app
from server.session_keys import session_settings
from server.settings import Settings, redacted
from server.supervisor import run_workers, say_ready
from server.system_clock import SystemClock
from server.telemetry.logs import configure_logs
from server.terminal import err, explained, fail, out, read_settings

app = typer.Typer(
    name="laurel",
    help="A game server for competitive events.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(databases_app)
app.add_typer(modules_app)
app.add_typer(ranks_app)
app.add_typer(leaderboards_app)
app.add_typer(bots_app)

log = structlog.get_logger(__name__)
HOURS_MAX = 24 * 365.0


class Output(Enum):
    """How findings are printed."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


class Door(Enum):
    """Where calls come in."""

    AUTO = "auto"
    ENVOY = "envoy"
    GRPCIO = "grpcio"


ConfigFolder = Annotated[Path | None, typer.Option("--config", help="Folder of definitions.")]
ModulesFolder = Annotated[Path | None, typer.Option("--modules", help="Folder of modules.")]


@app.command()
def serve(
    *,
    config: ConfigFolder = None,
    modules: ModulesFolder = None,
    store: Annotated[str | None, typer.Option(help="Store to use, such as sqlite:data/laurel.db.")] = None,
    redis: Annotated[
        str | None, typer.Option(help="Redis that ranks large boards, beside PostgreSQL: redis://HOST:6379/0.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="gRPC port.")] = None,
    http_port: Annotated[int | None, typer.Option(help="Port of health and metrics.")] = None,
    reload: Annotated[bool | None, typer.Option("--reload", help="Watch definitions and modules.")] = None,
    door: Annotated[Door | None, typer.Option(help="Envoy, with all ways in on one port, or plain gRPC.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes on the one port; several need PostgreSQL.")] = None,
) -> None:
    """Serve until told to stop (SIGTERM or Ctrl-C). SIGHUP reloads definitions and modules."""
    with explained():
        flags = {
            "config_folder": config,
            "modules_folder": modules,
            "reload": reload,
            "door": None if door is None else door.value,
            "workers": workers,
            "store": None if store is None else {"url": store},
            "ranks": None if redis is None else {"redis_url": redis},
            "grpc": None if port is None else {"port": port},
            "http": None if http_port is None else {"port": http_port},
        }
        flags = {name: value for name, value in flags.items() if value is not None}
        settings = read_settings(**flags)
        is_envoy = _chosen_door(settings) is Door.ENVOY
        if settings.workers > 1:
            _run(run_workers(settings, flags))
        elif is_envoy:
            _run(run_behind_envoy(settings, flags, say_ready))
        else:
            _run(run_server(settings, say_ready))


@app.command()
def check(
    *,
    config: ConfigFolder = None,
    modules: ModulesFolder = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings fail, too.")] = False,
    event: Annotated[
        Path | None,
        typer.Option("--event", help="JSON of a game event; tells what each board would make of it.", exists=True),
    ] = None,
    output: Annotated[Output, typer.Option("--format", help="How to print; github: as annotations.")] = Output.TEXT,
) -> None:
    """Check definitions and modules, as CI should: exit code 1 where something is wrong."""
    with explained():
        settings = read_settings(config_folder=config, modules_folder=modules)
        diagnostics = _definition_diagnostics(settings.config_folder)
        fault = fault_of(settings.modules_folder)
        _print_diagnostics(diagnostics, fault, output)
        errors = sum(one.severity is Severity.ERROR for one in diagnostics) + (fault is not None)
        warnings = sum(one.severity is Severity.WARNING for one in diagnostics)
        if output is Output.TEXT:
            out.print(f"{errors} error(s), {warnings} warning(s)")
        if errors or (strict and warnings):
            raise typer.Exit(1)
        if event is not None:
            _run(explain_file(settings.config_folder, event))


@app.command()
def schema(
    *,
    folder: Annotated[Path | None, typer.Option(help="Where to write; config/schema unless told otherwise.")] = None,
    check_only: Annotated[bool, typer.Option("--check", help="Only tell whether the files are current.")] = False,
) -> None:
    """Write the JSON Schemas of definitions, for editors."""
    with explained():
        target = folder or read_settings().config_folder / "schema"
        stale = [name for name, model in SCHEMAS.items() if _text_of(target / name) != schema_text(model)]
        if check_only and stale:
            err.print(f"not current: {', '.join(stale)}; run `laurel schema`")
            raise typer.Exit(1)
        for name in () if check_only else stale:
            target.mkdir(parents=True, exist_ok=True)
            (target / name).write_text(schema_text(SCHEMAS[name]), "utf-8")
            out.print(f"wrote {target / name}")


@app.command()
def token(
    player: Annotated[str, typer.Argument(help="The player's id.")],
    hours: Annotated[float, typer.Option(help="How long the session holds.", min=0.01, max=HOURS_MAX)] = 24.0,
) -> None:
    """Mint a session for a player, as trying things out by hand needs it."""
    with explained():
        if not is_identifier(player):
            fail("no session can name this player: an id has 1 to 128 characters, all of which can be seen")
        if not math.isfinite(hours):
            fail("no session lasts this long")
        settings = read_settings()
        section = settings.session.model_copy(update={"length_seconds": int(hours * 3600)})
        given = section.secret
        secret = (development_keys(settings).session_secret if given is None else given.get_secret_value()).encode()
        sessions = Sessions(session_settings(section, secret), SystemClock(timedelta()))
        out.print(sessions.mint(PlayerId(player)).token)


@app.command()
def key() -> None:
    """Make a key for a trusted server, and the digest that belongs into the settings."""
    made = secrets.token_urlsafe(32)
    out.print(f"key     {made}")
    out.print(f"sha256  {hashlib.sha256(made.encode()).hexdigest()}")


@app.command("settings")
def show_settings() -> None:
    """Print the settings that hold, secrets left out."""
    with explained():
        settings = read_settings()
        out.print_json(json.dumps(redacted(settings)))
        if settings.session.secret is None and (file := keys_file(settings)) is not None:
            err.print(f"development keys: {file}")


@app.command()
def demo(
    players: Annotated[int, typer.Option(help="How many players take part.", min=10, max=2000)] = 200,
    weeks: Annotated[int, typer.Option(help="How many weeks are played.", min=1, max=8)] = 2,
    seed: Annotated[int, typer.Option(help="Dice of players and scores.")] = 1,
) -> None:
    """Play a weekly tournament from its first roll to its prizes, against a real server on a moved clock."""
    with explained():
        configure_logs("error", "console")
        _run(show_tournament(out, players=players, weeks=weeks, seed=seed))


@app.command()
def version() -> None:
    """Print the version."""
    out.print(__version__)


def main() -> None:
    """Run the command line."""
    app()


def _run(work: object) -> None:
    """Run a coroutine on the fast event loop where there is one."""
    assert asyncio.iscoroutine(work)
    try:
        import uvloop  # noqa: PLC0415 - not on every system
    except ImportError:  # Windows
        asyncio.run(work)
    else:
        uvloop.run(work)


def _chosen_door(settings: Settings) -> Door:
    """Return which door to open; Envoy where it was not asked for by name only if it is there."""
    wanted = Door(settings.door)
    if wanted is Door.GRPCIO:
        return wanted
    missing = why_no_envoy()
    if missing and wanted is Door.ENVOY:
        fail(f"Envoy cannot be the door: {missing}")
    if missing:
        log.warning(
            "envoy_is_missing", reason=missing, consequence="plain gRPC only, health and metrics on a port aside"
        )
    return Door.GRPCIO if missing else Door.ENVOY


def _text_of(file: Path) -> str:
    return file.read_text("utf-8") if file.is_file() else ""


def _definition_diagnostics(folder: Path) -> list[Diagnostic]:
    try:
        return load_configuration(folder).warnings
    except DefinitionsInvalid as invalid:
        return invalid.diagnostics


def _print_diagnostics(diagnostics: list[Diagnostic], fault: ModuleInvalid | None, output: Output) -> None:
    rows = [
        (
            one.severity.value,
            one.file,
            one.place.line,
            one.place.column,
            one.path,
            f"{one.message}; {one.mend}".strip("; "),
        )
        for one in diagnostics
    ]
    if fault is not None:
        rows.append((Severity.ERROR.value, fault.file, fault.line, 1, "", fault.what))
    match output:
        case Output.JSON:
            names = ("severity", "file", "line", "column", "path", "message")
            sys.stdout.write(json.dumps([dict(zip(names, row, strict=True)) for row in rows], indent=2) + "\n")
        case Output.GITHUB:
            for severity, file, line, column, path, message in rows:
                sys.stdout.write(f"::{severity} file={file},line={line},col={column}::{path} {message}\n")
        case _:
            for severity, file, line, column, path, message in rows:
                where = f"{path}: " if path else ""
                sys.stdout.write(f"{file}:{line}:{column}: {severity}: {where}{message}\n")
