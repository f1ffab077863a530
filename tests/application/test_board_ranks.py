"""Orders of boards from the first entry to the last: loaded behind everybody's back, and never half of one (B50 to B53)."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest

from server.application import board_ranks, rank_healing, rank_loading
from server.application.rank_healing import _reached
from server.domain.errors import RankIndexNeeded
from server.domain.ids import LeaderboardKey, PlayerId
from server.domain.leaderboards.entry import PeriodId, SegmentId
from server.domain.leaderboards.outcomes import Outcome
from server.ports.board_store import EntryKey
from server.ports.contribution_store import LoggedContribution, Source
from server.ports.errors import RanksUnavailable
from server.ports.rank_index import Change, LogMark
from server.ranks.in_process import InProcessRankIndex
from tests.application.board_world import PLAIN, Boards, boards
from tests.builders import DAY, HOUR, MONDAY, SECOND

DAILY = {**PLAIN, "timeframe": {"type": "daily"}}
SPLIT = {**PLAIN, "segmentation": {"key": "league", "source": "trusted", "change": "move"}}
LEAGUES = {
    **PLAIN,
    "segmentation": {"key": "league", "buckets": ["gold", "silver"], "source": "trusted", "change": "move"},
}


class Apart(InProcessRankIndex):
    """An index that lives on where who should have told it has died, as one that processes share does."""

    can_miss_changes = True


class Fragile(Apart):
    """An index that can be out of reach, and counts the pages that it has shown."""

    is_away = False
    answered = 0

    async def record(self, segment: SegmentId, changes: Iterable[Change]) -> int:
        self._check()
        return await super().record(segment, changes)

    async def page(self, *arguments: object) -> list:  # type: ignore[type-arg]
        self._check()
        places = await super().page(*arguments)  # type: ignore[arg-type]
        self.answered += 1
        return places

    async def totals(self, segment: SegmentId):  # type: ignore[no-untyped-def]
        self._check()
        return await super().totals(segment)

    async def mark(self) -> LogMark | None:
        self._check()
        return await super().mark()

    def _check(self) -> None:
        if self.is_away:
            raise RanksUnavailable("away")


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of a few entries, so that a few dozen are many."""
    monkeypatch.setattr(rank_loading, "CHUNK", 7)
    monkeypatch.setattr(rank_loading, "SEGMENT_CHUNK", 3)
    monkeypatch.setattr(rank_loading, "SEGMENTS_OPENED", 4)
    monkeypatch.setattr(rank_healing, "CHUNK", 5)


def crowd(count: int) -> dict[str, int]:
    return {f"p{number:03}": count - number for number in range(count)}


async def order_of(playing: Boards, segment: str = "") -> list[str]:
    places = await playing.ranks.page(playing.segment(segment), playing.board(), None, 1000)
    return [place.player_id for place in places]


async def is_indexed(playing: Boards, segment: str = "") -> bool:
    assert playing.ranks.keeping is not None
    return await playing.ranks.keeping.index.is_loaded(playing.segment(segment))


async def test_the_first_entry_of_a_period_opens_its_order(tmp_path: Path) -> None:
    async with boards(tmp_path) as playing:
        await playing.score({"ann": 1, "bob": 2})
        assert await order_of(playing) == ["bob", "ann"]
        await playing.ranks.loaded()
        assert await is_indexed(playing)
        await playing.score({"ann": 3})
        assert await order_of(playing) == ["ann", "bob"]


async def test_what_was_there_before_the_server_is_loaded_in_the_background(tmp_path: Path) -> None:
    index = Fragile()
    async with boards(tmp_path, index=index) as playing:
        await playing.write(crowd(40))
        assert len(await order_of(playing)) == 40
        assert index.answered == 0, "nothing of it was loaded"
        await playing.ranks.loaded()
        assert await order_of(playing) == list(crowd(40))
        assert index.answered == 1


async def test_changes_win_over_what_is_loaded_at_the_same_time(tmp_path: Path) -> None:
    async with boards(tmp_path) as playing:
        await playing.write(crowd(60))
        tending = asyncio.ensure_future(playing.tend())
        for number in range(60):
            await playing.score({f"p{59 - number:03}": 1000 + number, f"new{number:03}": -number})
            await asyncio.sleep(0)
            first = (await order_of(playing))[0]
            assert first == f"p{59 - number:03}", "never a wrong rank, half loaded or whole"
        await tending
        assert await is_indexed(playing)
        expected = [f"p{number:03}" for number in range(60)] + [f"new{number:03}" for number in range(60)]
        assert await order_of(playing) == expected


