"""When a cohort is over (E50, E51, E52, E6)."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from server.domain.event_leaderboards import completion
from server.domain.event_leaderboards.definition import Definition, Operator
from tests.builders import DAY, HOUR, MINUTE, SECOND, WEEK, Table, definition


def complete(table: Table) -> bool:
    return completion.is_complete(table.cohort, table.phase, table.now)


def complete_for(table: Table, name: str) -> bool:
    return completion.is_complete_for(table.participants[name], table.cohort, table.phase, table.now)


def open_now(table: Table) -> bool:
    return completion.is_open(table.cohort, table.phase, table.now)


def race(**options: object) -> Definition:
    return definition(**{"score_target": 10, "score_target_players": 2, "operator": Operator.INCREMENT, **options})  # type: ignore[arg-type]


def test_e50_the_phases_active_end_completes_for_all() -> None:
    table = Table(definition()).join("a", "b").submit("a", 5)
    assert not complete(table.later(WEEK - SECOND))
    assert complete(table.later(SECOND))


def test_e50_reaching_the_target_completes_for_oneself() -> None:
    table = Table(race()).join("a", "b").submit("a", 10)
    assert complete_for(table, "a")
    assert not complete_for(table, "b")
    assert not complete(table)


def test_e50_in_an_ascending_event_the_target_is_reached_from_above_and_by_a_submission() -> None:
    table = Table(race(ascending=True, operator=Operator.BEST)).join("a", "b")
    assert not complete_for(table, "a")
    assert not complete_for(table.submit("a", 11), "a")
    assert complete_for(table.submit("a", 9), "a")


def test_e50_enough_finishers_complete_for_all_and_lock() -> None:
    table = Table(race()).join("a", "b", "c").submit("a", 10)
    assert open_now(table)
    table.submit("b", 11)
    assert complete(table)
    assert not open_now(table)


def test_e50_a_full_cohort_without_attempts_left_is_complete() -> None:
    table = Table(definition(cohort_size=2, max_num_score=1)).join("a").submit("a", 1)
    assert not complete(table)
    table.join("b")
    assert not complete(table)
    assert complete(table.submit("b", 1))


def test_e50_a_full_cohort_completes_when_the_last_time_limit_ends() -> None:
    table = Table(definition(cohort_size=2, score_time_limit=HOUR)).join("a").later(10 * MINUTE).join("b")
    assert not complete(table.later(HOUR - SECOND))
    assert complete(table.later(SECOND))


def test_e50_a_part_filled_cohort_waits_although_all_time_limits_are_over() -> None:
    table = Table(definition(cohort_size=3, score_time_limit=HOUR)).join("a", "b").later(2 * HOUR)
    assert not complete(table)


def test_e50_attempts_target_and_time_limit_together_leave_nobody_who_can_submit() -> None:
    table = Table(race(cohort_size=3, score_target_players=3, max_num_score=2, score_time_limit=HOUR)).join("a", "b")
    table.later(MINUTE).join("c").submit("a", 10).submit("b", 1).submit("b", 1)
    assert completion.completed_at(table.cohort, table.phase) == table.participants["c"].joined_at + HOUR


def test_e50_the_instant_is_derived_and_not_when_somebody_looked() -> None:
    table = Table(definition(cohort_size=2, score_time_limit=HOUR)).join("a", "b").later(3 * DAY)
    assert completion.completed_at(table.cohort, table.phase) == table.participants["b"].joined_at + HOUR


def test_e6_a_cohort_below_its_minimum_completes_for_nobody_before_the_active_end() -> None:
    table = Table(race(min_cohort_size=3)).join("a", "b").submit("a", 10)
    assert not complete_for(table, "a")
    table.join("c")
    assert complete_for(table, "a")
    small = Table(race(min_cohort_size=3)).join("a", "b").submit("a", 10).submit("b", 10)
    assert not complete(small)
    assert complete_for(small.later(WEEK), "a")


def test_e51_a_decided_race_below_its_minimum_takes_nobody() -> None:
    assert not open_now(Table(race(min_cohort_size=3)).join("a", "b").submit("a", 10).submit("b", 10))


def test_e6_past_cohort_open_it_takes_nobody_and_counts_as_full() -> None:
    table = Table(definition(cohort_size=5, max_num_score=1, cohort_open=HOUR)).join("a").submit("a", 1)
    assert open_now(table)
    assert not complete(table.later(HOUR - SECOND))
    table.later(SECOND)
    assert not open_now(table)
    assert complete(table)


def test_e52_a_seal_completes_whatever_the_clock_says_and_keeps_the_instant() -> None:
    table = Table(definition()).join("a").later(WEEK)
    cohort = completion.sealed(table.cohort, table.phase, table.now + SECOND)
    assert completion.is_complete(cohort, table.phase, table.phase.start)
    assert cohort.tally.completed_at == table.phase.active_end
    assert completion.sealed(cohort, table.phase, table.now + DAY) is cohort


steps = st.lists(
    st.one_of(
        st.tuples(st.just("join"), st.sampled_from("abcde")),
        st.tuples(st.sampled_from("abcde"), st.integers(0, 6)),
        st.tuples(st.just("later"), st.integers(1, 90)),
    ),
    max_size=40,
)
events = st.builds(
    lambda size, target, players, attempts, limit, least, opened: definition(
        operator=Operator.INCREMENT,
        cohort_size=size,
        score_target=target,
        score_target_players=players,
        max_num_score=attempts,
        score_time_limit=limit and limit * MINUTE,
        min_cohort_size=least,
        cohort_open=opened and opened * MINUTE,
        cron="0 */6 * * *",
    ),
    st.integers(1, 5),
    st.one_of(st.none(), st.integers(1, 12)),
    st.integers(1, 3),
    st.integers(0, 3),
    st.one_of(st.none(), st.integers(10, 200)),
    st.integers(0, 3),
    st.one_of(st.none(), st.integers(10, 200)),
)


@given(events, steps)
def test_e50_the_counted_answer_is_the_scanned_one(chosen: Definition, played: list[tuple[str, object]]) -> None:
    """The oracle looks at every participant, which the cohort never needs to."""
    table = Table(chosen)
    rules = chosen.rules_of(0)
    for who, what in played:
        if who == "later":
            table.later(int(str(what)) * MINUTE)
        elif who == "join":
            name = str(what)
            if name not in table.participants and open_now(table):
                table.join(name)
        elif who in table.participants and may_submit(table, who):
            table.submit(who, int(str(what)))
            if rules.score_time_limit is not None:
                forget_the_done(table)
        assert complete(table) == scanned_complete(table)


def may_submit(table: Table, name: str) -> bool:
    return not complete_for(table, name) and not out_of_submissions(table, name)


def out_of_submissions(table: Table, name: str) -> bool:
    one, rules = table.participants[name], table.definition.rules_of(0)
    timed_out = rules.score_time_limit is not None and table.now >= one.joined_at + rules.score_time_limit
    used_up = 0 < rules.max_num_score <= one.result.submission_count
    return timed_out or used_up or one.result.finished_at is not None


def forget_the_done(table: Table) -> None:
    """What the store does when the last to have joined is done: it looks up the last who is not."""
    rules = table.definition.rules_of(0)
    still = [
        one.joined_at
        for one in table.participants.values()
        if one.result.finished_at is None and not 0 < rules.max_num_score <= one.result.submission_count
    ]
    waiting = table.cohort.with_tally(replace(table.cohort.tally, last_open_joined_at=max(still, default=None)))
    table.cohort = completion.scheduled(waiting, table.phase)


def scanned_complete(table: Table) -> bool:
    chosen, rules = table.definition, table.definition.rules_of(0)
    if table.now >= table.phase.active_end:
        return True
    if len(table.participants) < max(chosen.min_cohort_size, 1):
        # An empty cohort past its opening time would count as full of nobody; no store ever holds one.
        return not table.participants and chosen.min_cohort_size == 0 and completed_empty(table)
    finishers = sum(one.result.finished_at is not None for one in table.participants.values())
    if rules.score_target is not None and finishers >= rules.score_target_players:
        return True
    overdue = chosen.cohort_open is not None and table.now >= table.cohort.created_at + chosen.cohort_open
    full = len(table.participants) >= table.cohort.size or overdue
    return full and all(out_of_submissions(table, name) for name in table.participants)


def completed_empty(table: Table) -> bool:
    opened = table.definition.cohort_open
    return opened is not None and table.now >= table.cohort.created_at + opened


@given(events, steps)
def test_e50_once_complete_a_cohort_stays_complete_at_the_same_instant(
    chosen: Definition, played: list[tuple[str, object]]
) -> None:
    table = Table(chosen).join("a")
    for who, what in played:
        if who == "later":
            table.later(int(str(what)) * MINUTE)
        elif who in table.participants and may_submit(table, who):
            table.submit(who, int(str(what)))
        if complete(table):
            instant = completion.completed_at(table.cohort, table.phase)
            assert instant <= max(table.now, table.cohort.tally.changed_at)
            assert completion.is_complete(table.cohort, table.phase, table.now + timedelta(days=9))
            assert all(complete_for(table, name) for name in table.participants)
