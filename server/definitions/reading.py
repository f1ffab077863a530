"""The files of a configuration folder, read and validated one by one; what is wrong is noted with its place (E1)."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any, TypeVar

from pydantic import ValidationError

from server.definitions.diagnostics import Diagnostic, Problem, pointer
from server.definitions.explain import problems_of
from server.definitions.models.base import Model
from server.definitions.source import Document, JsonError, Path, Place, read_json

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file as text, under the name that complaints use for it."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One definition, where it stands, and which parts of it were refused."""

    file: str
    document: Document
    path: Path
    refused: tuple[Path, ...]

    def is_unsure(self, problem: Problem) -> bool:
        """Tell whether what a problem rests on was itself refused: then nothing more is said about it."""
        about = [(*self.path, *option.split(".")) for option in problem.about]
        return any(
            problem.path[: len(part)] == part or any(_overlap(one, part) for one in about) for part in self.refused
        )


@dataclass(slots=True)
class Findings:
    """What is wrong, and which file each definition was first seen in."""

    diagnostics: list[Diagnostic]
    owners: dict[Path, tuple[str, Document]] = field(default_factory=dict)

    def add(self, file: str, document: Document, problems: Iterable[Problem]) -> None:
        """Note problems of a file."""
        self.diagnostics += [diagnostic(file, document, problem) for problem in problems]

    def claim(self, file: str, document: Document, path: Path) -> bool:
        """Take an entry for a file; an entry of that id in another file is an error of this one."""
        owner, _ = self.owners.setdefault(path, (file, document))
        if owner == file:
            return True
        problem = Problem(path, f"{path[-1]!r} is defined in {owner} already", "keep one of them", at_key=True)
        self.add(file, document, [problem])
        return False


def diagnostic(file: str, document: Document, problem: Problem) -> Diagnostic:
    """Return a problem with its place."""
    place = document.place_of(problem.path, at_key=problem.at_key)
    return placed(file, Place(place.line, place.column + problem.column), problem)


def placed(file: str, place: Place, problem: Problem) -> Diagnostic:
    """Return a problem whose place is known."""
    return Diagnostic(problem.severity, file, place, pointer(problem.path), problem.message, problem.mend)


def parsed(file: SourceFile, found: Findings) -> Document | None:
    """Return a file's document, or note why it has none."""
    try:
        return read_json(file.text)
    except JsonError as error:
        found.diagnostics.append(placed(file.name, error.place, Problem(error.path, str(error))))
        return None


def validated(document: Document, model: type[M]) -> tuple[M | None, list[Problem], list[Path]]:
    """Validate a document; where parts of it are refused, validate the rest, so that its problems are told as well.

    Returns the model of what is left (None if nothing is), the problems, and the paths that were left out.
    """
    try:
        return model.model_validate(document.data), [], []
    except ValidationError as error:
        problems = problems_of(error, model)
    refused = [_refusable(problem.path) for problem in problems]
    rest = copy.deepcopy(document.data)
    for path in refused:
        _remove(rest, path)
    try:
        return model.model_validate(rest), problems, refused
    except ValidationError:
        return None, problems, refused


def read_folder(folder: FilePath, name: str, unreadable: list[Diagnostic]) -> list[SourceFile]:
    """Read the files of one kind; a missing folder is an empty one."""
    files = []
    if (folder / name).exists() and not (folder / name).is_dir():
        problem = Problem((), f"{name} is no folder", "make it a folder of JSON files")
        unreadable.append(placed(f"{folder.name}/{name}", Place(1, 1), problem))
    for file in sorted((folder / name).glob("*.json")):
        shown = f"{folder.name}/{name}/{file.name}"
        try:
            files.append(SourceFile(shown, file.read_text("utf-8")))
        except UnicodeDecodeError:
            problem = Problem((), "the file is not UTF-8", "save it as UTF-8")
            unreadable.append(placed(shown, Place(1, 1), problem))
        except OSError as error:
            unreadable.append(placed(shown, Place(1, 1), Problem((), f"cannot be read: {error.strerror}")))
    return files


def _overlap(one: Path, other: Path) -> bool:
    length = min(len(one), len(other))
    return one[:length] == other[:length]


def _refusable(path: Path) -> Path:
    """Return the smallest part that can be left out: a key, never an element of a list, whose neighbours would move."""
    for index, part in enumerate(path):
        if isinstance(part, int):
            return path[:index]
    return path


def _remove(data: Any, path: Path) -> None:
    for part in path[:-1]:
        if not isinstance(data, dict) or part not in data:
            return
        data = data[part]
    if path and isinstance(data, dict):
        data.pop(path[-1], None)
