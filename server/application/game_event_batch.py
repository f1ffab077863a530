"""One transaction's worth of game events: kept and scored together, or not at all (B40)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from server.application.accounts import add_unknown
from server.application.contribution_batch import ContributionBatch
from server.application.contributions import Contributed, Contributing
from server.application.game_event_rules import contributions_of, submissions_of
from server.application.game_events import (
    EventScored,
    Ingested,
    Reception,
    ReportedEvent,
    contribution_id_of,
    stored,
)
from server.application.submission_batch import SubmissionBatch
from server.application.submitting import SubmitRequest
from server.domain.errors import DomainError
from server.domain.leaderboards.outcomes import Outcome
from server.domain.players import Player
from server.domain.scoring import GameEvent
from server.ports.catalog import Catalog
from server.ports.contribution_store import GameEventKey, StoredGameEvent
from server.ports.store import Transaction


@dataclass(slots=True, eq=False)
class Arrival:
    """A game event that passed the clock. `contributions` and `submissions` are there already if modules have seen them."""

    key: GameEventKey
    event: GameEvent
    reported: ReportedEvent
    arrived_at: datetime
    contributions: Sequence[Contributing] | None = None
    submissions: Sequence[SubmitRequest | EventScored] | None = None

    @property
    def caller(self) -> str:
        """Who submits on the actor's behalf, as callers are called."""
        return f"server:{self.key.server_key}"


@dataclass(slots=True, eq=False)
class _Scoring:
    """An arrival that nobody has seen before, and what is asked for it."""

    arrival: Arrival
    contributions: Sequence[Contributing]
    submissions: Sequence[SubmitRequest | EventScored]
    contributed: list[Contributed] = field(default_factory=list)
    scored: list[EventScored] = field(default_factory=list)


class GameEventBatch:
    """Game events that share a transaction. The same one twice is a duplicate in it, too."""

    def __init__(self, tx: Transaction, catalog: Catalog, contributions: ContributionBatch, wall: datetime) -> None:
        self._tx = tx
        self._catalog = catalog
        self._submissions = SubmissionBatch(tx, catalog, contributions, wall)

    async def apply(self, arrivals: Sequence[Arrival]) -> list[Ingested]:
        """Return an answer for each, in order."""
        known = await self._known(arrivals)
        fresh: dict[GameEventKey, _Scoring] = {}
        answered: list[_Scoring | None] = []
        for arrival in arrivals:
            is_new = known[arrival.key] is None and arrival.key not in fresh
            scoring = self._scoring(arrival) if is_new else None
            if scoring is not None:
                fresh[arrival.key] = scoring
            answered.append(scoring)
        scorings = list(fresh.values())
        await self._score(scorings)
        await self._keep(scorings)
        return [_answer(arrival, scoring) for arrival, scoring in zip(arrivals, answered, strict=True)]

    async def _known(self, arrivals: Sequence[Arrival]) -> Mapping[GameEventKey, StoredGameEvent | None]:
        keys = list(dict.fromkeys(arrival.key for arrival in arrivals))
        return dict(zip(keys, await self._tx.game_events(keys), strict=True))

    def _scoring(self, arrival: Arrival) -> _Scoring:
        """Find what rules make of it; not what modules have made of that already."""
        catalog, event, key = self._catalog, arrival.event, arrival.key
        contributions, submissions = arrival.contributions, arrival.submissions
        if contributions is None:
            contributions = list(contributions_of(catalog, event, contribution_id_of(key), arrival.arrived_at))
        if submissions is None:
            submissions = submissions_of(catalog, event, arrival.caller, arrival.arrived_at)
        return _Scoring(arrival, contributions, submissions)

    async def _score(self, scorings: Sequence[_Scoring]) -> None:
        """Let contributions count, and submissions be judged by E30; these never roll for anybody."""
        requests = [
            (one, scoring.arrival.arrived_at)
            for scoring in scorings
            for one in scoring.submissions
            if isinstance(one, SubmitRequest)
        ]
        self._submissions.bring_along([one for scoring in scorings for one in scoring.contributions])
        submitted = iter(await self._submissions.apply(requests))
        contributed = iter(self._submissions.brought_along)
        for scoring in scorings:
            scoring.contributed = [next(contributed) for _ in scoring.contributions]
            scoring.scored = [
                one if isinstance(one, EventScored) else _event_scored(one, next(submitted))
                for one in scoring.submissions
            ]

    async def _keep(self, scorings: Sequence[_Scoring]) -> None:
        """Keep the game events, and make accounts for actors whom nobody knew."""
        if not scorings:
            return
        await add_unknown(
            self._tx,
            (
                Player(one.event.actor_id, one.arrived_at, one.reported.name, one.reported.avatar_url)
                for scoring in scorings
                for one in [scoring.arrival]
                if not any(each.before is not None for each in scoring.contributed)  # who has an entry has an account
            ),
        )
        kept = [scoring.arrival for scoring in scorings]
        await self._tx.add_game_events([stored(one.event, one.key, one.arrived_at) for one in kept])


def _event_scored(request: SubmitRequest, answer: object) -> EventScored:
    if isinstance(answer, DomainError):
        return EventScored(request.event_id, Outcome.REFUSED, refusal=answer)
    if isinstance(answer, Exception):
        raise answer
    return EventScored(request.event_id, Outcome.APPLIED, answer)  # type: ignore[arg-type] # what is no exception is Submitted


def _answer(arrival: Arrival, scoring: _Scoring | None) -> Ingested:
    event_id = arrival.key.event_id
    if scoring is None:
        return Ingested(event_id, Reception.DUPLICATE)
    return Ingested(event_id, Reception.ACCEPTED, scoring.contributed, scoring.scored)
