"""A configuration folder: all its files, all their problems at once (E1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Generic, NamedTuple, TypeVar

from server.definitions.build import build_definition, build_items, content_of
from server.definitions.build_bot import build_bot
from server.definitions.build_leaderboard import board_content, leaderboard_from_content
from server.definitions.checks import Shelf, World, bot_problems, event_problems, leaderboard_problems, policy_problems
from server.definitions.diagnostics import DefinitionsInvalid, Diagnostic, Problem, Severity
from server.definitions.models import (
    BotModel,
    BotsFile,
    EventLeaderboardModel,
    EventLeaderboardsFile,
    ItemModel,
    ItemsFile,
    LeaderboardModel,
    LeaderboardsFile,
    RewardPoliciesFile,
    RewardPolicyModel,
)
from server.definitions.models.base import Model
from server.definitions.reading import (
    Entry,
    Findings,
    SourceFile,
    diagnostic,
    parsed,
    placed,
    read_folder,
    validated,
)
from server.definitions.source import Document, Path, Place
from server.domain.bots.definition import Bot
from server.domain.event_leaderboards.definition import Definition
from server.domain.ids import EventId, LeaderboardKey
from server.domain.leaderboards.definition import Leaderboard
from server.domain.rewards import Item

EVENTS, ITEMS, LEADERBOARDS, POLICIES = "event_leaderboards", "items", "leaderboards", "reward_policies"
BOTS = "bots"
"""Each kind has one name: of its folder, and of the one key that its files have."""

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Files:
    """Texts of all kinds. None: there is nothing to say about a kind, so what is known of it holds."""

    events: Iterable[SourceFile] | None = None
    items: Iterable[SourceFile] | None = None
    leaderboards: Iterable[SourceFile] | None = None
    reward_policies: Iterable[SourceFile] | None = None
    bots: Iterable[SourceFile] | None = None


@dataclass(frozen=True, slots=True)
class Models:
    """Definitions of all kinds, as designers wrote them."""

    events: Mapping[str, EventLeaderboardModel] = field(default_factory=dict)
    items: Mapping[str, ItemModel] = field(default_factory=dict)
    leaderboards: Mapping[str, LeaderboardModel] = field(default_factory=dict)
    reward_policies: Mapping[str, RewardPolicyModel] = field(default_factory=dict)
    bots: Mapping[str, BotModel] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Configuration:
    """A valid configuration. `contents` and `board_contents` hold canonical JSON by key, `warnings` what smells."""

    definitions: Mapping[EventId, Definition]
    contents: Mapping[EventId, str]
    boards: Mapping[LeaderboardKey, Leaderboard]
    board_contents: Mapping[LeaderboardKey, str]
    items: Mapping[str, Item]
    bots: Mapping[str, Bot]
    models: Models
    warnings: list[Diagnostic]
    places: Mapping[Path, tuple[str, Document]]

    def told(self, problem: Problem) -> Diagnostic:
        """Return a problem of one of its definitions, found out later, with its place."""
        return diagnostic(*self.places[problem.path[:2]], problem)


def load_configuration(folder: FilePath) -> Configuration:
    """Read a configuration folder. Missing subfolders are empty ones.

    :raises DefinitionsInvalid: with every problem of every file
    """
    if not folder.is_dir():
        problem = Problem((), f"there is no folder {folder.name}", "create it, or name another")
        raise DefinitionsInvalid([placed(folder.name, Place(1, 1), problem)])
    unreadable: list[Diagnostic] = []
    files = Files(*(read_folder(folder, name, unreadable) for name in (EVENTS, ITEMS, LEADERBOARDS, POLICIES, BOTS)))
    return check_configuration(files, unreadable)


def check_configuration(
    files: Files, unreadable: Iterable[Diagnostic] = (), known: Models | None = None
) -> Configuration:
    """Check texts together. Of a kind without texts, those `known` are taken to be there.

    :raises DefinitionsInvalid: with every problem of every file
    """
    found = Findings(list(unreadable))
    is_whole = not found.diagnostics
    known = known or Models()
    items = _taken(_ITEMS, files.items, known.items, found)
    policies = _taken(_POLICIES, files.reward_policies, known.reward_policies, found)
    boards = _taken(_LEADERBOARDS, files.leaderboards, known.leaderboards, found)
    events = _taken(_EVENTS, files.events, known.events, found)
    bots = _taken(_BOTS, files.bots, known.bots, found)
    world = World(events.shelf, items.shelf, boards.shelf, policies.shelf, bots.shelf)
    for shelf in (world.events, world.items, world.leaderboards, world.reward_policies, world.bots):
        shelf.is_whole &= is_whole
        shelf.is_sound &= is_whole
    _judge(policies, policy_problems, world, found)
    _judge(events, event_problems, world, found)
    _judge(boards, leaderboard_problems, world, found)
    _judge(bots, lambda path, model, _: bot_problems(path, model), world, found)
    diagnostics = sorted(found.diagnostics, key=lambda one: (one.file, one.place.line, one.place.column))
    if any(one.severity is Severity.ERROR for one in diagnostics):
        raise DefinitionsInvalid(diagnostics)
    return _configuration(world, diagnostics, found)


class _Kind(NamedTuple, Generic[M]):
    """One kind of file: its model, and its name, which is that of the one field it has."""

    name: str
    file: type[Model]

    def definitions(self, file: Model | None) -> Mapping[str, M]:
        """Return the definitions in a file."""
        held: Mapping[str, M] = {} if file is None else getattr(file, self.name)
        return held


_BOTS: _Kind[BotModel] = _Kind(BOTS, BotsFile)
_EVENTS: _Kind[EventLeaderboardModel] = _Kind(EVENTS, EventLeaderboardsFile)
_ITEMS: _Kind[ItemModel] = _Kind(ITEMS, ItemsFile)
_LEADERBOARDS: _Kind[LeaderboardModel] = _Kind(LEADERBOARDS, LeaderboardsFile)
_POLICIES: _Kind[RewardPolicyModel] = _Kind(POLICIES, RewardPoliciesFile)


class _Taken(NamedTuple, Generic[M]):
    """What the files of a kind hold: all of it, and that which is to be judged, with its place."""

    shelf: Shelf[M]
    entries: list[tuple[Entry, M]]


def _taken(kind: _Kind[M], files: Iterable[SourceFile] | None, known: Mapping[str, M], found: Findings) -> _Taken[M]:
    shelf: Shelf[M] = Shelf()
    entries: list[tuple[Entry, M]] = []
    if files is None:
        shelf.add(known, known)
    for file in files or ():
        document = parsed(file, found)
        if document is None:
            shelf.is_whole = shelf.is_sound = False
            continue
        model, problems, refused = validated(document, kind.file)
        found.add(file.name, document, problems)
        shelf.is_sound &= not problems
        names = _names(document, kind.name)
        shelf.is_whole &= names is not None
        own = {}
        for key, definition in kind.definitions(model).items():
            path: Path = (kind.name, key)
            if found.claim(file.name, document, path):
                own[key] = definition
                parts = tuple(part for part in refused if part[:2] == path)
                entries.append((Entry(file.name, document, path, parts), definition))
        shelf.add(own, names or ())
    return _Taken(shelf, entries)


def _names(document: Document, kind: str) -> Iterable[str] | None:
    """Return what a file names, whether or not it can be taken; None: that cannot be told."""
    named = document.data.get(kind) if isinstance(document.data, dict) else None
    return named if isinstance(named, dict) else None


def _judge(
    taken: _Taken[M], problems_of: Callable[[Path, M, World], Iterable[Problem]], world: World, found: Findings
) -> None:
    for entry, model in taken.entries:
        told = (one for one in problems_of(entry.path, model, world) if not entry.is_unsure(one))
        found.add(entry.file, entry.document, told)


def _configuration(world: World, warnings: list[Diagnostic], found: Findings) -> Configuration:
    bots = world.bots.models
    events = {EventId(key): model for key, model in sorted(world.events.models.items())}
    policies = world.reward_policies.models
    boards = {LeaderboardKey(key): model for key, model in sorted(world.leaderboards.models.items())}
    contents = {key: board_content(model, policies, bots) for key, model in boards.items()}
    return Configuration(
        definitions={key: build_definition(key, model, bots) for key, model in events.items()},
        contents={key: content_of(model, bots) for key, model in events.items()},
        boards={key: leaderboard_from_content(key, content) for key, content in contents.items()},
        board_contents=contents,
        items=build_items(world.items.models),
        bots={bot_id: build_bot(model) for bot_id, model in sorted(bots.items())},
        models=Models(
            world.events.models, world.items.models, world.leaderboards.models, world.reward_policies.models, bots
        ),
        warnings=warnings,
        places=found.owners,
    )
