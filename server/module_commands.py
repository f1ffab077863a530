"""`laurel modules`: what those do who write a studio's modules."""

from __future__ import annotations

import json
import keyword
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from datetime import datetime, timedelta
from enum import Enum
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from server.hooks.loader import load_modules
from server.hooks.registry import Hook, ModuleInvalid, Registry, combined
from server.module_skeleton import EVENT, EVENT_FILE, skeleton_of
from server.system_clock import SystemClock
from server.terminal import explained, fail, out, print_table, read_settings

TESTS = "tests"
"""The folder of tests, in that of the modules. Without an `__init__.py` it is no module itself."""
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_NO_TESTS_COLLECTED = 5

app = typer.Typer()
modules_app = typer.Typer(help="Write, look at, check and test the studio's modules.", no_args_is_help=True)
app.add_typer(modules_app, name="modules")

ModulesFolder = Annotated[Path | None, typer.Option("--modules", help="Folder of modules.")]
ExistingFolder = Annotated[
    Path | None, typer.Option("--modules", help="Folder of modules.", exists=True, file_okay=False)
]
"""Whoever names a folder to be looked at must hear that it is not there, not that nothing is wrong in it."""


class Shape(Enum):
    """How a list is printed."""

    TABLE = "table"
    JSON = "json"


@modules_app.command()
def new(
    name: Annotated[str, typer.Argument(help="Its name, as Python spells names: fair_scores.")],
    *,
    modules: ModulesFolder = None,
) -> None:
    """Write a module that works, and a test of it. Where no definitions are, an event is written, too."""
    with explained():
        settings = read_settings(modules_folder=modules)
        folder = settings.modules_folder
        _refuse_name(name)
        made = skeleton_of(name)
        files = {folder / f"{name}.py": made.module, folder / TESTS / f"test_{name}.py": made.test}
        for taken in (folder / name, *files):
            if taken.exists():
                fail(f"{taken} exists already; nothing was written. Name another, or remove it first")
        if not settings.config_folder.exists():  # without it no server would start
            files[settings.config_folder / EVENT_FILE] = EVENT
        for file, text in files.items():
            _write(file, text)


@modules_app.command("list")
def list_modules(
    *,
    modules: ExistingFolder = None,
    shape: Annotated[Shape, typer.Option("--format", help="How to print.")] = Shape.TABLE,
) -> None:
    """Show what each module has registered: hooks, functions and who may call them, jobs and when they run next."""
    with explained():
        folder = read_settings(modules_folder=modules).modules_folder
        now = SystemClock(timedelta()).now()
        shown = [_shown(name, registry, now) for name, registry in sorted(_whole_or_end(folder).items())]
        if shape is Shape.JSON:
            sys.stdout.write(json.dumps(shown, indent=2) + "\n")
        elif shown:
            print_table(_table(shown))
        else:
            out.print(f"no modules in {folder}; `laurel modules new NAME` writes one", markup=False)


@modules_app.command()
def check(*, modules: ExistingFolder = None) -> None:
    """Load all modules as the server would; exit code 1 where one cannot be used."""
    with explained():
        count = len(_whole_or_end(read_settings(modules_folder=modules).modules_folder))
        out.print(f"{count} {'module' if count == 1 else 'modules'}, no errors")


