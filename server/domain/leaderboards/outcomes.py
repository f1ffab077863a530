"""What became of a contribution on a board: it counts, or there is a reason why not (B2). Never silence."""

from __future__ import annotations

from enum import Enum


class Outcome(Enum):
    """One word for each way a contribution can end. Clients, logs and metrics use the values; they never change."""

    __hash__ = (
        object.__hash__
    )  # there is one of each; an enum's own hash is a call into the interpreter, at each look-up

    APPLIED = "applied"
    INACTIVE = "inactive"
    ARCHIVED = "archived"
    NO_PERIOD = "no_period"
    """No period of the board holds its time: before the first, after the last, or between two phases of an event."""
    OUT_OF_SCOPE = "out_of_scope"
    NO_RULE = "no_rule"
    EXPRESSION_FAILED = "expression_failed"
    SEGMENT_MISSING = "segment_missing"
    SEGMENT_UNKNOWN = "segment_unknown"
    SEGMENT_FIXED = "segment_fixed"
    SEGMENT_LIMIT = "segment_limit"
    OUT_OF_BOUNDS = "out_of_bounds"
    OVERFLOW = "overflow"
    LATE = "late"
    REFUSED = "refused"
    """A module of the studio said no."""
