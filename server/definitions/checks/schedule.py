"""Whether a schedule ever fires, and means what it says (E1, E10)."""

from __future__ import annotations

from datetime import UTC, datetime

from server.definitions.build import build_schedule
from server.definitions.checks.problems import Problems, warning, zone_problem
from server.definitions.diagnostics import Problem
from server.definitions.models.event_leaderboard import EventLeaderboardModel
from server.definitions.source import Path
from server.domain.schedule import CronError, Schedule, parse_cron

_SOME_TIME = datetime(2024, 1, 1, tzinfo=UTC)
"""Where to look for a tick of a schedule without a bound: any time is as good as another."""


def schedule_problems(path: Path, model: EventLeaderboardModel) -> Problems:
    """Tell whether the event ever runs, and warn of a duration that is cut."""
    wrong_zone = zone_problem((*path, "timezone"), model.timezone)
    if wrong_zone is not None:
        yield wrong_zone
        return
    if model.end_time_sec and model.end_time_sec <= model.start_time_sec:
        yield Problem(
            (*path, "end_time_sec"), "the event ends before it starts", "set end_time_sec after start_time_sec"
        )
    if not model.reset_schedule:
        yield from _single_run_problems(path, model)
        return
    here = (*path, "reset_schedule")
    try:
        parse_cron(model.reset_schedule)
    except CronError as error:
        yield Problem(
            here, str(error), f"did you mean {error.hint!r}?" if error.hint else "write minute hour day month weekday"
        )
        return
    schedule = build_schedule(model)
    if schedule.first_phase_from(max(schedule.start_time, _SOME_TIME)) is None:
        if not model.end_time_sec or model.end_time_sec > model.start_time_sec:
            yield Problem(
                here, "the schedule never fires", "name a day that exists, within start_time_sec and end_time_sec"
            )
        return
    yield from _duration_warnings(path, model, schedule)


def _single_run_problems(path: Path, model: EventLeaderboardModel) -> Problems:
    about = ("reset_schedule", "start_time_sec", "end_time_sec", "duration")
    if not model.start_time_sec and not model.end_time_sec:
        yield Problem(
            path, "nothing says when the event runs", "add reset_schedule, or start_time_sec and duration", about=about
        )
    elif model.duration and not model.start_time_sec:
        yield Problem(
            (*path, "duration"), "a duration needs a start", "add start_time_sec or reset_schedule", about=about
        )


def _duration_warnings(path: Path, model: EventLeaderboardModel, schedule: Schedule) -> Problems:
    ticks = schedule.ticks
    assert ticks is not None
    tick = ticks.first_from(max(schedule.start_time, _SOME_TIME))
    following = None if tick is None else ticks.first_after(tick)
    if tick is not None and following is not None and model.duration > (following - tick).total_seconds():
        yield warning(
            (*path, "duration"),
            f"the duration is longer than the {following - tick} between two phases, and is cut there",
            "use a shorter duration, or leave it out to fill the interval",
        )
