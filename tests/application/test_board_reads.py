"""What a client reads of a leaderboard (B11, B23, B50 to B53)."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from server.application import list_segments
from server.application.board_pages import BoardPage, PeriodAsked
from server.application.segment_pages import SegmentAsked
from server.domain.errors import (
    LeaderboardNotFound,
    NoPeriodRunning,
    PeriodNotFound,
    SegmentNotFound,
    SegmentRequired,
)
from server.domain.ids import LeaderboardKey, PlayerId
from server.domain.leaderboards.periods import PeriodState
from server.ports.board_store import SnapshotRow
from server.ports.rank_index import Mark
from server.ports.store import Transaction
from tests.application.board_world import KEY, PLAIN, Boards, boards, names
from tests.builders import DAY, HOUR, MINUTE, MONDAY

DAILY = {**PLAIN, "timeframe": {"type": "daily"}}
OPEN = {**PLAIN, "segmentation": {"key": "guild", "source": "trusted"}}
CLOSED = {**PLAIN, "segmentation": {"key": "league", "buckets": ["gold", "silver"], "source": "trusted"}}
FIVE = {"ann": 50, "bob": 40, "cat": 30, "dan": 20, "eve": 10}


def prize(to: int, key: str) -> dict[str, Any]:
    return {"to": to, "key": key, "entries": [{"type": "currency", "currencyKey": "gems", "amount": 5}]}


PAYING = {
    **PLAIN,
    "reward_policy": {"type": "top_n", "parameters": {"tiers": [prize(1, "gold"), prize(3, "silver")]}},
}


def tiers(page: BoardPage) -> list[str]:
    return [row.prize_tier for row in page.rows]


async def around(playing: Boards, player: str, limit: int, own: str | None = None) -> BoardPage:
    asked = SegmentAsked(PlayerId(own or player), KEY)
    return await playing.playing.use.list_entries_around_player(asked, PlayerId(player), limit)


async def friends(playing: Boards, *players: str) -> BoardPage:
    return await playing.playing.use.batch_get_ranks(SegmentAsked(None, KEY), [PlayerId(one) for one in players])


async def finalize(playing: Boards) -> None:
    """End the period of yesterday as settlement does, in small."""
    playing.playing.clock.advance(-DAY)
    segment, page = playing.segment(), await playing.page(limit=1000)
    playing.playing.clock.advance(DAY)
    rows = [
        SnapshotRow(
            segment, row.position or 0, row.rank or 0, row.prize_position, row.prize_tier, row.player_id, row.name,
            row.avatar_url, row.aggregate, row.order_key, row.updated_at,
        )
        for row in page.rows
    ]  # fmt: skip

    async def work(tx: Transaction) -> None:
        await tx.seal_period(segment.period)
        await tx.add_snapshot(rows)
        await tx.finalize_period(segment.period, playing.now, len(rows))

    await playing.playing.store.transact(work)
    await playing.playing.store.transact(lambda tx: tx.drop_entries(segment.period, 1000))


async def test_b52_a_row_says_who_and_what_and_where(tmp_path: Path) -> None:
    async with boards(tmp_path, PAYING) as playing:
        await playing.score(FIVE)
        page = await playing.page("bob")
        row = page.rows[1]
        assert (row.player_id, row.name, row.aggregate.score, row.rank, row.position) == ("bob", "Bob", 40, 2, 2)
        assert (row.prize_position, row.prize_tier, row.is_self, row.updated_at) == (2, "silver", True, MONDAY)
        assert page.own == row
        assert (page.total, page.segment, page.now, page.next_after) == (5, "", MONDAY, None)
        assert (page.period.window_key, page.period.state) == ("all", PeriodState.RUNNING)
        assert page.board.reward_policy is not None


async def test_b60_rows_show_what_would_be_paid_now(tmp_path: Path) -> None:
    async with boards(tmp_path, PAYING) as playing:
        await playing.score(FIVE)
        assert tiers(await playing.page()) == ["gold", "silver", "silver", "", ""]
        await playing.amend("ann", playing.segment(), is_bot=True)
        page = await playing.page()
        assert tiers(page) == ["", "gold", "silver", "silver", ""]
        assert [row.prize_position for row in page.rows] == [None, 1, 2, 3, 4]


async def test_b52_pages_neither_skip_nor_repeat_who_stays(tmp_path: Path) -> None:
    async with boards(tmp_path) as playing:
        await playing.score(FIVE)
        first = await playing.page(limit=2)
        assert names(first) == "ann bob"
        await playing.score({"eve": 99, "fay": 35})
        second = await playing.page(after=first.next_after, limit=2)
        assert names(second) == "fay cat"
        third = await playing.page(after=second.next_after, limit=2)
        assert (names(third), third.next_after) == ("dan", None)
        assert [row.position for row in third.rows] == [6]


async def test_b51_size_caps_pages_and_nobodys_own_rank(tmp_path: Path) -> None:
    capped = {**PLAIN, "ranking": {"decimals": 0, "size": 3}}
    async with boards(tmp_path, capped) as playing:
        await playing.score(FIVE)
        page = await playing.page("eve", limit=2)
        assert (names(page), page.total) == ("ann bob", 5)
        assert page.own is not None
        assert page.own.rank == 5
        last = await playing.page("eve", after=page.next_after, limit=2)
        assert (names(last), last.next_after) == ("cat", None)
        assert names(await around(playing, "eve", 5)) == "ann bob cat"
        assert names(await around(playing, "cat", 3)) == "bob cat"
        assert names(await friends(playing, "eve", "ann")) == "ann eve"
        await playing.playing.configure({}, leaderboards={KEY: PLAIN})
        assert names(await playing.page()) == "ann bob cat dan eve", "an edit of the size holds at once (B3)"


async def test_b53_around_a_player_and_around_nobody(tmp_path: Path) -> None:
    async with boards(tmp_path) as playing:
        await playing.score(FIVE)
        assert names(await around(playing, "cat", 3)) == "bob cat dan"
        assert names(await around(playing, "ann", 3)) == "ann bob cat"
        assert names(await around(playing, "eve", 3)) == "cat dan eve"
        nobody = await around(playing, "zoe", 3)
        assert (nobody.rows, nobody.own, nobody.total) == ([], None, 5)
        other = await around(playing, "eve", 1, own="ann")
        assert (names(other), [row.is_self for row in other.rows]) == ("eve", [False])
        assert other.own is not None
        assert other.own.rank == 1


async def test_b53_a_friends_board_is_sorted_and_leaves_out_who_is_unknown(tmp_path: Path) -> None:
    async with boards(tmp_path) as playing:
        await playing.score(FIVE)
        page = await friends(playing, "eve", "nobody", "bob", "eve")
        assert [(row.player_id, row.rank) for row in page.rows] == [("bob", 2), ("eve", 5)]


async def test_b52_a_hidden_player_is_told_so_and_nobody_sees_him(tmp_path: Path) -> None:
    async with boards(tmp_path) as playing:
        await playing.score(FIVE)
        await playing.amend("ann", playing.segment(), is_hidden=True)
        page = await playing.page("ann")
        assert (names(page), page.total) == ("bob cat dan eve", 4)
        assert page.own is not None
        assert (page.own.is_hidden, page.own.rank, page.own.position) == (True, None, None)
        assert page.own.aggregate.score == 50
        assert (await playing.page("zoe")).own is None


async def test_b51_who_falls_short_has_a_line_and_no_rank(tmp_path: Path) -> None:
    async with boards(tmp_path, {**PLAIN, "ranking": {"decimals": 0, "min_score": 25}}) as playing:
        await playing.score(FIVE)
        page = await playing.page("eve")
        assert (names(page), page.total) == ("ann bob cat", 3)
        assert page.own is not None
        assert (page.own.is_hidden, page.own.rank) == (False, None)


async def test_no_score_on_a_page_contradicts_its_rank(tmp_path: Path) -> None:
    """The index answers first and the store after it: whoever scores in between is shown as he was ranked."""
    async with boards(tmp_path) as playing:
        await playing.score({"ann": 10, "bob": 5})
        await playing.ranks.loaded()
        await playing.write({"bob": 99})
        rows = (await playing.page()).rows
        assert [(row.player_id, row.aggregate.score) for row in rows] == [("ann", 10), ("bob", 5)]
        assert rows[1].aggregate.reached_at == MONDAY


async def test_b11_a_read_names_its_period_or_means_the_running_one(tmp_path: Path) -> None:
    async with boards(tmp_path, DAILY) as playing:
        await playing.score({"ann": 1})
        playing.playing.clock.advance(DAY)
        await playing.score({"bob": 1})
        assert names(await playing.page()) == "bob"
        assert names(await playing.page(window_key="2026-11-02")) == "ann"
        assert names(await playing.page(start=MONDAY)) == "ann"
        assert names(await playing.page(start=MONDAY + DAY)) == "bob"
        for wrong in (
            {"start": MONDAY + HOUR},
            {"start": MONDAY + 2 * DAY},
            {"window_key": "all"},
            {"window_key": "2026-11-04"},
            {"window_key": "2026-11-01"},  # the day before the board was loaded, in which nobody played
            {"start": MONDAY - DAY},
        ):
            with pytest.raises(PeriodNotFound):
                await playing.page(**wrong)
        assert names(await playing.page(start=MONDAY + DAY)) == "bob"


async def test_b11_no_period_runs_and_no_other_is_shown_instead(tmp_path: Path) -> None:
    short = {**PLAIN, "timeframe": {"type": "daily", "end_time_sec": int((MONDAY + DAY).timestamp())}}
    async with boards(tmp_path, short) as playing:
        await playing.score({"ann": 1})
        playing.playing.clock.advance(DAY)
        with pytest.raises(NoPeriodRunning):
            await playing.page()
        shown = await playing.playing.use.get_leaderboard(PlayerId("ann"), KEY)
        assert (shown.view.period, shown.page) == (None, None)
        with pytest.raises(LeaderboardNotFound):
            await playing.playing.use.list_entries(SegmentAsked(None, LeaderboardKey("nothing")), None, 5)


async def test_b11_the_name_that_was_written_down_stays(tmp_path: Path) -> None:
    """An edit makes other periods of the same days; who asks for the old name gets the old period, with its definition."""
    async with boards(tmp_path, DAILY) as playing:
        await playing.score({"ann": 1, "bob": 2})
        playing.playing.clock.advance(HOUR)
        ascending = {"decimals": 0, "method": "score_asc"}
        await playing.playing.configure(
            {}, leaderboards={KEY: {**PLAIN, "timeframe": {"type": "hourly"}, "ranking": ascending}}
        )
        playing.playing.clock.advance(2 * DAY)
        assert names(await playing.page(window_key="2026-11-02")) == "bob ann"
        assert names(await playing.page(start=MONDAY)) == "bob ann"


async def test_b12_reads_tell_the_state_of_the_period(tmp_path: Path) -> None:
    grace = {**PLAIN, "timeframe": {"type": "daily", "late_grace_seconds": 60}}
    async with boards(tmp_path, grace) as playing:
        await playing.score({"ann": 1})
        states = [(await playing.page(start=MONDAY)).period.state]
        playing.playing.clock.advance(DAY)
        states.append((await playing.page(start=MONDAY)).period.state)
        playing.playing.clock.advance(MINUTE)
        states.append((await playing.page(start=MONDAY)).period.state)
        await finalize_now(playing)
        states.append((await playing.page(start=MONDAY)).period.state)
    assert states == [PeriodState.RUNNING, PeriodState.CLOSING, PeriodState.SETTLING, PeriodState.FINAL]


async def finalize_now(playing: Boards) -> None:
    playing.playing.clock.advance(-MINUTE)
    await finalize(playing)
    playing.playing.clock.advance(MINUTE)


async def test_b13_a_final_period_is_read_from_its_snapshot(tmp_path: Path) -> None:
    async with boards(tmp_path, {**DAILY, **PAYING, "timeframe": {"type": "daily"}}) as playing:
        await playing.score(FIVE)
        await playing.tend()
        token = (await playing.page(limit=2)).next_after
        playing.playing.clock.advance(DAY)
        await finalize(playing)
        await playing.tend()
        page = await playing.page("eve", limit=2, start=MONDAY)
        assert (names(page), tiers(page), page.total, page.period.entries) == ("ann bob", ["gold", "silver"], 5, 5)
        assert page.own is not None
        assert (page.own.rank, page.own.is_self) == (5, True)
        assert names(await playing.page(after=page.next_after, limit=2, start=MONDAY)) == "cat dan"
        assert names(await playing.page(after=token, limit=9, start=MONDAY)) == "cat dan eve"
        asked = SegmentAsked(PlayerId("dan"), KEY, PeriodAsked(start=MONDAY))
        assert names(await playing.playing.use.list_entries_around_player(asked, PlayerId("eve"), 3)) == "cat dan eve"
        assert names(await playing.playing.use.list_entries_around_player(asked, PlayerId("zoe"), 3)) == ""
        assert names(await playing.playing.use.batch_get_ranks(asked, [PlayerId("eve"), PlayerId("bob")])) == "bob eve"
        assert (await playing.page(start=MONDAY)).revision == page.revision


async def test_b12_a_sealed_period_is_read_from_its_order_until_it_is_final(tmp_path: Path) -> None:
    async with boards(tmp_path, DAILY) as playing:
        await playing.score(FIVE)
        sealed = playing.segment().period
        playing.playing.clock.advance(DAY)
        await playing.playing.store.transact(lambda tx: tx.seal_period(sealed))
        page = await playing.page(start=MONDAY)
        assert (names(page), page.period.state, page.period.entries) == ("ann bob cat dan eve", PeriodState.SETTLING, 0)


async def test_b52_a_token_of_a_running_period_goes_on_in_its_snapshot(tmp_path: Path) -> None:
    """The row that it was made of may be anywhere else, or nowhere."""
    async with boards(tmp_path, DAILY) as playing:
        await playing.score(FIVE)
        page = await playing.page(limit=3)
        cat = page.rows[2]
        await playing.score({"cat": 90})
        playing.playing.clock.advance(DAY)
        await finalize(playing)
        assert names(await playing.page(after=page.next_after, limit=9, start=MONDAY)) == "dan eve"
        assert (
            names(await playing.page(after=Mark(cat.order_key, PlayerId("gone")), limit=9, start=MONDAY)) == "dan eve"
        )
        assert names(await playing.page(after=Mark(bytes(24), PlayerId("gone")), limit=1, start=MONDAY)) == "cat"
        assert names(await playing.page(after=Mark(b"\xff" * 24, PlayerId("gone")), limit=1, start=MONDAY)) == ""


async def test_a_period_that_becomes_final_between_two_looks_is_read_again(tmp_path: Path) -> None:
    async with boards(tmp_path, DAILY) as playing:
        await playing.score(FIVE)
        playing.playing.clock.advance(DAY)
        look = playing.ranks.look

        async def slow(*arguments: Any) -> Any:
            playing.ranks.look = look  # type: ignore[method-assign]
            await finalize(playing)
            return await look(*arguments)

        playing.ranks.look = slow  # type: ignore[method-assign]
        page = await playing.page(start=MONDAY)
        assert (names(page), page.period.state) == ("ann bob cat dan eve", PeriodState.FINAL)


async def test_a_period_that_nobody_was_in_is_final_and_empty(tmp_path: Path) -> None:
    async with boards(tmp_path, DAILY) as playing:
        playing.playing.clock.advance(3 * DAY)
        page = await playing.page("ann", start=MONDAY + DAY)
        assert (page.rows, page.own, page.total, page.period.state) == ([], None, 0, PeriodState.FINAL)


async def test_b52_names_are_present_ones_while_a_period_runs(tmp_path: Path) -> None:
    async with boards(tmp_path, DAILY) as playing:
        await playing.score({"ann": 1})
        await playing.playing.use.update_profile(PlayerId("ann"), "Anne", "https://a/b.png")
        row = (await playing.page()).rows[0]
        assert (row.name, row.avatar_url) == ("Anne", "https://a/b.png")
        playing.playing.clock.advance(DAY)
        await finalize(playing)
        await playing.playing.use.update_profile(PlayerId("ann"), "Annabel", None)
        assert (await playing.page(start=MONDAY)).rows[0].name == "Anne"


async def test_b23_a_split_board_is_read_by_segment(tmp_path: Path) -> None:
    async with boards(tmp_path, CLOSED) as playing:
        await playing.score({"ann": 1}, "gold")
        assert names(await playing.page(segment="gold")) == "ann"
        assert (await playing.page("ann", segment="silver")).own is None
        with pytest.raises(SegmentRequired):
            await playing.page()
        with pytest.raises(SegmentNotFound):
            await playing.page(segment="bronze")


async def test_b23_an_open_segment_never_seen_is_an_empty_page(tmp_path: Path) -> None:
    async with boards(tmp_path, OPEN) as playing:
        await playing.score({"ann": 1}, "red")
        assert names(await playing.page(segment="red")) == "ann"
        assert (await playing.page(segment="blue")).total == 0
        with pytest.raises(SegmentNotFound):
            await playing.page(segment="b" * 65)


async def test_b23_a_board_that_is_one_whole_has_no_segments(tmp_path: Path) -> None:
    async with boards(tmp_path) as playing:
        with pytest.raises(SegmentNotFound):
            await playing.page(segment="gold")


async def test_b53_segments_come_by_size(tmp_path: Path) -> None:
    async with boards(tmp_path, OPEN) as playing:
        await playing.score({"ann": 1}, "red")
        await playing.score({"bob": 1, "cat": 2}, "blue")
        listed = await playing.playing.use.list_segments(KEY, PeriodAsked(), 10)
        assert [(one.segment, one.entries) for one in listed.segments] == [("blue", 2), ("red", 1)]
        assert len((await playing.playing.use.list_segments(KEY, PeriodAsked(), 1)).segments) == 1


async def test_b53_segments_of_a_large_period_are_counted_once_in_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_segments, "_LARGE", 3)

    async def sizes(playing: Boards) -> list[int]:
        listed = await playing.playing.use.list_segments(KEY, PeriodAsked(), 10)
        return [one.entries for one in listed.segments]

    async with boards(tmp_path, OPEN) as playing:
        await playing.score({"ann": 1, "bob": 1}, "red")
        assert await sizes(playing) == [2]
        await playing.score({"cat": 1}, "red")
        assert await sizes(playing) == [3]
        await playing.score({"dan": 1}, "blue")
        assert await sizes(playing) == [3]
        playing.playing.clock.advance(timedelta(seconds=10))
        assert await sizes(playing) == [3, 1]


async def test_b53_periods_come_newest_first_and_the_running_one_in_any_case(tmp_path: Path) -> None:
    async with boards(tmp_path, DAILY) as playing:
        for _ in range(3):
            await playing.score({"ann": 1})
            playing.playing.clock.advance(2 * DAY)
        use = playing.playing.use
        first = await use.list_periods(KEY, None, 2)
        assert [one.window_key for one in first.periods] == ["2026-11-08", "2026-11-06"]
        second = await use.list_periods(KEY, first.next_before, 9)
        assert [one.window_key for one in second.periods] == ["2026-11-04", "2026-11-02"]
        assert second.next_before is None
        await playing.score({"ann": 1})
        again = await use.list_periods(KEY, None, 1)
        assert [one.state for one in again.periods] == [PeriodState.RUNNING]
        with pytest.raises(LeaderboardNotFound):
            await use.list_periods(LeaderboardKey("nothing"), None, 1)


async def test_b2_leaderboards_come_by_key_and_archived_ones_on_demand(tmp_path: Path) -> None:
    others = {
        "an_old_one": {**PLAIN, "status": "archived"},
        "closed": {**PLAIN, "status": "inactive"},
        "daily": DAILY,
    }
    async with boards(tmp_path, others=others) as playing:
        listing = playing.playing.use.list_leaderboards
        listed = await listing("", 10)
        assert [one.board.key for one in listed.boards] == ["board", "closed", "daily"]
        assert listed.next_after is None
        first = await listing("", 2, with_archived=True)
        assert [one.board.key for one in first.boards] == ["an_old_one", "board"]
        assert first.boards[0].period is None
        rest = await listing(first.next_after or "", 2, with_archived=True)
        assert [one.board.key for one in rest.boards] == ["closed", "daily"]
        assert rest.boards[1].next_start == MONDAY + DAY
        assert rest.boards[0].period is not None


async def test_b52_a_look_at_a_board_shows_the_own_line(tmp_path: Path) -> None:
    async with boards(tmp_path, OPEN, {"whole": PLAIN}) as playing:
        await playing.score({"ann": 1, "bob": 2}, "red")
        look = playing.playing.use.get_leaderboard
        shown = await look(PlayerId("ann"), KEY)
        assert shown.page is not None
        assert (shown.page.segment, shown.page.total) == ("red", 2)
        assert shown.page.own is not None
        assert shown.page.own.rank == 2
        assert (await look(PlayerId("zoe"), KEY)).page is None
        assert (await look(None, KEY)).page is None
        whole = (await look(PlayerId("ann"), LeaderboardKey("whole"))).page
        assert whole is not None
        assert (whole.own, whole.total) == (None, 0)
        with pytest.raises(LeaderboardNotFound):
            await look(None, LeaderboardKey("nothing"))
