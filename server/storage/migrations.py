"""Numbered migrations: which there are, which have been applied. Each database brings its own files and its own lock."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files

from server.ports.errors import WorldError

_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")


class MigrationsDiffer(WorldError):
    """The database was changed by migrations that this version does not know, or knows differently."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema. A step that was applied is never edited again; its checksum says so."""

    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """Digest of the text."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Applied:
    """A row of the table of applied migrations."""

    number: int
    name: str
    checksum: str


def load_migrations(package: str) -> list[Migration]:
    """Return the migrations in a package's `migrations` folder, in order."""
    found = []
    for file in files(package).joinpath("migrations").iterdir():
        match = _NAME.fullmatch(file.name)
        if match:
            found.append(Migration(int(match[1]), match[2], file.read_text("utf-8")))
    return sorted(found, key=lambda one: one.number)


def pending(known: Iterable[Migration], applied: Iterable[Applied]) -> list[Migration]:
    """Return the migrations that are still to be applied.

    :raises MigrationsDiffer: if the database has others than the first of ours, unchanged
    """
    ours = list(known)
    theirs = sorted(applied, key=lambda one: one.number)
    if len(theirs) > len(ours):
        raise MigrationsDiffer(f"the database is at {theirs[-1].name}, which this version of Laurel does not know")
    for mine, done in zip(ours, theirs, strict=False):
        if (mine.number, mine.checksum) != (done.number, done.checksum):
            raise MigrationsDiffer(f"migration {done.number:04}_{done.name} was applied in another form")
    return ours[len(theirs) :]
