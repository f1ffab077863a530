"""One transaction's worth of contributions, whichever of the three ways they came (B20).

They are loaded together, decided one after the other, and written together.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from server.application.contributions import Contributed, Contributing
from server.application.period_pins import pin_periods
from server.domain.ids import LeaderboardKey
from server.domain.leaderboards.aggregation import Aggregate, Contribution, Stamp, applied
from server.domain.leaderboards.definition import Aggregation, Leaderboard
from server.domain.leaderboards.entry import PeriodId, SegmentId
from server.domain.leaderboards.outcomes import Outcome
from server.domain.leaderboards.periods import Period, period_refusal, status_refusal
from server.domain.leaderboards.ranking import order_key
from server.domain.leaderboards.scores import score_of
from server.domain.leaderboards.segments import WHOLE_BOARD, Claim, Known, Placed, claimed, judged
from server.domain.scoring import PointsOverflow
from server.ports.board_store import EntryKey, LoggedContribution, Source, StoredEntry
from server.ports.catalog import Catalog
from server.ports.errors import CatalogBehind
from server.ports.store import Transaction

_WHOLE = Placed(WHOLE_BOARD)
_NO_CLAIM = "{}"


@dataclass(slots=True, eq=False)
class _Run:
    """A period that contributions lie in, and what holds there now. `refusal`: why it takes none of them.

    `segment_count` is asked for once somebody would stand in a new segment.
    """

    period_id: PeriodId
    period: Period
    board: Leaderboard
    refusal: Outcome | None
    is_loaded: bool = False
    is_stored: bool = False
    segment_count: int = 0


@dataclass(slots=True, eq=False)
class _Plan:
    """A contribution before it is decided. `refusal` stands already where nothing need be read to know it."""

    contributing: Contributing
    run: _Run | None
    key: EntryKey | None
    refusal: Outcome | None


class ContributionBatch:
    """Contributions that share a transaction, and all arrived `now`. What one changes, the next one sees.

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
        self._segments: set[SegmentId] = set()
        self._new_segments: list[SegmentId] = []
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
        period = self._catalog.period_at(key, one.at)
        refusal = one.refused or self._statuses[key]
        if period is None:
            return _Plan(one, None, None, refusal or Outcome.NO_PERIOD)
        run = self._run(PeriodId(key, period.start), period)
        return _Plan(one, run, EntryKey(run.period_id, one.player_id), refusal or run.refusal)

    def _run(self, period_id: PeriodId, period: Period) -> _Run:
        run = self._runs.get(period_id)
        if run is None:
            board = self._catalog.board_of(period_id.leaderboard).in_force(period)
            run = _Run(period_id, period, board, period_refusal(period, None, self._now))
            self._runs[period_id] = run
        return run

    async def _load(self, plans: Sequence[_Plan]) -> None:
        runs = {plan.run.period_id: plan.run for plan in plans if plan.refusal is None and plan.run is not None}
        await self._load_periods([run for run in runs.values() if not run.is_loaded])
        open_plans = [plan for plan in plans if plan.refusal is None and plan.run is not None and not plan.run.refusal]
        keys = {plan.key: None for plan in open_plans if plan.key is not None and plan.key not in self._entries}
        if keys:
            wanted = list(keys)
            found = dict(zip(wanted, await self._tx.entries_of(wanted), strict=True))
            self._loaded |= found
            self._entries |= found
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
            run.refusal = period_refusal(run.period, stored.stage, self._now)
            known = (stored.end, stored.definition_hash)
            if run.refusal is None and known != (run.period.end, run.period.definition.hash):
                raise CatalogBehind(
                    f"{run.period_id.leaderboard}: the period of {run.period.start} is stored otherwise"
                )

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
        unknown = [segment for segment in asked if segment not in self._segments]
        if not unknown:
            return
        self._segments |= await self._tx.known_segments(unknown)
        for run in {id(run): run for segment, run in asked.items() if segment not in self._segments}.values():
            run.segment_count = await self._tx.segment_count(run.period_id)

    def _answer(self, plan: _Plan) -> Contributed:
        one, run, key = plan.contributing, plan.run, plan.key
        refusal = plan.refusal
        if run is None or key is None:
            assert refusal is not None
            return Contributed(one.leaderboard, refusal, detail=one.detail, points=one.points)
        refusal = refusal or run.refusal
        entry = refusal or self._changed(one, run, key)
        if isinstance(entry, Outcome):
            return Contributed(one.leaderboard, entry, run.period.start, None, None, one.detail, one.points)
        before, self._entries[key] = self._entries[key], entry
        self._written[key] = entry
        return Contributed(one.leaderboard, Outcome.APPLIED, run.period.start, before, entry, "", one.points)

    def _changed(self, one: Contributing, run: _Run, key: EntryKey) -> StoredEntry | Outcome:
        """Return the entry as the contribution leaves it, or why it does not count."""
        board, before = run.board, self._entries[key]
        placed = _WHOLE if board.segmentation is None else self._placed(one.claim, run, before)
        if isinstance(placed, Outcome):
            return placed
        points = _points(one, board)
        if points is None:
            return Outcome.OVERFLOW
        contribution = Contribution(points, Stamp(one.at, one.contribution_id), one.metadata)
        aggregate = applied(None if before is None else before.aggregate, contribution, board)
        if isinstance(aggregate, Outcome):
            return aggregate
        entry = _entry(key, placed.segment, aggregate, before, board, self._now)
        if before is None or placed.moves_from is not None:
            self._stand(SegmentId(key.period, placed.segment), run)
        return entry

    def _placed(self, claim: Claim, run: _Run, before: StoredEntry | None) -> Placed | Outcome:
        segmentation = run.board.segmentation
        segment = claimed(segmentation, claim)
        exists = isinstance(segment, str) and SegmentId(run.period_id, segment) in self._segments
        current = None if before is None else before.segment
        return judged(segmentation, claim, Known(current, run.segment_count, exists))

    def _stand(self, segment: SegmentId, run: _Run) -> None:
        """Note that somebody stands in a segment from now on."""
        if segment not in self._segments:
            self._segments.add(segment)
            self._new_segments.append(segment)
            run.segment_count += 1

    async def _write(self, plans: Sequence[_Plan], answers: Sequence[Contributed]) -> None:
        fresh: dict[PeriodId, _Run] = {}
        changed: dict[EntryKey, StoredEntry] = {}
        log: list[LoggedContribution] = []
        for plan, answer in zip(plans, answers, strict=True):
            run, key, entry = plan.run, plan.key, answer.entry
            if run is None or key is None:
                continue
            if entry is not None:
                changed[key] = entry
                if not run.is_stored:
                    fresh[run.period_id] = run
            elif plan.contributing.source is Source.GAME_EVENT:
                continue  # the game event itself is kept, and says as much
            log.append(_logged(plan.contributing, key, answer, self._now))
        if fresh:
            await self._pin(list(fresh.values()))
        if self._new_segments:
            await self._tx.add_segments(self._new_segments)
            self._new_segments = []
        if changed:
            await self._tx.record_entries(list(changed.values()))
        if log:
            await self._tx.log_contributions(log)

    async def _pin(self, runs: Sequence[_Run]) -> None:
        periods = sorted(
            ((run.period_id.leaderboard, run.period) for run in runs), key=lambda one: (one[0], one[1].start)
        )
        before = len(self.pinned)
        self.pinned += periods
        await pin_periods(self._tx, self._catalog, periods, before)
        for run in runs:
            run.is_stored = True


