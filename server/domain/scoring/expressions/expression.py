"""How many points something is worth: a formula of a designer, parsed when definitions load (B32)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import TypeAlias

from server.domain.scoring.attributes import Json, Missing
from server.domain.scoring.expressions.arithmetic import CONTEXT, OPERATIONS, number_of
from server.domain.scoring.expressions.errors import ExpressionFailed, Failure
from server.domain.scoring.expressions.parser import Parser
from server.domain.scoring.expressions.steps import Apply, Push, Read, Step
from server.domain.scoring.paths import GAME_EVENT_PATHS, Path, Vocabulary
from server.domain.values import value

Lookup: TypeAlias = Callable[[Path], Json | Missing]
"""Where attributes come from: `event.value_at`, or the metrics of a participant."""


@value
class Expression:
    """A formula. Make it by `parse_expression`."""

    text: str
    steps: tuple[Step, ...]

    def evaluate(self, lookup: Lookup) -> Decimal:
        """Compute the formula, from left to right, one pass over at most `STEPS_MAX` steps.

        :raises ExpressionFailed: with the first reason met
        """
        try:
            return _computed(self.steps, lookup)
        except DivisionByZero:
            raise ExpressionFailed(Failure.DIVISION_BY_ZERO) from None
        except (Overflow, InvalidOperation):
            raise ExpressionFailed(Failure.OVERFLOW) from None

    @property
    def paths(self) -> tuple[str, ...]:
        """The attributes that it reads, each once, in the order of the text."""
        return tuple(dict.fromkeys(step.path.text for step in self.steps if isinstance(step, Read)))

    @property
    def literal_places(self) -> int:
        """The most decimal places that any number in the text needs; the last zero of 1.50 is not needed."""
        return max((_places(step.number) for step in self.steps if isinstance(step, Push)), default=0)


def parse_expression(text: str, vocabulary: Vocabulary = GAME_EVENT_PATHS) -> Expression:
    """Parse a formula over the attributes of a vocabulary.

    :raises ExpressionError: with the column of what is wrong
    """
    return Expression(text, Parser(text, vocabulary).steps())


def _computed(steps: tuple[Step, ...], lookup: Lookup) -> Decimal:
    results: list[Decimal] = []
    for step in steps:
        if isinstance(step, Apply):
            arguments = results[-step.count :]
            del results[-step.count :]
            results.append(OPERATIONS[step.operation](*arguments))
        elif isinstance(step, Read):
            results.append(number_of(lookup(step.path), step.path.text))
        else:
            results.append(step.number)
    return CONTEXT.plus(results[0])  # -0 becomes 0


def _places(number: Decimal) -> int:
    exponent = number.normalize(CONTEXT).as_tuple().exponent
    assert isinstance(exponent, int), "literals are finite"
    return max(0, -exponent)
