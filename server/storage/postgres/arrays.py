"""Rows of values as the arrays that a statement takes, one for each of its parameters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from server.storage.queries import Query
from server.storage.rows import Row

_AS_TEXT = re.compile(r"\$(\d+)::text::bigint\[\]")


def as_text(query: Query) -> frozenset[int]:
    """Return which parameters, from 0, a statement takes as the text of an array."""
    return frozenset(int(number) - 1 for number in _AS_TEXT.findall(query.sql))


def columns_of(rows: Sequence[Row], texts: frozenset[int]) -> list[Any]:
    """Return the columns of rows, of which there is at least one."""
    columns = zip(*rows, strict=True)
    return [array_text(column) if index in texts else column for index, column in enumerate(columns)]


def array_text(numbers: Iterable[int | None]) -> str:
    """Write an array as PostgreSQL writes it. In a list the driver asks each number whether it is an array itself."""
    return "{" + ",".join(["null" if one is None else str(one) for one in numbers]) + "}"
