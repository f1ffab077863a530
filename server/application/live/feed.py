"""One board that somebody watches: looked at when it changes, a few times a second at most, once for all watchers (L22)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from datetime import timedelta

import structlog

from server.application.live.frames import Closed, Frame, Heartbeat, Reason
from server.application.live.pictures import Pictures
from server.application.live.sources import Look, Source
from server.application.live.watcher import NOTHING_SEEN, News, Watcher
from server.domain.errors import DomainError
from server.domain.live.history import History
from server.domain.live.rows import ROWS_MAX, Revision
from server.ports.clock import Clock
from server.ports.errors import WorldError

log = structlog.get_logger(__name__)

SLICE, SLICE_SECONDS = 25, 0.002
"""So many watchers are told, and so much later the next: between them calls have their turn."""
REST_MIN_SECONDS = 0.05
"""At least so long nobody is told anything after a look, however long that took."""
OWN_SECONDS = 1.0
"""So often a line below those that are watched is told again while others move it; a score of one's own at once."""
HEARTBEAT_SECONDS = 15.0
"""After so long without a frame there is one that says so: it keeps ways open, and finds out who has gone."""
REPAIR_SECONDS = 5.0
"""After so long without a word it is looked anyway: a message may have been lost (L23)."""
BLIND_SECONDS = 0.5
"""After so long it is tried again where nothing could be seen."""
TRY_AGAIN_AFTER = timedelta(seconds=1)
CLOCK_SECONDS = 1.0
"""How often the moved clock is looked at: what ends by itself ends on game time."""


