"""Periods that are over: sealed, numbered and paid, once, in the order in which they ended (B13, B60 to B62)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from server.application import settlement_chunk
from server.domain.grants import Grant, GrantState
from server.domain.ids import LeaderboardKey, PlayerId
from server.domain.leaderboards.entry import SegmentId
from server.domain.leaderboards.periods import Stage
from server.ports.board_store import SnapshotRow, StoredPeriod
from tests.application.board_world import KEY, Boards, boards
from tests.builders import DAY, at
from tests.world import ManualClock

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


async def test_b52_a_final_row_tells_when_its_entry_changed_last_and_who_the_player_was_then(playing: Boards) -> None:
    """Not when the period was settled, and not what he calls himself since."""
    start = playing.now
    await playing.score({"ann": 30, "bob": 20})
    playing.playing.clock.advance(timedelta(hours=3))
    await playing.score({"bob": 25})
    await end_of_day(playing)
    await playing.playing.use.update_profile(PlayerId("bob"), "Robert", "r.png")
    page = await playing.page("bob", start=start)
    told = [(row.name, row.updated_at - start, row.aggregate.reached_at - start) for row in page.rows]
    assert told == [("Ann", timedelta(), timedelta()), ("Bob", timedelta(hours=3), timedelta(hours=3))]
    assert page.own == page.rows[1]


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


async def test_b52_names_are_those_of_the_end_and_stay(playing: Boards) -> None:
    await playing.score({"ann": 30})
    ann = PlayerId("ann")
    await playing.playing.use.update_profile(ann, "Anna", "https://a.example/1.png")
    segment = await end_of_day(playing)
    await playing.playing.use.update_profile(ann, "Queen", "")
    (row,) = await rows(playing, segment)
    assert (row.name, row.avatar_url) == ("Anna", "https://a.example/1.png")


async def test_b51_who_has_no_rank_has_no_place(tmp_path: Path) -> None:
    """Hidden, or short of `min_score`: the snapshot knows them not, and they win nothing."""
    async with boards(tmp_path, daily(tier(9, "gold"), ranking={"min_score": 10})) as playing:
        await playing.score({"ann": 30, "bob": 20, "low": 9, "cheat": 99})
        await playing.amend("cheat", playing.segment(), is_hidden=True)
        segment = await end_of_day(playing)
        assert await places(playing, segment) == [("ann", 1, 1, "gold"), ("bob", 2, 2, "gold")]
        assert await grants(playing, "cheat") + await grants(playing, "low") == []
        assert (await stored(playing, segment)).entries == 2


async def test_b60_a_bot_that_may_win_takes_the_place_and_is_granted_nothing(tmp_path: Path) -> None:
    async with boards(tmp_path, daily(tier(1, "gold"), policy={"bots_take_prizes": True})) as playing:
        await playing.score({"bot": 30, "ann": 20})
        await playing.amend("bot", playing.segment(), is_bot=True)
        segment = await end_of_day(playing)
        assert [one[3] for one in await places(playing, segment)] == ["gold", ""]
        assert await grants(playing, "bot") + await grants(playing, "ann") == []


async def test_b13_down_over_three_boundaries_three_periods_settle_each_once_in_order(playing: Boards) -> None:
    segments = []
    for score in (10, 20, 30):
        await playing.score({"ann": score})
        segments.append(playing.segment())
        playing.playing.clock.advance(DAY)
    seen: list[str] = []
    finalize = playing.playing.use.settle_periods._finalize

    async def noting(tx: Any, period: StoredPeriod, *more: Any) -> None:
        seen.append(period.window_key)
        await finalize(tx, period, *more)

    playing.playing.use.settle_periods._finalize = noting  # type: ignore[method-assign]
    await settle(playing)
    await settle(playing)
    assert seen == ["2026-11-02", "2026-11-03", "2026-11-04"]
    assert len(await grants(playing, "ann")) == 3
    assert [(await rows(playing, segment))[0].aggregate.score for segment in segments] == [10, 20, 30]


async def test_b13_days_on_which_nobody_played_need_nothing(playing: Boards) -> None:
    await playing.score({"ann": 10})
    playing.playing.clock.advance(1000 * DAY)
    await settle(playing)
    assert await playing.playing.use.settle_periods() == 0
    found = await playing.playing.store.read(lambda view: view.periods_before(KEY, playing.now, 100))
    assert [one.window_key for one in found] == ["2026-11-02"]


async def test_b12_a_period_that_takes_late_scores_is_settled_behind_them(tmp_path: Path) -> None:
    async with boards(tmp_path, daily(tier(1, "gold"), timeframe={"late_grace_seconds": 3600})) as playing:
        await playing.score({"ann": 10})
        segment = playing.segment()
        playing.playing.clock.advance(DAY)
        assert await playing.playing.use.settle_periods() == 0
        await playing.score({"bob": 20}, at=playing.now - timedelta(seconds=1))
        playing.playing.clock.advance(timedelta(hours=1))
        await settle(playing)
        assert [one[0] for one in await places(playing, segment)] == ["bob", "ann"]


async def test_b13_boards_that_end_together_do_not_wait_for_each_other(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(settlement_chunk, "ENTRIES_AT_ONCE", 1)
    others = {LeaderboardKey("another"): daily(), LeaderboardKey("third"): daily()}
    async with boards(tmp_path, daily(), others) as playing:
        await playing.score({f"p{number}": number for number in range(40)})
        for key in others:
            await playing.score({"ann": 1}, key=key)
        playing.playing.clock.advance(DAY)
        assert await playing.playing.use.settle_periods() == 3
        found = await playing.playing.store.read(lambda view: view.unsettled_periods(0))
        assert [one.period.leaderboard for one in found] == ["board"]  # the large one goes on later
        await settle(playing)


async def test_b2_archiving_ends_the_period_there_with_its_prizes(tmp_path: Path) -> None:
    definition = daily(tier(1, "gold"))
    async with boards(tmp_path, definition) as playing:
        await playing.score({"ann": 10})
        segment = playing.segment()
        playing.playing.clock.advance(timedelta(hours=5))
        await playing.playing.configure({}, leaderboards={"board": {**definition, "status": "archived"}})
        await settle(playing)
        period = await stored(playing, segment)
        assert (period.stage, period.end) == (Stage.FINAL, playing.now)
        assert len(await grants(playing, "ann")) == 1


async def test_b3_a_period_is_paid_by_the_policy_that_it_began_with(tmp_path: Path) -> None:
    async with boards(tmp_path, daily(tier(1, "gold", 100))) as playing:
        await playing.score({"ann": 10})
        await playing.playing.configure({}, leaderboards={"board": daily(tier(1, "silver", 1))})
        await end_of_day(playing)
        (grant,) = await grants(playing, "ann")
        assert grant.reward.currencies == {"gems": 100}


async def test_b3_a_board_gone_from_the_files_is_settled_all_the_same(playing: Boards) -> None:
    await playing.score({"ann": 10})
    segment = playing.segment()
    await playing.playing.configure({}, leaderboards={})
    playing.playing.clock.advance(DAY)
    await settle(playing)
    assert [one[3] for one in await places(playing, segment)] == ["gold"]


ZONES = {
    "America/New_York": ("2026-10-30T12:00", "2026-03-07T12:00"),
    "Australia/Lord_Howe": ("2026-04-03T12:00", "2026-10-02T12:00"),
    "Africa/Cairo": ("2026-04-23T12:00", "2026-10-29T12:00"),
    "Asia/Kathmandu": ("2026-04-03T12:00",),
    "Africa/Casablanca": ("2026-02-14T12:00", "2026-03-21T12:00"),
    "Pacific/Apia": ("2011-12-28T12:00",),
}


@pytest.mark.parametrize("at_once", [True, False], ids=["after a downtime", "day by day"])
@pytest.mark.parametrize(("zone", "begin"), [(zone, begin) for zone, begins in ZONES.items() for begin in begins])
async def test_b10_days_over_a_change_of_clocks_are_settled_each_once(
    tmp_path: Path, zone: str, begin: str, *, at_once: bool
) -> None:
    """Nobody's day is settled twice or left out, were it of 23 or 25 hours, or skipped as in Samoa in 2011."""
    clock = ManualClock(at(begin))
    async with boards(tmp_path, daily(tier(1, "gold"), timeframe={"timezone": zone}), clock=clock) as playing:
        segments = []
        for day in range(6):
            segments.append(playing.segment())
            await playing.score({f"p{day}": 10})
            period = playing.playing.catalog.period_at(KEY, playing.now)
            assert period is not None
            clock.advance(period.end - playing.now + timedelta(minutes=1))
            if not at_once:
                await settle(playing)
        await settle(playing)
        assert len(set(segments)) == 6
        names = []
        for day, segment in enumerate(segments):
            assert await places(playing, segment) == [(f"p{day}", 1, 1, "gold")]
            assert len(await grants(playing, f"p{day}")) == 1
            names.append((await stored(playing, segment)).window_key)
        assert names == sorted(set(names))
        assert ("2011-12-30" in names) is False


