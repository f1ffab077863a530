"""An operator has a leaderboard's running period computed again under its definition in the files (B42).

To apply it, one transaction holds the period and does everything: contributions wait for it, and count under the new
definition. Without applying, the same is computed from one consistent state, and only told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from server.application.game_events import event_from
from server.application.period_pins import stored_period
from server.application.rescoring import Rescoring
from server.domain.errors import NoPeriodRunning, RescoreRefused
from server.domain.ids import LeaderboardKey, PlayerId
from server.domain.leaderboards.definition import Leaderboard
from server.domain.leaderboards.entry import PeriodId
from server.domain.leaderboards.outcomes import Outcome
from server.domain.leaderboards.periods import Period, Stage
from server.domain.leaderboards.segments import WHOLE_BOARD
from server.domain.player_properties import PropertyValue
from server.domain.values import value
from server.ports.board_store import BoardActivation, EntryKey, StoredEntry
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.contribution_store import GameEventKey, LoggedContribution, Source, StoredGameEvent
from server.ports.player_store import PropertyKey
from server.ports.store import Reading, Store, Transaction

_PAGE = 2000
_CAUSE = "rescore"


@value
class NewDefinition:
    """What the files say of a board now; `content` is what activations keep of it."""

    board: Leaderboard
    content: str


@value
class Difference:
    """An entry that changes: None before, it is new; None after, nothing is left of it."""

    player_id: PlayerId
    before: StoredEntry | None
    after: StoredEntry | None


@value
class Rescored:
    """What a rescore comes to: how many entries there are, and those that change."""

    period: Period
    entries: int
    differences: list[Difference]
    is_applied: bool


class RescoreLeaderboard:
    """Compute a running period again, show the difference, and swap it in if that is wanted."""

    def __init__(self, store: Store, catalog: Catalog, clock: Clock) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock

    async def __call__(self, key: LeaderboardKey, new: NewDefinition, *, applies: bool) -> Rescored:
        """Rescore.

        :raises LeaderboardNotFound: if there never was such a leaderboard
        :raises NoPeriodRunning: if it has no running period
        :raises RescoreRefused: with the reason, if what is kept is not enough
        """
        now = self._clock.now()
        if not applies:
            return await self._store.read(lambda view: self._computed(view, key, new, now))
        return await self._store.transact(lambda tx: self._applied(tx, key, new, now))

    async def _applied(self, tx: Transaction, key: LeaderboardKey, new: NewDefinition, now: datetime) -> Rescored:
        period = self._running(key, now)
        period_id = PeriodId(key, period.start)
        await tx.hold_period(period_id)
        rescored = await self._computed(tx, key, new, now)
        await self._define(tx, key, period, new, now)
        await _swap(tx, period_id, rescored.differences, now)
        await _send_bots_off(tx, period_id)
        return Rescored(period, rescored.entries, rescored.differences, is_applied=True)

    async def _computed(self, view: Reading, key: LeaderboardKey, new: NewDefinition, now: datetime) -> Rescored:
        period = self._running(key, now)
        period_id = PeriodId(key, period.start)
        await _refuse_gaps(view, period_id)
        calendar = self._catalog.board_of(key).calendar
        rescoring = Rescoring(period_id, period.definition, new.board, calendar.timeline.activations)
        log = await _log_of(view, period_id)
        rescoring.refuse(log)
        before = await _entries_of(view, period_id)
        events = await _events_of(view, period)
        after = rescoring.entries(log, events, before, await _profiles_of(view, new.board, log, events))
        return Rescored(period, len(after), _differences(before, after), is_applied=False)

    def _running(self, key: LeaderboardKey, now: datetime) -> Period:
        self._catalog.board_of(key)
        period = self._catalog.period_at(key, now)
        if period is None:
            raise NoPeriodRunning(leaderboard=key)
        return period

    async def _define(
        self, tx: Transaction, key: LeaderboardKey, period: Period, new: NewDefinition, now: datetime
    ) -> None:
        """Put the definition in force, in the running period, too."""
        latest = [one for one in await tx.board_activations() if one.leaderboard == key][-1]
        if latest.hash != new.board.hash:
            await tx.activate_board(BoardActivation(key, max(now, latest.activated_at), new.board.hash, new.content))
        if period.definition.hash != new.board.hash:
            await tx.pin_period(stored_period(self._catalog, key, period))
            await tx.repin_period(PeriodId(key, period.start), new.board.hash)


async def _refuse_gaps(view: Reading, period: PeriodId) -> None:
    """Refuse a period that is sealed, or began before what the log still has."""
    (stored,) = await view.stored_periods([period])
    if stored is not None and stored.stage is not Stage.OPEN:
        raise RescoreRefused("the period is being settled; nothing changes in it any more")
    begins_at = await view.log_begins_at()
    if begins_at > period.start:
        raise RescoreRefused(
            f"the period began at {period.start.isoformat()}, and the log reaches back to {begins_at.isoformat()} only; "
            "log_days in [game_events] says how long it is kept"
        )


async def _log_of(view: Reading, period: PeriodId) -> list[LoggedContribution]:
    found: list[LoggedContribution] = []
    while page := await view.contributions_to(period, found[-1].number if found else 0, _PAGE):
        found += page
    return found


async def _events_of(view: Reading, period: Period) -> list[StoredGameEvent]:
    """Return the game events of a period, those included that counted for nothing under the old definition."""
    found: list[StoredGameEvent] = []
    after: tuple[datetime, GameEventKey] | None = None
    while page := await view.game_events_between(period.start, period.end, after, _PAGE):
        found += page
        after = page[-1].at, page[-1].key
    return found


async def _profiles_of(
    view: Reading, board: Leaderboard, log: Sequence[LoggedContribution], events: Sequence[StoredGameEvent]
) -> dict[PlayerId, PropertyValue]:
    """Return the property that the board is split by, of all who took part and have it."""
    if board.segmentation is None:
        return {}
    players = dict.fromkeys([*(one.entry.player_id for one in log), *(event_from(one).actor_id for one in events)])
    keys = [PropertyKey(player_id, board.segmentation.key) for player_id in players]
    found: dict[PlayerId, PropertyValue] = {}
    for first in range(0, len(keys), _PAGE):
        page = keys[first : first + _PAGE]
        said = zip(page, await view.property_values_of(page), strict=True)
        found.update((key.player_id, value) for key, value in said if value is not None)
    return found


async def _entries_of(view: Reading, period: PeriodId) -> dict[EntryKey, StoredEntry]:
    """Return the entries of players; what bots score is in no log."""
    found: dict[EntryKey, StoredEntry] = {}
    after: PlayerId | None = None
    while page := await view.ranked_entries(period, after, _PAGE):
        keys = [EntryKey(period, one.player_id) for one in page]
        entries = await view.entries_of(keys)
        found.update((key, one) for key, one in zip(keys, entries, strict=True) if one and not one.is_bot)
        after = page[-1].player_id
    return found


def _differences(before: Mapping[EntryKey, StoredEntry], after: Mapping[EntryKey, StoredEntry]) -> list[Difference]:
    keys = sorted({*before, *after}, key=lambda key: key.player_id)
    return [
        Difference(key.player_id, before.get(key), after.get(key)) for key in keys if before.get(key) != after.get(key)
    ]


async def _swap(tx: Transaction, period: PeriodId, differences: Sequence[Difference], now: datetime) -> None:
    """Write what differs, and a row of the log for each, so that indexes look at it again."""
    written = [one.after for one in differences if one.after is not None]
    gone = [EntryKey(period, one.player_id) for one in differences if one.after is None]
    if written:
        await tx.entries_of([entry.key for entry in written])
        await tx.add_segments(list(dict.fromkeys(entry.segment_id for entry in written)))
        await tx.record_entries(written)
    if gone:
        await tx.remove_entries(gone)
    await tx.log_contributions([_noted(period, one, now) for one in differences])


async def _send_bots_off(tx: Transaction, period: PeriodId) -> None:
    """Let the bots join again under the new definition, with the next look: what they have seen is kept."""
    after: PlayerId | None = None
    gone: list[EntryKey] = []
    while page := await tx.ranked_entries(period, after, _PAGE):
        gone += [EntryKey(period, one.player_id) for one in page if one.is_bot]
        after = page[-1].player_id
    if gone:
        await tx.remove_entries(gone)
    await tx.reset_bots(period)


def _noted(period: PeriodId, one: Difference, now: datetime) -> LoggedContribution:
    entry = one.after or one.before
    segment = WHOLE_BOARD if entry is None else entry.segment
    return LoggedContribution(
        EntryKey(period, one.player_id), segment, Source.OPERATOR, _CAUSE, now, now, "", "{}", Outcome.APPLIED.value
    )
