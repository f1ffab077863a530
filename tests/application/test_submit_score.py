"""Submitting, on a real store (E30 to E36, A6)."""

import asyncio
import json
import random
from decimal import Decimal
from pathlib import Path

import pytest

from server.domain import errors
from server.domain.event_leaderboards.definition import SCORE_MAX, Operator
from server.domain.event_leaderboards.metrics import Mode, Report
from server.domain.ids import EventId, PlayerId
from server.ports.receipt_store import SubmissionReceiptKey
from tests.builders import HOUR, MINUTE, SECOND, WEEK
from tests.world import WEEKLY, game

RACE = {**WEEKLY, "operator": "incr", "score_target": 10, "score_target_players": 3, "max_rolls": -1}


async def test_e34_the_answer_tells_what_happened(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": WEEKLY}) as playing:
        for name in ("ann", "bob"):
            await playing.roll(name)
        await playing.submit("bob", 7)
        first = await playing.submit("ann", 5, subscore=2)
        assert (first.is_improved, first.previous_score, first.score, first.subscore, first.rank) == (True, 0, 5, 2, 2)
        worse = await playing.submit("ann", 3)
        assert (worse.is_improved, worse.previous_score, worse.score, worse.submission_count) == (False, 5, 5, 2)
        better = await playing.submit("ann", 9)
        assert (better.rank, better.revision, better.participant_count) == (1, first.revision + 2, 2)
        assert better.flags.can_update
        assert not better.flags.can_claim


async def test_e30_refusals_change_nothing(tmp_path: Path) -> None:
    events = {"weekly": {**WEEKLY, "score_max": 100, "max_num_score": 2}, "closed": {**WEEKLY, "authoritative": True}}
    async with game(tmp_path, events) as playing:
        with pytest.raises(errors.EventNotFound):
            await playing.submit("ann", 1, "nothing")
        with pytest.raises(errors.CohortNotJoined):
            await playing.submit("ann", 1)
        await playing.roll("ann")
        await playing.roll("ann", "closed")
        with pytest.raises(errors.AuthoritativeEvent):
            await playing.submit("ann", 1, "closed")
        with pytest.raises(errors.ScoreOutOfBounds):
            await playing.submit("ann", 101)
        view = await playing.view("ann")
        assert view.own is not None
        assert view.own.participant.result.submission_count == 0
        assert view.cohort is not None
        assert view.cohort.tally.revision == 1
        await playing.submit("ann", 1)
        await playing.submit("ann", 1)
        with pytest.raises(errors.AttemptsUsedUp):
            await playing.submit("ann", 1)
        playing.clock.advance(WEEK)
        with pytest.raises(errors.CohortComplete):
            await playing.submit("ann", 1)


async def test_e30_a_time_limit_counts_from_the_own_roll(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": {**WEEKLY, "score_time_limit_sec": 3600}}) as playing:
        await playing.roll("ann")
        playing.clock.advance(30 * MINUTE)
        await playing.roll("bob")
        playing.clock.advance(30 * MINUTE)
        with pytest.raises(errors.TimeLimitOver):
            await playing.submit("ann", 1)
        await playing.submit("bob", 1)


async def test_e50_finishers_are_told_ranks_that_never_contradict_each_other(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": {**RACE, "cohort_size": 50, "score_target_players": 30}}) as playing:
        names = [f"p{i}" for i in range(50)]
        await asyncio.gather(*map(playing.roll, names))
        answers = await asyncio.gather(*(playing.submit(name, 10) for name in names), return_exceptions=True)
        told = {name: one for name, one in zip(names, answers, strict=True) if not isinstance(one, BaseException)}
        refused = [one for one in answers if isinstance(one, BaseException)]
        assert sorted(one.rank for one in told.values()) == list(range(1, 31))
        assert {type(one) for one in refused} == {errors.CohortComplete}
        order = await playing.order("p0")
        assert [order.index(name) + 1 for name in told] == [one.rank for one in told.values()]


async def test_a_storm_on_one_cohort_ends_with_the_models_scores(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": {**WEEKLY, "operator": "incr", "cohort_size": 20}}) as playing:
        names = [f"p{i}" for i in range(20)]
        await asyncio.gather(*map(playing.roll, names))
        dice = random.Random(7)
        storm = [(dice.choice(names), dice.randrange(100)) for _ in range(2000)]
        answers = await asyncio.gather(*(playing.submit(name, score) for name, score in storm))
        assert sorted(one.revision for one in answers) == list(range(21, 2021))
        totals = {name: sum(score for who, score in storm if who == name) for name in names}
        for name in names:
            own = (await playing.view(name)).own
            assert own is not None
            assert own.participant.result.score == totals[name]
        order = await playing.order("p0")
        assert [totals[name] for name in order] == sorted(totals.values(), reverse=True)


async def test_one_bad_submission_harms_no_neighbour(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": {**WEEKLY, "operator": "incr"}}) as playing:
        for name in ("ann", "bob"):
            await playing.roll(name)
        await playing.submit("ann", SCORE_MAX)
        answers = await asyncio.gather(
            playing.submit("bob", 1),
            playing.submit("ann", 1),
            playing.submit("nobody", 1),
            playing.submit("bob", 2),
            return_exceptions=True,
        )
        assert [type(one).__name__ for one in answers] == ["Submitted", "ScoreOverflow", "CohortNotJoined", "Submitted"]
        assert getattr(answers[3], "score", None) == 3


async def test_e35_a_repeated_submission_gets_the_same_answer_and_is_not_counted(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": {**WEEKLY, "operator": "incr"}}) as playing:
        for name in ("ann", "bob"):
            await playing.roll(name)
        first = await playing.submit("ann", 5, request_id="r1")
        await playing.submit("bob", 9)
        again = await playing.submit("ann", 5, request_id="r1")
        assert again.is_repeat
        assert (again.rank, again.score, again.revision, again.flags) == (
            first.rank,
            first.score,
            first.revision,
            first.flags,
        )
        own = (await playing.view("ann")).own
        assert own is not None
        assert own.participant.result.submission_count == 1
        with pytest.raises(errors.RequestIdReused):
            await playing.submit("ann", 6, request_id="r1")


async def test_e35_repeats_that_come_at_once_count_once(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": {**WEEKLY, "operator": "incr"}}) as playing:
        await playing.roll("ann")
        answers = await asyncio.gather(*(playing.submit("ann", 5, request_id="r1") for _ in range(50)))
        assert {one.score for one in answers} == {5}
        assert {(one.rank, one.revision) for one in answers} == {(1, 2)}
        mixed = await asyncio.gather(
            playing.submit("ann", 1, request_id="r2"), playing.submit("ann", 2, request_id="r2"), return_exceptions=True
        )
        assert isinstance(mixed[1], errors.RequestIdReused)


async def test_e35_a_repeat_from_before_the_reroll_does_not_count_in_the_new_cohort(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": RACE}) as playing:
        await playing.roll("ann")
        await playing.submit("ann", 10, request_id="r1")
        await playing.roll("ann", claim_reward=True)
        assert (await playing.submit("ann", 10, request_id="r1")).is_repeat
        own = (await playing.view("ann")).own
        assert own is not None
        assert own.participant.is_idle


async def test_e35_the_last_32_and_the_last_ten_minutes_are_remembered(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": {**WEEKLY, "operator": "incr"}}) as playing:
        await playing.roll("ann")
        for number in range(20):
            await playing.submit("ann", 1, request_id=f"old{number}")
        playing.clock.advance(10 * MINUTE + SECOND)
        for number in range(60):
            await playing.submit("ann", 1, request_id=f"young{number}")
        assert (await playing.submit("ann", 1, request_id="young0")).is_repeat
        keys = [
            SubmissionReceiptKey(PlayerId("ann"), EventId("weekly"), "player:ann", f"old{number}")
            for number in range(20)
        ]
        kept = await playing.store.read(lambda view: view.submission_receipts_of(keys))
        assert kept == [None] * 20


async def test_a6_a_submission_whose_caller_has_gone_is_counted(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": WEEKLY}) as playing:
        await playing.roll("ann")
        caller = asyncio.ensure_future(playing.submit("ann", 5, request_id="r1"))
        await asyncio.sleep(0)
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        assert (await playing.submit("ann", 5, request_id="r1")).is_repeat


async def test_e50_when_the_last_to_join_is_done_the_cohort_ends_with_the_last_who_is_not(tmp_path: Path) -> None:
    limited = {**RACE, "cohort_size": 2, "score_time_limit_sec": 3600, "score_target_players": 2}
    async with game(tmp_path, {"weekly": limited}) as playing:
        await playing.roll("ann")
        playing.clock.advance(30 * MINUTE)
        await playing.roll("bob")
        await playing.submit("ann", 1)
        await playing.submit("bob", 10)
        playing.clock.advance(30 * MINUTE)
        assert (await playing.view("ann")).flags.can_claim
        with pytest.raises(errors.CohortComplete):
            await playing.submit("ann", 1)


async def test_e31_trusted_callers_choose_the_operator(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": {**WEEKLY, "authoritative": True}}) as playing:
        await playing.roll("ann")
        await playing.submit("ann", 9, is_trusted=True)
        lowered = await playing.submit("ann", 4, is_trusted=True, operator=Operator.SET)
        assert lowered.score == 4


async def test_the_clock_that_counts_is_that_of_the_arrival(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": {**WEEKLY, "duration": 3600}}) as playing:
        await playing.roll("ann")
        playing.clock.advance(HOUR - SECOND)
        waiting = asyncio.ensure_future(playing.submit("ann", 5))
        await asyncio.sleep(0)
        playing.clock.advance(SECOND)
        assert (await waiting).score == 5


METRICS = {
    **WEEKLY,
    "operator": "set",
    "metrics": {"kills": {"cap": 10}, "streak": {"reset_on": "deaths"}, "deaths": {}},
    "score_expression": "metrics.kills * 10 + metrics.streak - metrics.deaths",
}


def report(mode: Mode = Mode.INCREMENT, **values: int) -> dict[str, Report]:
    return {"report": Report(mode, tuple((name, Decimal(number)) for name, number in values.items()))}


async def test_b34_metrics_are_kept_and_the_score_is_made_of_them(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": METRICS}) as playing:
        await playing.roll("ann")
        assert (await playing.submit("ann", 0, **report(kills=3, streak=3))).score == 33
        assert (await playing.submit("ann", 0, **report(kills=1, streak=1))).score == 44
        died = await playing.submit("ann", 0, **report(deaths=1, kills=20))
        assert died.score == 99  # a cap of 10 kills, no streak, one death
        view = await playing.view("ann")
        assert view.own is not None
        assert json.loads(view.own.participant.result.metrics) == {"kills": "24", "streak": "0", "deaths": "1"}


async def test_b34_metrics_that_come_to_no_score_change_nothing(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": METRICS, "plain": WEEKLY}) as playing:
        await playing.roll("ann")
        await playing.roll("ann", "plain")
        with pytest.raises(errors.MetricUnknown):
            await playing.submit("ann", 0, **report(kills=1, wins=1))
        with pytest.raises(errors.MetricsNotTaken):
            await playing.submit("ann", 0, "plain", **report(kills=1))
        assert (await playing.submit("ann", 0, **report(streak=1))).score == 1


async def test_e35_a_repeated_report_counts_once(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": METRICS}) as playing:
        await playing.roll("ann")
        for _ in range(2):
            assert (await playing.submit("ann", 0, request_id="once", **report(kills=1))).score == 10
        with pytest.raises(errors.RequestIdReused):
            await playing.submit("ann", 0, request_id="once", **report(kills=2))


async def test_b34_modules_see_metrics_and_what_they_come_to(tmp_path: Path) -> None:
    code = """
from dataclasses import replace
def register(registry):
    registry.validate_submission(look)
def look(submission):
    assert submission.score == 10 * submission.metrics["kills"]
    return replace(submission, metrics={"kills": submission.metrics["kills"] + 1})
"""
    async with game(tmp_path, {"weekly": METRICS}) as playing:
        playing.module("look", code)
        await playing.roll("ann")
        assert (await playing.submit("ann", 0, **report(kills=2))).score == 30