@modules_app.command("test", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def run_tests(context: typer.Context, *, modules: ExistingFolder = None) -> None:
    """Run the tests of the modules with pytest, which is handed all other arguments: `-k name`, `-x`."""
    with explained():
        folder = read_settings(modules_folder=modules).modules_folder.resolve()
        tests = folder / TESTS
        if not tests.is_dir():
            fail(f"there is no folder {tests}; `laurel modules new NAME` writes a module with a test")
        if find_spec("pytest") is None:
            fail(f"pytest is missing; install it beside Laurel: {sys.executable} -m pip install pytest")
        code = _run_pytest(folder, tests, context.args)
        if code == _NO_TESTS_COLLECTED:
            fail(f"pytest found no tests to run in {tests}")
        raise typer.Exit(code)


def load_whole(folder: Path) -> dict[str, Registry]:
    """Load all modules of a folder as a server does, which looks at what they have together, too.

    :raises ModuleInvalid: for the first that cannot be used
    """
    with redirect_stdout(sys.stderr):  # what modules print has no place among what is printed for machines
        registries = load_modules(folder)
    combined(registries)
    return registries


def fault_of(folder: Path) -> ModuleInvalid | None:
    """Return why a server would not start with these modules, or None."""
    try:
        load_whole(folder)
    except ModuleInvalid as invalid:
        return invalid
    return None


def _refuse_name(name: str) -> None:
    if name == TESTS:
        fail(f"{name!r} is the folder of tests; name the module after what it does")
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        fail(
            f"{name!r} cannot name a module; use up to 40 of a-z, 0-9 and _, beginning with a letter, "
            "and no word of Python's own"
        )


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as opened:
            opened.write(text)
    except OSError as error:
        fail(f"{file} cannot be written: {error.strerror}")
    out.print(f"wrote {file}", markup=False)


def _whole_or_end(folder: Path) -> dict[str, Registry]:
    """Return all modules, or say what is wrong with one and end with exit code 1."""
    try:
        return load_whole(folder)
    except ModuleInvalid as fault:
        sys.stdout.write(f"{_near(fault.file)}:{fault.line}: {fault.what}\n")
        raise typer.Exit(1) from fault


def _near(file: str) -> str:
    """Return a path as somebody would write it here."""
    path, here = Path(file), Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else file


def _shown(name: str, registry: Registry, now: datetime) -> dict[str, Any]:
    """Return what a module has registered, as JSON."""
    return {
        "module": name,
        "hooks": [{"hook": hook.spec.name, **_implementation(hook)} for hook in registry.hooks],
        "functions": [
            {
                "function": one.name,
                "audience": "servers" if one.is_trusted_only else "players, servers",
                **_implementation(one.hook),
            }
            for one in registry.functions
        ],
        "jobs": [
            {"job": job.name, "cron": job.cron, "next": _time(job.ticks.first_after(now)), **_implementation(job.hook)}
            for job in registry.jobs
        ],
    }


def _implementation(hook: Hook) -> dict[str, Any]:
    file, line = hook.place or ("", 0)
    return {
        "file": _near(file),
        "line": line,
        "arguments": list(hook.arguments),
        "seconds": hook.time_limit.total_seconds(),
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="minutes").replace("+00:00", "Z")


def _table(modules: list[dict[str, Any]]) -> Table:
    table = Table(show_edge=False, pad_edge=False)
    for heading in ("module", "has registered", "for whom, when", "at"):
        table.add_column(heading, overflow="fold")
    for module in modules:
        rows = _rows(module) or [("nothing", "", "")]
        for number, row in enumerate(rows):
            table.add_row(module["module"] if number == 0 else "", *row)
    return table


def _rows(module: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    return [
        *((f"hook {one['hook']}", "", _place(one)) for one in module["hooks"]),
        *((f"function {one['function']}", one["audience"], _place(one)) for one in module["functions"]),
        *(
            (f"job {one['job']}", f"{one['cron']}, next {one['next'] or 'never'}", _place(one))
            for one in module["jobs"]
        ),
    ]


def _place(one: Mapping[str, Any]) -> str:
    return f"{Path(one['file']).name}:{one['line']}" if one["file"] else ""


def _run_pytest(folder: Path, tests: Path, arguments: list[str]) -> int:
    """Run pytest on a folder of tests, and return its exit code.

    What lies above the folder of modules (settings of pytest, a conftest.py, packages of the game) is none of their business,
    so that they pass or fail alike wherever the folder lies; a pytest.ini beside the modules or the tests is heeded.
    """
    own = next((file for file in (tests / "pytest.ini", folder / "pytest.ini") if file.is_file()), Path(os.devnull))
    command = [
        *(sys.executable, "-P", "-m", "pytest", str(tests), "--no-header", "-c", str(own)),
        *("--rootdir", str(folder), "--confcutdir", str(folder), "--import-mode", "importlib"),
    ]
    if own == Path(os.devnull) and find_spec("pytest_asyncio") is not None:  # which warns about what nobody has chosen
        command += ["-o", "asyncio_default_fixture_loop_scope=function"]
    command += arguments
    paths = (str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH"))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    return subprocess.run(command, env=environment, check=False).returncode  # noqa: S603 - Python's own, and what was typed
