"""How a submission changes a score (E30 to E33, E36)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.errors import AuthoritativeEvent, OperatorOverrideForbidden, ScoreOutOfBounds, ScoreOverflow
from server.domain.event_leaderboards.definition import SCORE_MAX, SCORE_MIN, Operator
from server.domain.event_leaderboards.submissions import Submission, is_better, refuse_submission
from tests.builders import SECOND, Table, definition

int64 = st.integers(SCORE_MIN, SCORE_MAX)
pairs = st.tuples(int64, int64)


def scores(table: Table, name: str = "ann") -> tuple[int, int]:
    result = table.participants[name].result
    return result.score, result.subscore


def test_e31_best_keeps_the_better_pair_and_never_a_mix() -> None:
    table = Table(definition()).join("ann").submit("ann", 10, 1).submit("ann", 9, 99)
    assert scores(table) == (10, 1)
    assert scores(table.submit("ann", 10, 2)) == (10, 2)


def test_e31_best_in_an_ascending_event_keeps_the_lower() -> None:
    table = Table(definition(ascending=True)).join("ann").submit("ann", 10).submit("ann", 12)
    assert scores(table) == (10, 0)
    assert scores(table.submit("ann", 8)) == (8, 0)


def test_e31_the_first_submission_counts_even_if_0_would_be_better() -> None:
    assert scores(Table(definition(ascending=True)).join("ann").submit("ann", 50)) == (50, 0)


def test_e31_set_replaces_score_and_subscore() -> None:
    table = Table(definition(operator=Operator.SET)).join("ann").submit("ann", 10, 5).submit("ann", 3)
    assert scores(table) == (3, 0)


def test_e31_increment_and_decrement_work_on_both() -> None:
    table = Table(definition(operator=Operator.INCREMENT)).join("ann").submit("ann", 10, 1).submit("ann", 5, 2)
    assert scores(table) == (15, 3)
    table = Table(definition(operator=Operator.DECREMENT)).join("ann").submit("ann", 10, 1).submit("ann", 5, 2)
    assert scores(table) == (-15, -3)


@pytest.mark.parametrize("operator", [Operator.INCREMENT, Operator.DECREMENT])
def test_e31_what_counts_up_or_down_is_not_negative_unless_allowed(operator: Operator) -> None:
    with pytest.raises(ScoreOutOfBounds):
        refuse_submission(definition(operator=operator), Submission(-1))
    with pytest.raises(ScoreOutOfBounds):
        refuse_submission(definition(operator=operator), Submission(1, -1))
    refuse_submission(definition(operator=operator, score_min=-5), Submission(-5, -5))


def test_e31_another_operator_needs_leave_or_trust() -> None:
    override = Submission(1, operator=Operator.SET)
    with pytest.raises(OperatorOverrideForbidden):
        refuse_submission(definition(), override)
    refuse_submission(definition(allow_operator_override=True), override)
    refuse_submission(definition(), Submission(1, operator=Operator.SET, is_trusted=True))
    refuse_submission(definition(), Submission(1, operator=Operator.BEST))


def test_e30_an_authoritative_event_takes_scores_from_trusted_callers_only() -> None:
    with pytest.raises(AuthoritativeEvent):
        refuse_submission(definition(authoritative=True), Submission(1))
    refuse_submission(definition(authoritative=True), Submission(1, is_trusted=True))


@pytest.mark.parametrize("score", [4, 101, SCORE_MIN, SCORE_MAX])
def test_e30_a_score_outside_the_bounds_is_refused(score: int) -> None:
    with pytest.raises(ScoreOutOfBounds):
        refuse_submission(definition(score_min=5, score_max=100), Submission(score))


def test_e30_a_sum_that_overflows_is_refused_and_changes_nothing() -> None:
    table = Table(definition(operator=Operator.INCREMENT)).join("ann").submit("ann", SCORE_MAX)
    before = table.cohort, table.participants["ann"]
    with pytest.raises(ScoreOverflow):
        table.submit("ann", 1)
    assert (table.cohort, table.participants["ann"]) == before


@given(st.lists(pairs, min_size=1, max_size=8), st.booleans(), st.booleans())
def test_e31_best_is_the_best_pair_ever_submitted(attempts: list[tuple[int, int]], up: bool, sub_up: bool) -> None:
    chosen = definition(ascending=up, subscore_ascending=sub_up)
    table = Table(chosen).join("ann")
    for score, subscore in attempts:
        table.submit("ann", score, subscore)
    best = scores(table)
    assert best in attempts
    assert not any(is_better(chosen, other, best) for other in attempts)
    assert table.participants["ann"].result.submission_count == len(attempts)


@given(pairs, pairs, st.booleans(), st.booleans())
def test_e40_of_two_pairs_one_is_better_unless_they_are_equal(
    one: tuple[int, int], other: tuple[int, int], up: bool, sub_up: bool
) -> None:
    chosen = definition(ascending=up, subscore_ascending=sub_up)
    assert is_better(chosen, one, other) + is_better(chosen, other, one) == (one != other)


def test_e32_every_accepted_submission_counts_improving_or_not() -> None:
    table = Table(definition()).join("ann").submit("ann", 10).later(SECOND).submit("ann", 1)
    result = table.participants["ann"].result
    assert result.submission_count == 2
    assert result.updated_at == table.now
    assert result.reached_at is not None
    assert result.reached_at < table.now


def test_e32_reached_at_is_set_by_the_first_submission_even_if_it_is_0() -> None:
    assert Table(definition()).join("ann").submit("ann", 0).participants["ann"].result.reached_at is not None


def test_e32_reached_at_stays_when_the_same_pair_is_set_again() -> None:
    table = Table(definition(operator=Operator.SET)).join("ann").submit("ann", 7)
    reached = table.participants["ann"].result.reached_at
    assert table.later(SECOND).submit("ann", 7).participants["ann"].result.reached_at == reached


def test_e33_metadata_is_kept_when_omitted_and_replaced_when_given() -> None:
    table = Table(definition()).join("ann").submit("ann", 1, metadata='{"a":1}').submit("ann", 2)
    assert table.participants["ann"].result.metadata == '{"a":1}'
    assert table.submit("ann", 1, metadata='{"b":2}').participants["ann"].result.metadata == '{"b":2}'


def test_e33_conditional_metadata_changes_only_with_the_score() -> None:
    table = Table(definition()).join("ann").submit("ann", 5, metadata='{"a":1}', conditional_metadata_update=True)
    table.submit("ann", 4, metadata='{"b":2}', conditional_metadata_update=True)
    assert table.participants["ann"].result.metadata == '{"a":1}'
    table.submit("ann", 5, 1, metadata='{"c":3}', conditional_metadata_update=True)
    assert table.participants["ann"].result.metadata == '{"c":3}'


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(-5, 5), st.integers(-10, 10)), max_size=20))
def test_e36_revisions_grow_by_one_and_time_stamps_never_run_backwards(
    steps: list[tuple[str, int, int]],
) -> None:
    """The clock jumps to and fro, as clocks of several processes do."""
    table = Table(definition(operator=Operator.SET)).join("a", "b", "c")
    for name, score, jump in steps:
        before = table.cohort.tally
        table.later(timedelta(milliseconds=jump)).submit(name, score)
        assert table.cohort.tally.revision == before.revision + 1
        assert table.cohort.tally.changed_at > before.changed_at


_OF_A_SCORE = ("score", "subscore", "submission_count", "updated_at", "reached_at", "reached_revision")
said = st.sampled_from([None, "{}", '{"a":1}'])


@given(st.integers(-5, 30), said, st.integers(-5, 30), said, st.booleans())
def test_e32_who_has_only_scored_differs_in_nothing_else(
    first: int, first_said: str | None, then: int, then_said: str | None, goes_on: bool
) -> None:
    table = Table(definition(operator=Operator.SET, score_target=20)).join("ann")
    before = table.submit("ann", first, metadata=first_said).participants["ann"]
    after = table.submit("ann", then, metadata=then_said).participants["ann"]
    after = after.with_final(table.now) if goes_on else after
    scored = {name: getattr(after.result, name) for name in _OF_A_SCORE}
    assert after.has_only_scored(before) is (after == before.with_result(replace(before.result, **scored)))
