"""One period on its way from running to final (B2, B3, B12, B13)."""

from datetime import timedelta

import pytest

from server.domain.leaderboards.definition import Status, Timeframe, TimeframeType, in_force
from server.domain.leaderboards.outcomes import Outcome
from server.domain.leaderboards.periods import (
    Period,
    PeriodState,
    Stage,
    next_seal,
    period_refusal,
    state_at,
    status_refusal,
    to_settle,
)
from tests.builders import DAY, HOUR, MONDAY, SECOND
from tests.domain.leaderboards.boards import board


def period(day: int = 0, grace: timedelta = HOUR) -> Period:
    start = MONDAY + day * DAY
    return Period(start, start + DAY, board(timeframe=Timeframe(TimeframeType.DAILY, late_grace=grace)))


END = MONDAY + DAY


@pytest.mark.parametrize(
    ("stage", "after_end", "state"),
    [
        (Stage.OPEN, -SECOND, PeriodState.RUNNING),
        (Stage.OPEN, 0 * HOUR, PeriodState.CLOSING),
        (Stage.OPEN, HOUR - SECOND, PeriodState.CLOSING),
        (Stage.OPEN, HOUR, PeriodState.SETTLING),
        (Stage.SEALED, HOUR - SECOND, PeriodState.SETTLING),  # another process's clock was ahead
        (Stage.FINAL, 99 * DAY, PeriodState.FINAL),
        (None, -SECOND, PeriodState.RUNNING),
        (None, 0 * HOUR, PeriodState.CLOSING),
        (None, HOUR, PeriodState.FINAL),
    ],
)
def test_b12_the_state_follows_from_the_clock_and_what_is_stored(
    stage: Stage | None, after_end: timedelta, state: PeriodState
) -> None:
    assert state_at(period(), stage, END + after_end) is state


def test_b12_without_grace_a_period_settles_at_its_end() -> None:
    assert state_at(period(grace=0 * HOUR), Stage.OPEN, END) is PeriodState.SETTLING


def test_b12_a_contribution_is_late_from_the_seal_on_whichever_comes_first() -> None:
    assert period_refusal(period(), None, END + HOUR - SECOND) is None
    assert period_refusal(period(), Stage.OPEN, END + HOUR) is Outcome.LATE
    assert period_refusal(period(), Stage.SEALED, MONDAY) is Outcome.LATE
    assert period_refusal(None, None, MONDAY) is Outcome.NO_PERIOD


def test_b2_status_is_judged_at_arrival() -> None:
    assert [status_refusal(status) for status in Status] == [None, Outcome.INACTIVE, Outcome.ARCHIVED]


def test_b13_settlement_takes_the_oldest_first_and_only_what_is_over_and_not_final() -> None:
    stored = [
        (period(3), Stage.OPEN),
        (period(1), Stage.SEALED),
        (period(0), Stage.OPEN),
        (period(2), Stage.FINAL),
        (period(9), Stage.OPEN),
    ]
    assert [one.start for one in to_settle(stored, MONDAY + 5 * DAY)] == [MONDAY, MONDAY + DAY, MONDAY + 3 * DAY]
    assert next_seal(stored) == END + HOUR
    assert next_seal([(period(), Stage.FINAL)]) is None


def test_b3_an_edit_changes_what_is_shown_at_once_and_nothing_else() -> None:
    daily = Timeframe(TimeframeType.DAILY)
    pinned = board(name="old", timeframe=daily, min_score=1, contribution_max=5)
    present = board(name="new", timeframe=daily, min_score=2, contribution_max=6, size=10, status=Status.INACTIVE)
    held = in_force(pinned, present)
    assert (held.name, held.status, held.ranking.size) == ("new", Status.INACTIVE, 10)
    assert (held.ranking.min_score, held.contribution_max) == (1, 5)


def test_b3_on_a_board_without_periods_bounds_change_too_but_not_what_scores_mean() -> None:
    pinned = board(min_score=1, contribution_max=5, decimals=0)
    present = board(min_score=2, contribution_max=6, decimals=3)
    held = in_force(pinned, present)
    assert (held.ranking.min_score, held.contribution_max, held.ranking.decimals) == (2, 6, 0)
