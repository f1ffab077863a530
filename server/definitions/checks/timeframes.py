"""Whether the periods of a leaderboard begin and end, and mean what they say (B10)."""

from __future__ import annotations

from datetime import UTC, datetime

from server.definitions.build_leaderboard import build_timeframe
from server.definitions.checks.problems import Problems, zone_problem
from server.definitions.checks.world import World
from server.definitions.diagnostics import Problem
from server.definitions.models.leaderboard import LeaderboardModel
from server.definitions.models.timeframe import TimeframeModel
from server.definitions.source import Path
from server.definitions.translate import translated, written_at
from server.domain.leaderboards.timeframes import schedule_of
from server.domain.schedule import CronError, parse_cron

_SOME_TIME = datetime(2024, 1, 1, tzinfo=UTC)
"""Where to look for a tick: any time is as good as another."""
_NEEDED = {
    "weekly": ("reset_day", 'add "reset_day": "monday", or another day'),
    "custom": ("custom_duration_seconds", 'add "custom_duration_seconds": 60 or more'),
    "cron": ("cron", 'add "cron": five fields, such as "0 18 * * fri"'),
    "event": ("event_leaderboard", 'add "event_leaderboard": the key of one'),
}
_TAKERS = {
    "reset_day": ("weekly",),
    "reset_time": ("hourly", "daily", "weekly", "monthly"),
    "custom_duration_seconds": ("custom",),
    "repeat": ("custom",),
    "cron": ("cron",),
    "event_leaderboard": ("event",),
}
"""Which types an option says something to; on the others it would be passed over in silence."""


def timeframe_problems(path: Path, model: LeaderboardModel, world: World) -> Problems:
    """Tell what is wrong with when the board begins anew."""
    timeframe = translated(model).timeframe
    here = (*path, "timeframe")
    kind = timeframe.type or "never"
    yield from _option_problems(here, timeframe, kind)
    if timeframe.end_time_sec and timeframe.end_time_sec <= timeframe.start_time_sec:
        yield Problem(
            (*here, "end_time_sec"), "the board ends before it starts", "set end_time_sec after start_time_sec"
        )
    wrong_zone = zone_problem(written_at(path, model, "timeframe", "timezone"), timeframe.timezone)
    if wrong_zone is not None:
        yield wrong_zone
    elif kind == "cron" and timeframe.cron is not None:
        yield from _cron_problems(here, timeframe, timeframe.cron)
    if timeframe.event_leaderboard is not None and world.events.lacks(timeframe.event_leaderboard):
        mend = world.events.like(timeframe.event_leaderboard) or "add it to a file in config/event_leaderboards"
        yield Problem(
            (*here, "event_leaderboard"), f"there is no event leaderboard {timeframe.event_leaderboard!r}", mend
        )


def _option_problems(path: Path, timeframe: TimeframeModel, kind: str) -> Problems:
    about = ("timeframe.type", "resetCadence")
    if kind in _NEEDED:
        option, mend = _NEEDED[kind]
        if getattr(timeframe, option) is None:
            here = f"timeframe.{option}"
            yield Problem(path, f"a board of type {kind} needs {option}", mend, about=(*about, here))
    for option, takers in _TAKERS.items():
        if option in timeframe.model_fields_set and kind not in takers:
            mend = f"remove it, or write type: {' or '.join(takers)}"
            yield Problem((*path, option), f"{option} says nothing to a board of type {kind}", mend, about=about)
    reset_time = timeframe.reset_time
    if kind == "hourly" and reset_time is not None and not reset_time.startswith("00:"):
        yield Problem(
            (*path, "reset_time"),
            "an hourly board begins anew in every hour: reset_time has minutes only",
            f'write "00:{reset_time[3:]}"',
            about=about,
        )


def _cron_problems(path: Path, timeframe: TimeframeModel, cron: str) -> Problems:
    here = (*path, "cron")
    try:
        parse_cron(cron)
    except CronError as error:
        hint = f"did you mean {error.hint!r}?" if error.hint else "write minute hour day month weekday"
        yield Problem(here, str(error), hint)
        return
    if timeframe.end_time_sec and timeframe.end_time_sec <= timeframe.start_time_sec:
        return
    schedule = schedule_of(build_timeframe(timeframe), _SOME_TIME, {})
    if schedule.first_phase_from(max(schedule.start_time, _SOME_TIME)) is None:
        bounds = " within start_time_sec and end_time_sec" if timeframe.end_time_sec else ""
        yield Problem(here, "the board never begins", f"name a day that exists{bounds}")
