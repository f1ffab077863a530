"""Moments and lengths of time as messages."""

from __future__ import annotations

from datetime import datetime, timedelta

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from server.domain.instants import NEVER, microseconds_of

_MILLION = 1_000_000


def timestamp(moment: datetime) -> Timestamp:
    """Return a moment."""
    seconds, microseconds = divmod(microseconds_of(moment), _MILLION)
    return Timestamp(seconds=seconds, nanos=microseconds * 1000)


def maybe_timestamp(moment: datetime | None) -> Timestamp | None:
    """Return a moment, or None for one that is unknown or never comes."""
    return None if moment is None or moment == NEVER else timestamp(moment)


def duration(span: timedelta) -> Duration:
    """Return a length of time."""
    return Duration(seconds=span.days * 86_400 + span.seconds, nanos=span.microseconds * 1000)


def seconds_duration(seconds: int) -> Duration:
    """Return so many seconds."""
    return Duration(seconds=seconds)
