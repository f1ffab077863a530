"""The definitions in force: read from files, written into history, swapped in as one (E8).

A reload that finds an error changes nothing. One that finds none writes what is new as activations, builds the history of
every event from the store, and swaps the whole snapshot in a single assignment: a call that runs keeps the one it has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from pathlib import Path

from server.definitions.build import definition_from_content, hash_of
from server.definitions.config import Configuration, load_configuration
from server.definitions.models import ItemModel
from server.domain.errors import EventNotFound, LeaderboardNotFound
from server.domain.event_leaderboards.definition import Definition, Phase
from server.domain.event_leaderboards.timeline import Activation, Timeline
from server.domain.ids import DefinitionHash, EventId, LeaderboardKey
from server.domain.instants import NEVER
from server.domain.leaderboards.definition import Leaderboard
from server.domain.leaderboards.periods import Period
from server.domain.rewards import Item
from server.domain.schedule.timeline import Phase as BoardPhase
from server.ports.catalog import Board, Catalog, Snapshot
from server.ports.errors import CatalogBehind
from server.ports.store import ActivationRecord, PinnedPhase, Reading, Store, Transaction


@dataclass(frozen=True, slots=True)
class _Now:
    """What is known of an event's present: its phase, or that there is none, in [since, until)."""

    since: datetime
    until: datetime
    phase: Phase | None


@dataclass(frozen=True, slots=True)
class _History:
    """What the store says of all events, at one revision."""

    revision: int
    activations: list[ActivationRecord]
    pinned: Mapping[EventId, list[PinnedPhase]]


