"""What is wrong with a definition, told to a designer: the place, the reason, the way out (E1)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from server.definitions.source import Path, Place


class Severity(Enum):
    """An error keeps the definition out; a warning lets it in and smells."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong at a path, before anybody looked up where that is.

    `about` names the options the statement rests on, parts joined by dots: when one of them was itself refused, nothing more
    is said about it. `column` counts characters from 1 within a text, where the mistake is in the middle of one.
    """

    path: Path
    message: str
    mend: str = ""
    severity: Severity = Severity.ERROR
    about: tuple[str, ...] = ()
    at_key: bool = False
    column: int = 0


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A problem with its place. `file` is relative to the configuration folder's parent, as designers write it."""

    severity: Severity
    file: str
    place: Place
    path: str
    message: str
    mend: str

    def __str__(self) -> str:
        """`file:line:column: error: path: what is wrong; how to mend it`."""
        where = f"{self.file}:{self.place.line}:{self.place.column}"
        mend = f"; {self.mend}" if self.mend else ""
        return f"{where}: {self.severity.value}: {self.path or '/'}: {self.message}{mend}"


class DefinitionsInvalid(Exception):
    """The configuration has errors; none of it was taken. `diagnostics` holds all of them, warnings included."""

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        errors = sum(one.severity is Severity.ERROR for one in diagnostics)
        super().__init__(f"{errors} error(s) in the configuration")
        self.diagnostics = diagnostics


def pointer(path: Path) -> str:
    """Write a path as designers read it: `/event_leaderboards/weekly/tiers`."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)
