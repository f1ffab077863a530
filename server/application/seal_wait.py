"""How long ago a moment went by, in real time: scores stamped before it may still be on their way to the store (B12)."""

from __future__ import annotations

from collections import deque
from datetime import datetime

_LOOKS = 20
"""So many in the time that is waited for are remembered: it waits at most a twentieth longer than it must."""


class SealWait:
    """Remembers what the clock showed, and when that was.

    The clock that stamps scores may have been moved over the end of a period just now, so how long it shows a moment as
    past says nothing. What counts is since when it does, and that is told by the loop's time, which nobody moves.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._looks: deque[tuple[float, datetime]] = deque()
        self._over: datetime | None = None

    def over(self, now: datetime, real: float) -> datetime | None:
        """Return the latest moment that went by long enough ago, or None: it has not looked for so long yet.

        `now` is what the clock shows, `real` the loop's time in seconds.
        """
        while self._looks and self._looks[-1][1] > now:  # it was set back: what it showed before has yet to go by
            self._looks.pop()
        if self._over is not None and self._over > now:
            self._over = now
        if not self._looks or real - self._looks[-1][0] >= self._seconds / _LOOKS:
            self._looks.append((real, now))
        while self._looks and real - self._looks[0][0] >= self._seconds:
            self._over = self._looks.popleft()[1]
        return self._over
