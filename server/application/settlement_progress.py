"""How far the settlement of a period has come, as the text that its row keeps: whoever reads it can go on (B13).

While it is sealed, how far the walk through its entries has come; once it is final, what is still to be done for it.
"""

from __future__ import annotations

import json
from datetime import datetime
from enum import Enum
from typing import Any

from server.domain.ids import GrantId, PlayerId
from server.domain.instants import from_microseconds, microseconds_of
from server.domain.leaderboards.settling import Step, Walked
from server.domain.values import value


class FollowUp(Enum):
    """What is done for a final period, in this order."""

    TELL = "tell"
    """Tell modules and webhooks of every grant."""
    DROP = "drop"
    """Drop the entries that the snapshot has taken the place of."""
    CLAIM = "claim"
    """Claim for the players, where the policy says so."""


@value
class Following:
    """The task that is next, and behind which grant it goes on. `settled_at` is the time of the period's grants."""

    settled_at: datetime
    task: FollowUp = FollowUp.TELL
    after: GrantId | None = None


@value
class Seating:
    """Before the walk: of which segments the bots stand where they stand at the end, up to this one; None: of none yet."""

    settled_at: datetime
    behind: str | None = None


def seating_to_text(seating: Seating) -> str:
    """Write how far bots have been brought to the end."""
    return _text(seating=microseconds_of(seating.settled_at), behind=seating.behind)


def progress_from_text(text: str) -> Seating | Walked:
    """Read how far the settlement of a sealed period has come."""
    data: dict[str, Any] = json.loads(text)
    if "seating" in data:
        return Seating(from_microseconds(data["seating"]), data["behind"])
    return walked_from_text(text)


def walked_to_text(walked: Walked) -> str:
    """Write how far a walk has come."""
    last = walked.last
    return _text(
        settled_at=microseconds_of(walked.settled_at),
        last=None if last is None else [last.segment, last.order_key.hex(), last.player_id],
        position=walked.position,
        rank=walked.rank,
        prize_position=walked.prize_position,
        contenders=walked.contenders,
        entries=walked.entries,
    )


def walked_from_text(text: str) -> Walked:
    """Read it back."""
    data: dict[str, Any] = json.loads(text)
    return Walked(settled_at=from_microseconds(data.pop("settled_at")), last=_step(data.pop("last")), **data)


def following_to_text(following: Following) -> str:
    """Write what is still to be done."""
    at = microseconds_of(following.settled_at)
    return _text(settled_at=at, task=following.task.value, after=following.after)


def following_from_text(text: str) -> Following:
    """Read it back."""
    data = json.loads(text)
    return Following(from_microseconds(data["settled_at"]), FollowUp(data["task"]), data["after"])


def _step(said: list[str] | None) -> Step | None:
    return None if said is None else Step(said[0], bytes.fromhex(said[1]), PlayerId(said[2]))


def _text(**parts: Any) -> str:
    return json.dumps(parts, separators=(",", ":"), ensure_ascii=False)
