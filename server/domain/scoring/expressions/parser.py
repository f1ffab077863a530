"""From text to steps: recursive descent by strength of marks, over at most `LENGTH_MAX` characters (B32).

* and / bind more than + and -, equals from left to right; a minus sign before an operand binds most.
"""

from __future__ import annotations

from decimal import Decimal
from difflib import get_close_matches

from server.domain.scoring.expressions.errors import ExpressionError
from server.domain.scoring.expressions.steps import Apply, Push, Read, Step
from server.domain.scoring.expressions.tokens import Kind, Token, tokens_of
from server.domain.scoring.paths import Path, PathError, Vocabulary

DEPTH_MAX = 64
"""How far parentheses, functions and minus signs may stand in one another.

Each level costs six calls at most, all of them 400 of the 1,000 that Python allows.
"""
STEPS_MAX = 500
_STRENGTH = {"+": 1, "-": 1, "*": 2, "/": 2}
_ARGUMENTS = {"abs": (1, 1), "max": (2, STEPS_MAX), "min": (2, STEPS_MAX)}
"""How many arguments each function takes, from and to."""


class Parser:
    """Reads one expression and is thrown away. `steps` grows in the order of computing."""

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._tokens = tokens_of(text)
        self._at = 0
        self._steps: list[Step] = []

    def steps(self) -> tuple[Step, ...]:
        """Return the whole text as steps.

        :raises ExpressionError: at the first token that cannot stand where it stands
        """
        if self._is_at_end():
            raise ExpressionError(1, "the expression is empty; write a number or an attribute")
        self._sum(0, 0)
        if not self._is_at_end():
            raise self._unexpected_after_operand()
        return tuple(self._steps)

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _is_at_end(self) -> bool:
        return self._next.kind is Kind.END

    def _take(self) -> Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _takes_mark(self, mark: str) -> bool:
        """Go past the mark if it comes next; say whether it did. Only marks are spelled like marks."""
        if self._next.text != mark:
            return False
        self._at += 1
        return True

    def _emit(self, step: Step, token: Token) -> None:
        if len(self._steps) >= STEPS_MAX:
            raise ExpressionError(
                token.column, f"the expression has more than {STEPS_MAX} numbers, paths and operations"
            )
        self._steps.append(step)

    def _sum(self, depth: int, bound: int) -> None:
        """Read operands for as long as they are joined by marks stronger than `bound`."""
        self._operand(depth)
        while _STRENGTH.get(self._next.text, 0) > bound:
            mark = self._take()
            self._sum(depth, _STRENGTH[mark.text])
            self._emit(Apply(mark.text, 2), mark)

    def _operand(self, depth: int) -> None:
        token = self._take()
        if token.kind is Kind.NUMBER:
            self._emit(Push(Decimal(token.text)), token)
        elif token.kind is Kind.NAME:
            self._named(token, depth)
        elif token.text == "-":
            self._operand(_deeper(depth, token))
            self._emit(Apply("negate", 1), token)
        elif token.text == "(":
            self._sum(_deeper(depth, token), 0)
            self._close(token)
        else:
            raise _no_operand(token)

    def _named(self, token: Token, depth: int) -> None:
        if self._next.text == "(":
            self._call(token, depth)
        elif token.text in _ARGUMENTS:
            raise ExpressionError(token.column, f"{token.text} is a function; its arguments follow in parentheses")
        else:
            self._emit(Read(self._path(token)), token)

    def _path(self, token: Token) -> Path:
        try:
            path = self._vocabulary.path(token.text)
        except PathError as error:
            raise ExpressionError(token.column, str(error), error.hint) from error
        if not path.keys:
            raise ExpressionError(token.column, f"{path.text} is a text; expressions compute with numbers")
        return path

    def _call(self, name: Token, depth: int) -> None:
        if name.text not in _ARGUMENTS:
            close = get_close_matches(name.text.lower(), _ARGUMENTS, n=1, cutoff=0.6)
            message = f"{name.text[:40]!r} is no function; there are {', '.join(_ARGUMENTS)}"
            raise ExpressionError(name.column, message, close[0] if close else "")
        inside = _deeper(depth, name)
        opening = self._take()
        self._sum(inside, 0)
        count = 1
        while self._takes_mark(","):
            self._sum(inside, 0)
            count += 1
        self._close(opening)
        least, most = _ARGUMENTS[name.text]
        if not least <= count <= most:
            takes = "one argument" if most == 1 else "two arguments or more"
            raise ExpressionError(name.column, f"{name.text} takes {takes}, here are {count}")
        self._emit(Apply(name.text, count), name)

    def _close(self, opening: Token) -> None:
        if self._takes_mark(")"):
            return
        if self._is_at_end():
            raise ExpressionError(self._next.column, f"the parenthesis of column {opening.column} is not closed")
        raise self._unexpected_after_operand()

    def _unexpected_after_operand(self) -> ExpressionError:
        token = self._next
        if token.text == ")":
            return ExpressionError(token.column, "this parenthesis closes nothing")
        if token.text == ",":
            return ExpressionError(token.column, "a comma stands only between the arguments of min and max")
        return ExpressionError(token.column, f"a mark (+ - * /) is missing before {token.text[:40]!r}")


def _deeper(depth: int, token: Token) -> int:
    if depth >= DEPTH_MAX:
        raise ExpressionError(
            token.column, f"more than {DEPTH_MAX} parentheses, functions and minus signs in one another"
        )
    return depth + 1


def _no_operand(token: Token) -> ExpressionError:
    if token.kind is Kind.END:
        return ExpressionError(token.column, "the expression ends where a number or an attribute should stand")
    if token.text == "+":
        return ExpressionError(token.column, "a plus sign stands only between two operands")
    return ExpressionError(token.column, f"a number or an attribute is missing before {token.text!r}")
