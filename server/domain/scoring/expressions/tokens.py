"""An expression's text cut into numbers, names and marks, each with its column.

A number is written out: `1`, `1.5`, `0.25`. Not `.5` and not `1.`, which a reader overlooks; and no exponents, so that no
number is greater than it is long.
"""

from __future__ import annotations

import re
from enum import Enum

from server.domain.scoring.expressions.arithmetic import DIGITS
from server.domain.scoring.expressions.errors import ExpressionError
from server.domain.values import value

LENGTH_MAX = 1000
_TOKEN = re.compile(
    r"(?P<blank>[ \t\r\n]+)"
    r"|(?P<number>[0-9]+(?:\.[0-9]+)?)"
    r"|(?P<name>[^\W\d]\w*(?:\.\w+)*)"
    r"|(?P<mark>[-+*/(),])"
)
_GLUED = re.compile(r"[\w.]+")
"""What may not follow a number without something between."""
_EXPONENT = re.compile(r"[eE][0-9]*$")
_TYPED_FOR = {"−": "-", "–": "-", "—": "-", "×": "*", "·": "*", "÷": "/", "∕": "/", "，": ",", "（": "(", "）": ")"}
"""What word processors and chat programs make of the plain marks."""
_ABSENT = {"^": "powers", "%": "remainders", "[": "places in lists", "'": "texts", '"': "texts"}
_ABSENT |= dict.fromkeys("<>=!&|?:", "comparisons; conditions make them")


class Kind(Enum):
    """What a token is."""

    NUMBER = "number"
    NAME = "name"
    MARK = "mark"
    END = "end"


@value
class Token:
    """A piece of the text; `column` counts from 1."""

    kind: Kind
    text: str
    column: int


def tokens_of(text: str) -> list[Token]:
    """Cut a text into tokens; the last is always END. Each character is looked at a fixed number of times.

    :raises ExpressionError: at the first character that can begin nothing
    """
    if len(text) > LENGTH_MAX:
        raise ExpressionError(LENGTH_MAX + 1, f"the expression has {len(text)} characters; {LENGTH_MAX} are allowed")
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _strange(text, at)
        if match.lastgroup == "number":
            _refuse_odd_number(text, match)
        if match.lastgroup != "blank":
            tokens.append(Token(Kind(match.lastgroup), match.group(), at + 1))
        at = match.end()
    tokens.append(Token(Kind.END, "", len(text) + 1))
    return tokens


def _refuse_odd_number(text: str, match: re.Match[str]) -> None:
    written, column = match.group(), match.start() + 1
    if len(written.replace(".", "")) > DIGITS:
        raise ExpressionError(column, f"the number is longer than {DIGITS} digits")
    glued = _GLUED.match(text, match.end())
    if glued is None:
        return
    rest = glued.group()
    if _EXPONENT.match(rest):
        raise ExpressionError(column, "numbers are written out, without an exponent")
    if rest == ".":
        raise ExpressionError(match.end() + 1, f"digits are missing after {written}.", written)
    digits = rest.replace("_", "")
    if digits.isascii() and digits.isdigit():
        raise ExpressionError(match.end() + 1, "digits are written without _ between them", written + digits)
    if rest.startswith("."):
        raise ExpressionError(match.end() + 1, "a number has one decimal point")
    raise ExpressionError(match.end() + 1, "a mark is missing after the number", f"{written} * {rest[:40]}")


def _strange(text: str, at: int) -> ExpressionError:
    """Say what is wrong with a character that begins nothing."""
    char = text[at]
    if char == ".":
        digits = re.compile("[0-9]+").match(text, at + 1)
        if digits:
            return ExpressionError(
                at + 1, "digits are missing before the decimal point", f"0.{digits.group()[:DIGITS]}"
            )
        return ExpressionError(at + 1, "a dot stands only inside a number or a path, with no space around it")
    if char in _TYPED_FOR:
        return ExpressionError(
            at + 1, f"{char!r} looks like {_TYPED_FOR[char]!r} but is another character", _TYPED_FOR[char]
        )
    if char in _ABSENT:
        return ExpressionError(at + 1, f"{char!r} has no meaning here: expressions have no {_ABSENT[char]}")
    return ExpressionError(at + 1, f"the character {char!a} has no meaning here")
