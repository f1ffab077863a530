"""What a cohort asks of its bots, and where one of them stands at a second (L3, L6)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from server.domain.bots.behavior import Behavior
from server.domain.bots.binding import BotBinding
from server.domain.bots.runner import Runner
from server.domain.bots.score import BotScore, Course, seed_of
from server.domain.bots.sightings import Lookout, Seen, Sighting, lookouts_of
from server.domain.event_leaderboards.cohort import Cohort
from server.domain.event_leaderboards.cohort_bots import CohortBot, second_of, second_shown, shown_at
from server.domain.event_leaderboards.definition import Phase, bot_direction
from server.domain.event_leaderboards.submissions import reaches_target
from server.domain.instants import NEVER
from server.domain.values import value

_ENDLESS_SPAN = 7 * 24 * 3600
"""Over so many seconds a bot spreads its attempts in a phase that never ends."""
_PACE_SECONDS = 20
"""So often a bot would submit that may submit as often as it likes."""


@value
class SeenScore:
    """At this second (since 1970) whoever is looked at had so much."""

    second: int
    score: int


SeenScores = dict[Lookout, tuple[SeenScore, ...]]
"""All that reactive bots of a cohort have seen, in order of time."""


class Competitor:
    """One bot of a cohort, as it can be asked where it stands: always the same at the same second (L3).

    It remembers on the way from second to second what would cost time to work out again, and nothing else.
    """

    def __init__(self, bot: CohortBot, cohort: Cohort, phase: Phase, secret: bytes) -> None:
        definition, rules = phase.definition, phase.definition.rules_of(cohort.tier)
        assert definition.bots is not None, "a bot of an event that binds bots"
        self.seed = seed_of_slot(secret, cohort, bot.slot, bot.generation)
        behavior = definition.bots.kind_of(bot.slot).bot.behavior_of(self.seed)
        self._anchor = definition.bots.anchor_of(bot.joined_second, second_of(phase.start))
        self._course = _course(definition.bots, behavior, cohort, phase, bot.joined_second, self._anchor)
        self._runner = Runner(behavior, self.seed, self._course)
        self._start_score = behavior.start_score
        self._joined = bot.joined_second
        self._definition, self._rules = definition, rules
        self.lookouts = lookouts_of(behavior)

    def at(self, bot: CohortBot, since: int, second: int, scores: SeenScores) -> CohortBot:
        """Return the bot at a second, but for its place in the order. `since`: a second at which it stood as it is."""
        seen = self._seen(scores)
        now = self._at(second, seen)
        if second < since:  # a step back: nothing of later may stay
            bot, since = replace(bot, score=self._start_score, changed_at=None, submission_count=0), self._joined - 1
            bot = replace(bot, finished_at=None)
        if now.score != bot.score or (bot.changed_at is None and self._start_score):
            changed = self._first(lambda one: self._at(one, seen).score == now.score, since, second)
            bot = replace(
                bot,
                score=now.score,
                changed_at=shown_at(self.seed, "changed", changed, bot.joined_at),
                submission_count=self._submissions(changed),
            )
        if bot.finished_at is None and self._has_finished(now):
            finished = self._first(lambda one: self._has_finished(self._at(one, seen)), since, second)
            bot = replace(bot, finished_at=shown_at(self.seed, "changed", finished, bot.joined_at))
        is_done = self._is_done(now, second)
        return bot if is_done is bot.is_done else replace(bot, is_done=is_done)

    def done_second(self, bot: CohortBot, since: int, second: int, scores: SeenScores) -> int:
        """Return the second, no later than `second`, from which a bot that is done scores no more."""
        if bot.finished_at is not None:
            return second_shown(bot.finished_at)
        seen = self._seen(scores)
        return self._first(lambda one: self._is_done(self._at(one, seen), one), since, second)

    def _at(self, second: int, seen: Seen) -> BotScore:
        return self._runner.at(max(second - self._anchor, 0), seen)

    def _has_finished(self, stand: BotScore) -> bool:
        return stand.is_complete and reaches_target(stand.score, self._definition, self._rules)

    def _is_done(self, stand: BotScore, second: int) -> bool:
        course = self._course
        is_spent = course.attempts > 0 and (second - self._anchor) >= course.attempts * _step(course)
        return is_spent or stand.is_complete or stand.has_quit

    def _submissions(self, second: int) -> int:
        """Return how many submissions a player would have needed to stand there."""
        course = self._course
        if not course.attempts:
            return 1 + (second - self._joined) // _PACE_SECONDS
        step = _step(course)
        before = max(self._joined - self._anchor, 0) // step
        return max(min((second - self._anchor) // step, course.attempts) - before, 1)

    def _first(self, holds: Callable[[int], bool], since: int, second: int) -> int:
        """Return the first second behind `since` at which something holds that holds from then on, and at `second`."""
        first = max(since + 1, self._joined)
        return (
            second if first >= second else first + bisect_left(range(first, second), 1, key=lambda one: int(holds(one)))
        )

    def _seen(self, scores: SeenScores) -> Seen:
        if not self.lookouts:
            return ()
        return {one: self._sightings(scores.get(one, ())) for one in self.lookouts}

    def _sightings(self, seen: Sequence[SeenScore]) -> tuple[Sighting, ...]:
        way = self._course.direction
        return tuple(Sighting(one.second - self._anchor, max((one.score - self._start_score) * way, 0)) for one in seen)


def seed_of_slot(secret: bytes, cohort: Cohort, slot: int, generation: int) -> bytes:
    """Return the seed of a bot of a cohort."""
    return seed_of(secret, cohort.event_id, cohort.cohort_id, "", slot, generation)


def _course(binding: BotBinding, behavior: Behavior, cohort: Cohort, phase: Phase, joined: int, anchor: int) -> Course:
    definition, rules = phase.definition, phase.definition.rules_of(cohort.tier)
    direction = bot_direction(definition.operator, ascending=definition.ascending)
    course = binding.course_of(behavior, direction, joined, second_of(phase.start))
    has_way = course.direction == (-1 if definition.ascending else 1)
    ends = None if phase.active_end == NEVER else second_of(phase.active_end)
    if rules.score_time_limit is not None:
        own_end = joined + rules.score_time_limit // timedelta(seconds=1)
        ends = own_end if ends is None else min(own_end, ends)
    return replace(
        course,
        score_target=rules.score_target if has_way else None,
        attempts=rules.max_num_score,
        span_seconds=_ENDLESS_SPAN if ends is None else max(ends - anchor, 0),
        stops_second=None if ends is None else max(ends - anchor, 0),
    )


def _step(course: Course) -> int:
    """Return after how many seconds the next attempt follows."""
    return max(course.span_seconds // course.attempts, 1)
