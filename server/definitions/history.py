"""What the store says of definitions: when which was in force, and which phases and periods are written down (E8, B3).

History only grows, and most of it is as it was when somebody looked last. So what is made of it is kept, and made anew only
for those events and leaderboards of which something new is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from operator import attrgetter
from typing import Any

from server.definitions.build import definition_from_content
from server.definitions.build_leaderboard import leaderboard_from_content
from server.domain.event_leaderboards.definition import Definition, Phase
from server.domain.event_leaderboards.timeline import Activation, Timeline
from server.domain.ids import DefinitionHash, EventId, LeaderboardKey
from server.domain.leaderboards.calendar import Activated, calendar_of
from server.domain.leaderboards.definition import Leaderboard, Status
from server.domain.leaderboards.periods import Period
from server.ports.board_store import BoardActivation, StoredPeriod
from server.ports.catalog import Board
from server.ports.store import ActivationRecord, PinnedPhase, Reading

PERIODS_KEPT = 4
"""How many final periods of each board are known by heart; older ones are read from the store when somebody asks."""


@dataclass(frozen=True, slots=True)
class History:
    """What the store says of all events and boards, at one revision."""

    revision: int
    activations: list[ActivationRecord]
    pinned: Mapping[EventId, list[PinnedPhase]]
    board_activations: list[BoardActivation]
    periods: list[StoredPeriod]


async def read_history(view: Reading) -> History:
    """Read all of it."""
    activations = await view.activations()
    event_ids = {record.event_id for record in activations}
    return History(
        (await view.bulletin()).catalog_revision,
        activations,
        {event_id: await view.pinned_phases(event_id) for event_id in event_ids},
        await view.board_activations(),
        await view.unsettled_periods(PERIODS_KEPT),
    )


class Chronicle:
    """Makes timelines and boards of history, and remembers what it has made."""

    def __init__(self) -> None:
        self._definitions: dict[tuple[EventId, DefinitionHash], Definition] = {}
        self._leaderboards: dict[tuple[LeaderboardKey, DefinitionHash], Leaderboard] = {}
        self._timelines: dict[EventId, tuple[object, Timeline]] = {}
        self._boards: dict[LeaderboardKey, tuple[object, Board]] = {}

    def timelines(self, history: History) -> dict[EventId, Timeline]:
        """Return the timeline of every event that ever was."""
        made: dict[EventId, tuple[object, Timeline]] = {}
        for event_id, records in _by(attrgetter("event_id"), history.activations).items():
            pinned = history.pinned[event_id]
            said = [(record.activated_at, record.hash) for record in records], pinned
            known = self._timelines.get(event_id)
            timeline = known[1] if known is not None and known[0] == said else self._timeline(records, pinned)
            made[event_id] = said, timeline
        self._timelines = made
        return {event_id: timeline for event_id, (_, timeline) in made.items()}

    def boards(self, history: History, timelines: Mapping[EventId, Timeline]) -> dict[LeaderboardKey, Board]:
        """Return every board that ever was. The phases of events may be periods of boards."""
        periods = _by(lambda stored: stored.period.leaderboard, history.periods)
        made: dict[LeaderboardKey, tuple[object, Board]] = {}
        for key, records in _by(attrgetter("leaderboard"), history.board_activations).items():
            activated = [self.activated(record) for record in records]
            stored = periods.get(key, [])
            events = _events_of(activated, timelines)
            said = (
                [(one.activated_at, one.hash, one.restarts) for one in records],
                stored,
                list(map(id, events.values())),
            )
            known = self._boards.get(key)
            made[key] = (
                known if known is not None and known[0] == said else (said, self._board(activated, stored, events))
            )
        self._boards = made
        return {key: board for key, (_, board) in made.items()}

    def activated(self, record: BoardActivation) -> Activated:
        """Return an activation with the board that it put in force."""
        board = None
        if record.hash is not None and record.content is not None:
            key = record.leaderboard, record.hash
            if key not in self._leaderboards:
                self._leaderboards[key] = leaderboard_from_content(record.leaderboard, record.content)
            board = self._leaderboards[key]
        return Activated(record.activated_at, board, record.restarts)

    def period_of(self, stored: StoredPeriod) -> Period:
        """Return a period as it is written down."""
        definition = self._leaderboards[stored.period.leaderboard, stored.definition_hash]
        return Period(stored.period.start, stored.end, definition)

    def leaderboard(self, key: LeaderboardKey, definition_hash: DefinitionHash) -> Leaderboard | None:
        """Return a definition that a board has or had, if it is known."""
        return self._leaderboards.get((key, definition_hash))

    def _timeline(self, records: Iterable[ActivationRecord], pinned: Iterable[PinnedPhase]) -> Timeline:
        activations = tuple(Activation(record.activated_at, self._definition(record)) for record in records)
        return Timeline(activations, tuple(self._phase(one) for one in pinned))

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

    def _board(
        self, activated: list[Activated], stored: list[StoredPeriod], events: Mapping[EventId, Timeline]
    ) -> Board:
        last = activated[-1].board
        latest = last or next(one.board for one in reversed(activated) if one.board is not None)
        present = replace(latest, status=Status.ARCHIVED) if last is None else latest
        return Board(present, calendar_of(activated, map(self.period_of, stored), events))


def _events_of(activated: Iterable[Activated], timelines: Mapping[EventId, Timeline]) -> dict[EventId, Timeline]:
    """Return the timelines of the events whose phases are, or were, the periods of a board."""
    named = (one.board.timeframe.event_id for one in activated if one.board is not None)
    return {event_id: timelines[event_id] for event_id in named if event_id is not None and event_id in timelines}


def _by(key: Any, records: Iterable[Any]) -> dict[Any, list[Any]]:
    """Group records that come in the order of their keys."""
    return {name: list(group) for name, group in groupby(records, key=key)}
