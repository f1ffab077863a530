"""A bot in a cohort (L2, L7): beside the participants, never among them, and shown as they are.

Its place in the order follows from what it has scored and from the humans alone, never from who looked when: at one score a
human stands before it, and having finished it stands behind all who finished no later. So a cohort's order at a second is
the same however often its bots were looked at before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from struct import Struct

from server.domain.bots.filling import SeatedBot, yielding
from server.domain.dice import Dice
from server.domain.event_leaderboards.cohort import Participant, Result
from server.domain.event_leaderboards.definition import Definition
from server.domain.event_leaderboards.standings import key_behind_finisher, key_behind_joined, key_behind_score
from server.domain.ids import CohortId, PlayerId
from server.domain.instants import BEGINNING, from_microseconds, microseconds_of
from server.domain.values import value

_SECOND = 1_000_000
_PLACE = Struct(">QHI")


def second_of(moment: datetime) -> int:
    """Return the last whole second that has begun by then, since 1970: bots move in seconds (L3)."""
    return microseconds_of(moment) // _SECOND


def moment_of(second: int) -> datetime:
    """Return the instant of a second."""
    return from_microseconds(second * _SECOND)


def shown_at(seed: bytes, what: str, second: int, after: datetime = BEGINNING) -> datetime:
    """Return when something seems to have happened that a bot has done by a second: within the second that ends with it.

    Whole seconds would tell bots from players (L7). `after`: it happened later than that.
    """
    ends = second * _SECOND
    begins = max(ends - _SECOND, microseconds_of(after) + 1)
    return from_microseconds(begins + Dice(seed, f"{what}/{second}").below(max(ends - begins, 1)))


def second_shown(moment: datetime) -> int:
    """Return the second of something that is shown at a moment."""
    return microseconds_of(moment) // _SECOND + 1


@value
class CohortBot:
    """A bot in its slot. `generation`: how many had the slot before it; `kind`: its id among the designer's bots.

    `joined_revision` is that of the last human who had joined before it. `changed_at` is when its score last changed, None
    while it has not scored; `finished_at` when it reached the target; `is_done`: its score moves no more. Moments are as they
    are shown. `has_led`: somebody has seen it first. `left_at`: a human has its place since then.
    """

    cohort_id: CohortId
    slot: int
    generation: int
    kind: str
    player_id: PlayerId
    name: str
    avatar_url: str
    joined_at: datetime
    joined_revision: int
    score: int
    standing_key: bytes
    submission_count: int = 0
    changed_at: datetime | None = None
    finished_at: datetime | None = None
    has_led: bool = False
    is_done: bool = False
    left_at: datetime | None = None

    @property
    def joined_second(self) -> int:
        """When it joined."""
        return second_shown(self.joined_at)

    def placed(self, standing_key: bytes) -> CohortBot:
        """Return the bot at its place in the order; most have not moved since a second ago."""
        return self if self.standing_key == standing_key else replace(self, standing_key=standing_key)

    @property
    def has_scored(self) -> bool:
        """Tell whether it has done what would be a submission of a player."""
        return self.changed_at is not None


def bot_key(definition: Definition, bot: CohortBot, finishers: Sequence[tuple[datetime, int]]) -> bytes:
    """Return the bytes by which a bot sorts among participants and bots. `finishers`: when humans did, by which change."""
    if bot.finished_at is not None:
        second = second_shown(bot.finished_at)
        earlier = max((revision for at, revision in finishers if at <= moment_of(second)), default=0)
        return key_behind_finisher(earlier) + _place(bot, second)
    if not bot.has_scored:
        return key_behind_joined(bot.joined_revision) + _place(bot, bot.joined_second)
    return key_behind_score(definition, bot.score) + _place(bot, 0)


def as_participant(bot: CohortBot) -> Participant:
    """Return the bot as the participant that it looks like."""
    result = Result(
        score=bot.score,
        submission_count=bot.submission_count,
        updated_at=bot.changed_at,
        reached_at=bot.changed_at,
        finished_at=bot.finished_at,
    )
    return Participant(
        bot.cohort_id, bot.player_id, bot.name, bot.avatar_url, bot.joined_at, bot.joined_revision, result
    )


def present(bots: Iterable[CohortBot]) -> list[CohortBot]:
    """Return those that are in the cohort, in the order of their ranks."""
    return sorted((bot for bot in bots if bot.left_at is None), key=lambda bot: bot.standing_key)


def making_room(bots: Iterable[CohortBot], count: int, at: datetime, *, spares_leaders: bool = True) -> list[CohortBot]:
    """Return so many bots that make room: the lowest of those that never led, and where all have, the lowest (L2).

    Who was seen first depends on who looked. `spares_leaders` False: it is not asked, because outcomes depend on who leaves.
    """
    staying, leaving = present(bots), list[CohortBot]()
    while staying and len(leaving) < count:
        seated = [SeatedBot(bot.slot, rank, spares_leaders and bot.has_led) for rank, bot in enumerate(staying)]
        found = yielding(seated) or seated[-1]
        leaving.append(replace(staying.pop(found.rank), left_at=at))
    return leaving


def _place(bot: CohortBot, second: int) -> bytes:
    return _PLACE.pack(second, bot.slot, bot.generation)
