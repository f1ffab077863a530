"""Builders that state only what matters to a test; the rest is plain."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from server.domain.event_leaderboards.cohort import Cohort, Participant
from server.domain.event_leaderboards.definition import ChangeZone, Definition, Phase, RewardTier, TierRules
from server.domain.event_leaderboards.joining import Joining, joined, new_cohort
from server.domain.event_leaderboards.submissions import Submission, apply_submission
from server.domain.event_leaderboards.timeline import Activation, Timeline
from server.domain.ids import CohortId, DefinitionHash, EventId, PlayerId
from server.domain.schedule import Schedule, Ticks, parse_cron

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
WEEK = timedelta(days=7)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def at(text: str) -> datetime:
    """Read an ISO time as UTC."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def schedule(cron: str | None = "0 0 * * 1", zone: str = "UTC", **bounds: Any) -> Schedule:
    return Schedule(None if cron is None else Ticks(parse_cron(cron), zone), **bounds)


def definition(
    *,
    tiers: int = 1,
    event_id: str = "weekly",
    cron: str | None = "0 0 * * 1",
    zone: str = "UTC",
    times: Schedule | None = None,
    zones: Mapping[int, ChangeZone] | None = None,
    reward_tiers: Mapping[int, tuple[RewardTier, ...]] | None = None,
    overrides: Mapping[int, Mapping[str, Any]] | None = None,
    cohort_size: int = 5,
    max_num_score: int = 0,
    score_target: int | None = None,
    score_target_players: int = 1,
    score_time_limit: timedelta | None = None,
    tier_delta_per_phase: int = 0,
    **options: Any,
) -> Definition:
    """A weekly event of one tier and cohorts of five, unless said otherwise."""
    base = TierRules(
        tier=0,
        name="",
        description="",
        cohort_size=cohort_size,
        max_num_score=max_num_score,
        score_target=score_target,
        score_target_players=score_target_players,
        score_time_limit=score_time_limit,
        tier_delta_per_phase=tier_delta_per_phase,
    )
    rules = tuple(
        replace(
            base,
            tier=tier,
            change_zone=(zones or {}).get(tier),
            reward_tiers=(reward_tiers or {}).get(tier, ()),
            **(overrides or {}).get(tier, {}),
        )
        for tier in range(tiers)
    )
    options.setdefault("subscore_ascending", options.get("ascending", False))
    return Definition(
        event_id=EventId(event_id),
        hash=DefinitionHash("hash"),
        schedule=times or schedule(cron, zone),
        tier_rules=rules,
        **options,
    )


def zone(promotion: str | None = None, demotion: str | None = None, **options: Any) -> ChangeZone:
    return ChangeZone(
        promotion=None if promotion is None else Decimal(promotion),
        demotion=None if demotion is None else Decimal(demotion),
        **options,
    )


def timeline(*activations: Definition | None | tuple[datetime, Definition | None]) -> Timeline:
    """A history of activations; a bare definition has been in force from the beginning."""
    begin = datetime(2020, 1, 1, tzinfo=UTC)
    return Timeline(
        tuple(Activation(*one) if isinstance(one, tuple) else Activation(begin, one) for one in activations)
    )


def phase_of(chosen: Definition, moment: datetime = MONDAY) -> Phase:
    phase = timeline(chosen).phase_at(moment)
    assert phase is not None
    return phase


class Table:
    """A cohort being played, by the rules alone: who joins and submits in what order."""

    def __init__(self, chosen: Definition, tier: int = 0, now: datetime = MONDAY) -> None:
        self.definition = chosen
        self.phase = phase_of(chosen, now)
        self.now = now
        self.cohort: Cohort = new_cohort(CohortId("cohort"), self.phase, tier, now)
        self.participants: dict[str, Participant] = {}

    def join(self, *names: str) -> "Table":
        for name in names:
            self.cohort, self.participants[name] = joined(
                self.cohort, Joining(PlayerId(name), name, ""), self.phase, self.now
            )
        return self

    def submit(self, name: str, score: int, subscore: int = 0, **options: Any) -> "Table":
        applied = apply_submission(
            self.cohort, self.participants[name], self.phase, Submission(score, subscore, **options), self.now
        )
        self.cohort, self.participants[name] = applied.cohort, applied.participant
        return self

    def later(self, span: timedelta) -> "Table":
        self.now += span
        return self
