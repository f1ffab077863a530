"""Which bots a board takes, and how they come (L2, L3, L7): what event leaderboards and leaderboards say alike."""

from __future__ import annotations

from typing import NamedTuple

from server.domain.bots.behavior import Behavior
from server.domain.bots.definition import Bot
from server.domain.bots.filling import Fill
from server.domain.bots.score import Course
from server.domain.bots.slopes import direction_of, has_goals
from server.domain.values import value


class Kind(NamedTuple):
    """A kind of bot by the id that designers gave it."""

    bot_id: str
    bot: Bot


@value
class BotBinding:
    """The bots of a board. Slots take the kinds in turn, so an id that was named twice comes twice as often.

    `begins_on_joining`: a bot's seconds count from when it joined; else from the start of the phase or period, and it is on
    its curve `catch_up_seconds` after it joined. `take_prizes` and `count` (L7) say what bots otherwise never do.
    """

    kinds: tuple[Kind, ...]
    fill: Fill
    begins_on_joining: bool = True
    catch_up_seconds: int = 0
    take_prizes: bool = False
    count: bool = False

    def kind_of(self, slot: int) -> Kind:
        """Return the kind of the bot in a slot; slots count from 0."""
        return self.kinds[slot % len(self.kinds)]

    def anchor_of(self, joined: int, start: int) -> int:
        """Return the second that a bot's seconds count from, for one that joined a board of that start; all in one count."""
        return joined if self.begins_on_joining else start

    def course_of(self, behavior: Behavior, direction: int, joined: int, start: int) -> Course:
        """Return the course of a bot on a board whose scores get better, or grow, in that direction."""
        way = direction_of(behavior) if has_goals(behavior) else direction
        if self.begins_on_joining:
            return Course(direction=way)
        return Course(direction=way, joined_second=joined - start, catch_up_seconds=self.catch_up_seconds)
