"""A feed tells its watchers what changes, once for all, and nobody who is slow costs anybody else (L20 to L22)."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta

import pytest

from server.application.live.feed import Feed
from server.application.live.frames import Closed, Finalized, Frame, Heartbeat, Ready, Reason, ScoreUpdate
from server.application.live.sources import Look, Source
from server.application.live.watcher import FRAMES_MAX, Watcher
from server.domain.errors import CohortNotFound
from server.domain.ids import PlayerId
from server.domain.live.rows import LiveRow, Revision, Sight, applied
from server.ports.errors import StoreUnavailable
from tests.world import ManualClock

DEADLINE = 10.0


class Board(Source):
    """A board that tests change."""

    def __init__(self) -> None:
        self.scores: dict[str, int] = {}
        self.number = 0
        self.looks = 0
        self.over: Reason | None = None
        self.looks_again_at: datetime | None = None
        self.fails = 0
        self.is_gone = False
        self.feed: Feed | None = None

    def score(self, player: str, score: int) -> None:
        self.scores[player] = score
        self.number += 1
        if self.feed is not None:
            self.feed.wake()

    def rows(self) -> tuple[LiveRow, ...]:
        ordered = sorted(self.scores, key=lambda player: (-self.scores[player], player))
        return tuple(
            LiveRow(PlayerId(player), player, "", self.scores[player], 0, position, position)
            for position, player in enumerate(ordered, 1)
        )

    async def look(self, rows: int, own: Sequence[PlayerId]) -> Look:
        self.looks += 1
        if self.is_gone:
            raise CohortNotFound
        if self.fails:
            self.fails -= 1
            raise StoreUnavailable("gone for a moment")
        everybody = self.rows()
        lines = {row.player_id: row for row in everybody if row.player_id in own}
        sight = Sight(Revision(1, self.number), everybody[:rows], len(everybody))
        return Look(sight, "board", lines, self.looks_again_at, self.over)


class Audience:
    """Those who watch, each with what he was told."""

    def __init__(self, board: Board, feed: Feed) -> None:
        self.board, self.feed = board, feed
        self.watchers: list[Watcher] = []

    def watch(self, limit: int = 50, player: str | None = None, seen: Revision | None = None) -> AsyncIterator[Frame]:
        watcher = Watcher(limit, None if player is None else PlayerId(player))
        self.feed.join(watcher, seen)
        self.watchers.append(watcher)
        return self.feed.frames(watcher)


@asynccontextmanager
async def audience(pace: float = 0.0) -> AsyncIterator[Audience]:
    board, clock = Board(), ManualClock()
    idle = asyncio.Event()
    feed = board.feed = Feed(board, clock, pace, idle.set)
    board.score("ann", 1)
    there = Audience(board, feed)
    running: asyncio.Task[None] | None = None

    async def first_watcher() -> None:
        while not feed.watchers:  # noqa: ASYNC110 - the test is on one loop with it
            await asyncio.sleep(0)
        await feed.run()

    async with asyncio.timeout(DEADLINE):
        running = asyncio.create_task(first_watcher())
        try:
            yield there
        finally:
            for watcher in there.watchers:
                feed.leave(watcher)
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running


async def replica(stream: AsyncIterator[Frame], until: Revision, rows: list[LiveRow] | None = None) -> list[LiveRow]:
    """What a client has who applies whatever he is told, up to a revision."""
    kept = list(rows or ())
    async for frame in stream:
        match frame:
            case Ready():
                kept = list(frame.rows)
            case ScoreUpdate():
                kept = applied(kept, frame.changes)
        if frame.revision >= until:
            return kept
    raise AssertionError("the stream has ended")


async def test_l20_ready_comes_first_then_what_changes() -> None:
    async with audience() as there:
        stream = there.watch()
        first = await anext(stream)
        assert isinstance(first, Ready)
        assert [row.player_id for row in first.rows] == ["ann"]
        there.board.score("bob", 5)
        update = await anext(stream)
        assert isinstance(update, ScoreUpdate)
        assert [(row.player_id, row.position) for row in update.changes.rows] == [("bob", 1), ("ann", 2)]


async def test_l22_many_changes_are_one_look_and_one_frame_for_all() -> None:
    async with audience(pace=0.01) as there:
        streams = [there.watch() for _ in range(3)]
        for stream in streams:
            await anext(stream)
        looks = there.board.looks
        for score in range(100):
            there.board.score("bob", score)
        frames = [await anext(stream) for stream in streams]
        assert there.board.looks == looks + 1
        assert frames[0] is frames[1] is frames[2]


async def test_l20_the_own_line_is_told_though_it_is_not_watched() -> None:
    async with audience() as there:
        there.board.score("zoe", 0)
        stream = there.watch(limit=1, player="zoe")
        first = await anext(stream)
        assert isinstance(first, Ready)
        assert first.own is not None
        assert (first.own.player_id, first.own.position) == ("zoe", 2)
        there.board.score("bob", 9)
        shared, own = await anext(stream), await anext(stream)
        assert isinstance(shared, ScoreUpdate)
        assert isinstance(own, ScoreUpdate)
        assert shared.changes.left == ("ann",)
        assert [(row.player_id, row.position) for row in own.changes.rows] == [("zoe", 3)]


async def test_l21_who_is_slow_gets_one_picture_instead_of_what_he_missed() -> None:
    async with audience() as there:
        slow, quick = there.watch(), there.watch()
        await anext(slow)
        await anext(quick)
        for number in range(FRAMES_MAX + 5):
            there.board.score("bob", number + 2)
            await anext(quick)
        frame = await anext(slow)
        assert isinstance(frame, Ready)
        assert frame.rows == there.board.rows()


async def test_l21_who_comes_back_gets_what_he_missed_and_no_more() -> None:
    async with audience() as there:
        stays, goes = there.watch(), there.watch()
        await anext(stays)
        first = await anext(goes)
        there.feed.leave(there.watchers[1])
        for score in (5, 6):
            there.board.score("bob", score)
            await anext(stays)
        back = there.watch(seen=first.revision)
        frame = await anext(back)
        assert isinstance(frame, ScoreUpdate)
        assert applied(first.rows, frame.changes) == list(there.board.rows())  # type: ignore[attr-defined]


async def test_l21_who_comes_back_from_nowhere_gets_the_whole() -> None:
    async with audience() as there:
        stream = there.watch(seen=Revision(0, 7))
        assert isinstance(await anext(stream), Ready)


async def test_every_replica_is_the_board() -> None:
    async with audience() as there:
        streams = [there.watch(limit=limit) for limit in (1, 3, 50)]
        tasks = [asyncio.create_task(replica(stream, Revision(1, 41))) for stream in streams]
        for number in range(40):
            there.board.score(f"p{number % 7}", number)
            await asyncio.sleep(0)
        replicas = await asyncio.gather(*tasks)
        assert [list(there.board.rows()[:limit]) for limit in (1, 3, 50)] == replicas


async def test_l23_a_board_that_is_over_says_ready_finalized_closed() -> None:
    async with audience() as there:
        there.board.over = Reason.COMPLETED
        frames = [frame async for frame in there.watch()]
        assert [type(frame) for frame in frames] == [Ready, Finalized, Closed]


async def test_a_store_that_fails_for_a_moment_ends_no_stream() -> None:
    async with audience() as there:
        stream = there.watch()
        await anext(stream)
        there.board.fails = 2
        there.board.score("bob", 5)
        assert isinstance(await anext(stream), ScoreUpdate)


async def test_a_board_that_is_gone_ends_its_streams_and_nothing_else() -> None:
    async with audience() as there:
        stream = there.watch()
        await anext(stream)
        there.board.is_gone = True
        there.board.score("bob", 5)
        assert [type(frame) for frame in [one async for one in stream]] == [Closed]


async def test_l24_a_server_that_drains_says_when_to_come_back() -> None:
    async with audience() as there:
        stream = there.watch()
        first = await anext(stream)
        there.feed.close(Closed(first.revision, Reason.DRAINING, timedelta(seconds=1)))
        frames = [frame async for frame in stream]
        assert [type(frame) for frame in frames] == [Closed]


async def test_l20_silence_is_told_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.application.live.feed.HEARTBEAT_SECONDS", 0.01)
    async with audience() as there:
        stream = there.watch()
        first = await anext(stream)
        beat = await anext(stream)
        assert isinstance(beat, Heartbeat)
        assert beat.revision == first.revision


async def test_l24_a_session_that_ends_ends_the_stream() -> None:
    async with audience() as there:
        watcher = Watcher(50, None, asyncio.get_running_loop().time() + 0.02)
        there.feed.join(watcher, None)
        there.watchers.append(watcher)
        frames = [frame async for frame in there.feed.frames(watcher)]
        assert isinstance(frames[-1], Closed)
        assert frames[-1].reason is Reason.SESSION_EXPIRED


async def test_l21_who_is_behind_when_the_board_ends_gets_its_last_rows_and_nothing_after_the_end() -> None:
    async with audience() as there:
        slow, quick = there.watch(), there.watch()
        await anext(slow)
        await anext(quick)
        for number in range(FRAMES_MAX + 1):
            there.board.score("bob", number + 2)
            await anext(quick)
        there.board.over = Reason.COMPLETED
        there.board.score("bob", 99)
        assert isinstance([frame async for frame in quick][-1], Closed)
        assert [type(frame) for frame in [one async for one in slow]] == [Finalized, Closed]


async def test_l24_who_joins_while_the_server_drains_is_told_to_come_back() -> None:
    async with audience() as there:
        stays = there.watch()
        await anext(stays)
        there.feed.wake()
        late = there.watch()
        there.feed.close(Closed(Revision(0, 0), Reason.DRAINING, timedelta(seconds=1)))
        assert [type(frame) for frame in [one async for one in late]] == [Closed]


async def test_l23_who_joins_while_the_end_is_told_sees_the_board_before_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("server.application.live.feed.SLICE", 1)
    async with audience() as there:
        streams = [there.watch() for _ in range(4)]
        for stream in streams:
            await anext(stream)
        there.board.over = Reason.COMPLETED
        there.board.score("bob", 9)
        while there.watchers[0].shown is None or there.watchers[0].shown.over is None:  # noqa: ASYNC110 - on one loop
            await asyncio.sleep(0)
        frames = [frame async for frame in there.watch()]
        assert [type(frame) for frame in frames] == [Ready, Finalized, Closed]


async def test_l21_who_catches_up_while_others_are_told_is_told_nothing_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.application.live.feed.SLICE", 1)
    async with audience() as there:
        first, slow = there.watch(), there.watch()
        await anext(first)
        await anext(slow)
        for number in range(FRAMES_MAX + 1):
            there.board.score("bob", number + 2)
            await anext(first)
        there.board.score("bob", 50)
        await anext(first)  # the look stands, and the slow one has yet to be told of it
        seen = [await anext(slow)]
        there.board.score("bob", 51)
        seen.append(await anext(slow))
        assert [frame.revision for frame in seen] == sorted({frame.revision for frame in seen})


async def test_who_comes_and_goes_keeps_nobody_from_seeing_what_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.application.live.feed.REPAIR_SECONDS", 0.1)
    async with audience() as there:
        stream = there.watch(player="ann")
        await anext(stream)
        there.board.scores["bob"] = 5  # and nobody says so
        there.board.number += 1
        news = asyncio.ensure_future(anext(stream))  # type: ignore[arg-type]
        while not news.done():
            there.watch(player="ann")
            there.feed.leave(there.watchers[-1])
            await asyncio.sleep(0)
        assert isinstance(news.result(), ScoreUpdate)


async def test_l20_where_there_is_nothing_to_watch_the_call_is_refused() -> None:
    async with audience() as there:
        there.board.is_gone = True
        with pytest.raises(CohortNotFound):
            await anext(there.watch())


async def test_a_name_that_changes_is_told_once_and_to_who_comes_back() -> None:
    async with audience() as there:
        stream = there.watch()
        first = await anext(stream)
        rows = there.board.rows
        there.board.rows = lambda: tuple(row._replace(name=row.name.upper()) for row in rows())  # type: ignore[method-assign]
        there.feed.wake()
        renamed = await anext(stream)
        assert isinstance(renamed, ScoreUpdate)
        assert renamed.changes.rows[0].name == "ANN"
        there.feed.wake()
        there.board.score("bob", 0)
        told = await anext(stream)
        assert isinstance(told, ScoreUpdate)
        assert [row.player_id for row in told.changes.rows] == ["bob"]
        assert isinstance(await anext(there.watch(seen=first.revision)), Ready)


async def test_frames_that_are_alike_are_one_object() -> None:
    async with audience() as there:
        stream = there.watch()
        first = await anext(stream)
        assert await anext(there.watch()) is first
        assert await anext(there.watch(seen=first.revision)) is await anext(there.watch(seen=first.revision))


async def test_l21_a_thousand_a_second_come_back_and_what_each_has_is_the_board_as_it_was() -> None:
    async with audience(pace=0.02) as there:
        clock = asyncio.get_running_loop().time
        known = {0: (), there.board.number: there.board.rows()}
        ends_at, returned = clock() + 2, 0

        async def comes_and_goes(number: int) -> None:
            nonlocal returned
            seen: Revision | None = None
            rows: list[LiveRow] = []
            limit = (1, 3, 50)[number % 3]
            while clock() < ends_at:
                stream = there.watch(limit=limit, seen=seen)
                watcher = there.watchers.pop()
                async for frame in stream:
                    assert seen is None or frame.revision >= seen
                    if isinstance(frame, Ready):
                        rows = list(frame.rows)
                    elif isinstance(frame, ScoreUpdate):
                        rows = applied(rows, frame.changes)
                    seen = frame.revision
                    assert tuple(rows) == known[seen.number][:limit]
                    break
                there.feed.leave(watcher)
                returned += 1
                await asyncio.sleep(0.05)

        async def plays() -> None:
            while clock() < ends_at:
                there.board.score(f"p{there.board.number % 70}", there.board.number * 7919 % 997)
                known[there.board.number] = there.board.rows()
                await asyncio.sleep(0.005)

        there.watch()  # somebody stays
        await asyncio.gather(plays(), *(comes_and_goes(number) for number in range(60)))
        assert returned >= 1500
