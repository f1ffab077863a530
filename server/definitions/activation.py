"""Putting definitions in force: what differs from history is written into it, in one transaction (E8, B2, B3).

A leaderboard that is archived, or gone from the files, ends its running period at that instant. One whose period never ends
cannot change what its entries mean while there are any: that is refused here, where the entries can be seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from server.definitions.config import LEADERBOARDS, Configuration
from server.definitions.content import hash_of
from server.definitions.diagnostics import DefinitionsInvalid, Problem, Severity
from server.definitions.history import PERIODS_KEPT, Chronicle
from server.domain.ids import DefinitionHash, LeaderboardKey
from server.domain.instants import NEVER
from server.domain.leaderboards.calendar import calendar_of
from server.domain.leaderboards.definition import Leaderboard, Status, TimeframeType
from server.domain.leaderboards.entry import PeriodId
from server.domain.leaderboards.periods import Period
from server.ports.board_store import BoardActivation, StoredPeriod
from server.ports.store import ActivationRecord, Transaction

_INSTANT = timedelta(microseconds=1)
"""What was in force for no time at all is still the last that there was to be said of a board."""
_R = TypeVar("_R", ActivationRecord, BoardActivation)


async def activate(tx: Transaction, configuration: Configuration, chronicle: Chronicle, now: datetime) -> list[Problem]:
    """Write what differs from the last activation of each event and board, and return what is worth a warning.

    :raises DefinitionsInvalid: if a board that never ends is to change under its entries (B3)
    """
    await _activate_events(tx, configuration, now)
    boards = _Boards(tx, configuration, chronicle, now)
    await boards.activate()
    refused = [configuration.told(one) for one in boards.problems if one.severity is Severity.ERROR]
    if refused:
        raise DefinitionsInvalid(refused)
    return boards.problems


async def _activate_events(tx: Transaction, configuration: Configuration, now: datetime) -> None:
    latest = {record.event_id: record for record in await tx.activations()}
    for event_id, content in configuration.contents.items():
        known = latest.get(event_id)
        content_hash = hash_of(content)
        if known is None or known.hash != content_hash:
            await tx.activate(ActivationRecord(event_id, _after(known, now), content_hash, content))
    for event_id, known in latest.items():
        if event_id not in configuration.contents and known.hash is not None:
            await tx.activate(ActivationRecord(event_id, _after(known, now), None, None))


def _after(known: _R | None, now: datetime) -> datetime:
    """Return now, or right behind the last activation where a clock was set back: history only grows."""
    return now if known is None else max(now, known.activated_at)


class _Endless(NamedTuple):
    """A running period that never ends, and its name."""

    period: Period
    window_key: str


class _Boards:
    """Activates leaderboards within one transaction, and gathers what there is to say about it."""

    def __init__(self, tx: Transaction, configuration: Configuration, chronicle: Chronicle, now: datetime) -> None:
        self._tx = tx
        self._configuration = configuration
        self._chronicle = chronicle
        self._now = now
        self._periods: list[StoredPeriod] | None = None
        self.problems: list[Problem] = []

    async def activate(self) -> None:
        history: dict[LeaderboardKey, list[BoardActivation]] = {}
        for record in await self._tx.board_activations():
            history.setdefault(record.leaderboard, []).append(record)
        for key, content in self._configuration.board_contents.items():
            records = history.get(key, [])
            content_hash = hash_of(content)
            if not records or records[-1].hash != content_hash:
                await self._put_in_force(key, content_hash, content, records)
        for key, records in history.items():
            if key not in self._configuration.board_contents and records[-1].hash is not None:
                await self._archive(key, records)

    async def _put_in_force(
        self, key: LeaderboardKey, content_hash: DefinitionHash, content: str, records: list[BoardActivation]
    ) -> None:
        board = self._configuration.boards[key]
        at = _after(records[-1] if records else None, self._now)
        is_archived = board.status is Status.ARCHIVED
        endless = None if is_archived else await self._endless(key, records, at)
        begins_anew = endless is not None and _runs_otherwise(endless.period.definition, board)
        takes_over = endless is not None and await self._may_take_over(board, endless.period, begins_anew=begins_anew)
        await self._tx.activate_board(BoardActivation(key, at, content_hash, content, begins_anew))
        if is_archived or begins_anew:
            await self._tx.cut_periods(key, at)
        elif endless is not None and takes_over:
            await self._pin(endless, board)

    async def _archive(self, key: LeaderboardKey, records: list[BoardActivation]) -> None:
        at = max(self._now, records[-1].activated_at + _INSTANT)
        await self._tx.activate_board(BoardActivation(key, at, None, None))
        await self._tx.cut_periods(key, at)
        message = f"the leaderboard {key!r} is gone from the files: it is archived, and its running period ends now"
        mend = "put it back to let a new period begin"
        self.problems.append(Problem((LEADERBOARDS, key), message, mend, Severity.WARNING))

    async def _endless(self, key: LeaderboardKey, records: list[BoardActivation], at: datetime) -> _Endless | None:
        """Return the running period of a board, if it is one that never ends."""
        activated = [self._chronicle.activated(record) for record in records]
        last = activated[-1].board if activated else None
        if last is None or last.status is Status.ARCHIVED or last.timeframe.type is not TimeframeType.NEVER:
            return None
        stored = [one for one in await self._stored_periods() if one.period.leaderboard == key]
        calendar = calendar_of(activated, map(self._chronicle.period_of, stored))
        period = calendar.period_at(at)
        if period is None or period.end != NEVER:
            return None
        return _Endless(period, calendar.window_key_of(period))

    async def _stored_periods(self) -> list[StoredPeriod]:
        if self._periods is None:
            self._periods = await self._tx.unsettled_periods(PERIODS_KEPT)
        return self._periods

    async def _may_take_over(self, board: Leaderboard, period: Period, *, begins_anew: bool) -> bool:
        """Tell whether a period that never ends can take a new definition whole: as long as it has no entries.

        Else note what cannot change, and what waits for a period that never comes. From here on nobody else adds an entry
        until the end of the transaction.
        """
        period_id = PeriodId(board.key, period.start)
        await self._tx.hold_period(period_id)
        if not await self._tx.has_entries(period_id):
            return True
        changed = _meanings_changed(period.definition, board)
        self.problems += _refusals(board.key, changed, begins_anew=begins_anew)
        self.problems += [] if begins_anew else _passed_over(period.definition, board)
        return False

    async def _pin(self, endless: _Endless, board: Leaderboard) -> None:
        """Write the period down under the new definition."""
        period = endless.period
        period_id = PeriodId(board.key, period.start)
        wanted = StoredPeriod(period_id, period.end, endless.window_key, board.hash, period.seals_at)
        if await self._tx.pin_period(wanted) is not None:
            await self._tx.repin_period(period_id, board.hash)


def _runs_otherwise(old: Leaderboard, new: Leaderboard) -> bool:
    """Tell whether a board that never ends is to run at other times than it does."""
    before, after = old.timeframe, new.timeframe
    return (before.type, before.start_time, before.end_time) != (after.type, after.start_time, after.end_time)


def _meanings_changed(old: Leaderboard, new: Leaderboard) -> list[str]:
    """Return what makes the entries of a board mean something else (B3)."""
    old_key = None if old.segmentation is None else old.segmentation.key
    new_key = None if new.segmentation is None else new.segmentation.key
    compared = {
        "scoring.aggregation": (old.aggregation, new.aggregation),
        "ranking.method": (old.ranking.method, new.ranking.method),
        "ranking.decimals": (old.ranking.decimals, new.ranking.decimals),
        "segmentation.key": (old_key, new_key),
    }
    return [option for option, (before, after) in compared.items() if before != after]


def _passed_over(old: Leaderboard, new: Leaderboard) -> list[Problem]:
    """Return what waits for the next period of a board that has none (B3)."""
    compared = {
        "scoring": (old.min_samples, new.min_samples),
        "ranking": (
            (old.ranking.rank_style, old.ranking.ties_by_time),
            (new.ranking.rank_style, new.ranking.ties_by_time),
        ),
        "segmentation": (old.segmentation, new.segmentation),
        "reward_policy": (old.reward_policy, new.reward_policy),
        "bots": (old.bots, new.bots),
        "authoritative": (old.authoritative, new.authoritative),
    }
    return [
        Problem(
            (LEADERBOARDS, new.key, option),
            f"{option} changes with the next period, and this one never ends",
            f"`laurel leaderboards restart {new.key}` lets a new one begin",
            Severity.WARNING,
        )
        for option, (before, after) in compared.items()
        if before != after
    ]


def _refusals(key: LeaderboardKey, changed: Iterable[str], *, begins_anew: bool) -> list[Problem]:
    restart = f"`laurel leaderboards restart {key}` keeps a final snapshot and lets a new run begin"
    if begins_anew:
        message = "the timeframe cannot change while the board has entries: its period never ends"
        return [Problem((LEADERBOARDS, key, "timeframe"), message, restart)]
    rescore = f"`laurel rescore {key} --apply` computes them anew"
    return [
        Problem(
            (LEADERBOARDS, key, *option.split(".")),
            f"{option} cannot change while the board has entries: they would mean something else",
            f"{rescore}, {restart}",
        )
        for option in changed
    ]