class LiveCatalog(Catalog):
    """The catalogue of a configuration folder. Empty until the first `reload`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._snapshot = Snapshot({}, {})
        self._item_models: Mapping[str, ItemModel] = {}
        self._definitions: dict[tuple[EventId, DefinitionHash], Definition] = {}
        self._now: dict[EventId, _Now] = {}
        self._by_start: dict[tuple[EventId, datetime], Phase] = {}
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
        """Remember that a phase has been written down."""
        if self.is_pinned(event_id, phase):
            return
        self._by_start[event_id, phase.start] = phase
        timelines = dict(self._snapshot.timelines)
        timelines[event_id] = timelines[event_id].with_pinned(phase)
        self._snapshot = replace(self._snapshot, timelines=timelines)
        self._now.pop(event_id, None)

    def board_of(self, key: LeaderboardKey) -> Board:
        """Return a leaderboard."""
        board = self._snapshot.boards.get(key)
        if board is None:
            raise LeaderboardNotFound(leaderboard_key=key)
        return board

    def period_at(self, key: LeaderboardKey, moment: datetime) -> Period | None:
        """Return the board's period at a moment."""
        return self.board_of(key).calendar.period_at(moment)

    def window_key_of(self, key: LeaderboardKey, period: Period) -> str:
        """Return the unique name of a period."""
        return self.board_of(key).calendar.window_key_of(period)

    def is_period_pinned(self, key: LeaderboardKey, period: Period) -> bool:
        """Tell whether the period is known to be written down."""
        return any(phase.start == period.start for phase in self.board_of(key).calendar.timeline.pinned)

    def pin_period(self, key: LeaderboardKey, period: Period) -> None:
        """Remember that a period has been written down."""
        if self.is_period_pinned(key, period):
            return
        board = self.board_of(key)
        phase = BoardPhase(period.start, period.end, period.end, period.definition)
        calendar = replace(board.calendar, timeline=board.calendar.timeline.with_pinned(phase))
        boards = {**self._snapshot.boards, key: replace(board, calendar=calendar)}
        self._snapshot = replace(self._snapshot, boards=boards)

    def board_defined_as(self, key: LeaderboardKey, definition_hash: DefinitionHash) -> Leaderboard:
        """Return a definition that the board has or had."""
        raise CatalogBehind(f"{key}: the definition {definition_hash} is not known here")

    @property
    def item_models(self) -> Mapping[str, ItemModel]:
        """The items in force, as designers wrote them."""
        return self._item_models

    async def reload(self, store: Store, now: datetime) -> Configuration:
        """Read the folder and put it in force, whole or not at all.

        :raises DefinitionsInvalid: with every problem of every file; the old definitions stay in force
        """
        configuration = load_configuration(self._folder)
        await self.put_in_force(configuration, store, now)
        return configuration

    async def put_in_force(self, configuration: Configuration, store: Store, now: datetime) -> None:
        """Write what is new into history, and swap."""
        async with self._turn:
            await store.transact(lambda tx: _activate(tx, configuration, now))
            self._swap(await store.read(_history), configuration.items)
            self._item_models = configuration.item_models

    async def catch_up(self, store: Store, seen: int) -> None:
        """Read history again, unless somebody has done so meanwhile."""
        async with self._turn:
            if self._snapshot.revision == seen:
                self._swap(await store.read(_history), self._snapshot.items)

    async def says_as_much_as(self, configuration: Configuration, store: Store) -> bool:
        """Tell whether the store has in force what the files say, so that taking them would write nothing."""
        await self.catch_up(store, self._snapshot.revision)
        current = {event_id: line.current for event_id, line in self._snapshot.timelines.items()}
        in_force = {event_id: one.hash for event_id, one in current.items() if one is not None}
        return in_force == {event_id: hash_of(content) for event_id, content in configuration.contents.items()}

    def _swap(self, history: _History, items: Mapping[str, Item]) -> None:
        timelines = {}
        for event_id, records in groupby(history.activations, key=lambda record: record.event_id):
            activations = tuple(Activation(record.activated_at, self._definition(record)) for record in records)
            phases = tuple(self._phase(one) for one in history.pinned[event_id])
            timelines[event_id] = Timeline(activations, phases)
        self._by_start = {(event_id, one.start): one for event_id, line in timelines.items() for one in line.pinned}
        self._now = {}
        self._snapshot = Snapshot(timelines, items, history.revision)

    def _definition(self, record: ActivationRecord) -> Definition | None:
        if record.hash is None or record.content is None:
            return None
        key = record.event_id, record.hash
        if key not in self._definitions:
            self._definitions[key] = definition_from_content(record.event_id, record.content)
        return self._definitions[key]

    def _phase(self, pinned: PinnedPhase) -> Phase:
        definition = self._definitions[pinned.event_id, pinned.definition_hash]
        return Phase(pinned.start, pinned.active_end, pinned.expiry, definition)


async def _activate(tx: Transaction, configuration: Configuration, now: datetime) -> None:
    """Write what differs from the last activation of each event."""
    latest = {record.event_id: record for record in await tx.activations()}
    for event_id, content in configuration.contents.items():
        known = latest.get(event_id)
        content_hash = hash_of(content)
        if known is None or known.hash != content_hash:
            await tx.activate(ActivationRecord(event_id, _after(known, now), content_hash, content))
    for event_id, known in latest.items():
        if event_id not in configuration.contents and known.hash is not None:
            await tx.activate(ActivationRecord(event_id, _after(known, now), None, None))


def _after(known: ActivationRecord | None, now: datetime) -> datetime:
    """Return now, or right behind the last activation where a clock was set back: history only grows."""
    return now if known is None else max(now, known.activated_at)


async def _history(view: Reading) -> _History:
    activations = await view.activations()
    event_ids = {record.event_id for record in activations}
    pinned = {event_id: await view.pinned_phases(event_id) for event_id in event_ids}
    return _History((await view.bulletin()).catalog_revision, activations, pinned)


def _look(timeline: Timeline, moment: datetime) -> _Now:
    phase = timeline.phase_at(moment)
    if phase is not None:
        return _Now(phase.start, phase.expiry, phase)
    upcoming = timeline.next_phase(moment)
    return _Now(moment, NEVER if upcoming is None else upcoming.start, None)
