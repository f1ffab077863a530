"""Moving the bots of a segment to a second of its period, in one transaction (L2 to L4, L8).

Where they stand follows from the second alone, so whoever moves them, and however often, they stand there. A look that is not
later than the last one changes nothing. No row of the log is written: a rescore lets them join again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from server.application.accounts import add_unknown
from server.application.board_periods import as_stored, board_of_stored
from server.application.bot_entries import bot_entry, ground_of
from server.application.bot_lookout import BotLookout
from server.application.period_pins import pin_periods
from server.application.rank_keeping import Changed
from server.domain.bots.binding import BotBinding
from server.domain.bots.field import Field, Seat, Watched
from server.domain.bots.filling import joined_by
from server.domain.bots.sightings import Lookout, gap_of
from server.domain.ids import DefinitionHash
from server.domain.instants import NEVER
from server.domain.leaderboards.definition import Leaderboard
from server.domain.leaderboards.entry import SegmentId
from server.domain.leaderboards.periods import Period, Stage
from server.domain.players import Player
from server.domain.values import value
from server.ports.board_bot_store import NEVER_LOOKED, StoredBots
from server.ports.board_store import EntryKey, StoredEntry, StoredPeriod
from server.ports.catalog import Catalog
from server.ports.errors import CatalogBehind
from server.ports.store import Transaction

SEGMENTS_KNOWN_MAX = 1000
_SECOND = timedelta(seconds=1)


@value
class Moved:
    """The bots of a segment as a look left them: all of them, and those that it changed, each before and after.

    `pinned`: the period, if it was written down for them.
    """

    second: int
    entries: list[StoredEntry]
    changed: list[Changed]
    pinned: Period | None = None


@value
class _Scene:
    """Where bots are moved: a segment of a period under what holds in it."""

    segment: SegmentId
    period: Period
    board: Leaderboard
    bots: BotBinding


@dataclass(slots=True, eq=False)
class _Known:
    """What this process remembers of a segment's bots. All of it is in the store, or follows from what is."""

    definition: DefinitionHash
    bots: Field
    seen: dict[Lookout, list[Watched]] = field(default_factory=dict)
    seen_second: int = NEVER_LOOKED


def second_at(period: Period, now: datetime) -> int:
    """Return which second of a period it is; it has none behind its end (L6)."""
    return (min(now, period.end) - period.start) // _SECOND


