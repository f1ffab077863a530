"""Leaderboards without files: a catalogue of boards as the rules know them, and contributions to them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from server.application.contribution_batch import ContributionBatch
from server.application.contributions import Contributed, Contributing
from server.definitions.catalog import LiveCatalog
from server.domain.ids import DefinitionHash, LeaderboardKey, PlayerId
from server.domain.leaderboards.calendar import Activated, calendar_of
from server.domain.leaderboards.definition import Leaderboard
from server.domain.leaderboards.entry import PeriodId
from server.domain.leaderboards.periods import Period
from server.domain.leaderboards.segments import Claim
from server.ports.board_store import EntryKey, StoredEntry
from server.ports.catalog import Board, Snapshot
from server.ports.contribution_store import Source
from server.ports.store import Reading, Store, Transaction
from tests.builders import MONDAY


class BoardCatalog(LiveCatalog):
    """Knows the boards that a test names, from the Monday on from which tests count, and no events."""

    def __init__(self, boards: Iterable[Leaderboard], since: datetime = MONDAY) -> None:
        self._boards = {board.key: Board(board, calendar_of([Activated(since, board)])) for board in boards}
        self.is_known: set[tuple[LeaderboardKey, datetime]] = set()
        self.revision = 0

    def current(self) -> Snapshot:
        return Snapshot({}, {}, self.revision, boards=self._boards)

    def board_of(self, key: LeaderboardKey) -> Board:
        return self._boards[key]

    def period_at(self, key: LeaderboardKey, moment: datetime) -> Period | None:
        return self._boards[key].calendar.period_at(moment)

    def window_key_of(self, key: LeaderboardKey, period: Period) -> str:
        return self._boards[key].calendar.window_key_of(period)

    def is_period_pinned(self, key: LeaderboardKey, period: Period) -> bool:
        return (key, period.start) in self.is_known

    def pin_period(self, key: LeaderboardKey, period: Period) -> None:
        self.is_known.add((key, period.start))

    def edit(self, key: str, **changes: Any) -> None:
        """What a designer changes at once."""
        board = self._boards[LeaderboardKey(key)]
        self._boards[LeaderboardKey(key)] = replace(board, present=replace(board.present, **changes))


def contributing(
    points: object, player: str = "ann", board: str = "board", *, at: datetime = MONDAY, one: str = "", **options: Any
) -> Contributing:
    """A direct submission, unless said otherwise; `said` is the segment that a trusted caller names."""
    said = options.pop("said", None)
    options = {"source": Source.DIRECT, "claim": Claim(from_trusted=said, is_trusted=True)} | options
    return Contributing(LeaderboardKey(board), PlayerId(player), str(points), at, one, **options)


async def contribute(
    store: Store, catalog: BoardCatalog, *contributions: Contributing, now: datetime = MONDAY
) -> list[Contributed]:
    """Apply contributions in one transaction, and let the catalogue hear of the periods."""

    async def work(tx: Transaction) -> tuple[list[Contributed], ContributionBatch]:
        batch = ContributionBatch(tx, catalog, now)
        return await batch.apply(contributions), batch

    catalog.revision = (await store.read(lambda view: view.bulletin())).catalog_revision
    answers, batch = await store.transact(work)
    for key, period in batch.pinned:
        catalog.pin_period(key, period)
    return answers


async def entry_of(
    store: Store, player: str = "ann", board: str = "board", start: datetime = MONDAY
) -> StoredEntry | None:
    """A player's line."""
    key = EntryKey(PeriodId(LeaderboardKey(board), start), PlayerId(player))

    async def work(view: Reading) -> StoredEntry | None:
        return (await view.entries_of([key]))[0]

    return await store.read(work)


def outcomes(answers: Iterable[Contributed]) -> list[str]:
    """What became of contributions, as words."""
    return [one.outcome.value for one in answers]


def by_hash(board: Leaderboard, definition_hash: str) -> Leaderboard:
    return replace(board, hash=DefinitionHash(definition_hash))


SECOND = timedelta(seconds=1)
NO_OPTIONS: Mapping[str, Any] = {}
