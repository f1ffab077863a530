"""The ways to run a statement of an adapter's queries, and names that several verbs share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from server.storage.rows import Row

CATALOG_REVISION = "catalog_revision"


class SqlVerbs:
    """What an adapter brings. Rows of values are bare tuples in the order in which their query names its parameters."""

    @abstractmethod
    async def _one(self, query: str, /, **values: Any) -> Any:
        """Run a query and return its first row, or None."""

    @abstractmethod
    async def _all(self, query: str, /, **values: Any) -> Sequence[Any]:
        """Run a query and return its rows."""

    @abstractmethod
    async def _each(self, query: str, keys: Sequence[Row]) -> Sequence[Any]:
        """Run a query for every key and return the row that each has, or None."""

    @abstractmethod
    async def _run(self, query: str, /, **values: Any) -> None:
        """Run a statement."""

    @abstractmethod
    async def _run_many(self, query: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Run a statement for every row of values by name."""

    @abstractmethod
    async def _run_rows(self, query: str, rows: Sequence[Row]) -> None:
        """Run a statement for every row of values."""

    @abstractmethod
    def _array(self, keys: Sequence[str]) -> Any:
        """Return keys as a statement takes all of them at once."""