class Feed:
    """Tells all watchers of a board what has changed. Runs while there are any; `on_idle` is called when there are none.

    `on_behind` is called for each watcher who gets a whole picture instead of what he missed.
    """

    def __init__(
        self,
        source: Source,
        clock: Clock,
        pace_seconds: float,
        on_idle: Callable[[], None],
        on_behind: Callable[[], None] = lambda: None,
    ) -> None:
        self._source = source
        self._clock = clock
        self._pace = pace_seconds
        self._on_idle = on_idle
        self._on_behind = on_behind
        self._watchers: dict[Watcher, None] = {}
        self._joining: dict[Watcher, Revision | None] = {}
        """Those who have yet to be shown the board, with where they left off."""
        self._history = History()
        self._pictures: Pictures | None = None
        self._looked_at = 0.0
        self._is_dirty = True
        self._is_closed = False
        self._is_blind = False
        self._owes_own = False
        """Whether somebody's line has moved of which he has not been told yet."""
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
        """End all streams, and look no more."""
        self._is_closed = True
        for watcher in tuple(self._watchers):
            watcher.offer(closed)
        self._woken.set()

    def join(self, watcher: Watcher, seen: Revision | None) -> None:
        """Begin to tell a watcher. `seen`: where he left off (L21)."""
        self._watchers[watcher] = None
        watcher.seen = seen or NOTHING_SEEN
        if self._pictures is not None and self._shows_all(self._pictures.look, watcher):
            self._welcome(self._pictures, {watcher: seen})
        else:
            self._joining[watcher] = seen
        self._woken.set()

    def leave(self, watcher: Watcher) -> None:
        """Tell a watcher no more."""
        self._watchers.pop(watcher, None)
        self._joining.pop(watcher, None)
        self._woken.set()

    async def frames(self, watcher: Watcher) -> AsyncGenerator[Frame, None]:
        """Yield what a watcher who has joined is to be told, until the board is over or his session is.

        What has no rows bears the revision that he was shown last: he may come back with it, and must miss nothing (L21).

        :raises DomainError: if it turned out that there is nothing to watch before he was shown anything
        """
        clock = asyncio.get_running_loop().time
        while not watcher.has_expired(clock()):
            match await watcher.news(watcher.patience(clock(), HEARTBEAT_SECONDS)):
                case News.SOMETHING:
                    frame = watcher.take() or self._caught_up(watcher)
                    if isinstance(frame, Closed):
                        yield Closed(watcher.seen, frame.reason, frame.retry_after)
                        return
                    watcher.seen = frame.revision
                    yield frame
                case News.NOTHING:
                    yield Heartbeat(watcher.seen)
                case News.OVER:
                    if watcher.refusal is not None:
                        raise watcher.refusal
                    return
        yield Closed(watcher.seen, Reason.SESSION_EXPIRED, timedelta())

    def _shows_all(self, look: Look, watcher: Watcher) -> bool:
        """Tell whether the last look is as good as a new one to who joins now, his own line included."""
        if self._is_dirty or look.over is not None:
            return False
        own = watcher.player_id
        return own is None or own in look.own or any(row.player_id == own for row in look.sight.rows)

    def _caught_up(self, watcher: Watcher) -> Frame:
        """Return the whole picture, for who has missed something."""
        pictures = self._pictures
        assert pictures is not None, "nobody is behind before the first look"
        self._on_behind()
        watcher.is_behind = False
        watcher.shown, watcher.own = pictures.look, pictures.own_of(watcher)
        return pictures.whole(watcher)

    async def run(self) -> None:
        """Look and tell, until nobody watches or the board is over. Whatever goes wrong ends these streams and no others."""
        try:
            await self._run()
        except DomainError as error:  # the board is gone, or there is no way to see it
            for watcher in self._joining:
                watcher.refuse(error)
            self.close(Closed(NOTHING_SEEN, Reason.GONE))
        except Exception:
            log.exception("feed_failed")
            self.close(Closed(NOTHING_SEEN, Reason.FAILED, TRY_AGAIN_AFTER))
        finally:
            self._on_idle()

    async def _run(self) -> None:
        """Between the last look at who is there and the end nothing is awaited, so nobody joins a feed that has ended."""
        while self._watchers and not self._is_closed:
            if not (self._is_dirty or self._joining or self._is_due()):
                await self._rest()
                continue
            look = await self._looked()
            if look is not None and look.over is not None and not self._joining:
                return
            took = asyncio.get_running_loop().time() - self._looked_at
            await asyncio.sleep(
                BLIND_SECONDS if look is None else max(self._pace - took, min(self._pace, REST_MIN_SECONDS))
            )

    async def _looked(self) -> Look | None:
        """Look, and tell everybody. None: nothing can be seen just now."""
        self._woken.clear()
        self._is_dirty = False
        self._looked_at = asyncio.get_running_loop().time()
        joining = dict(self._joining)
        wanted = dict.fromkeys(one.player_id for one in self._watchers if one.player_id is not None)
        try:
            look = await self._source.look(ROWS_MAX, list(wanted))
        except WorldError as error:
            if not self._is_blind:
                log.warning("feed_blind", error=str(error))
            self._is_blind = self._is_dirty = True
            return None
        self._is_blind = False
        await self._tell(look, joining)
        return look

    async def _rest(self) -> None:
        """Sleep until woken, or until it is time to see whether something is due."""
        try:
            async with asyncio.timeout(CLOCK_SECONDS):
                await self._woken.wait()
        except TimeoutError:
            return
        self._woken.clear()

    def _is_due(self) -> bool:
        """Tell whether it is time to look, whatever was heard."""
        waited = asyncio.get_running_loop().time() - self._looked_at
        if waited >= REPAIR_SECONDS or (self._owes_own and waited >= OWN_SECONDS):
            return True
        due = None if self._pictures is None else self._pictures.look.looks_again_at
        return due is not None and self._clock.now() >= due

    async def _tell(self, look: Look, joining: dict[Watcher, Revision | None]) -> None:
        before = self._history.latest
        if not self._history.add(look.sight) and look.over is None:
            return self.wake()
        shown = [one for one in self._watchers if one not in self._joining]
        pictures = self._pictures = Pictures(look, () if before is None else before.rows)
        self._welcome(pictures, joining)
        await self._tell_changes(pictures, shown)
        if look.over is not None:
            self._end(pictures)
        return None

    async def _tell_changes(self, pictures: Pictures, watchers: Iterable[Watcher]) -> None:
        self._owes_own = False
        for number, watcher in enumerate(watchers, 1):
            if watcher.shown is not pictures.look:  # else he was behind, and has just taken the whole picture
                self._tell_one(pictures, watcher)
            if not number % SLICE:
                await asyncio.sleep(SLICE_SECONDS)

    def _tell_one(self, pictures: Pictures, watcher: Watcher) -> None:
        shared, own = pictures.changes(watcher.limit), pictures.own_of(watcher)
        watcher.shown = pictures.look
        if shared is not None:
            watcher.offer(shared)
        if own is None or own == watcher.own:
            watcher.own = own
        elif watcher.may_hear_of(own, self._looked_at, OWN_SECONDS):
            watcher.offer(pictures.line(own))
            watcher.own = own
        else:
            self._owes_own = True

    def _welcome(self, pictures: Pictures, joining: dict[Watcher, Revision | None]) -> None:
        """Show the board to those who have joined; who was here a moment ago gets what he missed."""
        for watcher, seen in joining.items():
            if watcher not in self._watchers:
                continue
            self._joining.pop(watcher, None)
            missed = None if seen is None else pictures.missed(watcher, seen, self._history)
            watcher.begin(missed or pictures.whole(watcher))
            watcher.shown, watcher.own = pictures.look, pictures.own_of(watcher)

    def _end(self, pictures: Pictures) -> None:
        for watcher in self._watchers:
            if watcher not in self._joining:
                watcher.offer(pictures.end(watcher))
                watcher.offer(Closed(pictures.revision, Reason.FINALIZED))
