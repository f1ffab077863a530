"""When things run: cron ticks in a time zone (E12) and the phases between them (E10, E11)."""

from server.domain.schedule.cron import Cron, CronError, parse_cron
from server.domain.schedule.phases import PhaseBounds, Schedule
from server.domain.schedule.ticks import Ticks

__all__ = ["Cron", "CronError", "PhaseBounds", "Schedule", "Ticks", "parse_cron"]
