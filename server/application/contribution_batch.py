"""One transaction's worth of contributions, whichever of the three ways they came (B20).

They are loaded together, decided one after the other, and written together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from server.application.contributions import Contributed, Contributing, heard
from server.application.entry_changes import SegmentsKnown, claim_text, entry_after
from server.application.period_pins import pin_periods
from server.domain.ids import LeaderboardKey
from server.domain.leaderboards.definition import Leaderboard
from server.domain.leaderboards.entry import PeriodId, SegmentId
from server.domain.leaderboards.outcomes import Outcome
from server.domain.leaderboards.periods import Period, Stage, period_refusal, status_refusal
from server.domain.leaderboards.scores import rounded
from server.domain.leaderboards.segments import WHOLE_BOARD, claimed, hears_profile
from server.ports.board_store import EntryKey, StoredEntry
from server.ports.catalog import Catalog
from server.ports.contribution_store import LoggedContribution, Source
from server.ports.errors import CatalogBehind
from server.ports.player_store import PropertyKey
from server.ports.store import Transaction


@dataclass(slots=True, eq=False)
class _Run:
    """A period that contributions lie in, and what holds there now."""

    period_id: PeriodId
    period: Period
    board: Leaderboard
    is_loaded: bool = False
    is_stored: bool = False
    is_sealed: bool = False
    segments: SegmentsKnown = field(default_factory=SegmentsKnown)


@dataclass(slots=True, eq=False)
class _Plan:
    """A contribution before it is decided. `refusal` stands already where nothing need be read to know it."""

    contributing: Contributing
    arrived_at: datetime
    run: _Run | None
    key: EntryKey | None
    refusal: Outcome | None


class ContributionBatch:
    """Contributions that share a transaction. What one changes, the next one sees. `now`: when those arrived that do not say.

    It may be applied more than once in its transaction. Once that is committed, the catalogue must hear of the periods that
    were `pinned`, and indexes of the entries that have `changed`.
    """

    def __init__(self, tx: Transaction, catalog: Catalog, now: datetime) -> None:
        self._tx = tx
        self._catalog = catalog
        self._now = now
        self._runs: dict[PeriodId, _Run] = {}
        self._statuses: dict[LeaderboardKey, Outcome | None] = {}
        self._loaded: dict[EntryKey, StoredEntry | None] = {}
        self._entries: dict[EntryKey, StoredEntry | None] = {}
        self._written: dict[EntryKey, StoredEntry] = {}
        self.answers: list[Contributed] = []
        self.pinned: list[tuple[LeaderboardKey, Period]] = []

    @property
    def changed(self) -> list[tuple[StoredEntry | None, StoredEntry]]:
        """Entries before this transaction, None where they are new, and as it left them."""
        return [(self._loaded[key], entry) for key, entry in self._written.items()]

    async def apply(self, contributions: Sequence[Contributing]) -> list[Contributed]:
        """Return for each contribution what became of it, in order.

        :raises CatalogBehind: if periods are not what this process takes them for
        """
        plans = [self._plan(one) for one in contributions]
        await self._load(plans)
        answers = [self._answer(plan) for plan in plans]
        await self._write(plans, answers)
        self.answers += answers
        return answers

    def _plan(self, one: Contributing) -> _Plan:
        """Find the period, and judge by what needs no reading: the board's status, and the clock (B2, B12)."""
        key = one.leaderboard
        if key not in self._statuses:
            self._statuses[key] = status_refusal(self._catalog.board_of(key).present.status)
        period, arrived_at = self._catalog.period_at(key, one.at), one.arrived_at or self._now
        refusal = one.refused or self._statuses[key] or period_refusal(period, None, arrived_at)
        if period is None:
            return _Plan(one, arrived_at, None, None, refusal)
        run = self._run(PeriodId(key, period.start), period)
        return _Plan(one, arrived_at, run, EntryKey(run.period_id, one.player_id), refusal)

    def _run(self, period_id: PeriodId, period: Period) -> _Run:
        run = self._runs.get(period_id)
        if run is None:
            board = self._catalog.board_of(period_id.leaderboard).in_force(period)
            run = self._runs[period_id] = _Run(period_id, period, board)
        return run

    async def _load(self, plans: Sequence[_Plan]) -> None:
        runs = {plan.run.period_id: plan.run for plan in plans if plan.refusal is None and plan.run is not None}
        await self._load_periods([run for run in runs.values() if not run.is_loaded])
        open_plans = [
            plan for plan in plans if plan.refusal is None and plan.run is not None and not plan.run.is_sealed
        ]
        keys = {plan.key: None for plan in open_plans if plan.key is not None and plan.key not in self._entries}
        if keys:
            wanted = list(keys)
            found = dict(zip(wanted, await self._tx.entries_of(wanted), strict=True))
            self._loaded |= found
            self._entries |= found
        await self._hear_profiles(open_plans)
        await self._load_segments(open_plans)

    async def _load_periods(self, runs: Sequence[_Run]) -> None:
        """Read what is stored of periods. Behind that none of them is sealed by anybody else."""
        if not runs:
            return
        found = await self._tx.stored_periods([run.period_id for run in runs])
        for run, stored in zip(runs, found, strict=True):
            run.is_loaded, run.is_stored = True, stored is not None
            if stored is None:
                continue
            run.is_sealed = stored.stage is not Stage.OPEN
            is_known = (stored.end, stored.definition_hash) == (run.period.end, run.period.definition.hash)
            if not run.is_sealed and not is_known:
                message = f"the period of {run.period.start} is stored otherwise"
                raise CatalogBehind(f"{run.period_id.leaderboard}: {message}")

    async def _hear_profiles(self, plans: Sequence[_Plan]) -> None:
        """Let the profiles of players have their word where it can decide (B23)."""
        asking: dict[PropertyKey, list[_Plan]] = {}
        for plan in plans:
            assert plan.run is not None
            assert plan.key is not None
            split, entry = plan.run.board.segmentation, self._entries[plan.key]
            current = None if entry is None else entry.segment
            if split is not None and hears_profile(split, plan.contributing.claim, current):
                asking.setdefault(PropertyKey(plan.key.player_id, split.key), []).append(plan)
        if not asking:
            return
        said = await self._tx.property_values_of(list(asking))
        for word, concerned in zip(said, asking.values(), strict=True):
            for plan in concerned:
                if word is not None:
                    plan.contributing = heard(plan.contributing, word)

    async def _load_segments(self, plans: Sequence[_Plan]) -> None:
        """Ask which of the segments that contributions name exist, where any value makes one and it would be another one."""
        asked: dict[SegmentId, _Run] = {}
        for plan in plans:
            run, key = plan.run, plan.key
            assert run is not None
            assert key is not None
            segmentation = run.board.segmentation
            if segmentation is None or segmentation.buckets is not None:
                continue
            segment = claimed(segmentation, plan.contributing.claim)
            entry = self._entries[key]
            if isinstance(segment, str) and (entry is None or entry.segment != segment):
                asked[SegmentId(run.period_id, segment)] = run
        unknown = [one for one, run in asked.items() if one.segment not in run.segments.existing]
        if not unknown:
            return
        known = await self._tx.known_segments(unknown)
        missing = sorted(one for one in unknown if one not in known)  # counting locks, so all count in one order
        for run in {one.period: asked[one] for one in missing}.values():
            run.segments.count = await self._tx.segment_count(run.period_id)
        if missing:  # whoever held the count before may have added just these
            known |= await self._tx.known_segments(missing)
        for one in known:
            asked[one].segments.existing.add(one.segment)

    def _answer(self, plan: _Plan) -> Contributed:
        one, run, key = plan.contributing, plan.run, plan.key
        refusal = plan.refusal
        if run is None or key is None:
            assert refusal is not None
            return Contributed(one.leaderboard, refusal, detail=one.detail, points=one.points)
        points = rounded(one.points, run.board.ranking.decimals)
        refusal = refusal or (Outcome.LATE if run.is_sealed else None)
        entry = refusal or entry_after(one, key, self._entries[key], run.board, run.segments, plan.arrived_at)
        if isinstance(entry, Outcome):
            return Contributed(one.leaderboard, entry, run.period.start, None, None, one.detail, points)
        before, self._entries[key] = self._entries[key], entry
        self._written[key] = entry
        return Contributed(one.leaderboard, Outcome.APPLIED, run.period.start, before, entry, "", points)

    async def _write(self, plans: Sequence[_Plan], answers: Sequence[Contributed]) -> None:
        changed: dict[EntryKey, StoredEntry] = {}
        fresh: dict[PeriodId, _Run] = {}
        for plan, answer in zip(plans, answers, strict=True):
            if answer.entry is not None and plan.run is not None:
                changed[answer.entry.key] = answer.entry
                if not plan.run.is_stored:
                    fresh[plan.run.period_id] = plan.run
        if fresh:
            await self._pin(list(fresh.values()))
        await self._add_segments()
        if changed:
            await self._tx.record_entries(list(changed.values()))
        log = [_logged(*one) for one in zip(plans, answers, strict=True) if _is_logged(*one)]
        if log:
            await self._tx.log_contributions(log)

    async def _add_segments(self) -> None:
        new = [SegmentId(run.period_id, segment) for run in self._runs.values() for segment in run.segments.new]
        if new:
            await self._tx.add_segments(new)
        for run in self._runs.values():
            run.segments.new.clear()

    async def _pin(self, runs: Sequence[_Run]) -> None:
        periods = sorted(
            ((run.period_id.leaderboard, run.period) for run in runs), key=lambda one: (one[0], one[1].start)
        )
        before = len(self.pinned)
        self.pinned += periods
        await pin_periods(self._tx, self._catalog, periods, before)
        for run in runs:
            run.is_stored = True


def _is_logged(plan: _Plan, answer: Contributed) -> bool:
    """Tell whether the log takes it: of a game event only what counts, for the rest follows from the event, which is kept.

    What modules say does not, nor what a profile said, which may say something else by then. Outside of all periods there is
    no board that could be computed again.
    """
    one = plan.contributing
    if plan.key is None or plan.run is None:
        return False
    if answer.is_applied or one.source is not Source.GAME_EVENT or answer.outcome is Outcome.REFUSED:
        return True
    is_heard = plan.refusal is None and plan.run.board.segmentation is not None
    return is_heard and one.claim.from_trusted is None


def _logged(plan: _Plan, answer: Contributed) -> LoggedContribution:
    one = plan.contributing
    assert plan.key is not None
    return LoggedContribution(
        plan.key,
        WHOLE_BOARD if answer.entry is None else answer.entry.segment,
        one.source,
        one.contribution_id,
        one.at,
        plan.arrived_at,
        one.points,
        claim_text(one.claim),
        answer.outcome.value,
        one.metadata,
    )
