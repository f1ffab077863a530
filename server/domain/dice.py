"""Dice that nobody can predict and that fall the same way again (E62).

Every throw comes from HMAC-SHA-256 of the installation's secret and the grant's key, so a claim that is tried again
rolls the same reward, and a player who knows the odds still cannot know the result.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence


class Dice:
    """A stream of throws, fixed by secret and key."""

    def __init__(self, secret: bytes, key: str) -> None:
        self._secret = secret
        self._key = key.encode()
        self._throws = 0

    def below(self, bound: int) -> int:
        """Return a whole number in [0, bound), each as likely as the others.

        :raises ValueError: for a bound below 1
        """
        if bound < 1:
            raise ValueError(f"a die has at least one side, not {bound}")
        if bound == 1:
            return 0
        length = (bound.bit_length() + 7) // 8
        fair = (1 << 8 * length) // bound * bound
        while True:  # ends: at least half of all throws are fair
            throw = self._bytes(length)
            if throw < fair:
                return throw % bound

    def between(self, low: int, high: int) -> int:
        """Return a whole number in [low, high], both included."""
        return low + self.below(high - low + 1)

    def weighted(self, weights: Sequence[int]) -> int | None:
        """Return an index drawn by weight, or None where all weights are 0."""
        total = sum(weights)
        if total <= 0:
            return None
        throw = self.below(total)
        for index, weight in enumerate(weights):
            if throw < weight:
                return index
            throw -= weight
        raise AssertionError("the throw lies below the sum of the weights")

    def _bytes(self, length: int) -> int:
        data = b""
        while len(data) < length:
            data += hmac.digest(self._secret, self._key + b"/" + str(self._throws).encode(), "sha256")
            self._throws += 1
        return int.from_bytes(data[:length], "big")
