"""Which period of a board a read is of, and what holds in it (B3, B11, B12, B23)."""

from __future__ import annotations

from datetime import datetime

from server.application.board_pages import PeriodAsked, PeriodView
from server.domain.errors import NoPeriodRunning, PeriodNotFound, SegmentNotFound, SegmentRequired
from server.domain.ids import LeaderboardKey
from server.domain.leaderboards.definition import Leaderboard
from server.domain.leaderboards.entry import PeriodId, SegmentId
from server.domain.leaderboards.periods import Period, PeriodState, state_at
from server.domain.leaderboards.segments import is_readable
from server.domain.values import value
from server.ports.board_store import BoardReading, StoredPeriod
from server.ports.catalog import Catalog
from server.ports.errors import CatalogBehind


@value
class FoundPeriod:
    """A period that was asked for. `board` is what holds in it now; `stored` is None where nobody ever had an entry."""

    view: PeriodView
    board: Leaderboard
    stored: StoredPeriod | None

    @property
    def period_id(self) -> PeriodId:
        """What entries and orders are kept under."""
        return PeriodId(self.view.leaderboard, self.view.start)

    @property
    def is_final(self) -> bool:
        """Whether its snapshot is what is read."""
        return self.view.state is PeriodState.FINAL

    def segment(self, segment: str) -> SegmentId:
        """Return a segment of it that may be read; one that nobody is in yet may.

        :raises SegmentRequired: if the board is split and none is named
        :raises SegmentNotFound: if there can be no such segment
        """
        segmentation = self.board.segmentation
        if segmentation is not None and not segment:
            raise SegmentRequired(segmentation_key=segmentation.key)
        if not is_readable(segmentation, segment):
            raise SegmentNotFound
        return SegmentId(self.period_id, segment)


async def period_asked(
    view: BoardReading, catalog: Catalog, key: LeaderboardKey, asked: PeriodAsked, now: datetime
) -> FoundPeriod:
    """Return the period that is meant: the running one, unless one is named (B11).

    :raises LeaderboardNotFound: if there never was such a board
    :raises NoPeriodRunning: if none is named and none runs
    :raises PeriodNotFound: if none of that name or start has begun, or all of it lies before the board was first loaded
    """
    catalog.board_of(key)
    if asked.window_key:
        return await _named(view, catalog, key, asked.window_key, now)
    if asked.start is not None:
        return await _starting(view, catalog, PeriodId(key, asked.start), now)
    running = catalog.period_at(key, now)
    if running is None:
        raise NoPeriodRunning
    (stored,) = await view.stored_periods([PeriodId(key, running.start)])
    return found(catalog, key, running, stored, now)


def found(
    catalog: Catalog, key: LeaderboardKey, period: Period, stored: StoredPeriod | None, now: datetime
) -> FoundPeriod:
    """Return a period as it is read. What is stored of it goes before what the calendar says."""
    if stored is not None:
        period = as_stored(catalog, stored)
    name = catalog.window_key_of(key, period) if stored is None else stored.window_key
    state = state_at(period, None if stored is None else stored.stage, now)
    entries = stored.entries if stored is not None else 0
    view = PeriodView(key, name, period.start, period.end, state, entries)
    return FoundPeriod(view, catalog.board_of(key).in_force(period), stored)


def as_stored(catalog: Catalog, stored: StoredPeriod) -> Period:
    """Return a period with the bounds and the definition that were written down when it was first needed (B3)."""
    key, start = stored.period
    computed = catalog.board_of(key).calendar.period_starting(start)
    if computed is not None and computed.definition.hash == stored.definition_hash:
        return Period(start, stored.end, computed.definition)
    return Period(start, stored.end, catalog.board_defined_as(key, stored.definition_hash))


def board_of_stored(catalog: Catalog, stored: StoredPeriod) -> Leaderboard:
    """Return what holds in a stored period.

    :raises CatalogBehind: if another process knows more of the board
    """
    board = catalog.current().boards.get(stored.period.leaderboard)
    if board is None:
        raise CatalogBehind(f"{stored.period.leaderboard} is not known here")
    return board.in_force(as_stored(catalog, stored))


async def board_in(view: BoardReading, catalog: Catalog, period: PeriodId) -> Leaderboard:
    """Return what holds in a period in which somebody has an entry.

    :raises CatalogBehind: if the store knows more of the board than this process
    """
    (stored,) = await view.stored_periods([period])
    if stored is None:
        raise CatalogBehind(f"{period.leaderboard}: nothing is known of the period that starts at {period.start}")
    return board_of_stored(catalog, stored)


async def _named(
    view: BoardReading, catalog: Catalog, key: LeaderboardKey, window_key: str, now: datetime
) -> FoundPeriod:
    stored = await view.period_named(key, window_key)
    if stored is not None:
        return found(catalog, key, as_stored(catalog, stored), stored, now)
    period = catalog.board_of(key).calendar.period_named(window_key)
    if period is None:
        raise PeriodNotFound
    return await _starting(view, catalog, PeriodId(key, period.start), now)


async def _starting(view: BoardReading, catalog: Catalog, period_id: PeriodId, now: datetime) -> FoundPeriod:
    key, start = period_id
    (stored,) = await view.stored_periods([period_id])
    if stored is not None:
        return found(catalog, key, as_stored(catalog, stored), stored, now)
    period = catalog.board_of(key).calendar.period_starting(start)
    if period is None or start > now or period.end <= _known_since(catalog, key):
        raise PeriodNotFound
    return found(catalog, key, period, None, now)


def _known_since(catalog: Catalog, key: LeaderboardKey) -> datetime:
    """Return when the board was first loaded. Scores of before count in the periods of before, which are stored then."""
    return catalog.board_of(key).calendar.timeline.activations[0].activated_at
