"""How a timeframe becomes a schedule: from words like `weekly` to instants (B10)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time

from server.domain.event_leaderboards.timeline import Timeline as EventTimeline
from server.domain.ids import EventId
from server.domain.instants import BEGINNING, NEVER
from server.domain.leaderboards.definition import Timeframe, TimeframeType
from server.domain.leaderboards.event_phases import EventPhases
from server.domain.schedule import Intervals, Recurrence, Schedule, Ticks, parse_cron

WEEK_DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
"""As cron counts them."""


def boundaries(kind: TimeframeType, zone: str, reset_time: time, reset_day: int = 1) -> Ticks:
    """Return when hourly, daily, weekly and monthly periods begin. `reset_day` counts from Sunday, 0.

    An hourly board's cron has `*` in its hours, which runs on elapsed time in the zone's standard offset (E12).
    """
    at = f"{reset_time.minute} {reset_time.hour}"
    match kind:
        case TimeframeType.HOURLY:
            return Ticks(parse_cron(f"{reset_time.minute} * * * *"), zone)
        case TimeframeType.DAILY:
            return Ticks(parse_cron(f"{at} * * *"), zone)
        case TimeframeType.WEEKLY:
            return Ticks(parse_cron(f"{at} * * {reset_day}"), zone)
        case TimeframeType.MONTHLY:
            return Ticks(parse_cron(f"{at} 1 * *"), zone)
        case _:
            raise ValueError(f"a {kind.value} board has no reset time")


def schedule_of(
    timeframe: Timeframe, first_activated_at: datetime, events: Mapping[EventId, EventTimeline]
) -> Recurrence:
    """Return the schedule. Without a start of its own a board begins at its first activation, to the second, for ever."""
    start, end = timeframe.start_time or BEGINNING, timeframe.end_time or NEVER
    anchor = timeframe.start_time or first_activated_at.replace(microsecond=0)
    match timeframe.type:
        case TimeframeType.NEVER:
            return Schedule(None, anchor, end, expires_at_end=True)
        case TimeframeType.CUSTOM:
            assert timeframe.every is not None
            if not timeframe.repeat:
                return Schedule(None, anchor, end, timeframe.every, expires_at_end=True)
            return Schedule(Intervals(anchor, timeframe.every), start, end, expires_at_end=True)
        case TimeframeType.EVENT:
            event = events.get(timeframe.event_id) if timeframe.event_id is not None else None
            return Schedule(None, NEVER, NEVER) if event is None else EventPhases(event, start, end)
        case _:
            assert timeframe.ticks is not None
            return Schedule(timeframe.ticks, start, end, expires_at_end=True)
