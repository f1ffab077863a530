"""The parts of a parsed expression, in the order in which they are computed: what is needed stands before what needs it.

This is the expression's tree, written flat. `a - b * 2` is: read a, read b, push 2, apply *, apply -. So a long expression
is computed, compared and hashed by walking along it, and no text can make that recursion deep.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias

from server.domain.scoring.paths import Path
from server.domain.values import value


@value
class Push:
    """A number as it was written."""

    number: Decimal


@value
class Read:
    """An attribute."""

    path: Path


@value
class Apply:
    """An operation of `arithmetic.OPERATIONS` on the last `count` results."""

    operation: str
    count: int


Step: TypeAlias = Push | Read | Apply
