"""Scores on their way to leaderboards, whichever of the three ways they come (B20), and what becomes of them (B2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from server.domain.ids import LeaderboardKey, PlayerId
from server.domain.leaderboards.outcomes import Outcome
from server.domain.leaderboards.segments import Claim
from server.domain.values import value
from server.ports.board_store import StoredEntry
from server.ports.contribution_store import Source


@value
class Contributing:
    """A score for one board. `points` is a decimal as text, as it arrived; empty where points are not looked at (count).

    `at` chooses the period (B12) and `contribution_id` tells apart what happened at one instant (B21). `refused`: why it does
    not count although it got this far; it is only reported, with `detail`, which says more of it. `arrived_at`: when
    its call came, by which it is judged however long it waits; None: with its transaction.
    """

    leaderboard: LeaderboardKey
    player_id: PlayerId
    points: str
    at: datetime
    contribution_id: str
    source: Source
    claim: Claim = Claim()
    metadata: str | None = None
    refused: Outcome | None = None
    detail: str = ""
    arrived_at: datetime | None = None


def heard(one: Contributing, said: object) -> Contributing:
    """Return a contribution with what the player's profile says of his segment."""
    return replace(one, claim=replace(one.claim, from_profile=said))


@value
class Contributed:
    """What became of it. `before` is the entry as it was, `entry` as it is now, both None where nothing was applied.

    `detail` says more of an expression that failed: the attribute at fault. `points` are those that count: rounded (B22).
    """

    leaderboard: LeaderboardKey
    outcome: Outcome
    period_start: datetime | None = None
    before: StoredEntry | None = None
    entry: StoredEntry | None = None
    detail: str = ""
    points: str = ""

    @property
    def is_applied(self) -> bool:
        """Whether it counts."""
        return self.outcome is Outcome.APPLIED
