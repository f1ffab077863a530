"""One who watches: a short queue of frames, and when it is full, one whole picture instead of what was missed (L21)."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from enum import Enum

from server.application.live.frames import Closed, Finalized, Frame
from server.application.live.sources import Look
from server.domain.errors import DomainError
from server.domain.ids import PlayerId
from server.domain.live.rows import LiveRow, Revision


class News(Enum):
    """What waiting has brought."""

    SOMETHING = "something"
    NOTHING = "nothing"
    OVER = "over"


NOTHING_SEEN = Revision(0, 0)
FRAMES_MAX = 8
"""A quarter of a second each. Frames are shared by all watchers of a board, so a queue costs its pointers."""


class Watcher:
    """A queue with an end. Whoever offers never waits; whoever takes may be as slow as he likes.

    `limit`: how many rows of the top; `player_id`: whose own line comes besides, if anybody's. `own`: as it was last told,
    with the look `shown`. `seen`: the revision that he was shown last. `refusal`: why there is nothing to watch.
    `session_ends_at`: when (on the loop's clock) he must show who he is again, if ever.
    """

    def __init__(self, limit: int, player_id: PlayerId | None = None, session_ends_at: float | None = None) -> None:
        self.limit = limit
        self.player_id = player_id
        self.session_ends_at = session_ends_at
        self.own: LiveRow | None = None
        self.shown: Look | None = None
        self.seen = NOTHING_SEEN
        self.refusal: DomainError | None = None
        self.is_behind = True
        """He has missed something, or seen nothing yet: the next he gets is the whole picture."""
        self.is_closed = False
        self._own_told_at = -math.inf
        self._frames: deque[Frame] = deque()
        self._news = asyncio.Event()

    def has_expired(self, now: float) -> bool:
        """Tell whether his session is over."""
        return self.session_ends_at is not None and now >= self.session_ends_at

    def patience(self, now: float, most: float) -> float:
        """Return how many seconds to wait for news."""
        return most if self.session_ends_at is None else min(most, max(self.session_ends_at - now, 0.0))

    def may_hear_of(self, own: LiveRow, now: float, pause: float) -> bool:
        """Tell whether his line is to be told now: at once where its score has changed, now and then where others move it."""
        is_moved = self.own is not None and self.own.score == own.score
        if is_moved and now < self._own_told_at + pause:
            return False
        self._own_told_at = now
        return True

    def offer(self, frame: Frame) -> None:
        """Queue a frame. If he has not taken what came before, all of it is dropped, and he is behind.

        The end is told to everybody, and after it nothing: its last rows are a whole picture, too.
        """
        if self.is_closed:
            return
        is_end = isinstance(frame, Finalized | Closed)
        if is_end:
            self.is_closed = isinstance(frame, Closed)
            self.is_behind = False
        elif len(self._frames) >= FRAMES_MAX:
            self._frames.clear()
            self.is_behind = True
        if not self.is_behind:
            self._frames.append(frame)
        self._news.set()

    def begin(self, frame: Frame) -> None:
        """Show him the whole picture, or what he missed; from here on he gets what changes."""
        if self.is_closed:
            return
        self._frames.clear()
        self._frames.append(frame)
        self.is_behind = False
        self._news.set()

    def refuse(self, refusal: DomainError) -> None:
        """Let him know that there is nothing to watch, before he has seen anything."""
        if not self.is_closed:
            self.refusal, self.is_closed, self.is_behind = refusal, True, False
            self._news.set()

    async def news(self, seconds: float) -> News:
        """Wait until there is something to take, or he is behind and must be shown a picture; but not for longer."""
        while not self._frames and not (self.is_behind and self._news.is_set()):
            if self.is_closed:
                return News.OVER
            self._news.clear()
            try:
                async with asyncio.timeout(seconds):
                    await self._news.wait()
            except TimeoutError:
                return News.NOTHING
        return News.SOMETHING

    def take(self) -> Frame | None:
        """Return the next frame, or None where there is none: then he is behind."""
        if self._frames:
            return self._frames.popleft()
        self._news.clear()
        return None
