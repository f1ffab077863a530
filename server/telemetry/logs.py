"""Log lines: JSON for machines, colours for a terminal."""

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from typing import Literal, TextIO

import structlog

_GRPC_LOGGERS = ("grpc._cython.cygrpc", "grpc.aio._server", "grpc._server")
_QUIET_SECONDS = 10.0

LogFormat = Literal["json", "console"]


def configure_logs(level: str, log_format: LogFormat, stream: TextIO | None = None, worker: str = "") -> None:
    """Send structured lines to a stream, standard error unless told otherwise; other libraries' warnings go along.

    Lines of a `worker`, one process of several that write to the same stream, bear its name.
    """
    chosen: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if log_format == "json" else structlog.dev.ConsoleRenderer()
    )
    target: TextIO = Unbreakable(stream or sys.stderr)  # type: ignore[assignment] # all of it that logging uses
    threshold = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            _named(worker) if worker else _unchanged,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.dict_tracebacks if log_format == "json" else _unchanged,
            chosen,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.PrintLoggerFactory(file=target),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[_AsStructured()], level=max(threshold, logging.WARNING), force=True)
    for name in _GRPC_LOGGERS:
        logger = logging.getLogger(name)
        logger.filters.clear()
        logger.addFilter(WithoutCredentials())


def _named(worker: str) -> structlog.typing.Processor:
    def name(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        event.setdefault("worker", worker)
        return event

    return name


class Unbreakable:
    """A stream that a server survives: when nobody reads standard error any more, lines are lost and calls are not."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write, or lose it."""
        with suppress(OSError, ValueError):
            return self._stream.write(text)
        return 0

    def flush(self) -> None:
        """Flush, if anybody reads."""
        with suppress(OSError, ValueError):
            self._stream.flush()


class WithoutCredentials(logging.Filter):
    """Tells that gRPC could not read a call, now and then, and nothing of the call: its headers hold credentials.

    The library prints a header that is no text in full, with a stack, as often as anybody sends one.
    """

    def __init__(self) -> None:
        super().__init__()
        self._told_at = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        """Say less, and not again for a while."""
        if record.created - self._told_at < _QUIET_SECONDS:
            return False
        self._told_at = record.created
        record.levelno, record.levelname = logging.WARNING, "WARNING"  # whoever sent it can make it happen
        record.msg, record.args, record.exc_info, record.exc_text = "a call could not be read", (), None, None
        return True


class _AsStructured(logging.Handler):
    """Sends other libraries' lines the way of our own, so that all of them have one form."""

    def emit(self, record: logging.LogRecord) -> None:
        say = structlog.get_logger(record.name)
        say.log(record.levelno, record.getMessage(), logger=record.name, exc_info=record.exc_info)


def _unchanged(
    _: structlog.typing.WrappedLogger, __: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    return event
