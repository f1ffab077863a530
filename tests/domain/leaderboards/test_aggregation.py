"""Many contributions, one score, in whatever order they come (B21, B22, B24)."""

from datetime import datetime, timedelta
from fractions import Fraction
from functools import reduce
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.leaderboards.aggregation import Aggregate, Contribution, Stamp, applied, combined
from server.domain.leaderboards.definition import Aggregation, Leaderboard, Method
from server.domain.leaderboards.outcomes import Outcome
from server.domain.scoring import SCALED_MAX
from tests.domain.leaderboards.boards import START, aggregate, board, contribution


def reached(chosen: Leaderboard, *contributions: Contribution) -> tuple[int, float]:
    found = aggregate(chosen, *contributions)
    return found.score, (found.reached_at - START).total_seconds()


@pytest.mark.parametrize(
    ("aggregation", "score", "seconds"),
    [
        (Aggregation.SUM, 17, 4),
        (Aggregation.COUNT, 5, 4),
        (Aggregation.MAX, 7, 1),
        (Aggregation.MIN, 0, 3),
        (Aggregation.AVG, 3, 4),
        (Aggregation.BEST, 7, 1),
        (Aggregation.LATEST, 3, 4),
    ],
)
def test_b21_each_aggregation_and_when_its_value_was_reached(
    aggregation: Aggregation, score: int, seconds: int
) -> None:
    played = [contribution(points, at) for at, points in enumerate([0, 7, 7, 0, 3])]
    if aggregation is Aggregation.MIN:
        played[0] = contribution(5, 0)
    assert reached(board(aggregation), *played) == (score, seconds)


def test_b21_best_is_the_lowest_where_the_lowest_leads() -> None:
    chosen = board(Aggregation.BEST, method=Method.SCORE_ASC)
    assert reached(chosen, contribution(9, 0), contribution(4, 1), contribution(4, 2)) == (4, 1)


def test_b21_a_zero_does_not_change_a_sum() -> None:
    assert reached(board(), contribution(5, 1), contribution(0, 9)) == (5, 1)


def test_b21_a_sum_of_zeros_was_reached_by_the_first() -> None:
    assert reached(board(), contribution(0, 3), contribution(0, 1)) == (0, 1)


def test_b21_latest_of_one_instant_is_the_greater_id() -> None:
    chosen = board(Aggregation.LATEST)
    assert aggregate(chosen, contribution(1, 0, "b"), contribution(2, 0, "a")).score == 1


def test_b21_metadata_is_what_the_latest_contribution_with_some_says() -> None:
    played = [contribution(1, 5, "x", "new"), contribution(1, 9), contribution(1, 2, "y", "old")]
    assert aggregate(board(), *played).metadata == "new"


def test_b22_a_count_is_a_whole_number_of_a_board_with_decimals() -> None:
    chosen = board(Aggregation.COUNT, decimals=3)
    assert aggregate(chosen, contribution(0, 0), contribution(0, 1)).score == 2000


def test_b22_beyond_the_range_is_refused_and_exactly_at_it_is_not() -> None:
    full = aggregate(board(), contribution(SCALED_MAX))
    assert full.score == SCALED_MAX
    assert applied(full, contribution(1, 1), board()) is Outcome.OVERFLOW
    assert applied(None, contribution(SCALED_MAX + 1), board(Aggregation.MAX)) is Outcome.OVERFLOW
    assert applied(None, contribution(-SCALED_MAX - 1), board(Aggregation.MAX)) is Outcome.OVERFLOW


def test_b22_the_sum_behind_an_average_may_be_larger_than_a_score_but_must_fit_its_column() -> None:
    chosen = board(Aggregation.AVG)
    found = reduce(
        lambda so_far, at: combined(so_far, so_far, chosen), range(9), aggregate(chosen, contribution(2**53))
    )
    assert (found.score, found.total) == (2**53, 2**62)
    assert applied(combined(found, found, chosen), contribution(0), chosen) is Outcome.OVERFLOW


