"""When things run: ticks of a clock in a time zone (E12) or at equal intervals, and the phases between them (E10, E11).

`timeline` (E8) says under which of several definitions they run.
"""

from server.domain.schedule.cron import Cron, CronError, parse_cron
from server.domain.schedule.intervals import Intervals
from server.domain.schedule.phases import PhaseBounds, Schedule
from server.domain.schedule.recurrence import Recurrence, Scheduled
from server.domain.schedule.ticks import Ticks

__all__ = [
    "Cron",
    "CronError",
    "Intervals",
    "PhaseBounds",
    "Recurrence",
    "Schedule",
    "Scheduled",
    "Ticks",
    "parse_cron",
]
