"""What endpoints are sent: an envelope of id, kind and time, and `data` of each kind (B80). docs/WEBHOOKS.md shows them.

A body has at most 256 KiB; what does not fit is left out from the end, and `truncated` says so. Times are ISO 8601 in UTC.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from server.application.board_periods import board_of_stored
from server.application.webhook_drafts import event_id_of
from server.domain.event_leaderboards.cohort import Cohort
from server.domain.grants import Grant
from server.domain.ids import CohortId, GrantId, LeaderboardKey
from server.domain.instants import from_microseconds
from server.domain.leaderboards.entry import PeriodId, SegmentId
from server.domain.leaderboards.scores import double_of
from server.domain.leaderboards.window_keys import instant_text
from server.ports.board_store import SnapshotRow
from server.ports.catalog import Catalog
from server.ports.errors import CatalogBehind
from server.ports.module_store import Notice
from server.ports.store import Reading
from server.ports.webhooks import COHORT_COMPLETED, GRANT_CREATED, PERIOD_FINALIZED

BODY_MAX = 256 * 1024
SEGMENTS_MAX, ROWS_MAX = 50, 10
_ENVELOPE_MAX = 4 * 1024
"""Bytes for all but what is left out where it does not fit."""

Json = dict[str, Any]


async def body_of(view: Reading, catalog: Catalog, notice: Notice) -> bytes | None:
    """Return what an endpoint is sent, or None where what it is about is gone (E82, E86).

    :raises CatalogBehind: if this process does not know the definition yet
    """
    data = await _data_of(view, catalog, notice.kind, json.loads(notice.content))
    if data is None:
        return None
    envelope = {
        "id": event_id_of(notice.kind, notice.content),
        "kind": notice.kind,
        "created_at": instant_text(notice.created_at),
        "data": data,
    }
    return _written(envelope)


async def _data_of(view: Reading, catalog: Catalog, kind: str, content: Json) -> Json | None:
    if kind == PERIOD_FINALIZED:
        period = PeriodId(LeaderboardKey(content["leaderboard"]), from_microseconds(content["start"]))
        return await _period(view, catalog, period)
    if kind == GRANT_CREATED:
        found = [await view.grant_of(GrantId(grant_id)) for grant_id in content["grants"]]
        return _grants([one for one in found if one is not None])
    if kind == COHORT_COMPLETED:
        cohort = await view.cohort_of(CohortId(content["cohort"]))
        return None if cohort is None else _cohort(cohort)
    return await _phase(view, catalog, content)


async def _period(view: Reading, catalog: Catalog, period: PeriodId) -> Json | None:
    """Return a final period, with the first ten of its fifty largest segments."""
    (stored,) = await view.stored_periods([period])
    if stored is None:
        return None
    decimals = board_of_stored(catalog, stored).ranking.decimals
    sizes = await view.snapshot_sizes(period, SEGMENTS_MAX + 1)
    segments: list[Json] = []
    room = BODY_MAX - _ENVELOPE_MAX
    for segment, entries in sizes[:SEGMENTS_MAX]:
        rows = await view.snapshot_page(SegmentId(period, segment), 0, ROWS_MAX)
        one = {"segment": segment, "entries": entries, "top": [_row(row, decimals) for row in rows]}
        room -= len(_written(one)) + 1
        if room < 0:
            break
        segments.append(one)
    return {
        "leaderboard": period.leaderboard,
        "period": {
            "window_key": stored.window_key,
            "start": instant_text(period.start),
            "end": instant_text(stored.end),
            "finalized_at": _time(stored.finalized_at),
        },
        "entries": stored.entries,
        "segments": segments,
        "truncated": len(segments) < len(sizes),
    }


def _row(row: SnapshotRow, decimals: int) -> Json:
    return {
        "player_id": row.player_id,
        "kind": "bot" if row.is_bot else "player",
        "name": row.name,
        "avatar_url": row.avatar_url,
        "score": double_of(row.aggregate.score, decimals),
        "rank": row.rank,
        "position": row.position,
        "prize_position": row.prize_position,
        "prize_tier": row.prize_tier,
    }


def _grants(grants: Sequence[Grant]) -> Json | None:
    """Return grants as they are now; where they do not fit, those behind are told without their rewards."""
    if not grants:
        return None
    told: list[Json] = []
    room = BODY_MAX - _ENVELOPE_MAX - sum(len(_written(_grant(one))) + 1 for one in grants)
    for one in grants:
        reward = _reward(one)
        room -= len(_written({"reward": reward}))
        told.append(_grant(one) | ({"reward": reward} if room >= 0 else {}))
    return {"grants": told, "truncated": room < 0}


def _grant(grant: Grant) -> Json:
    period = None if grant.segment is None else grant.segment.period
    return {
        "id": grant.grant_id,
        "key": grant.key,
        "player_id": grant.player_id,
        "source_kind": grant.source_kind,
        "source_id": grant.source_id,
        "period_start": None if period is None else instant_text(period.start),
        "segment": None if grant.segment is None else grant.segment.segment,
        "state": grant.state.value,
        "created_at": instant_text(grant.created_at),
        "claimable_at": _time(grant.claimable_at),
        "expires_at": _time(grant.expires_at),
    }


def _reward(grant: Grant) -> Json:
    reward = grant.reward
    return {
        "currencies": dict(reward.currencies),
        "items": dict(reward.items),
        "energies": dict(reward.energies),
        "message": reward.message,
    }


def _cohort(cohort: Cohort) -> Json:
    return {
        "event_leaderboard": cohort.event_id,
        "cohort_id": cohort.cohort_id,
        "phase_start": instant_text(cohort.phase_start),
        "tier": cohort.tier,
        "participants": cohort.tally.participant_count,
        "completed_at": _time(cohort.tally.completed_at),
    }


async def _phase(view: Reading, catalog: Catalog, content: Json) -> Json | None:
    snapshot = catalog.current()
    timeline = snapshot.timelines.get(content["event"])
    phase = None if timeline is None else timeline.phase_starting(from_microseconds(content["start"]))
    if phase is None:  # gone, or announced by a process that knows definitions of which this one has yet to hear
        if (await view.bulletin()).catalog_revision != snapshot.revision:
            raise CatalogBehind(f"{content['event']}: a phase is not known here")
        return None
    return {
        "event_leaderboard": content["event"],
        "start": instant_text(phase.start),
        "active_end": instant_text(phase.active_end),
        "expiry": instant_text(phase.expiry),
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else instant_text(moment)


def _written(value: Json) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
