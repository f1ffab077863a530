"""The bots of a cohort at a second: who has come, what they score, who has been seen first (L2, L3, L8).

Where they stand follows from the definition, the secret, the humans who joined and the second, whichever seconds were asked
for before. Two kinds of block need what reactive bots have seen; that is written down second by second (L4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from server.domain.bots.binding import BotBinding
from server.domain.bots.definition import bot_id_of, identity_of
from server.domain.bots.filling import Fill, next_drip
from server.domain.bots.sightings import lookouts_of
from server.domain.event_leaderboards import completion
from server.domain.event_leaderboards.bot_courses import Competitor, SeenScores, seed_of_slot
from server.domain.event_leaderboards.bot_tallies import BotDeed, Deed, last_open_joined_at, with_deeds
from server.domain.event_leaderboards.cohort import Cohort, Participant
from server.domain.event_leaderboards.cohort_bots import (
    CohortBot,
    bot_key,
    making_room,
    moment_of,
    second_of,
    second_shown,
    shown_at,
)
from server.domain.event_leaderboards.definition import Definition, Phase
from server.domain.event_leaderboards.standings import key_behind_joined, key_of
from server.domain.instants import NEVER
from server.domain.values import value

UNWATCHED_SECONDS = 60
"""So often bots that must move are moved while nobody looks: a shadow must not stand still and then run."""

Competing = Callable[[CohortBot], Competitor]
"""Returns what answers for a bot; it may be one that has answered before."""


@value
class Humans:
    """What bots need to know of the participants: all of them in order, or the first alone (`needs_all_humans`)."""

    ranked: tuple[Participant, ...]

    def best_key(self, definition: Definition) -> bytes:
        """Return the key of the first; of nobody, it stands behind every bot."""
        return key_of(definition, self.ranked[0]) if self.ranked else b"\xff"

    @property
    def finishers(self) -> list[tuple[datetime, int]]:
        """When they reached the target, each by which change."""
        results = (one.result for one in self.ranked)
        return [(one.finished_at, one.finished_revision) for one in results if one.finished_at is not None]


@value
class Company:
    """A cohort with all bots that it has or had. `changed`: those that are not as the store has them."""

    cohort: Cohort
    phase: Phase
    bots: tuple[CohortBot, ...] = ()
    changed: tuple[CohortBot, ...] = ()

    @property
    def binding(self) -> BotBinding:
        """Which bots come, and how."""
        bots = self.phase.definition.bots
        assert bots is not None, "an event that binds bots"
        return bots

    @property
    def since(self) -> int | None:
        """The second at which the bots stand as they are; None: nobody has looked yet."""
        at = self.cohort.tally.bots_at
        return None if at is None else second_of(at)


def second_due(cohort: Cohort, phase: Phase, now: datetime, slack: int = 0) -> int | None:
    """Return the second at which bots must stand to be shown, or decided with, now; None: they do (L8).

    `slack`: so many seconds they may be behind. Once the cohort is over they stand as at its end, to the second (L6).
    """
    tally, second = cohort.tally, second_of(now)
    if phase.definition.bots is None or tally.sealed_at is not None:
        return None
    at = None if tally.bots_at is None else second_of(tally.bots_at)
    completed_at = completion.completed_at(cohort, phase)
    if completed_at <= now:
        end = second_of(completed_at)
        return None if at == end else end
    return None if at is not None and at >= second - slack else second


def needs_all_humans(company: Company, second: int) -> bool:
    """Tell whether it takes more than the first of the participants to say where the bots stand at a second."""
    rules = company.phase.definition.rules_of(company.cohort.tier)
    if company.binding.count or rules.score_target is not None or any(_joining_seconds(company, second)):
        return True
    return any(lookouts_of(kind.bot.behavior) for kind in company.binding.kinds)


def abreast(
    company: Company, humans: Humans, second: int, secret: bytes, seen: SeenScores, competing: Competing
) -> Company:
    """Return the company as it stands at a second."""
    before = {(bot.slot, bot.generation): bot for bot in company.bots}
    moved = _moved(company, humans, second, secret, seen, competing)
    if company.binding.count:
        end = completion.completed_at(moved.cohort, moved.phase)
        if end < moment_of(second):  # it was over before that second: bots stand as at its end
            return abreast(company, humans, second_of(end), secret, seen, competing)
    changed = tuple(bot for bot in moved.bots if before.get((bot.slot, bot.generation)) != bot)
    tally = moved.cohort.tally
    tally = replace(
        tally,
        revision=tally.revision + bool(changed),
        bots_at=moment_of(second),
        bots_due_at=_due_after(moved, second),
    )
    return replace(moved, cohort=moved.cohort.with_tally(tally), changed=changed)


def moves_unwatched(definition: Definition) -> bool:
    """Tell whether bots must move though nobody looks: to see what passes (L4), or as the cohort may end by them (L7)."""
    bots = definition.bots
    return bots is not None and (bots.count or any(lookouts_of(kind.bot.behavior) for kind in bots.kinds))


def _due_after(company: Company, second: int) -> datetime | None:
    """Return when the bots move next though nobody looks; None: they need not, or the cohort is over."""
    if not moves_unwatched(company.phase.definition):
        return None
    end = completion.completed_at(company.cohort, company.phase)
    return min(moment_of(second + UNWATCHED_SECONDS), end) if moment_of(second + 1) <= end else None


def with_room(company: Company, at: datetime) -> Company:
    """Return the company with as many bots gone as there are too many: humans have taken their places (L2)."""
    too_many = company.cohort.shown_count - company.cohort.size
    if too_many <= 0:
        return company
    decides_outcomes = company.binding.count or company.binding.take_prizes
    gone = making_room(company.bots, too_many, at, spares_leaders=not decides_outcomes)
    leaving = {(bot.slot, bot.generation): bot for bot in gone}
    bots = tuple(leaving.get((bot.slot, bot.generation), bot) for bot in company.bots)
    tally = company.cohort.tally
    tally = replace(tally, bot_count=tally.bot_count - len(leaving))
    cohort = company.cohort.with_tally(tally)
    if company.binding.count:
        done = sum(bot.is_done for bot in leaving.values())
        finished = sum(bot.finished_at is not None for bot in leaving.values())
        tally = replace(tally, done_count=tally.done_count - done, finisher_count=tally.finisher_count - finished)
        cohort = completion.scheduled(cohort.with_tally(tally), company.phase)
    return Company(cohort, company.phase, bots, tuple(leaving.values()))


def _moved(
    company: Company, humans: Humans, second: int, secret: bytes, seen: SeenScores, competing: Competing
) -> Company:
    """Return the company with its bots moved, those that were due among them; keys and tally as they are then."""
    definition = company.phase.definition
    joined = _joined(company, humans, second, secret)
    bots = [_gone_if_later(bot, second) for bot in [*company.bots, *joined]]
    joining = {bot.slot for bot in joined}
    stood: list[CohortBot] = []
    deeds: list[BotDeed] = []
    for bot in bots:
        if bot.left_at is not None:
            continue
        competitor, since = competing(bot), company.since
        begun = bot.joined_second - 1 if since is None or bot.slot in joining else since
        after = competitor.at(bot, begun, second, seen)
        deeds += _deeds(bot, after, partial(competitor.done_second, after, begun, second, seen))
        stood.append(after)
    finishers = humans.finishers
    keyed = [bot.placed(bot_key(definition, bot, finishers)) for bot in stood]
    leading = _leading(keyed, humans.best_key(definition))
    now = {bot.slot: bot for bot in keyed}
    if leading is not None and not leading.has_led:
        now[leading.slot] = replace(leading, has_led=True)
    after_all = tuple(now[bot.slot] if bot.left_at is None else bot for bot in bots)
    return replace(company, cohort=_tallied(company, humans, joined, after_all, deeds), bots=after_all)


def _gone_if_later(bot: CohortBot, second: int) -> CohortBot:
    """Return a bot as it is in a cohort that was over before it came: a clock of another node had run ahead."""
    is_later = bot.left_at is None and bot.joined_second > second
    return replace(bot, left_at=moment_of(second)) if is_later else bot


def _leading(bots: Sequence[CohortBot], best_human: bytes) -> CohortBot | None:
    first = min((bot for bot in bots if bot.has_scored), key=lambda bot: bot.standing_key, default=None)
    return first if first is not None and first.standing_key < best_human else None


def _joining_seconds(company: Company, until: int) -> Iterator[int]:
    """Yield when bots join, of those that are due by a second and have not come yet (L2).

    Humans who join look first who is there. So since the second at which the bots stand nobody has come or gone.
    """
    cohort, fill = company.cohort, company.binding.fill
    fill = Fill(min(fill.to, cohort.size), fill.after_seconds, fill.every_seconds)
    began = second_of(cohort.created_at)
    second = began if company.since is None else company.since
    bots, humans = cohort.tally.bot_count, cohort.tally.participant_count
    while True:
        due = next_drip(fill, humans, bots, second - began)
        if due is None or began + due > until or not _is_open_at(company, began + due):
            return
        second = began + due
        bots += 1
        yield second


def _is_open_at(company: Company, second: int) -> bool:
    """Tell whether somebody could join then: a place that nobody can come to stays empty (E51)."""
    tally, closes_at = company.cohort.tally, completion.closes_at(company.cohort, company.phase)
    return moment_of(second) < min(closes_at, tally.saturated_at or NEVER)


def _joined(company: Company, humans: Humans, second: int, secret: bytes) -> list[CohortBot]:
    """Return the bots that join by a second."""
    names = {one.name for one in humans.ranked} | {bot.name for bot in company.bots if bot.left_at is None}
    revision = max((one.joined_revision for one in humans.ranked), default=0)
    free = _free_slots(company.bots)
    made: list[CohortBot] = []
    for joined in _joining_seconds(company, second):
        slot, generation = next(free)
        bot = _bot(company, slot, generation, joined, names, revision, secret)
        names.add(bot.name)
        made.append(bot)
    return made


def _free_slots(bots: Iterable[CohortBot]) -> Iterator[tuple[int, int]]:
    """Yield slots that no bot has, the lowest first, each with how many bots have had it."""
    taken = {bot.slot for bot in bots if bot.left_at is None}
    slot = 0
    while True:
        if slot not in taken:
            yield slot, sum(bot.slot == slot for bot in bots)
        slot += 1


def _bot(
    company: Company, slot: int, generation: int, joined: int, names: set[str], revision: int, secret: bytes
) -> CohortBot:
    cohort, kind = company.cohort, company.binding.kind_of(slot)
    seed = seed_of_slot(secret, cohort, slot, generation)
    identity = identity_of(kind.bot, seed, names)
    joined_at = shown_at(seed, "joined", joined)
    return CohortBot(
        cohort_id=cohort.cohort_id,
        slot=slot,
        generation=generation,
        kind=kind.bot_id,
        player_id=bot_id_of(seed, joined_at),
        name=identity.name,
        avatar_url=identity.avatar,
        joined_at=joined_at,
        joined_revision=revision,
        score=kind.bot.behavior.start_score,
        standing_key=key_behind_joined(revision),
    )


def _tallied(
    company: Company, humans: Humans, joined: Sequence[CohortBot], bots: Sequence[CohortBot], deeds: Sequence[BotDeed]
) -> Cohort:
    """Return the cohort with its bots counted: for all to see, and where it is wanted for what numbers decide (L7)."""
    cohort = company.cohort
    if not company.binding.count:
        there = sum(bot.left_at is None for bot in bots)
        return cohort.with_tally(replace(cohort.tally, bot_count=there))
    comings = [BotDeed(bot.joined_second, Deed.JOINED) for bot in joined]
    rules = company.phase.definition.rules_of(cohort.tier)
    last_open = last_open_joined_at(humans.ranked, bots, rules)
    return with_deeds(cohort, company.phase, [*comings, *deeds], last_open)


def _deeds(before: CohortBot, after: CohortBot, done_second: Callable[[], int]) -> Iterator[BotDeed]:
    """Yield what a bot has done since it stood as `before`."""
    if after.finished_at is not None and before.finished_at is None:
        yield BotDeed(second_shown(after.finished_at), Deed.FINISHED)
    if after.is_done and not before.is_done:
        yield BotDeed(done_second(), Deed.DONE)
