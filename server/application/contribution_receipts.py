"""What became of contributions, as receipts keep it: a repeated call gets the same answer (E35)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from server.application.contributions import Contributed
from server.domain.ids import LeaderboardKey, PlayerId
from server.domain.instants import from_microseconds, microseconds_of
from server.domain.leaderboards.aggregation import Aggregate, Stamp
from server.domain.leaderboards.entry import PeriodId
from server.domain.leaderboards.outcomes import Outcome
from server.ports.board_store import EntryKey, StoredEntry


def contributed_effect(one: Contributed) -> dict[str, Any]:
    """Return what became of a contribution as plain JSON. Metadata are left out: answers do not tell them."""
    entry = one.entry or one.before
    return {
        "leaderboard": one.leaderboard,
        "outcome": one.outcome.value,
        "period_start": None if one.period_start is None else microseconds_of(one.period_start),
        "player_id": None if entry is None else entry.key.player_id,
        "before": _entry_effect(one.before),
        "entry": _entry_effect(one.entry),
        "detail": one.detail,
        "points": one.points,
    }


def contributed_from(effect: dict[str, Any]) -> Contributed:
    """Return what became of a contribution when its call was made first."""
    key, start = LeaderboardKey(effect["leaderboard"]), effect["period_start"]
    at = None if start is None else from_microseconds(start)
    where = None if at is None or effect["player_id"] is None else _key(key, at, effect["player_id"])
    return Contributed(
        key,
        Outcome(effect["outcome"]),
        at,
        _entry_from(where, effect["before"]),
        _entry_from(where, effect["entry"]),
        effect["detail"],
        effect["points"],
    )


def _key(leaderboard: LeaderboardKey, start: datetime, player_id: str) -> EntryKey:
    return EntryKey(PeriodId(leaderboard, start), PlayerId(player_id))


def _entry_effect(entry: StoredEntry | None) -> list[Any] | None:
    if entry is None:
        return None
    known = entry.aggregate
    times = (known.first_at, known.latest.at, known.changed_at, entry.updated_at)
    return [
        entry.segment,
        entry.version,
        known.score,
        known.samples,
        known.total,
        known.latest.contribution_id,
        *(None if moment is None else microseconds_of(moment) for moment in times),
        None if entry.order_key is None else entry.order_key.hex(),
    ]


def _entry_from(key: EntryKey | None, kept: list[Any] | None) -> StoredEntry | None:
    if key is None or kept is None:
        return None
    segment, version, score, samples, total, contribution_id, first, latest, changed, updated, order = kept
    aggregate = Aggregate(
        score=score,
        samples=samples,
        total=total,
        first_at=from_microseconds(first),
        latest=Stamp(from_microseconds(latest), contribution_id),
        changed_at=None if changed is None else from_microseconds(changed),
    )
    order_key = None if order is None else bytes.fromhex(order)
    return StoredEntry(key, segment, aggregate, version, order_key, from_microseconds(updated))
