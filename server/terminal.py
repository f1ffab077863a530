"""What all commands share: where they print, the settings they read, and how they end when they cannot go on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer
from rich.console import Console
from rich.table import Table

from server.backends import StartRefused
from server.ports.errors import WorldError
from server.settings import Settings, SettingsInvalid, load_settings
from server.telemetry.logs import configure_logs

WIDTH_OF_FILES = 200
"""How wide a table may be where somebody else reads: a file, a pipe."""

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def read_settings(**flags: object) -> Settings:
    """Read the settings, and let logs be written as they say.

    :raises SettingsInvalid: with everything that is wrong
    """
    settings = load_settings(**flags)
    configure_logs(settings.log.level, settings.log_format, worker=settings.worker)
    return settings


@contextmanager
def explained() -> Iterator[None]:
    """End with a sentence and exit code 2, not with a traceback, when the world is not as it should be."""
    try:
        yield
    except (SettingsInvalid, StartRefused, WorldError) as error:
        fail(str(error))
    except BaseExceptionGroup as group:
        refused = group.subgroup((SettingsInvalid, StartRefused, WorldError))
        if refused is None:
            raise
        fail("; ".join(str(one) for one in _leaves(refused)))


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


def print_table(table: Table) -> None:
    """Print a table; where no terminal folds it, as wide as it likes to be."""
    Console(width=None if out.is_terminal else WIDTH_OF_FILES, highlight=False).print(table)


def fail(message: str) -> NoReturn:
    """Say what is wrong, and end with exit code 2."""
    err.print(f"laurel: {message}", markup=False)
    raise typer.Exit(2)
