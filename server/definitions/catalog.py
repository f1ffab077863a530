"""The definitions in force: read from files, written into history, swapped in as one (E8).

A reload that finds an error changes nothing. One that finds none writes what is new as activations, builds the history of
every event and leaderboard from the store, and swaps the whole snapshot in a single assignment: a call that runs keeps the
one it has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from server.definitions.activation import activate
from server.definitions.config import LEADERBOARDS, Configuration, Models, load_configuration
from server.definitions.content import hash_of
from server.definitions.diagnostics import Diagnostic
from server.definitions.history import Chronicle, History, read_history
from server.definitions.reading import placed
from server.definitions.routing import board_routes, event_routes
from server.definitions.source import Place
from server.domain.errors import EventNotFound, LeaderboardNotFound
from server.domain.event_leaderboards.definition import Phase
from server.domain.event_leaderboards.timeline import Timeline
from server.domain.ids import DefinitionHash, EventId, LeaderboardKey
from server.domain.instants import NEVER
from server.domain.leaderboards.definition import Leaderboard
from server.domain.leaderboards.periods import Period
from server.domain.rewards import Item
from server.domain.schedule.timeline import Phase as PinnedPeriod
from server.ports.catalog import Board, Catalog, Snapshot
from server.ports.errors import CatalogBehind
from server.ports.store import Store


@dataclass(frozen=True, slots=True)
class _Now:
    """What is known of an event's present: its phase, or that there is none, in [since, until)."""

    since: datetime
    until: datetime
    phase: Phase | None


@dataclass(frozen=True, slots=True)
class _RunningPeriod:
    """What is known of a board's present: its period, or that there is none, in [since, until)."""

    since: datetime
    until: datetime
    period: Period | None


