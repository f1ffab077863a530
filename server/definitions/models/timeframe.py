"""When a leaderboard begins anew, as designers write it (B10)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema

from server.definitions.models.base import EventKey, Model, Seconds

CUSTOM_SECONDS_MIN = 60
LATE_GRACE_MAX = 30 * 86_400
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _any_case(word: str) -> str:
    return "".join(f"[{letter.lower()}{letter.upper()}]" for letter in word)


_day_schema = {
    "type": "string",
    "anyOf": [{"enum": list(_DAYS)}, {"pattern": f"^({'|'.join(map(_any_case, _DAYS))})$"}],
}
WeekDay = Annotated[
    Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
    BeforeValidator(_lower),
    WithJsonSchema(_day_schema),
]
ResetTime = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class TimeframeModel(Model):
    """When periods begin and end. Without it a board has one period that never ends."""

    type: Literal["never", "real_time", "hourly", "daily", "weekly", "monthly", "custom", "cron", "event"] | None = (
        Field(
            None,
            description="How the board is cut into periods. real_time is another word for never. event: the phases of an "
            "event leaderboard. Unset: never.",
        )
    )
    timezone: str = Field("UTC", description="Time zone of reset_day, reset_time and cron, by its IANA name.")
    reset_day: WeekDay | None = Field(
        None, description="Day of the week on which a weekly board begins anew; weekly boards must name one."
    )
    reset_time: ResetTime | None = Field(
        None,
        description="Time of day, as HH:MM, at which hourly, daily, weekly and monthly boards begin anew; of hourly ones "
        "only the minutes count. Unset: 00:00.",
    )
    custom_duration_seconds: Annotated[int, Field(ge=CUSTOM_SECONDS_MIN, le=10**9)] | None = Field(
        None, description="Length of the periods of a custom board, in seconds; custom boards must have one."
    )
    cron: str | None = Field(
        None, description="When the periods of a cron board begin: five cron fields, or @hourly, @daily, @weekly ..."
    )
    event_leaderboard: EventKey | None = Field(
        None, description="The event leaderboard whose phases are the periods of an event board."
    )
    start_time_sec: Seconds = Field(
        0,
        description="Nothing begins before this time, in seconds since 1970; custom periods count from it. 0: no bound.",
    )
    end_time_sec: Seconds = Field(0, description="Everything ends at this time, in seconds since 1970. 0: no bound.")
    repeat: bool = Field(default=True, description="false: a custom board has one period and no next.")
    late_grace_seconds: Annotated[int, Field(ge=0, le=LATE_GRACE_MAX)] = Field(
        0, description="So long after its end a period takes contributions that happened before its end."
    )
