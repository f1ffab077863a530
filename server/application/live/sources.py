"""What a board looks like now, to those who watch it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from server.application.live.frames import Reason
from server.domain.ids import PlayerId
from server.domain.live.rows import LiveRow, Sight


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A sight of a board, and the lines of those who asked for theirs.

    `board` is what a page names besides its rows. `looks_again_at` is the moment (game time) at which something happens
    though nobody does anything; `over` says why the board is over, once it is.
    """

    sight: Sight
    board: Any
    own: Mapping[PlayerId, LiveRow] = field(default_factory=dict)
    looks_again_at: datetime | None = None
    over: Reason | None = None


class Source(ABC):
    """Where a feed looks."""

    @abstractmethod
    async def look(self, rows: int, own: Sequence[PlayerId]) -> Look:
        """Look at up to `rows` rows from the top, and at the lines of those players who have one.

        :raises WorldError: if it cannot be seen just now
        """