async def test_small_boards_are_ready_before_large_ones(tmp_path: Path) -> None:
    async with boards(tmp_path, others={"small": PLAIN}) as playing:
        await playing.write(crowd(60))
        await playing.write({"ann": 1}, key="small")
        await playing.playing.use.tend_ranks()
        assert playing.ranks.keeping is not None
        small, ready = playing.segment(key="small"), playing.ranks.keeping.index.is_loaded
        for _ in range(1000):
            if await ready(small):
                break
            await asyncio.sleep(0)
        assert not await ready(playing.segment())
        await playing.ranks.loaded()
        assert await ready(playing.segment())


async def test_a_large_board_waits_for_its_order_and_a_small_one_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board_ranks, "LARGEST", 10)
    async with boards(tmp_path) as playing:
        await playing.write(crowd(11))
        with pytest.raises(RanksUnavailable):
            await order_of(playing)
        assert await playing.ranks.told_places(playing.segment(), playing.board(), [PlayerId("p003")]) == {}
        await playing.ranks.loaded()
        assert len(await order_of(playing)) == 11


async def test_without_an_index_a_large_board_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board_ranks, "LARGEST", 10)
    async with boards(tmp_path, index=None) as playing:
        await playing.score(crowd(10))
        assert len(await order_of(playing)) == 10
        await playing.score({"one more": 5})
        with pytest.raises(RankIndexNeeded):
            await order_of(playing)
        assert await playing.ranks.told_places(playing.segment(), playing.board(), [PlayerId("p003")]) == {}
        await playing.tend()


async def test_players_of_a_batch_are_not_told_ranks_that_would_take_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with boards(tmp_path, index=None) as playing:
        await playing.score(crowd(20))
        three = [PlayerId(f"p{number:03}") for number in range(3)]
        told = await playing.ranks.told_places(playing.segment(), playing.board(), three)
        assert [told[one].rank for one in three] == [1, 2, 3]
        monkeypatch.setattr(board_ranks, "_COUNTED_MAX", 3 * 19)
        assert await playing.ranks.told_places(playing.segment(), playing.board(), three) == {}


async def test_b23_a_player_who_moves_leaves_the_segment_that_he_was_in(tmp_path: Path) -> None:
    async with boards(tmp_path, SPLIT) as playing:
        await playing.score({"ann": 1, "bob": 2}, "gold")
        await playing.score({"cat": 3}, "silver")
        await playing.ranks.loaded()
        await playing.score({"bob": 5}, "silver")
        await playing.ranks.loaded()
        assert await order_of(playing, "gold") == ["ann"]
        assert await order_of(playing, "silver") == ["bob", "cat"]
        assert await is_indexed(playing, "gold")
        assert await is_indexed(playing, "silver")


async def test_all_segments_of_a_period_are_loaded_in_one_walk(tmp_path: Path) -> None:
    async with boards(tmp_path, SPLIT) as playing:
        for number in range(30):
            await playing.write({f"p{number}": number}, f"s{number % 9}")
        await playing.tend()
        for number in range(9):
            assert await is_indexed(playing, f"s{number}")
            held = [f"p{one}" for one in range(29, -1, -1) if one % 9 == number]
            assert await order_of(playing, f"s{number}") == held


async def test_a_segment_that_nobody_is_in_is_empty_and_costs_no_order(tmp_path: Path) -> None:
    async with boards(tmp_path, SPLIT) as playing:
        await playing.score({"ann": 1}, "gold")
        await playing.tend()
        assert await order_of(playing, "nowhere") == []
        await playing.ranks.loaded()
        assert playing.ranks.keeping is not None
        assert not await playing.ranks.keeping.index.is_open(playing.segment("nowhere"))


