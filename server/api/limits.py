"""How often somebody may call (A5): token buckets, by player and by address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from server.api.errors import RateLimited

_REMEMBERED_MAX = 200_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


class RateLimit:
    """So many calls a second for each key, with a burst on top. A rate of 0 is no limit.

    `seconds` is a monotonic clock: limits live by real time.
    """

    def __init__(self, per_second: float, burst: int, seconds: Callable[[], float]) -> None:
        self._per_second = per_second
        self._burst = float(max(burst, 1))
        self._seconds = seconds
        self._buckets: dict[str, _Bucket] = {}

    def take(self, key: str) -> None:
        """Take a token.

        :raises RateLimited: if there is none, with the time until there is one
        """
        if not self._per_second:
            return
        now = self._seconds()
        bucket = self._buckets.get(key)
        if bucket is None:
            self._forget_idle(now)
            self._buckets[key] = _Bucket(self._burst - 1, now)
            return
        tokens = min(self._burst, bucket.tokens + (now - bucket.filled_at) * self._per_second)
        bucket.filled_at = now
        if tokens < 1:
            bucket.tokens = tokens
            raise RateLimited(retry_after=timedelta(seconds=(1 - tokens) / self._per_second))
        bucket.tokens = tokens - 1

    def _forget_idle(self, now: float) -> None:
        """Drop the buckets that are full again, once there are many: whoever has one there loses nothing."""
        if len(self._buckets) < _REMEMBERED_MAX:
            return
        full_after = self._burst / self._per_second
        self._buckets = {key: one for key, one in self._buckets.items() if now - one.filled_at < full_after}
