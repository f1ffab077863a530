"""A period computed again, from the log of contributions and the game events that are kept (B42).

Contributions are replayed in the order of the log: aggregation does not care, but the first that counts fixes a player's
segment. What a module made of a game event's points is in the log, and holds as long as the rules are those of then.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import accumulate
from typing import NamedTuple

from server.application.contributions import Contributing, heard
from server.application.entry_changes import SegmentsKnown, claim_from, entry_after
from server.application.game_event_rules import contribution_to
from server.application.game_events import contribution_id_of, event_from
from server.domain.errors import RescoreRefused
from server.domain.ids import PlayerId
from server.domain.leaderboards.definition import Aggregation, Leaderboard, Status, TimeframeType
from server.domain.leaderboards.entry import PeriodId
from server.domain.leaderboards.outcomes import Outcome
from server.domain.leaderboards.segments import Claim
from server.domain.player_properties import PropertyValue
from server.domain.schedule.timeline import Activation
from server.domain.values import value
from server.ports.board_store import EntryKey, StoredEntry
from server.ports.contribution_store import LoggedContribution, Source, StoredGameEvent

_GONE = frozenset({Outcome.INACTIVE.value, Outcome.ARCHIVED.value, Outcome.LATE.value, Outcome.REFUSED.value})
"""What was decided by the moment of arrival, and stays decided."""


class _Arrived(NamedTuple):
    """A contribution on its way again.

    `place` is twice its number in the log: what has none comes behind what had arrived before it, and before the next.
    """

    place: int
    at: datetime
    contributing: Contributing


@value
class Rescoring:
    """What is computed: a period of a board, under which definition so far and from now on.

    `activations`: how the board was defined when, by which what arrived in the past was judged.
    """

    period: PeriodId
    pinned: Leaderboard
    board: Leaderboard
    activations: tuple[Activation[Leaderboard], ...]

    def refuse(self, log: Iterable[LoggedContribution]) -> None:
        """Refuse what cannot be computed from what is kept.

        :raises RescoreRefused: with the reason
        """
        if self.board.timeframe != self.pinned.timeframe:
            raise RescoreRefused(
                "another timeframe has other periods; it takes over when this one ends, or is restarted"
            )
        kinds = (Aggregation.SUM, Aggregation.COUNT)
        is_kept = [(self.pinned.aggregation is kind) is (self.board.aggregation is kind) for kind in kinds]
        bound = any(one.source is Source.EVENT_LEADERBOARD for one in log)
        if bound and not all(is_kept):
            raise RescoreRefused(
                "scores of events were logged as what a board that has this aggregation takes of them, "
                "which cannot be turned into what another takes"
            )

    def entries(
        self,
        log: Iterable[LoggedContribution],
        events: Iterable[StoredGameEvent],
        before: Mapping[EntryKey, StoredEntry],
        profiles: Mapping[PlayerId, PropertyValue] | None = None,
    ) -> dict[EntryKey, StoredEntry]:
        """Return the entries that the contributions come to. Who is hidden stays hidden; `before` has no bots.

        `profiles` has the property of players that the board is split by, as it is now: it speaks where the log does not
        know what it was then, having been written under another key, or not at all.
        """
        profiles = profiles or {}
        log = list(log)
        logged = {one.contribution_id: one for one in log if one.source is Source.GAME_EVENT}
        arrived = [
            _Arrived(2 * one.number, one.arrived_at, self._again(one, profiles))
            for one in log
            if self._is_replayed(one)
        ]
        last_by = _LastNumbers(log)
        for event in events:
            row = logged.get(contribution_id_of(event.key))
            one = self._rescored(event, row, profiles)
            if one is not None and row is not None:
                arrived.append(_Arrived(2 * row.number, row.arrived_at, one))
            elif one is not None:
                arrived.append(_Arrived(2 * last_by(event.arrived_at) + 1, event.arrived_at, one))
        arrived.sort(key=lambda one: one[:2])
        entries = self._replayed(arrived)
        return {key: _as_before(entry, before.get(key)) for key, entry in entries.items()}

    def _replayed(self, arrived: Iterable[_Arrived]) -> dict[EntryKey, StoredEntry]:
        segments = SegmentsKnown()
        entries: dict[EntryKey, StoredEntry] = {}
        for _, at, one in arrived:
            key = EntryKey(self.period, one.player_id)
            entry = entry_after(one, key, entries.get(key), self.board, segments, at)
            if isinstance(entry, StoredEntry):
                entries[key] = entry
        return entries

    def _is_replayed(self, one: LoggedContribution) -> bool:
        """Tell whether a row is a contribution to be judged anew; those of game events are judged from the events."""
        return one.source in (Source.DIRECT, Source.EVENT_LEADERBOARD) and one.outcome not in _GONE

    def _again(self, one: LoggedContribution, profiles: Mapping[PlayerId, PropertyValue]) -> Contributing:
        return Contributing(
            self.period.leaderboard,
            one.entry.player_id,
            one.points,
            one.at,
            one.contribution_id,
            one.source,
            self._claim(one, profiles),
            one.metadata,
        )

    def _claim(self, one: LoggedContribution, profiles: Mapping[PlayerId, PropertyValue]) -> Claim:
        """Return what was said of the segment, under the key that the board had then: another one nobody was asked for."""
        old, new = self.pinned.segmentation, self.board.segmentation
        said = claim_from(one.claim)
        is_same = old is not None and new is not None and old.key == new.key
        return said if is_same else Claim(is_trusted=said.is_trusted, from_profile=profiles.get(one.entry.player_id))

    def _rescored(
        self, kept: StoredGameEvent, row: LoggedContribution | None, profiles: Mapping[PlayerId, PropertyValue]
    ) -> Contributing | None:
        """Return what a game event is worth now; None: nothing. `row`: what the log says of it, if it counted."""
        then = self._defined_at(kept.arrived_at if row is None else row.arrived_at)
        if (
            then is None
            or (row is None and then.status is not Status.ACTIVE)
            or (row is not None and row.outcome in _GONE)
        ):
            return None
        one = contribution_to(self.board, event_from(kept), contribution_id_of(kept.key), kept.arrived_at)
        if one.refused is not None:
            return None
        said = profiles.get(one.player_id) if row is None else self._claim(row, profiles).from_profile
        one = one if said is None else heard(one, said)
        return replace(one, points=row.points) if row is not None and self._has_rules_of(then) else one

    def _defined_at(self, moment: datetime) -> Leaderboard | None:
        """Return what judged a contribution that arrived then; a board that never ends takes edits at once (B3)."""
        current = [one for one in self.activations if one.activated_at <= moment]
        present = current[-1].definition if current else self.pinned
        if present is None:
            return None
        is_endless = self.pinned.timeframe.type is TimeframeType.NEVER
        return present if is_endless else replace(self.pinned, status=present.status)

    def _has_rules_of(self, then: Leaderboard) -> bool:
        new = self.board
        is_counted = (then.aggregation is Aggregation.COUNT) is (new.aggregation is Aggregation.COUNT)
        return then.rules == new.rules and then.scope == new.scope and is_counted


class _LastNumbers:
    """Tells which number the log had reached at a moment."""

    def __init__(self, log: Iterable[LoggedContribution]) -> None:
        rows = sorted((one.arrived_at, one.number) for one in log)
        self._moments = [at for at, _ in rows]
        self._numbers = list(accumulate((number for _, number in rows), max))

    def __call__(self, moment: datetime) -> int:
        count = bisect_right(self._moments, moment)
        return self._numbers[count - 1] if count else 0


def _as_before(entry: StoredEntry, before: StoredEntry | None) -> StoredEntry:
    """Return an entry with what no contribution says: who is hidden. A changed one's version counts on."""
    if before is None:
        return replace(entry, version=1)
    order_key = None if before.is_hidden else entry.order_key
    same = replace(entry, version=before.version, order_key=order_key, is_hidden=before.is_hidden)
    return same if same == before else replace(same, version=before.version + 1)
