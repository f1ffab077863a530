"""Walks that load orders, and indexes that are emptied under them: what was recorded first must not be missing (B53)."""

from pathlib import Path

import pytest

from server.application import rank_loading
from server.application.order_rules import rules_of
from server.application.rank_loading import Orders, PeriodWalk, SegmentWalk, Walk
from server.ports.rank_index import SegmentNotHeld
from server.ranks.in_process import InProcessRankIndex
from tests.application.board_world import PLAIN, Boards, boards

SCORES = {name: score for score, name in enumerate("abcde")}
SPLIT = {**PLAIN, "segmentation": {"key": "league", "source": "trusted"}}


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rank_loading, "CHUNK", 2)
    monkeypatch.setattr(rank_loading, "SEGMENT_CHUNK", 2)


def orders_of(world: Boards, index: InProcessRankIndex) -> Orders:
    period = world.segment().period
    return Orders(world.playing.store, index, period, rules_of(period, world.board()))


async def walked(walk: Walk) -> None:
    while not await walk.step():
        pass


@pytest.mark.parametrize("kind", ["period", "segment"])
async def test_a_walk_under_which_the_order_was_lost_vouches_for_nothing(tmp_path: Path, kind: str) -> None:
    index = InProcessRankIndex()
    async with boards(tmp_path, index=InProcessRankIndex()) as world:
        await world.write(SCORES)
        orders = orders_of(world, index)
        order = orders.rules.order_of("")
        walk: Walk = PeriodWalk(orders, [""])
        if kind == "segment":
            walk = SegmentWalk(orders, "", await orders.open("") or "")
        assert not await walk.step()
        await index.close(order)  # a Redis that was emptied
        token = await orders.open("")  # by a score that came in
        assert token
        if isinstance(walk, PeriodWalk):
            assert not walk.adopt("", token)
        with pytest.raises(SegmentNotHeld):
            await walked(walk)
        assert not await index.is_loaded(order)
        await walked(walk.again())
        assert len(await index.page(order, None, 9)) == len(SCORES)


async def test_segments_are_walked_together_and_those_that_are_met_on_the_way_by_themselves(tmp_path: Path) -> None:
    index = InProcessRankIndex()
    async with boards(tmp_path, SPLIT, index=InProcessRankIndex()) as world:
        await world.write({"a": 1, "c": 3, "e": 5}, "gold")
        await world.write({"b": 2}, "tin")
        orders = orders_of(world, index)
        walk = PeriodWalk(orders, None)
        assert not await walk.step(), "gold and tin are open"
        await world.write({"d": 4}, "brass")
        while not await walk.step():
            pass
        found = walk.followers()
        assert [one.key for one in found] == [orders.rules.order_of("brass")]
        assert not await index.is_loaded(orders.rules.order_of("brass"))
        await walked(found[0])
        shown = {name: await index.page(orders.rules.order_of(name), None, 9) for name in ("gold", "tin", "brass")}
        assert {name: [place.player_id for place in places] for name, places in shown.items()} == {
            "gold": ["e", "c", "a"],
            "tin": ["b"],
            "brass": ["d"],
        }


async def test_one_segment_that_was_lost_keeps_no_other_from_being_read(tmp_path: Path) -> None:
    index = InProcessRankIndex()
    async with boards(tmp_path, SPLIT, index=InProcessRankIndex()) as world:
        await world.write({"a": 1}, "gold")
        await world.write({"b": 2}, "tin")
        orders = orders_of(world, index)
        walk = PeriodWalk(orders, ["gold", "tin", "empty"])
        assert not await walk.step()
        await index.close(orders.rules.order_of("empty"))
        with pytest.raises(SegmentNotHeld):
            await walked(walk)
        loaded = [await index.is_loaded(orders.rules.order_of(name)) for name in ("gold", "tin", "empty")]
        assert loaded == [True, True, False]
        await walked(walk.again())
        assert await index.is_loaded(orders.rules.order_of("empty"))


async def test_a_walk_that_has_not_begun_takes_along_what_was_opened_meanwhile(tmp_path: Path) -> None:
    index = InProcessRankIndex()
    async with boards(tmp_path, index=InProcessRankIndex()) as world:
        await world.write(SCORES)
        orders = orders_of(world, index)
        walk = PeriodWalk(orders, [])
        token = await orders.open("")
        assert token
        assert walk.adopt("", token)
        await walked(walk)
        assert not walk.followers()
        assert len(await index.page(orders.rules.order_of(""), None, 9)) == len(SCORES)
