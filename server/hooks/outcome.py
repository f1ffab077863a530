"""What came of running a studio's code: an answer or an error, as a value.

A module may raise anything, also what means something to the event loop or ends processes (CancelledError, SystemExit,
GeneratorExit). As a value it means nothing to anybody.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple


class Outcome(NamedTuple):
    """An answer, or the error in its place."""

    answer: Any
    error: BaseException | None = None


def outcome_of(function: Callable[[], Any]) -> Outcome:
    """Run a function."""
    try:
        return Outcome(function())
    except BaseException as error:
        return Outcome(None, error)


async def awaited_outcome(running: Awaitable[Any]) -> Outcome:
    """Await something."""
    try:
        return Outcome(await running)
    except BaseException as error:
        return Outcome(None, error)