class LiveCatalog(Catalog):
    """The catalogue of a configuration folder. Empty until the first `reload`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._snapshot = Snapshot({}, {})
        self._models = Models()
        self._chronicle = Chronicle()
        self._now: dict[EventId, _Now] = {}
        self._by_start: dict[tuple[EventId, datetime], Phase] = {}
        self._running: dict[LeaderboardKey, _RunningPeriod] = {}
        self._names: dict[tuple[LeaderboardKey, datetime], str] = {}
        self._window_keys: dict[LeaderboardKey, tuple[datetime, str]] = {}
        self._boards_in_force: dict[LeaderboardKey, DefinitionHash] = {}
        self._turn = asyncio.Lock()

    def current(self) -> Snapshot:
        """Return the snapshot in force."""
        return self._snapshot

    def timeline_of(self, event_id: EventId) -> Timeline:
        """Return an event's history."""
        timeline = self._snapshot.timelines.get(event_id)
        if timeline is None:
            raise EventNotFound(event_leaderboard_id=event_id)
        return timeline

    def phase_at(self, event_id: EventId, moment: datetime) -> Phase | None:
        """Return the event's phase at a moment."""
        known = self._now.get(event_id)
        if known is None or not known.since <= moment < known.until:
            known = self._now[event_id] = _look(self.timeline_of(event_id), moment)
        return known.phase

    def phase_starting(self, event_id: EventId, start: datetime) -> Phase:
        """Return the phase that a cohort belongs to."""
        phase = self._by_start.get((event_id, start))
        if phase is None:
            raise CatalogBehind(f"{event_id}: the phase of {start} is not known here")
        return phase

    def is_pinned(self, event_id: EventId, phase: Phase) -> bool:
        """Tell whether the phase is known to be written down."""
        return (event_id, phase.start) in self._by_start

    def pin(self, event_id: EventId, phase: Phase) -> None:
        """Remember that a phase has been written down, which raised the store's revision by one."""
        if self.is_pinned(event_id, phase):
            return
        self._by_start[event_id, phase.start] = phase
        timelines = dict(self._snapshot.timelines)
        timelines[event_id] = timelines[event_id].with_pinned(phase)
        self._snapshot = replace(self._snapshot, timelines=timelines, revision=self._snapshot.revision + 1)
        self._now.pop(event_id, None)

    def board_of(self, key: LeaderboardKey) -> Board:
        """Return a leaderboard."""
        board = self._snapshot.boards.get(key)
        if board is None:
            raise LeaderboardNotFound(leaderboard_key=key)
        return board

    def period_at(self, key: LeaderboardKey, moment: datetime) -> Period | None:
        """Return the board's period at a moment."""
        known = self._running.get(key)
        if known is not None and known.since <= moment < known.until:
            return known.period
        found = _look_at_board(self.board_of(key), moment)
        if known is None or moment >= known.until:  # late contributions push nobody out of the present
            self._running[key] = found
        return found.period

    def window_key_of(self, key: LeaderboardKey, period: Period) -> str:
        """Return the unique name of a period: the one written down, or the one it would be written down by."""
        name = self._names.get((key, period.start))
        if name is not None:
            return name
        known = self._window_keys.get(key)
        if known is None or known[0] != period.start:
            known = self._window_keys[key] = period.start, self.board_of(key).calendar.window_key_of(period)
        return known[1]

    def is_period_pinned(self, key: LeaderboardKey, period: Period) -> bool:
        """Tell whether the period is known to be written down."""
        return (key, period.start) in self._names

    def pin_period(self, key: LeaderboardKey, period: Period) -> None:
        """Remember that a period has been written down, which raised the store's revision by one."""
        if self.is_period_pinned(key, period):
            return
        self._names[key, period.start] = self.window_key_of(key, period)
        board = self.board_of(key)
        pinned = PinnedPeriod(period.start, period.end, period.end, period.definition)
        calendar = replace(board.calendar, timeline=board.calendar.timeline.with_pinned(pinned))
        boards = {**self._snapshot.boards, key: replace(board, calendar=calendar)}
        self._snapshot = replace(self._snapshot, boards=boards, revision=self._snapshot.revision + 1)

    def board_defined_as(self, key: LeaderboardKey, definition_hash: DefinitionHash) -> Leaderboard:
        """Return a definition that the board has or had."""
        board = self._chronicle.leaderboard(key, definition_hash)
        if board is None:
            raise CatalogBehind(f"{key}: the definition {definition_hash} is not known here")
        return board

    @property
    def models(self) -> Models:
        """The definitions in force, as designers wrote them."""
        return self._models

    async def reload(self, store: Store, now: datetime) -> Configuration:
        """Read the folder and put it in force, whole or not at all.

        :raises DefinitionsInvalid: with every problem of every file; the old definitions stay in force
        """
        configuration = load_configuration(self._folder)
        await self.put_in_force(configuration, store, now)
        return configuration

    async def put_in_force(self, configuration: Configuration, store: Store, now: datetime) -> list[Diagnostic]:
        """Write what is new into history, and swap; return what is worth a warning.

        :raises DefinitionsInvalid: if a leaderboard that never ends is to change under its entries (B3)
        """
        async with self._turn:
            problems = await store.transact(lambda tx: activate(tx, configuration, self._chronicle, now))
            self._swap(await store.read(read_history), configuration.items)
            self._models = configuration.models
        folder = f"{self._folder.name}/{LEADERBOARDS}"
        return [
            configuration.told(one) if one.path[:2] in configuration.places else placed(folder, Place(1, 1), one)
            for one in problems
        ]

    async def catch_up(self, store: Store, seen: int) -> None:
        """Read history again, unless somebody has done so meanwhile."""
        async with self._turn:
            if self._snapshot.revision == seen:
                self._swap(await store.read(read_history), self._snapshot.items)

    async def says_as_much_as(self, configuration: Configuration, store: Store) -> bool:
        """Tell whether the store has in force what the files say, so that taking them would write nothing."""
        await self.catch_up(store, self._snapshot.revision)
        current = {event_id: line.current for event_id, line in self._snapshot.timelines.items()}
        events = {event_id: one.hash for event_id, one in current.items() if one is not None}
        return events == _hashes(configuration.contents) and self._boards_in_force == _hashes(
            configuration.board_contents
        )

    def _swap(self, history: History, items: Mapping[str, Item]) -> None:
        before = self._snapshot
        timelines = self._chronicle.timelines(history)
        boards = self._chronicle.boards(history, timelines)
        self._by_start = {(event_id, one.start): one for event_id, line in timelines.items() for one in line.pinned}
        self._names = {(one.period.leaderboard, one.period.start): one.window_key for one in history.periods}
        self._now = {key: one for key, one in self._now.items() if timelines.get(key) is before.timelines.get(key)}
        self._running = {key: one for key, one in self._running.items() if boards.get(key) is before.boards.get(key)}
        self._window_keys = {key: one for key, one in self._window_keys.items() if key in self._running}
        latest = {record.leaderboard: record.hash for record in history.board_activations}
        self._boards_in_force = {key: last for key, last in latest.items() if last is not None}
        self._snapshot = Snapshot(
            timelines,
            items,
            history.revision,
            boards,
            board_routes(boards),
            event_routes(timelines),
            any(map(_has_bots, timelines.values())),
        )


def _has_bots(timeline: Timeline) -> bool:
    """Tell whether some definition that the event has or had binds bots."""
    definitions = (one.definition for one in timeline.activations)
    return any(one is not None and one.bots is not None for one in definitions)


def _hashes(contents: Mapping[EventId, str] | Mapping[LeaderboardKey, str]) -> dict[str, DefinitionHash]:
    return {str(key): hash_of(content) for key, content in contents.items()}


def _look(timeline: Timeline, moment: datetime) -> _Now:
    phase = timeline.phase_at(moment)
    if phase is not None:
        return _Now(phase.start, phase.expiry, phase)
    upcoming = timeline.next_phase(moment)
    return _Now(moment, NEVER if upcoming is None else upcoming.start, None)


def _look_at_board(board: Board, moment: datetime) -> _RunningPeriod:
    period = board.calendar.period_at(moment)
    if period is not None:
        return _RunningPeriod(period.start, period.end, period)
    upcoming = board.calendar.next_period(moment)
    return _RunningPeriod(moment, NEVER if upcoming is None else upcoming.start, None)
