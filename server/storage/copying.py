"""Moving house: all rows of one database into an empty one of the same schema, whatever kind either is.

Rows go over in the order of their keys, a batch in a transaction. The target itself so remembers how far it is: a copy that
was ended in any way goes on behind the last key of each table. From its first moment to its last the target is marked as
unfinished, and no server opens it. The mark goes when both sides, read once more, have the same rows.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from server.ports.errors import WorldError

BATCH_ROWS = 5_000

Row = tuple[Any, ...]
OnProgress = Callable[[str, int, int], None]
"""Is told what is being done, with how many rows so far, and of how many."""


UNFINISHED = "holds an unfinished copy; run the same `laurel copy` again to finish it, or take another database"


class CopyRefused(WorldError):
    """Nothing was copied that is not whole; the message says why and how to go on."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the schema: its columns, and which of them are its key. Texts are compared by their bytes everywhere."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    texts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Content:
    """All rows of a table, as a count and a digest of their values in the order of their keys."""

    rows: int
    digest: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a table holds on both sides."""

    table: str
    source: Content
    target: Content

    @property
    def is_same(self) -> bool:
        """Whether every row is on both sides, and the same."""
        return self.source == self.target


class Source(ABC):
    """A database that nobody writes to as long as it is open. Whatever fails raises StoreUnavailable."""

    @abstractmethod
    async def secret(self) -> bytes | None:
        """Return the secret that tells this installation from any other, or None before the first start."""

    @abstractmethod
    async def count(self, table: Table) -> int:
        """Count the rows of a table."""

    @abstractmethod
    def batches(self, table: Table, after: Row | None, size: int) -> AsyncGenerator[Sequence[Row], None]:
        """Read a table in the order of its key, from behind the key `after`, in batches of `size` rows."""


class Target(Source):
    """A database that only the copy writes to."""

    @abstractmethod
    async def unfinished(self) -> str | None:
        """Return of what the target is an unfinished copy, or None if it is none."""

    @abstractmethod
    async def begin(self, origin: str) -> None:
        """Mark the target as an unfinished copy of `origin`."""

    @abstractmethod
    async def last_key(self, table: Table) -> Row | None:
        """Return the last key of a table, or None if it is empty."""

    @abstractmethod
    async def add(self, table: Table, rows: Sequence[Row]) -> None:
        """Write rows, all of them or none.

        :raises CopyRefused: if this kind of database cannot hold one of them
        """

    @abstractmethod
    async def finish(self, tables: Sequence[Table]) -> None:
        """Let numbers that the database gives go on after the highest, and take the mark away."""


async def copy_tables(
    source: Source, target: Target, tables: Sequence[Table], batch_rows: int, on_progress: OnProgress
) -> list[Comparison]:
    """Copy what the target does not have yet, and compare everything. Only where all is the same is the copy finished.

    :raises CopyRefused: if the source holds nothing, or the target anything but an unfinished copy of this source
    """
    await _claim(source, target, tables)
    for table in tables:
        await _copy_table(source, target, table, batch_rows, on_progress)
    compared = [
        Comparison(
            table.name,
            await _content(source, table, batch_rows, on_progress),
            await _content(target, table, batch_rows, on_progress),
        )
        for table in tables
    ]
    if all(one.is_same for one in compared):
        await target.finish(tables)
    return compared


def refuse_unready(side: str, *, applied: bool, pending: bool, unfinished: bool = False) -> None:
    """Refuse a database that is not whole, or not of this version.

    :raises CopyRefused: with the way out
    """
    if not applied:
        raise CopyRefused(f"{side} holds no database of Laurel")
    if pending:
        raise CopyRefused(f"the schema of {side} is not up to date; run `laurel migrate up` on it")
    if unfinished:
        raise CopyRefused(f"{side} {UNFINISHED}")


async def _claim(source: Source, target: Target, tables: Sequence[Table]) -> None:
    """Mark an empty target, or recognise what an earlier run has left of the same copy."""
    secret = await source.secret()
    if secret is None:
        raise CopyRefused("the source was never served, so there is nothing to copy")
    origin = hashlib.sha256(secret).hexdigest()
    begun = await target.unfinished()
    if begun is None:
        filled = [table.name for table in tables if await target.count(table)]
        if filled:
            raise CopyRefused(f"the target holds data already, in {', '.join(filled)}; name a new database")
        await target.begin(origin)
    elif begun != origin:
        raise CopyRefused(
            "the target holds an unfinished copy of another source; name that source, or a new database as the target"
        )


async def _copy_table(source: Source, target: Target, table: Table, batch_rows: int, on_progress: OnProgress) -> None:
    total, done = await source.count(table), await target.count(table)
    async with aclosing(source.batches(table, await target.last_key(table), batch_rows)) as batches:
        async for rows in batches:
            await target.add(table, rows)
            done += len(rows)
            on_progress(f"copying {table.name}", done, total)


async def _content(side: Source, table: Table, batch_rows: int, on_progress: OnProgress) -> Content:
    digest, total, done = hashlib.blake2b(digest_size=16), await side.count(table), 0
    async with aclosing(side.batches(table, None, batch_rows)) as batches:
        async for rows in batches:
            digest.update(canonical(rows))
            done += len(rows)
            on_progress(f"comparing {table.name}", done, total)
    return Content(done, digest.hexdigest())


def canonical(rows: Sequence[Row]) -> bytes:
    """Return rows as bytes that are the same for the same values, and for no others.

    Values are None, whole numbers, texts and bytes, and Python writes each of them in one way only.
    """
    return "".join(f"{row!r}\n" for row in rows).encode()
