"""Writing a leaderboard's period down when somebody first needs it (B3)."""

from __future__ import annotations

from collections.abc import Sequence

from server.domain.ids import LeaderboardKey
from server.domain.leaderboards.entry import PeriodId
from server.domain.leaderboards.periods import Period
from server.ports.board_store import StoredPeriod
from server.ports.catalog import Catalog
from server.ports.errors import CatalogBehind
from server.ports.store import Transaction


async def pin_periods(
    tx: Transaction, catalog: Catalog, periods: Sequence[tuple[LeaderboardKey, Period]], pinned_before: int = 0
) -> None:
    """Pin periods of which nothing is stored. `pinned_before`: how many this transaction has pinned already.

    :raises CatalogBehind: if one has been pinned meanwhile, or history has changed since this process computed them
    """
    for key, period in periods:
        if await tx.pin_period(stored_period(catalog, key, period)) is not None:
            raise CatalogBehind(f"{key}: somebody else has just pinned the period of {period.start}")
    revision = (await tx.bulletin()).catalog_revision
    if revision != catalog.current().revision + pinned_before + len(periods):
        raise CatalogBehind(f"history has reached revision {revision}")


def stored_period(catalog: Catalog, key: LeaderboardKey, period: Period) -> StoredPeriod:
    """Return a period as the store keeps it."""
    return StoredPeriod(
        PeriodId(key, period.start),
        period.end,
        catalog.window_key_of(key, period),
        period.definition.hash,
        period.seals_at,
    )
