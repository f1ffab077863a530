"""One board that somebody watches: looked at when it changes, a few times a second at most, once for all watchers (L22)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from datetime import datetime, timedelta

import structlog

from server.application.live.frames import Closed, Finalized, Frame, Heartbeat, Ready, Reason, ScoreUpdate
from server.application.live.sources import Look, Source
from server.application.live.watcher import News, Watcher
from server.domain.errors import DomainError
from server.domain.live.history import History
from server.domain.live.rows import ROWS_MAX, Changes, LiveRow, Revision, changes
from server.ports.clock import Clock
from server.ports.errors import WorldError

log = structlog.get_logger(__name__)

SLICE = 100
"""So many watchers are told before calls have their turn again."""
HEARTBEAT_SECONDS = 15.0
"""After so long without a frame there is one that says so: it keeps ways open, and finds out who has gone."""
REPAIR_SECONDS = 5.0
"""After so long without a word it is looked anyway: a message may have been lost (L23)."""
NOTHING_SEEN = Revision(0, 0)
TRY_AGAIN_AFTER = timedelta(seconds=1)
CLOCK_SECONDS = 1.0
"""How often the moved clock is looked at: what ends by itself ends on game time."""


class Feed:
    """Tells all watchers of a board what has changed. Runs while there are any; `on_idle` is called when there are none."""

    def __init__(self, source: Source, clock: Clock, pace_seconds: float, on_idle: Callable[[], None]) -> None:
        self._source = source
        self._clock = clock
        self._pace = pace_seconds
        self._on_idle = on_idle
        self._watchers: dict[Watcher, Revision | None] = {}
        """With the revision at which those joined who have yet to be shown the board."""
        self._joining: list[Watcher] = []
        self._history = History()
        self._look: Look | None = None
        self._is_dirty = True
        self._woken = asyncio.Event()

    @property
    def watchers(self) -> int:
        """How many watch."""
        return len(self._watchers)

    def wake(self) -> None:
        """Look again soon: something has changed."""
        self._is_dirty = True
        self._woken.set()

    def close(self, closed: Closed) -> None:
        """End all streams."""
        for watcher in tuple(self._watchers):
            watcher.offer(closed)

    def join(self, watcher: Watcher, seen: Revision | None) -> None:
        """Begin to tell a watcher. `seen`: where he left off (L21)."""
        self._watchers[watcher] = seen
        self._joining.append(watcher)
        if self._shows_all(watcher):
            self._welcome([watcher])
        self._woken.set()

    def leave(self, watcher: Watcher) -> None:
        """Tell a watcher no more."""
        self._watchers.pop(watcher, None)
        self._woken.set()

    async def frames(self, watcher: Watcher) -> AsyncGenerator[Frame, None]:
        """Yield what a watcher who has joined is to be told, until the board is over or his session is."""
        clock = asyncio.get_running_loop().time
        while not watcher.has_expired(clock()):
            match await watcher.news(watcher.patience(clock(), HEARTBEAT_SECONDS)):
                case News.SOMETHING:
                    yield watcher.take() or self._picture(watcher)
                case News.NOTHING:
                    yield Heartbeat(self._revision)
                case News.OVER:
                    return
        yield Closed(self._revision, Reason.SESSION_EXPIRED)

    @property
    def _revision(self) -> Revision:
        return NOTHING_SEEN if self._look is None else self._look.sight.revision

    def _shows_all(self, watcher: Watcher) -> bool:
        """Tell whether the last look is as good as a new one to who joins now, his own line included."""
        look = self._look
        if look is None or self._is_dirty or look.over is not None:
            return False
        own = watcher.player_id
        return own is None or own in look.own or any(row.player_id == own for row in look.sight.rows)

    async def run(self) -> None:
        """Look and tell, until nobody watches or the board is over. Whatever goes wrong ends these streams and no others."""
        try:
            await self._run()
        except DomainError:  # the board is gone
            self.close(Closed(NOTHING_SEEN, Reason.GONE))
        except Exception:
            log.exception("feed_failed")
            self.close(Closed(NOTHING_SEEN, Reason.FAILED, TRY_AGAIN_AFTER))
        finally:
            self._on_idle()

    async def _run(self) -> None:
        while self._watchers:
            look = await self._looked()
            if look is not None:
                await self._tell(look)
                if look.over is not None:
                    break
                await asyncio.sleep(self._pace)
            await self._rest()

    async def _looked(self) -> Look | None:
        """Look if there is reason to; None: there is none, or nothing can be seen just now."""
        if not self._is_dirty and not self._joining:
            return None
        self._is_dirty = False
        wanted = [one.player_id for one in self._watchers if one.player_id is not None]
        try:
            return await self._source.look(ROWS_MAX, list(dict.fromkeys(wanted)))
        except WorldError as error:
            log.warning("feed_blind", error=str(error))
            await asyncio.sleep(self._pace)
            self.wake()
            return None

    async def _rest(self) -> None:
        """Sleep until woken, until something is due by the clock, or until it is time to look whatever was heard."""
        waited = 0.0
        while self._watchers and not self._woken.is_set():
            try:
                async with asyncio.timeout(CLOCK_SECONDS):
                    await self._woken.wait()
            except TimeoutError:
                waited += CLOCK_SECONDS
                if waited >= REPAIR_SECONDS or self._is_due(self._clock.now()):
                    self._is_dirty = True
                    break
        self._woken.clear()

    def _is_due(self, now: datetime) -> bool:
        due = None if self._look is None else self._look.looks_again_at
        return due is not None and now >= due

    async def _tell(self, look: Look) -> None:
        before = self._history.latest
        self._look = look
        self._history.add(look.sight)
        joining, self._joining = self._joining, []
        new = set(joining)
        if before is not None:
            await self._tell_changes(before.rows, look, [one for one in self._watchers if one not in new])
        self._joining = joining + self._joining
        self._welcome(joining)
        if look.over is not None:
            self._end(look, look.over)

    async def _tell_changes(self, before: Iterable[LiveRow], look: Look, watchers: list[Watcher]) -> None:
        old, shared = tuple(before), dict[int, ScoreUpdate | None]()
        for number, watcher in enumerate(watchers, 1):
            if watcher.limit not in shared:
                told = changes(old, look.sight.rows, watcher.limit)
                shared[watcher.limit] = ScoreUpdate(look.sight.revision, look.board, told) if told else None
            frame = shared[watcher.limit]
            if frame is not None:
                watcher.offer(frame)
            self._tell_own(watcher, look)
            if not number % SLICE:
                await asyncio.sleep(0)

    def _tell_own(self, watcher: Watcher, look: Look) -> None:
        """Tell a watcher his own line, where it has changed and is not among the rows anyway."""
        own = _own_of(watcher, look)
        if own is not None and own != watcher.own:
            watcher.offer(ScoreUpdate(look.sight.revision, look.board, Changes((own,), ())))
        watcher.own = own

    def _welcome(self, joining: Iterable[Watcher]) -> None:
        """Show the board to those who have joined; who was here a moment ago gets what he missed."""
        for watcher in joining:
            if watcher not in self._watchers:
                continue
            if watcher in self._joining:
                self._joining.remove(watcher)
            seen, self._watchers[watcher] = self._watchers[watcher], None
            missed = None if seen is None else self._history.since(seen, watcher.limit)
            if missed is None or self._look is None:
                watcher.begin(self._picture(watcher))
            else:
                watcher.own = _own_of(watcher, self._look)
                rows = missed.rows if watcher.own is None else (*missed.rows, watcher.own)
                watcher.begin(ScoreUpdate(self._look.sight.revision, self._look.board, Changes(rows, missed.left)))

    def _picture(self, watcher: Watcher) -> Ready:
        look = self._look
        assert look is not None, "nobody is behind before the first look"
        watcher.is_behind = False
        watcher.own = _own_of(watcher, look)
        return Ready(look.sight.revision, look.board, look.sight.rows[: watcher.limit], look.sight.total, watcher.own)

    def _end(self, look: Look, reason: Reason) -> None:
        for watcher in tuple(self._watchers):
            rows = look.sight.rows[: watcher.limit]
            own = _own_of(watcher, look)
            watcher.offer(Finalized(look.sight.revision, reason, look.board, rows, look.sight.total, own))
            watcher.offer(Closed(look.sight.revision, Reason.FINALIZED))


def _own_of(watcher: Watcher, look: Look) -> LiveRow | None:
    """Return the watcher's own line, where it is not among his rows."""
    if watcher.player_id is None:
        return None
    own = look.own.get(watcher.player_id)
    return own if own is not None and own.position > watcher.limit else None
