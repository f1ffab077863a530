"""`laurel ranks verify`, its rules: what differs is found, what is merely on its way is not, and repair makes it right."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from server.application import order_comparison
from server.application.verify_ranks import Verified, VerifyRanks
from server.domain.ids import LeaderboardKey, PlayerId
from server.ports.board_store import EntryKey
from server.ports.rank_index import Change, RankIndex
from server.ports.store import Transaction
from server.ranks.in_process import InProcessRankIndex
from tests.application.board_world import PLAIN, Boards, boards

SCORES = {name: score for score, name in enumerate("abcdefghij")} | {"k": 9, "l": 9, "m": 3}


async def nothing_is_on_its_way() -> None:
    """Wait for nothing."""


async def verified(
    world: Boards, index: RankIndex | None, pause: Callable[[], Awaitable[None]] = nothing_is_on_its_way
) -> tuple[VerifyRanks, list[Verified]]:
    verify = VerifyRanks(world.playing.store, world.playing.catalog, index, pause)
    return verify, [one async for one in verify()]


def differing(found: list[Verified]) -> list[str]:
    """Who stands wrong, by the first word of what is said of him."""
    return sorted(line.partition(":")[0] for one in found for line in one.differences)


@pytest.mark.parametrize("style", ["dense", "competition", "ordinal"])
@pytest.mark.parametrize("chunk", [2, 3, 1000])
async def test_b50_where_all_stand_right_nothing_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, style: str, chunk: int
) -> None:
    monkeypatch.setattr(order_comparison, "CHUNK", chunk)
    index = InProcessRankIndex()
    definition = {**PLAIN, "ranking": {"decimals": 0, "rank_style": style, "min_score": 1}}
    async with boards(tmp_path, definition, index=index) as world:
        await world.score(SCORES)
        for bot in "bg":
            await world.amend(bot, world.segment(), is_bot=True)
        await world.amend("h", world.segment(), is_hidden=True)
        await world.tend()
        _, (stored, ranked) = await verified(world, index)
        assert (stored.entries, ranked.entries, ranked.is_held) == (13, 11, True)
        assert not stored.differences + ranked.differences


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (Change(PlayerId("a"), 99, None), "a"),
        (Change(PlayerId("stranger"), 1, bytes([255]) * 24), "stranger"),
        (Change(PlayerId("stranger"), 1, bytes(24)), "stranger"),
        (Change(PlayerId("c"), 99, bytes([255]) * 24), "c"),
    ],
)
async def test_what_stands_elsewhere_or_should_not_or_does_not_is_named_and_repaired(
    tmp_path: Path, change: Change, wrong: str
) -> None:
    index = InProcessRankIndex()
    async with boards(tmp_path, index=index) as world:
        await world.score(SCORES)
        await world.tend()
        await index.record(world.segment(), [change])
        verify, found = await verified(world, index)
        assert wrong in differing(found)
        await verify.repair(found[1])
        await world.page()
        await world.tend()
        assert not differing((await verified(world, index))[1])


async def test_a_score_that_is_on_its_way_is_no_difference(tmp_path: Path) -> None:
    index = InProcessRankIndex()
    async with boards(tmp_path, index=index) as world:
        await world.score(SCORES)
        await world.tend()
        late = await world.write({"a": 50})

        async def it_arrives() -> None:
            await world.ranks.changed(late)

        assert not differing((await verified(world, index, it_arrives))[1])


async def test_what_nobody_has_asked_for_is_not_held_and_nothing_wrong(tmp_path: Path) -> None:
    async with boards(tmp_path) as world:
        await world.score(SCORES)
        _, (_, ranked) = await verified(world, InProcessRankIndex())
        assert not ranked.is_held
        assert not ranked.differences


async def test_a_key_that_is_not_its_scores_is_found_without_an_index(tmp_path: Path) -> None:
    async with boards(tmp_path) as world:
        await world.score(SCORES)

        async def work(tx: Transaction) -> None:
            (entry,) = await tx.entries_of([EntryKey(world.segment().period, PlayerId("e"))])
            assert entry is not None
            await tx.record_entries([replace(entry, version=entry.version + 1, order_key=bytes(24))])

        await world.playing.store.transact(work)
        _, found = await verified(world, None)
        assert differing(found) == ["e"]


async def test_each_segment_is_compared_and_only_the_board_that_is_named(tmp_path: Path) -> None:
    index = InProcessRankIndex()
    split: dict[str, Any] = {**PLAIN, "segmentation": {"key": "league", "buckets": ["gold", "tin"]}}
    async with boards(tmp_path, split, {"other": PLAIN}, index=index) as world:
        await world.score({"a": 1, "b": 2}, "gold")
        await world.score({"c": 1}, "tin")
        await world.score({"d": 1}, key=LeaderboardKey("other"))
        await world.tend()
        verify, found = await verified(world, index)
        assert [(one.segment, one.entries) for one in found] == [(None, 3), ("gold", 2), ("tin", 1), (None, 1), ("", 1)]
        assert [one.entries async for one in verify(LeaderboardKey("other"))] == [1, 1]
