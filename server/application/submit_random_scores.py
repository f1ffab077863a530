"""Scores out of nothing, for those who test a game (E82)."""

from __future__ import annotations

import asyncio

from server.application.debugging import running_cohort
from server.application.situations import load_situation
from server.application.submit_score import SubmitScore
from server.application.submitting import SubmitRequest
from server.domain.dice import Dice
from server.domain.errors import DomainError
from server.domain.event_leaderboards.definition import Operator
from server.domain.event_leaderboards.submissions import Submission
from server.domain.ids import EventId, PlayerId
from server.domain.values import value
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.store import Store


@value
class ScoreRange:
    """Scores and subscores to draw from, bounds included, and how they meet what is there (None: the event's way)."""

    score_min: int
    score_max: int
    subscore_min: int = 0
    subscore_max: int = 0
    operator: Operator | None = None


class SubmitRandomScores:
    """Let everybody else in a player's cohort submit a random score."""

    def __init__(self, store: Store, catalog: Catalog, clock: Clock, submit: SubmitScore, secret: bytes) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock
        self._submit = submit
        self._secret = secret

    async def __call__(self, player_id: PlayerId, event_id: EventId, span: ScoreRange) -> int:
        """Submit once for everybody but the player, and return how many submissions were accepted.

        :raises EventNotFound, CohortNotJoined, CohortComplete: if there is no running cohort to play in
        """
        now = self._clock.now()
        situation = await self._store.read(lambda view: load_situation(view, self._catalog, player_id, event_id, now))
        one, _ = running_cohort(situation)
        others = await self._store.read(lambda view: view.players_of(one.cohort.cohort_id))
        dice = Dice(self._secret, f"random scores of {one.cohort.cohort_id} at {now.isoformat()}")
        requests = [
            SubmitRequest(other, event_id, "debug", _drawn(dice, span)) for other in others if other != player_id
        ]
        answers = await asyncio.gather(*map(self._submit, requests), return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException) and not isinstance(answer, DomainError):
                raise answer
        return sum(not isinstance(answer, BaseException) for answer in answers)


def _drawn(dice: Dice, span: ScoreRange) -> Submission:
    return Submission(
        score=dice.between(span.score_min, span.score_max),
        subscore=dice.between(span.subscore_min, span.subscore_max),
        operator=span.operator,
        is_trusted=True,
    )