def _points(one: Contributing, board: Leaderboard) -> int | None:
    """Return the points in the board's smallest steps; None: they do not fit (B22)."""
    if board.aggregation is Aggregation.COUNT:
        return 0
    try:
        return score_of(Decimal(one.points), board.ranking.decimals)
    except PointsOverflow:
        return None


def _entry(
    key: EntryKey, segment: str, aggregate: Aggregate, before: StoredEntry | None, board: Leaderboard, now: datetime
) -> StoredEntry:
    """Return the entry after a change. Its order key knows nothing of `min_score`, which an edit may change at once."""
    is_bot, is_hidden, version = (
        (False, False, 1) if before is None else (before.is_bot, before.is_hidden, before.version + 1)
    )
    is_ranked = not is_hidden and aggregate.samples >= board.min_samples
    order = order_key(key.period, key.player_id, aggregate, board.ranking) if is_ranked else None
    return StoredEntry(key, segment, aggregate, version, order, now, is_bot, is_hidden)


def _logged(one: Contributing, key: EntryKey, answer: Contributed, now: datetime) -> LoggedContribution:
    segment = WHOLE_BOARD if answer.entry is None else answer.entry.segment
    return LoggedContribution(
        key,
        segment,
        one.source,
        one.contribution_id,
        one.at,
        now,
        one.points,
        claim_text(one.claim),
        answer.outcome.value,
        one.metadata,
    )


def claim_text(claim: Claim) -> str:
    """Write what was said of a segment as JSON, for the log."""
    if claim.from_client is None and claim.from_trusted is None:
        return _SAID_BY_TRUSTED if claim.is_trusted else _NO_CLAIM
    said = {"client": claim.from_client, "trusted": claim.from_trusted, "by_trusted": claim.is_trusted}
    return json.dumps({name: one for name, one in said.items() if one}, default=str)


def claim_from(text: str) -> Claim:
    """Read what `claim_text` has written."""
    said = json.loads(text)
    return Claim(said.get("client"), said.get("trusted"), bool(said.get("by_trusted")))


_SAID_BY_TRUSTED = '{"by_trusted":true}'
