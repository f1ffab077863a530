"""Moving the bots of cohorts to a second, in one transaction, and letting them make room (L2 to L4, L8).

Where they stand follows from the second, so whoever moves them, and however often, they stand there. Nobody else writes bots:
ticks, first reads and the end of a cohort all come here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from server.domain.event_leaderboards import bot_tallies
from server.domain.event_leaderboards.bot_courses import Competitor, SeenScores
from server.domain.event_leaderboards.bot_sightings import lookouts_in, newly_seen
from server.domain.event_leaderboards.cohort import Cohort
from server.domain.event_leaderboards.cohort_bots import CohortBot
from server.domain.event_leaderboards.company import (
    Company,
    Humans,
    abreast,
    needs_all_humans,
    second_due,
    with_room,
)
from server.domain.event_leaderboards.definition import COHORT_SIZE_MAX, Definition, Phase
from server.domain.ids import CohortId, DefinitionHash
from server.ports.catalog import Catalog
from server.ports.company_store import StoredSighting
from server.ports.store import Transaction

COMPETITORS_MAX = 20_000
"""Bots of which is remembered what would cost time to work out again; some 40 MB."""


class CompanyMoves:
    """Moves bots. What it remembers of them saves time and nothing else."""

    def __init__(self, catalog: Catalog, secret: bytes) -> None:
        self._catalog = catalog
        self._secret = secret
        self._competitors: dict[tuple[CohortId, int, int, DefinitionHash], Competitor] = {}

    async def move(self, tx: Transaction, cohort_ids: Iterable[CohortId], now: datetime) -> list[CohortId]:
        """Move the bots of cohorts to where they stand now, and return those cohorts in which something has changed."""
        found = await tx.cohorts_of(sorted(set(cohort_ids)))
        due = [
            (cohort, phase, second)
            for cohort in found
            if cohort is not None
            and (phase := self._catalog.phase_starting(cohort.event_id, cohort.phase_start)).definition.bots is not None
            and (second := second_due(cohort, phase, now)) is not None
        ]
        if not due:
            return []
        ids = [cohort.cohort_id for cohort, _, _ in due]
        bots = await tx.cohort_bots_of(ids)
        seen = await self._seen(tx, [(cohort, phase) for cohort, phase, _ in due])
        moved: list[Company] = []
        sightings: list[StoredSighting] = []
        for cohort, phase, second in due:
            company = Company(cohort, phase, tuple(bots[cohort.cohort_id]))
            known = seen.get(cohort.cohort_id, {})
            humans = await _humans(tx, company, second)
            after = abreast(company, humans, second, self._secret, known, self._competing(cohort, phase))
            moved.append(after)
            sightings += _sightings(company, after, humans, second, known)
        await _write(tx, moved, sightings)
        return [
            company.cohort.cohort_id
            for company, (before, _, _) in zip(moved, due, strict=True)
            if company.cohort.tally.revision != before.tally.revision
        ]

    async def _seen(self, tx: Transaction, cohorts: Sequence[tuple[Cohort, Phase]]) -> dict[CohortId, SeenScores]:
        looking = [cohort.cohort_id for cohort, phase in cohorts if lookouts_in(Company(cohort, phase))]
        return await tx.cohort_sightings_of(looking) if looking else {}

    def _competing(self, cohort: Cohort, phase: Phase) -> _Competing:
        return _Competing(self._competitors, cohort, phase, self._secret)


class _Competing:
    """Answers for the bots of a cohort."""

    def __init__(
        self,
        known: dict[tuple[CohortId, int, int, DefinitionHash], Competitor],
        cohort: Cohort,
        phase: Phase,
        secret: bytes,
    ) -> None:
        self._known = known
        self._cohort = cohort
        self._phase = phase
        self._secret = secret

    def __call__(self, bot: CohortBot) -> Competitor:
        key = bot.cohort_id, bot.slot, bot.generation, self._phase.definition.hash
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = Competitor(bot, self._cohort, self._phase, self._secret)
            if len(self._known) > COMPETITORS_MAX:
                del self._known[next(iter(self._known))]
        return known


async def make_room(tx: Transaction, cohorts: Sequence[tuple[Cohort, Phase]], now: datetime) -> list[Cohort]:
    """Return cohorts that humans have joined, with as many bots gone as there were too many; the bots are written (L2).

    Who joins has looked before, in this transaction, whether the bots stand at his second.
    """
    crowded = [cohort.cohort_id for cohort, _ in cohorts if cohort.shown_count > cohort.size]
    if not crowded:
        return [cohort for cohort, _ in cohorts]
    bots = await tx.cohort_bots_of(crowded)
    companies = [with_room(Company(one, phase, tuple(bots.get(one.cohort_id, ()))), now) for one, phase in cohorts]
    await tx.record_cohort_bots([bot for company in companies for bot in company.changed])
    return [company.cohort for company in companies]


async def last_open_joined_at(tx: Transaction, cohort: Cohort, definition: Definition) -> datetime | None:
    """Return when the last joined who can still submit: among the participants, and the bots where these count (E50, L7)."""
    rules = definition.rules_of(cohort.tier)
    humans = await tx.last_open_joined_at(cohort.cohort_id, rules.max_num_score)
    if definition.bots is None or not definition.bots.count:
        return humans
    bots = (await tx.cohort_bots_of([cohort.cohort_id]))[cohort.cohort_id]
    among_bots = bot_tallies.last_open_joined_at((), bots, rules)
    return max((at for at in (humans, among_bots) if at is not None), default=None)


async def _humans(tx: Transaction, company: Company, second: int) -> Humans:
    limit = COHORT_SIZE_MAX if needs_all_humans(company, second) else 1
    return Humans(tuple(await tx.standings_of(company.cohort.cohort_id, 1, limit)))


def _sightings(before: Company, after: Company, humans: Humans, second: int, seen: SeenScores) -> list[StoredSighting]:
    """Return what is seen now; of a second that has been looked at before, all has been written down."""
    if before.since is not None and second <= before.since:
        return []
    if not lookouts_in(after):
        return []
    found = newly_seen(after, humans, second, seen)
    return [StoredSighting(after.cohort.cohort_id, lookout, one) for lookout, one in found.items()]


async def _write(tx: Transaction, moved: Sequence[Company], sightings: Sequence[StoredSighting]) -> None:
    counting = [company.cohort for company in moved if company.binding.count]
    if counting:
        await tx.record_cohorts(counting)
    await tx.record_companies([company.cohort for company in moved])
    await tx.record_cohort_bots([bot for company in moved for bot in company.changed])
    if sightings:
        await tx.add_cohort_sightings(sightings)
