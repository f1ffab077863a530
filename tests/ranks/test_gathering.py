"""What is gathered while an order is loading, put in order in steps, with changes in between (B53)."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.ids import PlayerId
from server.domain.leaderboards.definition import Ranking
from server.ports.rank_index import Change
from server.ranks import gathering, in_process, order
from server.ranks.gathering import Gathering
from server.ranks.in_process import SegmentOrder

keys = st.none() | st.integers(0, 30).map(lambda number: bytes([number]) * 24)
changes = st.builds(Change, st.sampled_from("abcdefghijklmnop").map(PlayerId), st.integers(1, 9), keys, st.booleans())


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts and blocks of a few members, sorted one at a time."""
    monkeypatch.setattr(gathering, "_LARGEST", 3)
    monkeypatch.setattr(in_process, "PARTS_AT_ONCE", 1)
    monkeypatch.setattr(in_process, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(order, "_TARGET", 4)
    monkeypatch.setattr(order, "_LARGEST", 8)
    monkeypatch.setattr(order, "_SMALLEST", 2)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 99).map(lambda number: bytes([number]))), max_size=60))
def test_parts_follow_one_another_and_hold_all_that_was_not_taken_out(steps: list[tuple[bool, bytes]]) -> None:
    mine, members = Gathering(), set[bytes]()
    for is_added, one in steps:
        if is_added and one not in members:
            members.add(one)
            mine.move(None, one)
        elif not is_added and one in members:
            members.remove(one)
            mine.move(one, None)
    parts = list(mine.parts())
    assert [member for part in parts for member in sorted(part)] == sorted(members)
    assert not any(mine.parts())


@given(
    st.lists(changes, max_size=40), st.lists(st.lists(changes, max_size=3), max_size=12), st.lists(changes, max_size=9)
)
def test_what_changes_before_during_and_after_the_sorting_comes_to_the_same(
    before: list[Change], during: list[list[Change]], after: list[Change]
) -> None:
    async def run() -> None:
        loaded, plain = SegmentOrder(Ranking()), SegmentOrder(Ranking())
        await plain.put_in_order()
        loaded.record(before)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(loaded.put_in_order())
            tasks.create_task(loaded.put_in_order())  # two walks may vouch for one order
            for some in during:
                loaded.record(some)
                await asyncio.sleep(0)
        loaded.record(after)
        plain.record([*before, *(one for some in during for one in some), *after])
        assert loaded.page(None, 99) == plain.page(None, 99)
        assert loaded.totals() == plain.totals()

    asyncio.run(run())
