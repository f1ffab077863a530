"""One run of a leaderboard, and how it ends (B3, B12, B13).

Running up to its end, closing while late contributions may still come in, settling once none can, final when ranks and
prizes are written. The first three follow from the clock, so no process has to be awake for them; only the last is a fact.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import Enum

from server.domain.instants import after
from server.domain.leaderboards.definition import Leaderboard, Status
from server.domain.leaderboards.outcomes import Outcome
from server.domain.schedule.timeline import Phase
from server.domain.values import value


class PeriodState(Enum):
    """Where a period is on its way. Ranks are final only in FINAL."""

    RUNNING = "running"
    CLOSING = "closing"
    SETTLING = "settling"
    FINAL = "final"


class Stage(Enum):
    """What is stored of a period: it takes entries, it is sealed, or it is done. Each follows the one before, once."""

    OPEN = "open"
    SEALED = "sealed"
    FINAL = "final"


@value
class Period:
    """A run of a board in [start, end), under the definition that was in force at its start (B3)."""

    start: datetime
    end: datetime
    definition: Leaderboard

    @property
    def seals_at(self) -> datetime:
        """From here on it takes no contribution, however old (B12)."""
        return after(self.end, self.definition.timeframe.late_grace)


def period_of(phase: Phase[Leaderboard]) -> Period:
    """Return the period that a timeline's phase is."""
    return Period(phase.start, phase.active_end, phase.definition)


def state_at(period: Period, stage: Stage | None, now: datetime) -> PeriodState:
    """Return the state. `stage` None: nothing is stored of the period, so when it is over there is nothing to settle."""
    if stage is Stage.FINAL:
        return PeriodState.FINAL
    if stage is Stage.SEALED or now >= period.seals_at:
        return PeriodState.FINAL if stage is None else PeriodState.SETTLING
    return PeriodState.CLOSING if now >= period.end else PeriodState.RUNNING


def status_refusal(status: Status) -> Outcome | None:
    """Judge a contribution by the status of its board at the moment of its arrival (B2)."""
    match status:
        case Status.ACTIVE:
            return None
        case Status.INACTIVE:
            return Outcome.INACTIVE
        case Status.ARCHIVED:
            return Outcome.ARCHIVED


def period_refusal(period: Period | None, stage: Stage | None, now: datetime) -> Outcome | None:
    """Judge a contribution by the period that its time lies in. The seal is checked in the transaction that applies it."""
    if period is None:
        return Outcome.NO_PERIOD
    is_open = stage in {None, Stage.OPEN} and now < period.seals_at
    return None if is_open else Outcome.LATE


def to_settle(stored: Iterable[tuple[Period, Stage]], now: datetime) -> list[Period]:
    """Return the stored periods of a board that are over and not final, the oldest first (B13).

    Those of which nothing is stored had no entries. They need no settling, however many a downtime lasted.
    """
    due = [period for period, stage in stored if stage is not Stage.FINAL and now >= period.seals_at]
    return sorted(due, key=lambda period: period.start)


def next_seal(stored: Iterable[tuple[Period, Stage]]) -> datetime | None:
    """Return when the next of the stored periods is to be settled, or None where none is open."""
    return min((period.seals_at for period, stage in stored if stage is not Stage.FINAL), default=None)
