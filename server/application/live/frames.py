"""What goes down a stream (L20). A frame that many watchers get is one object, so that a door encodes it once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from typing import Any

from server.domain.live.rows import Changes, LiveRow, Revision


class Reason(Enum):
    """Why a board is over, or a stream ends."""

    PHASE_ENDED = "phase_ended"
    COMPLETED = "completed"
    PERIOD_ROLLED = "period_rolled"
    ARCHIVED = "archived"
    FINALIZED = "finalized"
    GONE = "gone"
    FAILED = "failed"
    DRAINING = "draining"
    SESSION_EXPIRED = "session_expired"


@dataclass(slots=True, eq=False)
class Frame:
    """Something to be sent. `encoded` keeps what doors have made of it, by the kind of encoding."""

    revision: Revision
    encoded: dict[str, Any] = field(default_factory=dict, kw_only=True)


@dataclass(slots=True, eq=False)
class Ready(Frame):
    """The whole of what is watched. `board` names it, `own` is the caller's line where it is not among the rows."""

    board: Any
    rows: tuple[LiveRow, ...]
    total: int
    own: LiveRow | None


@dataclass(slots=True, eq=False)
class ScoreUpdate(Frame):
    """What has changed since the frame before."""

    board: Any
    changes: Changes


@dataclass(slots=True, eq=False)
class Heartbeat(Frame):
    """Nothing has happened, and the stream stands."""


@dataclass(slots=True, eq=False)
class Finalized(Frame):
    """The board is over; these are its last rows."""

    reason: Reason
    board: Any
    rows: tuple[LiveRow, ...]
    total: int
    own: LiveRow | None


@dataclass(slots=True, eq=False)
class Closed(Frame):
    """Nothing follows. `retry_after`: when it makes sense to come back; None: there is nothing more to see."""

    reason: Reason
    retry_after: timedelta | None = None
