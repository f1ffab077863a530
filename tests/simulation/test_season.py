"""A season holds every invariant, and the invariants would say so if it did not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from server.domain.event_leaderboards.cohort import Result
from server.domain.event_leaderboards.cohort_bots import second_of
from server.domain.event_leaderboards.definition import Definition
from server.domain.event_leaderboards.standings import standing_key
from server.domain.ids import PlayerId
from tests.builders import MONDAY
from tests.domain.event_leaderboards.company_table import RUNNER, SHADOW, WINNER, bots
from tests.simulation import season as simulation
from tests.simulation.season import INVARIANTS, LADDER, Board, Report, Roll, Season, Verdict

WEEKS = 4


def played(players: int = 200, weeks: int = WEEKS) -> Report:
    """The last week of a short season: some moved, some rolled again, some missed a week, some idled."""
    season = Season(players, seed=3)
    for _ in range(weeks):
        report = season.play_week()
    return report


def test_a_season_of_a_thousand_players_breaks_no_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert simulation.main(["--players", "1000", "--phases", "12", "--seed", "7"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 12


def test_a_season_is_the_same_again_with_the_same_seed() -> None:
    assert played().wallets == played().wallets


WITH_BOTS = replace(LADDER, bots=bots(RUNNER, SHADOW, WINNER, to=50, after=0, every=900))
"""The same ladder, and in each cohort as many bots as there are free places: some slow, some that follow, some that win."""


def test_l7_a_season_with_bots_is_the_season_without_for_everybody_who_plays() -> None:
    """Prizes, tiers, rolls and the instants at which cohorts are complete, week after week."""
    plain, company = Season(150, seed=5), Season(150, seed=5, rules=WITH_BOTS)
    there = 0
    for _ in range(WEEKS):
        reports = plain.play_week(), company.play_week()
        simulation.check(reports[1])
        assert _what_humans_know(reports[0]) == _what_humans_know(reports[1])
        assert plain.tiers() == company.tiers()
        there += sum(board.cohort.tally.bot_count for board in reports[1].boards)
        for board in reports[1].boards:
            staying = [one for one in board.bots if one.left_at is None]
            assert len(staying) + len(board.participants) <= board.cohort.size
            tally = board.cohort.tally
            assert tally.bots_at is not None
            assert tally.completed_at is not None
            assert second_of(tally.bots_at) == second_of(tally.completed_at)
    assert there > 100


def _what_humans_know(report: Report) -> tuple[object, ...]:
    """All of a week but for bots and for numbers of changes, of which ticks make some."""
    boards = [
        (
            board.joins,
            {
                who: (
                    one.result.score,
                    one.result.submission_count,
                    one.claimed_at,
                    one.joined_at,
                    one.result.finished_at,
                )
                for who, one in board.participants.items()
            },
            [board.rank_of(who, report.rules) for who in board.participants],
            board.cohort.tally.completed_at,
            board.cohort.tally.finisher_count,
            board.cohort.tally.done_count,
        )
        for board in report.boards
    ]
    rolls = [(roll.player_id, roll.tier, roll.rolls_used, roll.joined_at, roll.left_at) for roll in report.rolls]
    outcomes = [(verdict.player_id, verdict.outcome) for verdict in (*report.read, *report.final)]
    return boards, rolls, outcomes, report.grants, report.wallets


def test_a_season_has_what_the_invariants_are_about() -> None:
    """No rule is upheld for want of a case."""
    report = played()
    moves = [roll for roll, _ in report.moves()]
    assert any(roll.weeks_missed is None for roll in moves)
    assert any(roll.weeks_missed for roll in moves)
    assert any(roll.weeks_missed is None and roll.rolls_used == roll.rolls_used_before for roll in moves)
    assert any(roll.played_tier_change is not None for roll in moves)
    assert {verdict.outcome.tier_change for verdict in report.final} == {-1, 0, 1}
    assert any(verdict.outcome.is_idle for verdict in report.final)
    assert any(verdict.outcome.count > len(verdict.board.joins) for verdict in report.final)
    assert report.grants


def test_each_invariant_names_its_rule() -> None:
    rules = [str(invariant.__doc__).split(":")[0] for invariant in INVARIANTS]
    assert rules == ["E21", "E25", "E40", "E53", "E63", "E70", "E71", "E72", "E73", "E74", "E75"]


# --- Broken states: each invariant has to say no


def moved(report: Report, wanted: Callable[[Roll], bool], **changes: object) -> None:
    """Falsify the first roll of that kind."""
    index = next(index for index, roll in enumerate(report.rolls) if roll.left is not None and wanted(roll))
    report.rolls[index] = replace(report.rolls[index], **changes)  # type: ignore[arg-type]  # a test names real fields


def judged(report: Report, wanted: Callable[[Verdict], bool], **changes: object) -> None:
    """Falsify the first outcome of that kind."""
    index = next(index for index, verdict in enumerate(report.final) if wanted(verdict))
    verdict = report.final[index]
    outcome = replace(verdict.outcome, **changes)  # type: ignore[arg-type]  # a test names real fields
    report.final[index] = replace(verdict, outcome=outcome)


def fullest(report: Report) -> Board:
    return max(report.boards, key=lambda board: len(board.joins))


def is_reroll(roll: Roll) -> bool:
    return roll.weeks_missed is None


def overfill(report: Report) -> None:
    fullest(report).joins.extend(PlayerId(f"extra{number}") for number in range(51))


def join_twice(report: Report) -> None:
    board = next(board for board in report.boards if len(board.joins) < board.cohort.size)
    board.joins.append(board.joins[0])


def join_while_playing(report: Report) -> None:
    moved(report, is_reroll, joined_at=MONDAY - timedelta(days=1))


def count_a_roll_twice(report: Report) -> None:
    report.rolls[0] = replace(report.rolls[0], rolls_used=2)


def count_no_reroll(report: Report) -> None:
    moved(report, lambda roll: is_reroll(roll) and roll.rolls_used > roll.rolls_used_before, rolls_used=1)


def swap_the_first_two(report: Report) -> None:
    board = fullest(report)
    first, second, *_ = sorted(board.participants, key=lambda who: board.rank_of(who, report.rules))
    board.ranks[first], board.ranks[second] = 2, 1


def tie(report: Report) -> None:
    board = fullest(report)
    board.ranks = dict.fromkeys(board.participants, 1)


def move_an_outcome(report: Report) -> None:
    report.read[0] = replace(report.read[0], outcome=replace(report.read[0].outcome, rank=49))


def miscount_n(report: Report) -> None:
    judged(report, lambda _: True, count=7)


def grant_twice(report: Report) -> None:
    report.grants.append(report.grants[0])


def pay_more(report: Report) -> None:
    report.wallets[next(iter(report.wallets))] += 1


def claim_without_a_grant(report: Report) -> None:
    board = fullest(report)
    who, one = next((who, one) for who, one in board.participants.items() if one.claimed_at is None)
    board.participants[who] = replace(one, claimed_at=MONDAY)


def leave_the_ladder(report: Report) -> None:
    report.rolls[0] = replace(report.rolls[0], tier=5)


def land_elsewhere(report: Report) -> None:
    wrong = next(roll for roll, _ in report.moves() if roll.weeks_missed)
    moved(report, lambda roll: roll is wrong, tier=(wrong.tier + 1) % 5)


def let_a_zone_move_by_two(report: Report) -> None:
    judged(report, lambda verdict: verdict.board.cohort.tier == 1, tier_change=2)


def let_no_bracket_rule(report: Report) -> None:
    judged(report, lambda verdict: verdict.board.cohort.tier == 3 and verdict.outcome.tier_change == 1, tier_change=0)


def promote_a_loser(report: Report) -> None:
    def is_loser(verdict: Verdict) -> bool:
        return not verdict.outcome.is_idle and verdict.board.cohort.tier == 1 and verdict.outcome.tier_change == 0

    judged(report, is_loser, tier_change=1)


def promote_the_idle(report: Report) -> None:
    judged(report, lambda verdict: verdict.outcome.is_idle, tier_change=1)


def reward_the_idle(report: Report) -> None:
    judged(report, lambda verdict: verdict.outcome.is_idle, reward_tier=report.rules.tier_rules[0].reward_tiers[0])


def spare_the_idle(report: Report) -> None:
    judged(report, lambda verdict: verdict.outcome.is_idle and verdict.board.cohort.tier == 2, tier_change=0)


def move_by_an_idle_cohort(report: Report) -> None:
    wrong = next(
        roll
        for roll, verdict in report.moves()
        if roll.weeks_missed == 0 and verdict.outcome.is_idle and roll.played_tier_change is not None
    )
    moved(report, lambda roll: roll is wrong, tier=(wrong.tier + 1) % 5)


def drop_without_a_missed_week(report: Report) -> None:
    moved(report, lambda roll: roll.weeks_missed == 0 and roll.tier > 0, tier=0)


def drop_below_the_cap(report: Report) -> None:
    risen = next(verdict for _, verdict in report.moves() if verdict.outcome.tier_change == 1)
    moved(report, lambda roll: bool(roll.weeks_missed), left=risen, left_tier=3, tier=0)


def reroll_with_a_drop(report: Report) -> None:
    wrong = next(roll for roll, _ in report.moves() if is_reroll(roll))
    moved(report, lambda roll: roll is wrong, tier=(wrong.tier + 1) % 5)


def judge_a_reroll_as_an_end(report: Report) -> None:
    verdict = next(verdict for roll, verdict in report.moves() if is_reroll(roll))
    moved(report, is_reroll, left=replace(verdict, at_expiry=True))


BREAKS: dict[str, tuple[Callable[[Report], None], ...]] = {
    "E21": (overfill, join_twice, join_while_playing),
    "E25": (count_a_roll_twice, count_no_reroll),
    "E40": (swap_the_first_two, tie),
    "E53": (move_an_outcome, miscount_n),
    "E63": (grant_twice, pay_more, claim_without_a_grant),
    "E70": (leave_the_ladder, land_elsewhere),
    "E71": (let_a_zone_move_by_two, let_no_bracket_rule),
    "E72": (promote_a_loser,),
    "E73": (promote_the_idle, reward_the_idle, spare_the_idle, move_by_an_idle_cohort),
    "E74": (drop_without_a_missed_week, drop_below_the_cap),
    "E75": (reroll_with_a_drop, judge_a_reroll_as_an_end),
}


@pytest.mark.parametrize(
    ("rule", "break_it"),
    [(rule, one) for rule, all_of_it in BREAKS.items() for one in all_of_it],
    ids=lambda one: getattr(one, "__name__", one),
)
def test_an_invariant_bites(rule: str, break_it: Callable[[Report], None]) -> None:
    report = played()
    invariant = next(one for one in INVARIANTS if str(one.__doc__).startswith(rule))
    invariant(report)
    break_it(report)
    with pytest.raises(AssertionError, match=f"^{rule}: "):
        invariant(report)


RULES = "server.domain.event_leaderboards"


def upside_down(definition: Definition, result: Result, joined_revision: int) -> bytes:
    """The worst stand first."""
    return standing_key(replace(definition, ascending=not definition.ascending), result, joined_revision)


FAULTS: dict[str, Callable[..., object]] = {
    f"{RULES}.completion.is_open": lambda *_: True,
    f"{RULES}.rolls.rolls_used_after": lambda _: 1,
    f"{RULES}.standings.standing_key": upside_down,
    f"{RULES}.outcomes.promoted_count": lambda *_: 0,
    f"{RULES}.outcomes._uses_size": lambda _: False,
    f"{RULES}.tiers._idle_drop": lambda _: 0,
    "tests.simulation.season.roll_tier": lambda _: 2,
}


@pytest.mark.parametrize("faulty", FAULTS)
def test_a_fault_in_the_rules_ends_the_season(faulty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faulty, FAULTS[faulty])
    assert simulation.main(["--players", "300", "--phases", "6"]) == 1