async def test_b51_another_min_score_shows_and_hides_at_once(tmp_path: Path) -> None:
    def at_least(score: int | None) -> dict[str, object]:
        ranking = {"decimals": 0} if score is None else {"decimals": 0, "min_score": score}
        return {"board": {**PLAIN, "ranking": ranking}}

    async with boards(tmp_path) as playing:
        await playing.score({"ann": 1, "bob": 5, "cat": 9})
        await playing.tend()
        for least, seen in ((5, ["cat", "bob"]), (9, ["cat"]), (None, ["cat", "bob", "ann"])):
            await playing.playing.configure({}, leaderboards=at_least(least))
            assert await order_of(playing) == seen, "at once"
            await playing.tend()
            assert await order_of(playing) == seen, "and from its own order"
            await playing.score({"bob": 6, "ann": 2})
            assert await order_of(playing) == seen
        assert playing.ranks.keeping is not None
        assert len(playing.ranks.keeping.orders) == 1, "orders under other rules are dropped"


async def test_b53_what_was_committed_and_never_told_is_found_in_the_log(tmp_path: Path) -> None:
    async with boards(tmp_path, index=Apart()) as playing:
        await playing.score({"ann": 5})
        await playing.tend()
        await playing.write({"bob": 9, "ann": 6})
        assert await order_of(playing) == ["ann"], "nobody told it"
        await playing.tend()
        assert await order_of(playing) == ["bob", "ann"]


async def test_b53_a_move_that_was_never_told_heals_in_both_segments(tmp_path: Path) -> None:
    async with boards(tmp_path, LEAGUES, index=Apart()) as playing:
        await playing.score({"ann": 5, "bob": 4}, "gold")
        await playing.tend()
        await playing.write({"ann": 6}, "silver")
        await playing.tend()
        assert await order_of(playing, "gold") == ["bob"]
        assert await order_of(playing, "silver") == ["ann"]


async def test_an_index_out_of_reach_fails_nobody_and_hears_of_everything_later(tmp_path: Path) -> None:
    index = Fragile()
    async with boards(tmp_path, index=index) as playing:
        await playing.score({"ann": 5})
        await playing.tend()
        index.is_away = True
        await playing.score({"bob": 9})
        assert await order_of(playing) == ["bob", "ann"], "from the store"
        with pytest.raises(RanksUnavailable):
            await playing.tend()
        index.is_away = False
        assert await order_of(playing) == ["ann"], "it missed one"
        await playing.tend()
        assert await order_of(playing) == ["bob", "ann"], "and has heard of him since"


async def test_an_order_that_was_lost_is_loaded_again(tmp_path: Path) -> None:
    index = Fragile()
    async with boards(tmp_path, index=index) as playing:
        await playing.score(crowd(20))
        await playing.tend()
        await index.close(playing.segment())
        await playing.score({"ann": 99})
        assert await order_of(playing) == ["ann", *crowd(20)]
        await playing.ranks.loaded()
        assert await index.is_loaded(playing.segment())
        await index.close(playing.segment())
        assert await order_of(playing) == ["ann", *crowd(20)], "nobody writes, but somebody reads"
        await playing.ranks.loaded()
        assert await index.is_loaded(playing.segment())


class Mortal(Apart):
    """An index that can be emptied, as a Redis that is restarted is."""

    lives = 0

    def end(self) -> None:
        """Lose everything."""
        self.lives += 1
        self.__init__()  # type: ignore[misc] # all of it is as on the first day

    async def mark(self) -> LogMark | None:
        found = await super().mark()
        return None if found is None else LogMark(found.number, str(self.lives))


@pytest.mark.parametrize("is_told_first", [False, True])
async def test_b53_in_a_new_life_all_orders_are_loaded_again_before_anybody_asks(
    tmp_path: Path, is_told_first: bool
) -> None:
    """Also where a score came in first, so that the mark of the new life is there already."""
    index = Mortal()
    async with boards(tmp_path, LEAGUES, index=index) as playing:
        await playing.score(crowd(20), "gold")
        await playing.score({"zoe": 7}, "silver")
        await playing.tend()
        for _ in range(2):
            index.end()
            if is_told_first:
                await playing.score({"zoe": 7 + index.lives}, "silver")
            await playing.tend()
            held = [await index.is_loaded(playing.segment(name)) for name in ("gold", "silver")]
            assert held == [True, True]
        assert await order_of(playing, "gold") == list(crowd(20))


async def test_loading_that_failed_is_begun_again(tmp_path: Path) -> None:
    index = Fragile()
    async with boards(tmp_path, index=index) as playing:
        await playing.write(crowd(20))
        index.is_away = True
        assert len(await order_of(playing)) == 20
        await playing.ranks.loaded()
        index.is_away = False
        await playing.tend()
        assert await index.is_loaded(playing.segment())


