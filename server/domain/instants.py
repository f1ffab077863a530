"""Moments in time: always aware, always UTC, exact to the microsecond."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

BEGINNING = datetime.min.replace(tzinfo=UTC)
"""Before everything: the bound of what has no lower bound."""

NEVER = datetime.max.replace(tzinfo=UTC)
"""After everything: the end of what has no end."""

_MICROSECOND = timedelta(microseconds=1)


def after(moment: datetime, span: timedelta) -> datetime:
    """Return `moment + span`, or NEVER where the calendar ends (an endless phase stays endless)."""
    try:
        return moment + span
    except OverflowError:
        return NEVER


@lru_cache(maxsize=1024)
def microseconds_of(moment: datetime) -> int:
    """Return the moment as whole microseconds since 1970, the form in which stores keep it.

    Remembered, since one moment stands in many places: a game event's in its row, its entry, the log and the order.
    """
    return (moment - EPOCH) // _MICROSECOND


def from_microseconds(microseconds: int) -> datetime:
    """Return the moment that lies so many microseconds after 1970."""
    return EPOCH + timedelta(microseconds=microseconds)


def from_seconds(seconds: int) -> datetime:
    """Return the moment that lies so many seconds after 1970."""
    return EPOCH + timedelta(seconds=seconds)