def test_b24_bounds_of_a_contribution_include_their_ends() -> None:
    chosen = board(contribution_min=-1, contribution_max=5)
    outcomes = [applied(None, contribution(points), chosen) for points in (-2, -1, 5, 6)]
    assert [one is Outcome.OUT_OF_BOUNDS for one in outcomes] == [True, False, False, True]


def test_b21_where_contributions_are_counted_points_and_their_bounds_say_nothing() -> None:
    chosen = board(Aggregation.COUNT, contribution_min=1)
    assert aggregate(chosen, contribution(-(2**60))).score == 1


def test_b24_min_score_never_refuses() -> None:
    assert aggregate(board(min_score=100), contribution(1)).score == 1


boards = st.builds(
    lambda aggregation, method, decimals: board(aggregation, method=method, decimals=decimals),
    st.sampled_from(Aggregation),
    st.sampled_from(Method),
    st.integers(0, 6),
)
stamps = st.tuples(st.integers(0, 5), st.integers(0, 2))
logs = st.lists(
    st.tuples(stamps, st.integers(-3, 3) | st.integers(-(2**45), 2**45), st.sampled_from([None, "a", "b"])),
    min_size=1,
    max_size=8,
    unique_by=lambda one: one[0],
).map(
    lambda rows: [
        Contribution(points, Stamp(START + timedelta(seconds=second), f"{number}"), metadata)
        for (second, number), points, metadata in rows
    ]
)


@given(boards, logs, st.data())
def test_b21_the_order_of_arrival_changes_nothing(
    chosen: Leaderboard, log: list[Contribution], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(log))
    assert aggregate(chosen, *shuffled) == aggregate(chosen, *log)


@given(boards, logs, st.data())
def test_b21_batches_change_nothing(chosen: Leaderboard, log: list[Contribution], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(log))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(log)))) | {0, len(log)})
    batches = [aggregate(chosen, *shuffled[start:end]) for start, end in pairwise(cuts) if end > start]
    together = reduce(lambda one, other: combined(one, other, chosen), data.draw(st.permutations(batches)))
    assert together == aggregate(chosen, *log)


def oracle(chosen: Leaderboard, log: list[Contribution]) -> tuple[int, datetime]:
    """B21 read aloud: look at all contributions in the order of time, and say what they come to."""
    ordered = sorted(log, key=lambda one: one.stamp)
    points = [one.points for one in ordered]
    changed = [one.stamp.at for one in ordered if one.points] or [ordered[0].stamp.at]
    last = ordered[-1].stamp.at
    is_low = chosen.aggregation is Aggregation.MIN or (
        chosen.aggregation is Aggregation.BEST and chosen.ranking.method is Method.SCORE_ASC
    )
    match chosen.aggregation:
        case Aggregation.SUM:
            return sum(points), changed[-1]
        case Aggregation.COUNT:
            return len(points) * 10**chosen.ranking.decimals, last
        case Aggregation.AVG:
            return round(Fraction(sum(points), len(points))), last
        case Aggregation.LATEST:
            return points[-1], last
        case _:
            score = min(points) if is_low else max(points)
            return score, next(one.stamp.at for one in ordered if one.points == score)


@given(boards, logs)
def test_b21_the_score_is_what_the_rule_says(chosen: Leaderboard, log: list[Contribution]) -> None:
    found = aggregate(chosen, *log)
    assert (found.score, found.reached_at) == oracle(chosen, log)
    assert found.samples == len(log)
    assert (found.first_at, found.latest) == (min(one.stamp.at for one in log), max(one.stamp for one in log))


@given(boards, logs, st.integers(-(2**54), 2**54))
def test_b22_a_refused_contribution_leaves_a_valid_entry(
    chosen: Leaderboard, log: list[Contribution], points: int
) -> None:
    before = aggregate(chosen, *log)
    after = applied(before, contribution(points, 99), chosen)
    assert isinstance(after, Aggregate) or after is Outcome.OVERFLOW
    if isinstance(after, Aggregate):
        assert abs(after.score) <= SCALED_MAX
