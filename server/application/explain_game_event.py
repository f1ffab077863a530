"""What a game event would do, and why (B42): a dry run on every board and event with rules for its type.

The dry run is a real one that is rolled back, so the explanation cannot differ from what would happen.
"""

from __future__ import annotations

from collections.abc import Sequence

from server.application.contribution_batch import ContributionBatch
from server.application.contributions import Contributed
from server.application.game_event_batch import Arrival, GameEventBatch
from server.application.game_event_rules import board_at, definition_at
from server.application.game_events import EventScored, Ingested, ReportedEvent, judged_time
from server.domain.errors import DomainError
from server.domain.ids import EventId, LeaderboardKey
from server.domain.instants import BEGINNING
from server.domain.leaderboards.definition import Leaderboard
from server.domain.leaderboards.outcomes import Outcome
from server.domain.leaderboards.segments import WHOLE_BOARD, Claim, claimed
from server.domain.scoring import GameEvent, matching_rule
from server.domain.values import value
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.contribution_store import GameEventKey
from server.ports.store import Store, Transaction

_NOBODY = "dry run"
"""In the place of a server key; no key has a space in its name."""


@value
class BoardExplained:
    """What a game event would do on a leaderboard.

    `rule`: index of the rule that matches, None where none does or none is looked at. `points` is a decimal, empty where none
    are computed. `segment` is the one that it would count in, or that it names. `window_key` is empty outside of periods.
    """

    leaderboard: LeaderboardKey
    outcome: Outcome
    rule: int | None
    points: str
    segment: str
    window_key: str
    detail: str = ""


@value
class EventExplained:
    """What it would be as a submission to an event leaderboard: `score` now, or why it is none."""

    event_id: EventId
    outcome: Outcome
    rule: int | None
    score: int | None = None
    detail: str = ""


@value
class Explained:
    """What a game event would do, board by board and event by event."""

    boards: list[BoardExplained]
    events: list[EventExplained]


class ExplainGameEvent:
    """Tell what a game event would do if it were ingested now."""

    def __init__(self, store: Store, catalog: Catalog, clock: Clock) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock

    async def __call__(self, reported: ReportedEvent) -> Explained:
        """Explain. Nothing is changed; modules are not asked.

        :raises GameEventFromTheFuture: if it happened more than five minutes from now
        """
        now = self._clock.now()
        at = judged_time(reported, now, now - BEGINNING)
        if isinstance(at, DomainError):
            raise at
        event = reported.at(at)
        answer = await self._tried(Arrival(GameEventKey(_NOBODY, reported.event_id), event, reported, now))
        return Explained(
            [self._board(event, one) for one in answer.contributions],
            [self._event(event, one) for one in answer.submissions],
        )

    async def _tried(self, arrival: Arrival) -> Ingested:
        """Do it, and undo it."""
        wall = self._clock.wall()

        async def work(tx: Transaction) -> None:
            contributions = ContributionBatch(tx, self._catalog, arrival.arrived_at)
            raise _Undone(await GameEventBatch(tx, self._catalog, contributions, wall).apply([arrival]))

        try:
            await self._store.transact(work)
        except _Undone as undone:
            return undone.answers[0]
        raise AssertionError("the dry run was not undone")

    def _board(self, event: GameEvent, one: Contributed) -> BoardExplained:
        board = board_at(self._catalog, one.leaderboard, event.occurred_at)
        period = self._catalog.period_at(one.leaderboard, event.occurred_at)
        return BoardExplained(
            one.leaderboard,
            one.outcome,
            matching_rule(board.rules, event) if board.scope.admits(event) else None,
            one.points,
            _named(board, event) if one.entry is None else one.entry.segment,
            "" if period is None else self._catalog.window_key_of(one.leaderboard, period),
            one.detail,
        )

    def _event(self, event: GameEvent, one: EventScored) -> EventExplained:
        definition = definition_at(self._catalog, one.event_id, self._clock.now())
        return EventExplained(
            one.event_id,
            one.outcome,
            matching_rule(definition.scoring, event),
            None if one.submitted is None else one.submitted.score,
            one.detail if one.refusal is None else one.refusal.said_reason,
        )


class _Undone(Exception):
    """Carries the answers of a transaction out of it, and rolls it back on the way."""

    def __init__(self, answers: Sequence[Ingested]) -> None:
        super().__init__()
        self.answers = answers


def _named(board: Leaderboard, event: GameEvent) -> str:
    """Return the segment that a game event names, where it names one."""
    if board.segmentation is None:
        return WHOLE_BOARD
    segment = claimed(board.segmentation, Claim(from_trusted=event.context.get(board.segmentation.key)))
    return segment if isinstance(segment, str) else WHOLE_BOARD
