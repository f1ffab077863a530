"""Bots in a cohort: the same at a second whoever looked before, company for humans and never in their way (L2 to L8)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from server.domain.bots.filling import Fill
from server.domain.event_leaderboards import completion
from server.domain.event_leaderboards.cohort_bots import CohortBot, second_of
from server.domain.event_leaderboards.definition import Definition
from server.domain.event_leaderboards.outcomes import outcome_of
from server.domain.event_leaderboards.standings import ranked
from tests.builders import HOUR, MINUTE, MONDAY, SECOND, definition, zone
from tests.domain.event_leaderboards.company_table import IDLER, NAMES, RUNNER, SHADOW, WINNER, CompanyTable, bots


class Happening(NamedTuple):
    """At a second, somebody joins (with no score) or submits a score; `nobody` looks."""

    second: float
    who: str
    score: int | None


happenings = st.lists(
    st.builds(
        Happening,
        st.floats(0, 700).map(lambda one: round(one, 3)),
        st.sampled_from("abcdef"),
        st.none() | st.integers(0, 1200),
    ),
    max_size=14,
).map(lambda found: sorted(found, key=lambda one: one.second))
looks = st.lists(st.integers(0, 700), max_size=12)


def play(
    chosen: Definition, happened: Sequence[Happening], looked: Sequence[int] = (), until: float = 720
) -> CompanyTable:
    """Let it happen, as far as the rules allow, and look at the bots now and then."""
    table = CompanyTable(chosen).join("z")
    moments = sorted([*happened, *(Happening(second, "", None) for second in looked)], key=lambda one: one.second)
    for second, who, score in moments:
        table.at(second)
        if not who:
            table.tick()
        elif score is None:
            if table.may_join(who):
                table.join(who)
        elif who in table.participants and table.may_submit(who):
            table.submit(who, score)
    return table.at(until).tick()


def plain(found: Sequence[CohortBot]) -> list[CohortBot]:
    """Bots but for who was seen first, which depends on who looked, and for numbers of changes, of which ticks make some."""
    return [replace(one, has_led=False, joined_revision=0, standing_key=b"") for one in found]


CROWDED = definition(cohort_size=5, bots=bots(RUNNER, WINNER, IDLER), score_target=1000, score_target_players=2)
ROOMY = definition(cohort_size=12, bots=bots(RUNNER, WINNER, IDLER, to=5), score_target=1000, score_target_players=9)


@given(happenings, looks, looks)
def test_l3_l8_where_bots_stand_is_the_same_whoever_looked_before(
    happened: Sequence[Happening], some: Sequence[int], others: Sequence[int]
) -> None:
    one, other = play(ROOMY, happened, some), play(ROOMY, happened, others)
    assert plain(one.bots()) == plain(other.bots())
    assert one.order() == other.order()


@given(happenings, looks)
def test_l8_the_end_is_the_same_whichever_ticks_ran(happened: Sequence[Happening], looked: Sequence[int]) -> None:
    """Sealed at once or long after, the bots stand as they stood at the instant of completion (E52)."""
    early, late = play(ROOMY, happened, looked), play(ROOMY, happened)
    end = completion.completed_at(late.cohort, late.phase)
    assert completion.completed_at(early.cohort, early.phase) == end
    early.now = end
    late.now = end + HOUR
    assert plain(early.seal().bots()) == plain(late.seal().bots())
    assert second_of(late.cohort.tally.bots_at) == second_of(end)


@given(happenings, looks)
def test_l7_humans_fare_as_without_bots(happened: Sequence[Happening], looked: Sequence[int]) -> None:
    """Places, ranks, completion and everything in the tally but for the bots themselves (E21, E50, E72)."""
    with_bots, without = play(CROWDED, happened, looked), play(replace_bots(CROWDED), happened)
    assert with_bots.participants.keys() == without.participants.keys()
    completed = [completion.completed_at(one.cohort, one.phase) for one in (with_bots, without)]
    assert completed[0] == completed[1]
    order = [
        [one.player_id for one in ranked(CROWDED, list(table.participants.values()))] for table in (with_bots, without)
    ]
    assert order[0] == order[1]
    for name, one in with_bots.participants.items():
        rank = order[0].index(one.player_id) + 1
        outcome = outcome_of(one, with_bots.cohort, with_bots.phase, rank, at_expiry=True, bots_ahead=3)
        other = outcome_of(without.participants[name], without.cohort, without.phase, rank, at_expiry=True)
        assert outcome == other


def replace_bots(chosen: Definition) -> Definition:
    return replace(chosen, bots=None)


@given(happenings, looks)
def test_l2_e21_bots_never_take_a_place_from_a_human(happened: Sequence[Happening], looked: Sequence[int]) -> None:
    table = play(CROWDED, happened, looked)
    there, tally = table.bots(), table.cohort.tally
    assert tally.bot_count == len(there)
    assert len(there) + len(table.participants) <= table.cohort.size
    assert len({one.slot for one in there}) == len(there)
    assert len({one.player_id for one in table.company.bots}) == len(table.company.bots)
    if len(there) <= len(NAMES):
        assert len({one.name for one in there}) == len(there)


@given(happenings, looks)
def test_l4_a_season_can_be_played_again_from_what_was_seen(
    happened: Sequence[Happening], looked: Sequence[int]
) -> None:
    chosen = definition(cohort_size=12, bots=bots(RUNNER, SHADOW))
    first = play(chosen, happened, looked)
    again = CompanyTable(chosen)
    again.seen, again.participants = first.seen, first.participants
    again.company = replace(again.company, cohort=first.cohort, bots=first.company.bots)
    for bot in first.bots():
        assert again.stands(bot, second_of(first.now)) == (bot.score, bot.changed_at, bot.submission_count)


def test_l2_bots_drip_in_until_there_are_enough() -> None:
    table = CompanyTable(definition(cohort_size=9, bots=bots(to=4, after=10, every=20))).join("a")
    counts = [len(table.at(second).tick().bots()) for second in (9, 10, 29, 30, 50, 500)]
    assert counts == [0, 1, 1, 2, 3, 3]


def test_l2_all_at_once_and_from_the_beginning() -> None:
    chosen = definition(cohort_size=9, bots=replace(bots(), fill=Fill(7)))
    assert len(CompanyTable(chosen).join("a").tick().bots()) == 6


def test_l2_the_lowest_that_never_led_makes_room() -> None:
    table = CompanyTable(definition(cohort_size=4, bots=bots(RUNNER, IDLER, to=4, after=0, every=0)))
    table.join("a").at(300).tick()
    before = table.bots()
    assert [one.has_led for one in before] == [True, False, False]
    table.join("b")
    assert table.bots() == before[:2]
    table.join("c")
    assert table.bots() == before[:1]
    table.join("d")
    assert table.bots() == []


def test_l2_a_slot_that_is_taken_again_has_another_bot() -> None:
    table = CompanyTable(definition(cohort_size=3, bots=bots(to=3, after=0, every=0)))
    table.join("a").join("b").join("c")
    assert not table.bots()
    del table.participants["c"]
    tally = replace(table.cohort.tally, participant_count=2)
    table.company = replace(table.company, cohort=table.cohort.with_tally(tally))
    (bot,) = table.at(5).tick().bots()
    assert (bot.slot, bot.generation) == (0, 1)
    assert bot.player_id not in {one.player_id for one in table.company.bots if one.left_at is not None}


def test_l6_a_finished_cohort_never_changes() -> None:
    table = CompanyTable(definition(cohort_size=5, score_target=900, bots=bots(to=5, after=0, every=0)))
    table.join("a").at(60.5).submit("a", 900)
    table.at(61).tick()
    before = table.bots()
    assert second_of(table.cohort.tally.bots_at) == second_of(MONDAY + 60 * SECOND)
    assert table.at(300).tick().bots() == before
    assert table.seal().at(400).tick().bots() == before


def test_l6_a_tick_that_came_too_soon_is_taken_back_at_the_end() -> None:
    """A submission was stamped before a tick and written behind it."""
    chosen = definition(cohort_size=5, score_target=900, bots=bots(to=5, after=0, every=60))
    ahead, exact = CompanyTable(chosen), CompanyTable(chosen)
    for table in (ahead, exact):
        table.join("a").at(59).tick()
    ahead.at(60).tick()
    assert len(ahead.bots()) == 2
    for table in (ahead, exact):
        table.at(59.99).submit("a", 900)
        table.at(70).tick()
    assert plain(ahead.bots()) == plain(exact.bots())


def test_l6_bots_obey_attempts_and_time_limits() -> None:
    limited = definition(
        cohort_size=5, max_num_score=3, score_time_limit=300 * SECOND, bots=bots(to=4, after=0, every=0)
    )
    table = CompanyTable(limited).join("a")
    scores = [
        tuple(one.score for one in sorted(table.at(at).tick().bots(), key=lambda bot: bot.slot)) for at in range(400)
    ]
    assert all(len({one[slot] for one in scores}) == 4 for slot in range(3))
    assert len(set(scores[300:])) == 1
    assert {one.submission_count for one in table.bots()} == {3}
    assert all(one.is_done for one in table.bots())


def test_e40_at_one_score_the_human_stands_first_and_finishers_in_their_order() -> None:
    chosen = definition(
        cohort_size=9, score_target=1000, score_target_players=9, bots=bots(WINNER, to=4, after=0, every=0)
    )
    table = CompanyTable(chosen).join("a").join("b").join("c")
    assert len(table.tick().bots()) == 3
    table.at(399.5).submit("a", 1000).at(400).tick()
    table.at(400.5).submit("b", 2000).at(500).submit("c", 999).tick()
    winners = [one.player_id for one in table.bots()]
    assert all(one.finished_at is not None for one in table.bots())
    assert table.order() == ["a", *winners, "b", "c"]


def test_l7_times_look_like_a_players() -> None:
    table = CompanyTable(definition(cohort_size=9, bots=bots(to=9, after=0, every=1))).join("a").at(120).tick()
    for one in table.bots():
        assert one.changed_at is not None
        assert one.joined_at < one.changed_at <= table.now
        assert one.joined_at.microsecond
        assert one.changed_at.microsecond


COUNTED = definition(
    cohort_size=5,
    score_target=1000,
    score_target_players=2,
    min_cohort_size=3,
    zones={0: zone("0.4", "0.2")},
    bots=bots(WINNER, RUNNER, to=5, after=0, every=0, count=True),
)


@given(happenings, looks)
def test_l7_bots_that_count_end_a_cohort_at_one_instant_whoever_looked(
    happened: Sequence[Happening], looked: Sequence[int]
) -> None:
    one, other = play(COUNTED, happened, looked), play(COUNTED, happened)
    assert one.cohort.tally.bot_count == other.cohort.tally.bot_count
    completed = [completion.completed_at(table.cohort, table.phase) for table in (one, other)]
    assert completed[0] == completed[1]
    assert one.participants.keys() == other.participants.keys()


def test_l7_bots_that_count_win_a_race_and_fill_the_zones() -> None:
    table = CompanyTable(COUNTED).join("a").at(10).submit("a", 1).at(HOUR).tick()
    tally = table.cohort.tally
    assert (tally.participant_count, tally.bot_count, tally.finisher_count) == (1, 4, 2)
    assert completion.is_complete_by_change(table.cohort, table.phase)
    assert completion.completed_at(table.cohort, table.phase) == MONDAY + 400 * SECOND
    outcome = outcome_of(table.participants["a"], table.cohort, table.phase, 1, at_expiry=True, bots_ahead=4)
    assert (outcome.count, outcome.tier_change, outcome.rank) == (5, 0, 1)


def test_l7_a_full_cohort_of_bots_that_count_is_exhausted_with_them() -> None:
    chosen = definition(cohort_size=3, score_time_limit=5 * MINUTE, bots=bots(to=3, after=0, every=60, count=True))
    table = CompanyTable(chosen).join("a").at(HOUR).tick()
    assert table.cohort.tally.filled_at == MONDAY + 60 * SECOND
    assert completion.completed_at(table.cohort, table.phase) == MONDAY + 60 * SECOND + 5 * MINUTE
    assert completion.is_complete(table.cohort, table.phase, table.now)


def test_l7_bots_take_prizes_only_where_they_may() -> None:
    table = CompanyTable(definition(cohort_size=5, bots=bots(take_prizes=True))).join("a").submit("a", 5)
    one = table.participants["a"]
    assert outcome_of(one, table.cohort, table.phase, 1, at_expiry=True, bots_ahead=3).rank == 4
    fair = CompanyTable(definition(cohort_size=5, bots=bots())).join("a").submit("a", 5)
    assert outcome_of(fair.participants["a"], fair.cohort, fair.phase, 1, at_expiry=True, bots_ahead=3).rank == 1


def test_l4_bots_that_look_at_others_are_due_though_nobody_looks() -> None:
    shadowed = CompanyTable(definition(cohort_size=5, bots=bots(SHADOW))).join("a").at(timedelta(seconds=30)).tick()
    assert shadowed.cohort.tally.bots_due_at == MONDAY + 90 * SECOND
    alone = CompanyTable(definition(cohort_size=5, bots=bots(RUNNER))).join("a").at(30).tick()
    assert alone.cohort.tally.bots_due_at is None
