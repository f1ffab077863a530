"""One total order in a cohort (E40)."""

from functools import cmp_to_key

from hypothesis import given
from hypothesis import strategies as st

from server.domain.event_leaderboards.cohort import Participant
from server.domain.event_leaderboards.definition import SCORE_MAX, SCORE_MIN, Definition, Operator
from server.domain.event_leaderboards.standings import key_of, ranked
from tests.builders import Table, definition


def names(table: Table) -> list[str]:
    return [one.player_id for one in ranked(table.definition, list(table.participants.values()))]


def test_e40_a_tie_goes_to_the_earlier_submission() -> None:
    assert names(Table(definition()).join("a", "b").submit("b", 5).submit("a", 5)) == ["b", "a"]


def test_e40_overshooting_never_overtakes_a_finisher() -> None:
    race = definition(score_target=10, score_target_players=3, operator=Operator.INCREMENT)
    assert names(Table(race).join("a", "b", "c").submit("a", 10).submit("b", 99).submit("c", 9)) == ["a", "b", "c"]


def test_e40_a_zero_never_leads_an_ascending_event() -> None:
    table = Table(definition(ascending=True)).join("idle", "slow", "fast").submit("slow", 90).submit("fast", 60)
    assert names(table) == ["fast", "slow", "idle"]


def test_e40_who_has_not_submitted_comes_last_by_joining() -> None:
    assert names(Table(definition()).join("x", "a", "b").submit("b", -100)) == ["b", "x", "a"]


def test_e40_the_subscore_may_run_the_other_way() -> None:
    table = Table(definition(subscore_ascending=True)).join("a", "b").submit("a", 5, 30).submit("b", 5, 20)
    assert names(table) == ["b", "a"]


edges = st.sampled_from([SCORE_MIN, SCORE_MIN + 1, -1, 0, 1, SCORE_MAX - 1, SCORE_MAX])
events = st.builds(
    lambda up, sub_up, target: definition(
        ascending=up,
        subscore_ascending=sub_up,
        score_target=target,
        score_target_players=3,
        operator=Operator.SET,
        cohort_size=9,
    ),
    st.booleans(),
    st.booleans(),
    st.one_of(st.none(), st.integers(-3, 3)),
)
submissions = st.lists(st.tuples(st.sampled_from("abcdef"), edges | st.integers(-4, 4), edges), max_size=25)


def oracle_order(chosen: Definition, one: Participant, other: Participant) -> int:
    """E40, spelled out with comparisons where the code packs bytes."""
    left, right = one.result, other.result
    if bool(left.finished_revision) != bool(right.finished_revision):
        return -1 if left.finished_revision else 1
    if left.finished_revision:
        return left.finished_revision - right.finished_revision
    if bool(left.submission_count) != bool(right.submission_count):
        return -1 if left.submission_count else 1
    if not left.submission_count:
        return one.joined_revision - other.joined_revision
    for mine, theirs, up in (
        (left.score, right.score, chosen.ascending),
        (left.subscore, right.subscore, chosen.subscore_ascending),
    ):
        if mine != theirs:
            return -1 if (mine < theirs) is up else 1
    return left.reached_revision - right.reached_revision


@given(events, submissions)
def test_e40_keys_sort_as_the_rule_says(chosen: Definition, played: list[tuple[str, int, int]]) -> None:
    table = Table(chosen).join(*"abcdef")
    for name, score, subscore in played:
        table.submit(name, score, subscore)
    everybody = list(table.participants.values())
    assert ranked(chosen, everybody) == sorted(everybody, key=cmp_to_key(lambda a, b: oracle_order(chosen, a, b)))
    assert len({key_of(chosen, one) for one in everybody}) == len(everybody)
