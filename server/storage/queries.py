"""SQL read as SQL: named blocks of an adapter's files, each `-- name --`, a sentence of comment, a statement.

Statements name their parameters; drivers that bind by number, or bind faster by number, get them numbered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from operator import itemgetter
from typing import Any

from server.domain.values import value

FILES = ("queries.sql", "company_queries.sql", "board_queries.sql", "board_bot_queries.sql", "player_queries.sql")
_BLOCK = re.compile(r"^-- ([a-z0-9_]+) --$", re.MULTILINE)
_PARAMETER = re.compile(r"(?<![:\w]):([a-z_]+)")


@value
class Query:
    """A statement with numbered parameters; `bind` puts named values into their order."""

    sql: str
    names: tuple[str, ...]
    bind: Callable[[Mapping[str, Any]], tuple[Any, ...]]


def load_queries(package: str, placeholder: str = "?") -> dict[str, Query]:
    """Return the statements of a package's files by name. Parameter 1 is written `?1`, or `$1`, or as told."""
    return {
        name: _query(_without_comments(body), placeholder)
        for file in FILES
        for name, body in _blocks_of(files(package).joinpath(file).read_text("utf-8"))
    }


def _blocks_of(text: str) -> Iterator[tuple[str, str]]:
    parts = _BLOCK.split(text)
    return zip(parts[1::2], parts[2::2], strict=True)


def _query(named: str, placeholder: str) -> Query:
    names = tuple(dict.fromkeys(_PARAMETER.findall(named)))
    sql = _PARAMETER.sub(lambda match: f"{placeholder}{names.index(match[1]) + 1}", named)
    return Query(sql, names, _binder(names))


def _binder(names: tuple[str, ...]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    if not names:
        return lambda _: ()
    if len(names) == 1:
        (name,) = names
        return lambda values: (values[name],)
    return itemgetter(*names)


def _without_comments(body: str) -> str:
    lines = (line for line in body.splitlines() if not line.lstrip().startswith("--"))
    return "\n".join(lines).strip().rstrip(";")
