"""A bot that is asked second after second: it remembers its last milestone, so that each answer costs one stay, not all."""

from __future__ import annotations

from server.domain.bots.behavior import Behavior
from server.domain.bots.score import BotScore, Course, Milestone, milestone_at, score_at
from server.domain.bots.sightings import Seen


class Runner:
    """One bot on its course. What it answers is `score_at`, whatever it was asked before.

    Sightings may be added between two questions, later ones only.
    """

    def __init__(self, behavior: Behavior, seed: bytes, course: Course) -> None:
        self._behavior = behavior
        self._seed = seed
        self._course = course
        self._since: Milestone | None = None

    def at(self, second: int, seen: Seen = ()) -> BotScore:
        """Return where the bot stands at a second since its anchor."""
        self._since = milestone_at(self._behavior, self._seed, self._course, second, seen, self._since)
        return score_at(self._behavior, self._seed, self._course, second, seen, self._since)
