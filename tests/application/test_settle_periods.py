"""Periods that are over: sealed, numbered and paid, once, in the order in which they ended (B13, B60 to B62)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from server.domain.grants import Grant, GrantState
from server.domain.ids import PlayerId
from server.domain.leaderboards.entry import SegmentId
from server.domain.leaderboards.periods import Stage
from server.ports.board_store import SnapshotRow, StoredPeriod
from tests.application.board_world import Boards, boards
from tests.builders import DAY

GEMS = {"type": "currency", "currencyKey": "gems"}


def tier(to: int, key: str, amount: int = 10) -> dict[str, Any]:
    return {"to": to, "key": key, "entries": [{**GEMS, "amount": amount}]}


def daily(*tiers: dict[str, Any], kind: str = "top_n", **options: Any) -> dict[str, Any]:
    """A daily board that keeps the best score; `policy` adds to its reward policy."""
    policy = options.pop("policy", {})
    paid = {"reward_policy": {"type": kind, "parameters": {"tiers": list(tiers)}, **policy}} if tiers else {}
    timeframe = {"type": "daily", **options.pop("timeframe", {})}
    ranking = {"decimals": 0, **options.pop("ranking", {})}
    return {"timeframe": timeframe, "scoring": {"aggregation": "best"}, "ranking": ranking, **paid, **options}


async def settle(playing: Boards) -> None:
    """Do all that is due."""
    use = playing.playing.use
    async with asyncio.timeout(30):
        while await use.settle_periods() + await use.follow_up_periods():
            pass


async def end_of_day(playing: Boards) -> SegmentId:
    """Let the day end and settle it; return the segment that it was played in."""
    segment = playing.segment()
    playing.playing.clock.advance(DAY)
    await settle(playing)
    return segment


async def rows(playing: Boards, segment: SegmentId) -> list[SnapshotRow]:
    return await playing.playing.store.read(lambda view: view.snapshot_page(segment, 0, 1000))


async def places(playing: Boards, segment: SegmentId) -> list[tuple[str, int, int, str]]:
    return [(one.player_id, one.position, one.rank, one.prize_tier) for one in await rows(playing, segment)]


async def grants(playing: Boards, player: str) -> list[Grant]:
    return await playing.playing.store.read(lambda view: view.grants_of(PlayerId(player), None, 100))


async def stored(playing: Boards, segment: SegmentId) -> StoredPeriod:
    (found,) = await playing.playing.store.read(lambda view: view.stored_periods([segment.period]))
    assert found is not None
    return found


@pytest.fixture
async def playing(tmp_path: Path) -> AsyncIterator[Boards]:
    async with boards(tmp_path, daily(tier(1, "gold", 100), tier(3, "silver"))) as playing:
        yield playing


async def test_b13_a_day_ends_with_places_prizes_and_names_as_they_are_then(playing: Boards) -> None:
    await playing.score({"ann": 30, "bob": 20, "cid": 20, "dan": 10})
    segment = await end_of_day(playing)
    assert [(one[0], one[2], one[3]) for one in await places(playing, segment)] == [
        ("ann", 1, "gold"),
        *[(one[0], 2, "silver") for one in (await places(playing, segment))[1:3]],
        ("dan", 3, ""),
    ]
    assert [(one.name, one.prize_position) for one in await rows(playing, segment)][::3] == [("Ann", 1), ("Dan", 4)]
    period = await stored(playing, segment)
    assert (period.stage, period.entries, period.finalized_at) == (Stage.FINAL, 4, playing.now)


async def test_b62_a_prize_waits_for_its_player_under_the_key_that_receivers_know(playing: Boards) -> None:
    await playing.score({"ann": 30})
    segment = await end_of_day(playing)
    (grant,) = await grants(playing, "ann")
    assert grant.key == "shared_lb:board:2026-11-02T00%3A00%3A00Z::ann:gold"
    assert (grant.state, grant.source_kind, grant.source_id) == (
        GrantState.PENDING,
        "shared_leaderboard_period",
        "board",
    )
    assert (grant.reward.currencies, grant.segment) == ({"gems": 100}, segment)


async def test_b13_before_the_flip_nobody_sees_a_grant(playing: Boards) -> None:
    await playing.score({"ann": 30})
    playing.playing.clock.advance(DAY)
    flip = playing.playing.use.settle_periods._finalize

    async def fails(*_: Any) -> None:
        raise RuntimeError("the power is gone")

    playing.playing.use.settle_periods._finalize = fails  # type: ignore[method-assign]
    with pytest.raises(RuntimeError):
        await playing.playing.use.settle_periods()
    assert await grants(playing, "ann") == []
    playing.playing.use.settle_periods._finalize = flip  # type: ignore[method-assign]
    playing.playing.clock.advance(timedelta(minutes=2))  # until the lease of the one that died is over
    await settle(playing)
    assert len(await grants(playing, "ann")) == 1
