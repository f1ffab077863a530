"""The two ways in which an expression goes wrong: as it is written, and as it is computed (B32)."""

from __future__ import annotations

from enum import Enum


class ExpressionError(ValueError):
    """The text is no expression. `column` counts characters from 1; `hint`: what to write instead, or empty."""

    def __init__(self, column: int, message: str, hint: str = "") -> None:
        super().__init__(f"column {column}: {message}")
        self.column = column
        self.message = message
        self.hint = hint


class Failure(Enum):
    """Why an expression has no value for one game event. The words are told to those who ask (B2) and never change."""

    MISSING_ATTRIBUTE = "MISSING_ATTRIBUTE"
    NOT_A_NUMBER = "NOT_A_NUMBER"
    DIVISION_BY_ZERO = "DIVISION_BY_ZERO"
    OVERFLOW = "OVERFLOW"


class ExpressionFailed(ArithmeticError):
    """The expression has no value here. `path`: the attribute that is missing or no number, else empty."""

    def __init__(self, reason: Failure, path: str = "") -> None:
        super().__init__(f"{reason.value} {path}".rstrip())
        self.reason = reason
        self.path = path
