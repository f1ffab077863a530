"""A configuration folder: all its files, all their problems at once (E1)."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any, TypeVar

from pydantic import ValidationError

from server.definitions.build import build_definition, build_items, content_of
from server.definitions.checks import event_problems
from server.definitions.diagnostics import DefinitionsInvalid, Diagnostic, Problem, Severity, pointer
from server.definitions.explain import option_of, problems_of
from server.definitions.models import EventLeaderboardModel, EventLeaderboardsFile, ItemModel, ItemsFile
from server.definitions.models.base import Model
from server.definitions.source import Document, JsonError, Path, Place, read_json
from server.domain.event_leaderboards.definition import Definition
from server.domain.ids import EventId
from server.domain.rewards import Item

EVENTS_FOLDER = "event_leaderboards"
ITEMS_FOLDER = "items"

_M = TypeVar("_M", bound=Model)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file as text, under the name that complaints use for it."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Configuration:
    """A valid configuration. `contents` holds each event's canonical JSON, `warnings` what smells."""

    definitions: Mapping[EventId, Definition]
    contents: Mapping[EventId, str]
    items: Mapping[str, Item]
    item_models: Mapping[str, ItemModel]
    warnings: list[Diagnostic]


def load_configuration(folder: FilePath) -> Configuration:
    """Read a configuration folder. Missing subfolders are empty ones.

    :raises DefinitionsInvalid: with every problem of every file
    """
    if not folder.is_dir():
        message = f"there is no folder {folder.name}"
        raise DefinitionsInvalid(
            [_diagnostic(folder.name, Place(1, 1), Problem((), message, "create it, or name another"))]
        )
    unreadable: list[Diagnostic] = []
    events = _read_folder(folder, EVENTS_FOLDER, unreadable)
    items = _read_folder(folder, ITEMS_FOLDER, unreadable)
    return check_configuration(events, items, unreadable)


def check_configuration(
    events: Iterable[SourceFile],
    items: Iterable[SourceFile],
    unreadable: Iterable[Diagnostic] = (),
    known_items: Mapping[str, ItemModel] | None = None,
) -> Configuration:
    """Check texts of event leaderboards and items together; `known_items` are there beside those of the texts.

    :raises DefinitionsInvalid: with every problem of every file
    """
    found = _Findings(list(unreadable))
    found.are_items_known = not found.diagnostics
    item_models: dict[str, ItemModel] = dict(known_items or {})
    for file in items:
        _take_items(file, item_models, found)
    models: dict[str, EventLeaderboardModel] = {}
    for file in events:
        _take_events(file, models, item_models, found)
    diagnostics = sorted(found.diagnostics, key=lambda one: (one.file, one.place.line, one.place.column))
    if any(one.severity is Severity.ERROR for one in diagnostics):
        raise DefinitionsInvalid(diagnostics)
    return Configuration(
        definitions={EventId(key): build_definition(EventId(key), model) for key, model in sorted(models.items())},
        contents={EventId(key): content_of(model) for key, model in sorted(models.items())},
        items=build_items(item_models),
        item_models=item_models,
        warnings=diagnostics,
    )


@dataclass(slots=True)
class _Findings:
    diagnostics: list[Diagnostic]
    owners: dict[Path, str] = field(default_factory=dict)
    """Which file an entry was first seen in."""
    are_items_known: bool = True
    """False once an item was refused: then nobody complains that a reward names what is not there."""

    def add(self, file: str, document: Document, problems: Iterable[Problem]) -> None:
        for problem in problems:
            place = document.place_of(problem.path, at_key=problem.at_key)
            self.diagnostics.append(_diagnostic(file, place, problem))

    def claim(self, file: str, document: Document, path: Path) -> bool:
        """Take an entry for a file; an entry of that id in another file is an error of this one."""
        owner = self.owners.setdefault(path, file)
        if owner == file:
            return True
        problem = Problem(path, f"{path[-1]!r} is defined in {owner} already", "keep one of them", at_key=True)
        self.add(file, document, [problem])
        return False


def _take_items(file: SourceFile, models: dict[str, ItemModel], found: _Findings) -> None:
    document = _parsed(file, found)
    if document is None:
        return
    model, problems, _ = _validated(document, ItemsFile)
    found.add(file.name, document, problems)
    found.are_items_known &= not problems
    written = model.items if model is not None else {}
    models |= {key: item for key, item in written.items() if found.claim(file.name, document, ("items", key))}


def _take_events(
    file: SourceFile, models: dict[str, EventLeaderboardModel], items: Mapping[str, ItemModel], found: _Findings
) -> None:
    document = _parsed(file, found)
    if document is None:
        return
    model, problems, refused = _validated(document, EventLeaderboardsFile)
    found.add(file.name, document, problems)
    for event_id, event in (model.event_leaderboards if model is not None else {}).items():
        path: Path = ("event_leaderboards", event_id)
        if found.claim(file.name, document, path):
            models[event_id] = event
            unsure = {option_of(one) for one in refused if one[:2] == path}
            said = (
                one
                for one in event_problems(path, event, items if found.are_items_known else None)
                if not unsure & {*one.about, option_of(one.path)}
            )
            found.add(file.name, document, said)


def _parsed(file: SourceFile, found: _Findings) -> Document | None:
    try:
        return read_json(file.text)
    except JsonError as error:
        found.diagnostics.append(_diagnostic(file.name, error.place, Problem(error.path, str(error))))
        found.are_items_known = False
        return None


def _validated(document: Document, model: type[_M]) -> tuple[_M | None, list[Problem], list[Path]]:
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


def _read_folder(folder: FilePath, name: str, unreadable: list[Diagnostic]) -> list[SourceFile]:
    files = []
    if (folder / name).exists() and not (folder / name).is_dir():
        problem = Problem((), f"{name} is no folder", "make it a folder of JSON files")
        unreadable.append(_diagnostic(f"{folder.name}/{name}", Place(1, 1), problem))
    for file in sorted((folder / name).glob("*.json")):
        shown = f"{folder.name}/{name}/{file.name}"
        try:
            files.append(SourceFile(shown, file.read_text("utf-8")))
        except UnicodeDecodeError:
            problem = Problem((), "the file is not UTF-8", "save it as UTF-8")
            unreadable.append(_diagnostic(shown, Place(1, 1), problem))
        except OSError as error:
            unreadable.append(_diagnostic(shown, Place(1, 1), Problem((), f"cannot be read: {error.strerror}")))
    return files


def _diagnostic(file: str, place: Place, problem: Problem) -> Diagnostic:
    return Diagnostic(problem.severity, file, place, pointer(problem.path), problem.message, problem.mend)
