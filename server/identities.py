"""Ids out of time and chance: 16 characters that sort by creation, and that nobody can guess from others."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from server.domain.ids import CohortId, GrantId, PlayerId
from server.ports.identity import Identities

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_LENGTH = 16
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_SHIFTS = range(5 * (_LENGTH - 2), -1, -10)
"""Two characters, ten bits, at a time: the first ones first."""
_RANDOM_BITS = 39
_BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class RandomIdentities(Identities):
    """41 bits of milliseconds, 39 bits of chance; within a millisecond an id follows the one before it."""

    def __init__(self, wall: Callable[[], datetime]) -> None:
        self._wall = wall
        self._last = 0

    def cohort_id(self) -> CohortId:
        """Return an id for a new cohort."""
        return CohortId(self._next())

    def player_id(self) -> PlayerId:
        """Return an id for a new player."""
        return PlayerId(self._next())

    def version(self) -> str:
        """Return a version that nothing has had before."""
        return self._next()

    def grant_id(self) -> GrantId:
        """Return an id for a new grant."""
        return GrantId(self._next())

    def _next(self) -> str:
        milliseconds = (self._wall() - _BEGIN) // _MILLISECOND
        number = (milliseconds << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
        if number <= self._last:
            number = self._last + 1 + secrets.randbits(16)
        self._last = number
        return _text(number)


def _text(number: int) -> str:
    return "".join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])