async def test_orders_of_final_periods_are_dropped(tmp_path: Path) -> None:
    index = InProcessRankIndex()
    async with boards(tmp_path, DAILY, index=index) as playing:
        await playing.score({"ann": 5})
        await playing.tend()
        over = playing.segment()
        playing.playing.clock.advance(DAY)
        await playing.tend()
        assert await index.is_loaded(over), "it is not final yet"
        assert await index.is_loaded(playing.segment()), "the next one is open before anybody is in it"
        await playing.playing.store.transact(lambda tx: tx.seal_period(over.period))
        await playing.playing.store.transact(lambda tx: tx.finalize_period(over.period, playing.now, 1))
        await playing.tend()
        assert not await index.is_open(over)


async def test_what_is_let_go_of_is_loaded_anew(tmp_path: Path) -> None:
    """A rescore replaces entries: versions alone would not take out those that are gone."""
    async with boards(tmp_path) as playing:
        await playing.score({"ann": 5, "bob": 6})
        await playing.tend()
        gone = EntryKey(playing.segment().period, PlayerId("bob"))
        await playing.playing.store.transact(lambda tx: tx.remove_entries([gone]))
        await playing.ranks.let_go(playing.segment().period)
        assert await order_of(playing) == ["ann"]
        await playing.ranks.loaded()
        assert await is_indexed(playing)
        assert await order_of(playing) == ["ann"]


async def test_what_is_let_go_of_while_it_is_loading_is_loaded_anew(tmp_path: Path) -> None:
    async with boards(tmp_path) as playing:
        await playing.score(crowd(40))
        await playing.ranks.let_go(playing.segment().period)
        assert await order_of(playing) == list(crowd(40))
        await playing.ranks.loaded()
        assert await is_indexed(playing)
        assert await order_of(playing) == list(crowd(40))


async def test_revisions_tell_orders_apart_across_restarts(tmp_path: Path) -> None:
    async with boards(tmp_path) as playing:
        await playing.score({"ann": 5})
        loading = await playing.ranks.totals(playing.segment(), playing.board())
        await playing.ranks.loaded()
        first = await playing.ranks.totals(playing.segment(), playing.board())
        assert await playing.ranks.totals(playing.segment(), playing.board()) == first
        await playing.score({"ann": 6})
        second = await playing.ranks.totals(playing.segment(), playing.board())
        await playing.ranks.let_go(playing.segment().period)
        await order_of(playing)
        await playing.ranks.loaded()
        third = await playing.ranks.totals(playing.segment(), playing.board())
    texts = {board_ranks.revision_of(one) for one in (loading, first, second, third)}
    assert len(texts) == 4


async def test_a_server_stops_while_it_is_loading(tmp_path: Path) -> None:
    async with boards(tmp_path) as playing:
        await playing.write(crowd(50))
        await playing.playing.use.tend_ranks()
    assert playing.ranks.keeping is not None


def logged(number: int, seconds: float) -> LoggedContribution:
    key = EntryKey(PeriodId(LeaderboardKey("board"), MONDAY), PlayerId("ann"))
    at = MONDAY + timedelta(seconds=seconds)
    return LoggedContribution(key, "", Source.DIRECT, "", at, at, "1", "{}", Outcome.APPLIED.value, None, number)


def test_b53_the_mark_waits_before_a_row_that_may_still_appear() -> None:
    rows = [logged(4, 0), logged(5, 0), logged(7, 0), logged(8, 1)]
    assert _reached(rows, 3, MONDAY + 5 * SECOND) == 5
    assert _reached(rows, 3, MONDAY + HOUR) == 8
    assert _reached(rows, 8, MONDAY) == 8
    assert _reached([], 3, MONDAY) == 3


async def test_l21_what_the_store_answers_has_another_epoch_in_each_period(tmp_path: Path) -> None:
    async with boards(tmp_path, DAILY, index=None) as playing:
        before = (await playing.ranks.totals(playing.segment(), playing.board())).epoch
        assert (await playing.ranks.totals(playing.segment(), playing.board())).epoch == before
        playing.playing.clock.advance(DAY)
        after = (await playing.ranks.totals(playing.segment(), playing.board())).epoch
        assert int(after) > int(before), "nobody who saw the last period goes on in the next"
