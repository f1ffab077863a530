"""Ids out of time and chance: 16 characters that sort by creation, and that nobody can guess from others."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime

from server.domain.ids import CHANCE_BITS, CohortId, GrantId, PlayerId, id_text, timed
from server.ports.identity import Identities


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
        number = timed(self._wall(), secrets.randbits(CHANCE_BITS))
        if number <= self._last:
            number = self._last + 1 + secrets.randbits(16)
        self._last = number
        return id_text(number)