async def test_b13_the_orders_of_a_final_period_are_forgotten(playing: Boards) -> None:
    await playing.score({"ann": 10})
    await playing.tend()
    segment = await end_of_day(playing)
    assert playing.ranks.keeping is not None
    assert segment.period not in {orders.period for orders in playing.ranks.keeping.orders}
    page = await playing.page("ann", window_key="2026-11-02")
    assert [(row.player_id, row.rank, row.prize_tier) for row in page.rows] == [("ann", 1, "gold")]


async def test_b13_retention_gives_up_old_places_and_keeps_periods_and_grants(tmp_path: Path) -> None:
    definition = daily(tier(1, "gold"), retention={"periods": 2})
    async with boards(tmp_path, definition) as playing:
        segments = []
        for _ in range(5):
            await playing.score({"ann": 10, "bob": 5})
            segments.append(await end_of_day(playing))
        assert await playing.playing.use.drop_old_snapshots() == 6
        assert await playing.playing.use.drop_old_snapshots() == 0
        assert [len(await rows(playing, one)) for one in segments] == [0, 0, 0, 2, 2]
        assert len(await grants(playing, "ann")) == 5
        await playing.playing.configure({}, leaderboards={"board": {**definition, "retention": {"days": 1}}})
        assert await playing.playing.use.drop_old_snapshots() == 0  # ended a day ago, and just now
        playing.playing.clock.advance(timedelta(hours=1))
        assert await playing.playing.use.drop_old_snapshots() == 2


async def test_b12_a_score_that_came_in_time_gets_in_before_the_seal(tmp_path: Path) -> None:
    """It was stamped before the end and is still on its way when the end is there: the seal waits for it a little."""
    async with boards(tmp_path, daily(tier(1, "gold")), seal_wait=timedelta(seconds=0.2)) as playing:
        await playing.score({"ann": 10})
        segment, stamped = playing.segment(), playing.now
        playing.playing.clock.advance(DAY)
        assert await playing.playing.use.settle_periods() == 0
        assert (await stored(playing, segment)).stage is Stage.OPEN
        batch_of = playing.playing.clock
        batch_of.advance(stamped - playing.now)  # a batch that was stamped then
        await playing.score({"bob": 20})
        batch_of.advance(DAY)
        async with asyncio.timeout(5):
            while not await playing.playing.use.settle_periods():  # noqa: ASYNC110 - the wait is real time
                await asyncio.sleep(0.01)
        await settle(playing)
        assert [one[0] for one in await places(playing, segment)] == ["bob", "ann"]
