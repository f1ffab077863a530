"""A cohort with bots being played by the rules alone: humans join and submit, and somebody looks at the bots now and then."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from server.domain.bots.behavior import (
    Anchor,
    CompleteAt,
    Idle,
    ProgressLinear,
    TrackPosition,
    sequence,
    single,
)
from server.domain.bots.binding import BotBinding, Kind
from server.domain.bots.definition import Bot
from server.domain.bots.filling import Fill
from server.domain.bots.sightings import Lookout
from server.domain.bots.variety import Spread
from server.domain.event_leaderboards import completion
from server.domain.event_leaderboards.bot_courses import Competitor, SeenScore
from server.domain.event_leaderboards.bot_sightings import lookouts_in, newly_seen
from server.domain.event_leaderboards.cohort import Cohort, Participant
from server.domain.event_leaderboards.cohort_bots import CohortBot, present
from server.domain.event_leaderboards.company import Company, Humans, abreast, second_due, with_room
from server.domain.event_leaderboards.definition import Definition
from server.domain.event_leaderboards.joining import Joining, joined, new_cohort
from server.domain.event_leaderboards.situation import refusal_of_submitter
from server.domain.event_leaderboards.standings import key_of
from server.domain.event_leaderboards.submissions import Submission, apply_submission
from server.domain.ids import CohortId, PlayerId
from tests.builders import MONDAY, phase_of

SECRET = b"secret"
NAMES = ("Ada", "Bo", "Cy", "Di", "Ed", "Flo")
RUNNER = Bot(single(ProgressLinear(900, 600, jitter=300)), NAMES, spread=Spread(200, 200))
SHADOW = Bot(single(TrackPosition(Anchor.LEADER, -5, 40)), NAMES)
IDLER = Bot(single(Idle()), NAMES)
WINNER = Bot(sequence([(ProgressLinear(500, 300), 300), (CompleteAt(1000, 100), 0)]), NAMES)


def bots(*kinds: Bot, to: int = 5, after: int = 10, every: int = 20, **options: bool | int) -> BotBinding:
    chosen = tuple(Kind(f"kind{number}", kind) for number, kind in enumerate(kinds or (RUNNER,)))
    return BotBinding(chosen, Fill(to, after, every), **options)  # type: ignore[arg-type]  # a test names real fields


class CompanyTable:
    """A cohort being played, with bots. `at` is the time since it was made."""

    def __init__(self, chosen: Definition, now: datetime = MONDAY) -> None:
        self.phase = phase_of(chosen, now)
        self.definition = chosen
        self.start = now
        self.now = now
        self.company = Company(new_cohort(CohortId("cohort"), self.phase, 0, now), self.phase)
        self.participants: dict[str, Participant] = {}
        self.seen: dict[Lookout, tuple[SeenScore, ...]] = {}

    def at(self, span: timedelta | float) -> "CompanyTable":
        self.now = self.start + (span if isinstance(span, timedelta) else timedelta(seconds=span))
        return self

    def tick(self) -> "CompanyTable":
        """Somebody looks: the bots are brought to this second, or to the cohort's end."""
        second = second_due(self.company.cohort, self.phase, self.now)
        if second is None:
            return self
        humans = self.humans()
        self.company = abreast(self.company, humans, second, SECRET, self.seen, self._competing)
        if lookouts_in(self.company):
            for lookout, one in newly_seen(self.company, humans, second, self.seen).items():
                self.seen[lookout] = (*self.seen.get(lookout, ()), one)
        return self

    def join(self, name: str) -> "CompanyTable":
        """A human joins. Whoever does not make the cohort looks first."""
        if self.participants:
            self.tick()
        cohort, participant = joined(self.cohort, Joining(PlayerId(name), name, ""), self.phase, self.now)
        self.participants[name] = participant
        self._put(cohort)
        self.company = with_room(self.company, self.now)
        return self

    def submit(self, name: str, score: int) -> "CompanyTable":
        if self.definition.bots is not None and self.definition.bots.count:
            self.tick()
        one = self.participants[name]
        applied = apply_submission(self.cohort, one, self.phase, Submission(score), self.now)
        self.participants[name] = applied.participant
        self._put(applied.cohort)
        return self

    def may_join(self, name: str) -> bool:
        self.tick()
        return name not in self.participants and completion.is_open(self.cohort, self.phase, self.now)

    def may_submit(self, name: str) -> bool:
        if self.definition.bots is not None and self.definition.bots.count:
            self.tick()
        return refusal_of_submitter(self.participants[name], self.cohort, self.phase, self.now) is None

    def stands(self, bot: CohortBot, second: int) -> tuple[int, datetime | None, int]:
        """Work out where a bot stands from what was seen alone, asked for the first time."""
        fresh = replace(bot, score=self.definition.bots.kind_of(bot.slot).bot.behavior.start_score, changed_at=None)
        found = self._competing(bot).at(fresh, bot.joined_second - 1, second, self.seen)
        return found.score, found.changed_at, found.submission_count

    def seal(self) -> "CompanyTable":
        self.tick()
        self._put(completion.sealed(self.cohort, self.phase, self.now))
        return self

    @property
    def cohort(self) -> Cohort:
        return self.company.cohort

    def humans(self) -> Humans:
        return Humans(tuple(sorted(self.participants.values(), key=lambda one: key_of(self.definition, one))))

    def bots(self) -> Sequence[CohortBot]:
        return present(self.company.bots)

    def order(self) -> list[str]:
        """Everybody's id, by rank."""
        keys = [(bot.standing_key, bot.player_id) for bot in self.bots()]
        keys += [(key_of(self.definition, one), one.player_id) for one in self.participants.values()]
        return [who for _, who in sorted(keys)]

    def _competing(self, bot: CohortBot) -> Competitor:
        return Competitor(bot, self.cohort, self.phase, SECRET)

    def _put(self, cohort: Cohort) -> None:
        self.company = Company(cohort, self.phase, self.company.bots)
