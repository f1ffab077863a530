"""Whatever a stream ends with, the revision that it leaves a client with is one that he was shown (L21)."""

from datetime import timedelta

import pytest

from server.application.live.frames import Closed, Heartbeat, Ready, Reason, ScoreUpdate
from server.application.live.watcher import FRAMES_MAX
from server.domain.live.rows import Revision, applied
from tests.application.live.test_feed import audience

DRAINING = Closed(Revision(0, 0), Reason.DRAINING, timedelta(seconds=1))


async def test_l21_who_is_behind_when_his_stream_ends_comes_back_from_where_he_was() -> None:
    async with audience() as there:
        slow, quick = there.watch(), there.watch()
        first = await anext(slow)
        assert isinstance(first, Ready)
        await anext(quick)
        for number in range(FRAMES_MAX + 2):
            there.board.score("bob", number + 2)
            await anext(quick)
        there.feed.close(DRAINING)
        (end,) = [frame async for frame in slow]
        assert isinstance(end, Closed)
        assert (end.reason, end.retry_after) == (Reason.DRAINING, timedelta(seconds=1))
        assert end.revision == first.revision


async def test_l21_who_has_frames_waiting_when_his_stream_ends_is_shown_them_first() -> None:
    async with audience() as there:
        slow, quick = there.watch(), there.watch()
        first = await anext(slow)
        assert isinstance(first, Ready)
        await anext(quick)
        for score in (5, 6):
            there.board.score("bob", score)
            await anext(quick)
        there.feed.close(DRAINING)
        rows, frames = list(first.rows), [frame async for frame in slow]
        for frame in frames[:-1]:
            assert isinstance(frame, ScoreUpdate)
            rows = applied(rows, frame.changes)
        assert rows == list(there.board.rows())
        assert frames[-1].revision == frames[-2].revision == Revision(1, there.board.number)


async def test_l21_who_is_shown_nothing_keeps_the_revision_that_he_came_with() -> None:
    async with audience() as there:
        there.board.fails = 1000
        late = there.watch(seen=Revision(1, 7))
        there.feed.close(DRAINING)
        assert [frame.revision async for frame in late] == [Revision(1, 7)]


async def test_l21_a_heartbeat_names_what_its_watcher_was_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.application.live.feed.HEARTBEAT_SECONDS", 0.01)
    async with audience() as there:
        stream = there.watch()
        first = await anext(stream)
        there.watchers[0].is_closed = True  # so that nothing more is told to him, whatever the board does
        there.board.score("bob", 5)
        other = there.watch()
        while (await anext(other)).revision == first.revision:
            pass
        there.watchers[0].is_closed = False
        assert (await anext(stream)).revision == first.revision
        assert isinstance(await anext(stream), Heartbeat)


async def test_l23_what_nobody_spoke_of_is_seen_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.application.live.feed.REPAIR_SECONDS", 0.02)
    monkeypatch.setattr("server.application.live.feed.CLOCK_SECONDS", 0.01)
    async with audience() as there:
        stream = there.watch()
        await anext(stream)
        there.board.feed = None  # the message is lost
        there.board.score("bob", 5)
        frame = await anext(stream)
        assert isinstance(frame, ScoreUpdate)
        assert frame.revision == Revision(1, there.board.number)
