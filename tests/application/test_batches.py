"""Calls that wait together: each gets its own answer, and nobody twice in one batch."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from server.application import batches
from server.application.batches import Batches
from server.domain import errors
from server.ports.errors import StoreOverloaded, StoreUnavailable
from tests.builders import WEEK
from tests.world import WEEKLY, game

PRIZE = {"0": [{"rank_min": 1, "rank_max": 5, "reward": {"guaranteed": {"currencies": {"coins": {"min": 5}}}}}]}


async def test_a_batch_takes_one_question_of_a_subject_and_keeps_the_order_of_the_others() -> None:
    served: list[list[str]] = []

    async def serve(questions: Sequence[str]) -> list[str]:
        served.append(list(questions))
        await asyncio.sleep(0)
        return [one.upper() for one in questions]

    async with asyncio.TaskGroup() as tasks:
        queue = Batches[str, str](serve, tasks, lambda question: question[0])
        asked = ["a1", "a2", "b1", "c1", "a3", "b2"]
        answers = await asyncio.gather(*(queue.answer(one) for one in asked))
    assert answers == [one.upper() for one in asked]
    assert served == [["a1", "b1", "c1"], ["a2", "b2"], ["a3"]]


async def test_what_fails_a_batch_is_told_to_all_of_it_and_the_next_one_is_served() -> None:
    async def serve(questions: Sequence[int]) -> list[int]:
        if 0 in questions:
            raise StoreUnavailable("gone")
        return list(questions)

    async with asyncio.TaskGroup() as tasks:
        queue = Batches[int, int](serve, tasks)
        answers = await asyncio.gather(*(queue.answer(one) for one in (0, 1, 2)), return_exceptions=True)
        assert [type(one) for one in answers] == [StoreUnavailable] * 3
        assert await queue.answer(3) == 3
        assert queue.waiting == 0


async def test_a_full_queue_sheds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "QUEUE_MAX", 2)
    may_go = asyncio.Event()

    async def serve(questions: Sequence[int]) -> list[int]:
        await may_go.wait()
        return list(questions)

    async with asyncio.TaskGroup() as tasks:
        queue = Batches[int, int](serve, tasks)
        waiting = [tasks.create_task(queue.answer(one)) for one in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(StoreOverloaded):
            await queue.answer(2)
        with pytest.raises(StoreOverloaded):
            await queue.answer_all([2, 3])
        may_go.set()
    assert [one.result() for one in waiting] == [0, 1]


async def test_the_questions_of_one_call_stay_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "BATCH_MAX", 4)
    served: list[list[int]] = []

    async def serve(questions: Sequence[int]) -> list[int | Exception]:
        served.append(list(questions))
        await asyncio.sleep(0)
        return [StoreUnavailable("odd") if one % 2 else one * 10 for one in questions]

    async with asyncio.TaskGroup() as tasks:
        queue = Batches[int, int](serve, tasks)
        calls = [[0, 1, 2], [4, 5, 6], [8], []]
        answers = await asyncio.gather(*map(queue.answer_all, calls), return_exceptions=True)
        assert queue.waiting == 0
    shown = [[one if isinstance(one, int) else str(one) for one in answer] for answer in answers]  # type: ignore[union-attr]
    assert shown == [[0, "odd", 20], [40, "odd", 60], [80], []]
    assert served == [[0, 1, 2, 4, 5, 6], [8]]


async def test_a_second_lane_serves_what_fills_a_batch_and_nothing_less(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "BATCH_MAX", 3)
    served: list[list[int]] = []
    may_go = asyncio.Event()

    async def serve(questions: Sequence[int]) -> list[int]:
        served.append(list(questions))
        await may_go.wait()
        return list(questions)

    async with asyncio.TaskGroup() as tasks:
        queue = Batches[int, int](serve, tasks, lanes=2)
        asked = [tasks.create_task(queue.answer(0))]
        await _settled()
        asked += [tasks.create_task(queue.answer(one)) for one in (1, 2)]
        await _settled()
        assert served == [[0]]
        asked += [tasks.create_task(queue.answer(one)) for one in range(3, 8)]
        await _settled()
        assert served == [[0], [1, 2, 3]]
        may_go.set()
    assert [one.result() for one in asked] == list(range(8))
    assert served == [[0], [1, 2, 3], [4, 5, 6], [7]]


async def _settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_e21_rolls_of_one_batch_meet_whatever_event_or_tier(tmp_path: Path) -> None:
    events = {"weekly": {**WEEKLY, "tiers": 3}, "other": WEEKLY}
    async with game(tmp_path, events) as playing:
        calls = [
            (f"p{number}", {"event": "other"} if number % 3 else {"tier": number % 2, "is_trusted": True})
            for number in range(60)
        ]
        rolled = await asyncio.gather(*(playing.roll(name, **options) for name, options in calls))
        rooms = Counter(
            (one.situation.participation.event_id, one.situation.participation.cohort.tier, one.cohort_id)
            for one in rolled
            if one.situation.participation is not None
        )
        assert set(rooms.values()) == {5}
        assert len(rooms) == 12


async def test_e20_one_roll_that_is_refused_harms_no_neighbour(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": WEEKLY}) as playing:
        await playing.roll("ann")
        answers = await asyncio.gather(
            *(playing.roll(name) for name in ("bob", "ann", "cid", "bob")), return_exceptions=True
        )
        kinds = [type(one).__name__ for one in answers]
        assert kinds == ["Rolled", "CohortNotComplete", "Rolled", "CohortNotComplete"]
        assert await playing.order("ann") == ["ann", "bob", "cid"]


async def test_e35_the_same_roll_twice_at_once_is_one(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": WEEKLY}) as playing:
        first, again = await asyncio.gather(*(playing.roll("ann", request_id="r1") for _ in range(2)))
        assert first.cohort_id == again.cohort_id
        assert await playing.order("ann") == ["ann"]


async def test_e52_a_roll_into_the_next_phase_seals_the_cohort_that_is_left(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": WEEKLY}) as playing:
        left = await asyncio.gather(*(playing.roll(name) for name in ("ann", "bob", "cid")))
        playing.clock.advance(WEEK)
        await asyncio.gather(*(playing.roll(name) for name in ("ann", "bob", "cid")))
        cohort = await playing.store.read(lambda view: view.cohort_of(left[0].cohort_id))
        assert cohort is not None
        assert cohort.tally.sealed_at is not None


async def test_e60_claims_of_one_batch_are_each_their_own(tmp_path: Path) -> None:
    prized = {**WEEKLY, "reward_tiers": PRIZE}
    async with game(tmp_path, {"weekly": prized, "other": prized}) as playing:
        for name in ("ann", "bob"):
            for event in ("weekly", "other"):
                await playing.roll(name, event)
                await playing.submit(name, 1, event)
        await playing.roll("idle")
        playing.clock.advance(WEEK)
        asked = [("ann", "weekly"), ("idle", "weekly"), ("ann", "other"), ("bob", "weekly"), ("ann", "weekly")]
        answers = await asyncio.gather(*(playing.claim(*one) for one in asked), return_exceptions=True)
        kinds = [type(one).__name__ for one in answers]
        assert kinds == ["Claimed", "NothingToClaim", "Claimed", "Claimed", "AlreadyClaimed"]
        wallets = [
            await playing.store.read(lambda view, name=name: view.wallet_of(name))  # type: ignore[misc]
            for name in ("ann", "bob", "idle")
        ]
        assert wallets == [{"coins": 10}, {"coins": 5}, {}]


async def test_e35_the_same_claim_twice_at_once_is_one(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": {**WEEKLY, "reward_tiers": PRIZE}}) as playing:
        await playing.roll("ann")
        await playing.submit("ann", 1)
        playing.clock.advance(WEEK)
        first, again = await asyncio.gather(*(playing.claim("ann", request_id="c1") for _ in range(2)))
        assert first.grant == again.grant
        with pytest.raises(errors.AlreadyClaimed):
            await playing.claim("ann", request_id="c2")