class BotMoves:
    """Moves bots. `secret` is the installation's: who does not know it cannot tell what they will do."""

    def __init__(self, catalog: Catalog, secret: bytes) -> None:
        self._catalog = catalog
        self._secret = secret
        self._known: dict[SegmentId, _Known] = {}

    async def move(self, tx: Transaction, segment: SegmentId, now: datetime) -> Moved | None:
        """Bring the bots of a segment to the present second; None: nothing moves there any more.

        :raises CatalogBehind: if this process does not know the period as it is
        """
        (stored,) = await tx.stored_periods([segment.period])
        if stored is not None and stored.stage is not Stage.OPEN:
            return None
        scene = self._scene_of(segment, stored, now)
        if scene is None:
            return None
        second = second_at(scene.period, now)
        if stored is None and second < scene.bots.fill.joins_at(0):
            return Moved(second, [], [])
        held = await tx.hold_bots(segment)
        if second <= held.second:
            return Moved(held.second, [], [])
        if stored is None:
            await pin_periods(tx, self._catalog, [(segment.period.leaderboard, scene.period)])
        moved = await self._moved(tx, scene, held, second)
        return moved if stored is not None else replace(moved, pinned=scene.period)

    async def finish(self, tx: Transaction, stored: StoredPeriod, segment: str) -> None:
        """Bring the bots of a sealed period to its end, exactly, whenever they were looked at before."""
        period = as_stored(self._catalog, stored)
        board = board_of_stored(self._catalog, stored)
        if board.bots is not None:
            scene = _Scene(SegmentId(stored.period, segment), period, board, board.bots)
            held = await tx.hold_bots(scene.segment)
            await self._moved(tx, scene, held, second_at(period, period.end), is_over=True)

    def _scene_of(self, segment: SegmentId, stored: StoredPeriod | None, now: datetime) -> _Scene | None:
        key, start = segment.period
        if stored is not None:
            board, period = board_of_stored(self._catalog, stored), as_stored(self._catalog, stored)
        else:
            found = self._catalog.board_of(key).calendar.period_starting(start)
            if found is None:
                raise CatalogBehind(f"{key}: no period starts at {start}")
            board, period = self._catalog.board_of(key).in_force(found), found
        if board.bots is None or period.start > now:
            return None
        return _Scene(segment, period, board, board.bots)

    async def _moved(
        self, tx: Transaction, scene: _Scene, held: StoredBots, second: int, *, is_over: bool = False
    ) -> Moved:
        bots = await self._joined(tx, scene, held, second)
        known = self._field(scene)
        seats = known.bots.first(bots.bots)
        await self._see(tx, scene.segment, known)
        before = await tx.entries_of([EntryKey(scene.segment.period, seat.player_id) for seat in seats])
        entries = [
            bot_entry(seat, seat.at(second, known.seen), scene.segment, scene.board, one)
            for seat, one in zip(seats, before, strict=True)
        ]
        changed: list[Changed] = [(one, entry) for one, entry in zip(before, entries, strict=True) if one is not entry]
        if bots.bots > held.bots:
            await self._welcome(tx, scene.segment, seats[held.bots :])
        if changed:
            await tx.record_entries([entry for _, entry in changed])
        if not is_over:
            await self._look(tx, scene, known, seats, second)
        await tx.record_bots(replace(bots, second=second, revision=held.revision + bool(changed)))
        return Moved(second, entries, changed)

    async def _joined(self, tx: Transaction, scene: _Scene, held: StoredBots, second: int) -> StoredBots:
        """Return how many bots there are now. Humans are looked at only when one is due."""
        fill = scene.bots.fill
        if held.is_full or fill.joins_at(held.bots) > second:
            return held
        came = await tx.first_humans(scene.segment, fill.to)
        humans = [-((scene.period.start - one) // _SECOND) for one in came]
        bots, is_full = joined_by(fill, humans, held.bots, second)
        return replace(held, bots=bots, is_full=is_full)

    async def _welcome(self, tx: Transaction, segment: SegmentId, seats: Sequence[Seat]) -> None:
        """Give new bots a name, where players have theirs, and their segment a place among those that are stood in."""
        if segment.segment:
            await tx.add_segments([segment])
        await add_unknown(
            tx,
            (
                Player(one.player_id, one.moment_of(one.joined_second), one.identity.name, one.identity.avatar)
                for one in seats
            ),
        )

    async def _see(self, tx: Transaction, segment: SegmentId, known: _Known) -> None:
        """Learn what was written down of what they saw."""
        if not known.bots.looks:
            return
        for one in await tx.sightings_of(segment, known.seen_second):
            known.seen.setdefault(one.lookout, []).append(Watched(one.second, one.points))
            known.seen_second = one.second

    async def _look(self, tx: Transaction, scene: _Scene, known: _Known, seats: Sequence[Seat], second: int) -> None:
        """Write down what they see now that all stand where they do, which they react to with the next look."""
        if not known.bots.looks:
            return
        period = scene.period
        length = None if period.end == NEVER else (period.end - period.start) // _SECOND
        lookout = BotLookout(tx, scene.segment, scene.board, gap_of(length))
        sightings = await lookout.look(seats, known.seen, second)
        if sightings:
            await tx.add_sightings(scene.segment, sightings)

    def _field(self, scene: _Scene) -> _Known:
        """Return the bots of a segment, those used last being remembered."""
        known = self._known.pop(scene.segment, None)
        if known is None or known.definition != scene.board.hash:
            ground = ground_of(self._secret, scene.segment, scene.board)
            known = _Known(scene.board.hash, Field(ground, scene.bots))
        self._known[scene.segment] = known
        if len(self._known) > SEGMENTS_KNOWN_MAX:
            del self._known[next(iter(self._known))]
        return known
