"""Builders of what a store keeps of leaderboards: they state only what matters, the rest is plain."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from server.domain.grants import Grant, GrantState
from server.domain.ids import DefinitionHash, GrantId, LeaderboardKey, PlayerId
from server.domain.instants import BEGINNING, NEVER
from server.domain.leaderboards.aggregation import TOTAL_MAX, Aggregate, Stamp
from server.domain.leaderboards.entry import PeriodId, SegmentId
from server.domain.rewards import Reward
from server.domain.scoring import SCALED_MAX
from server.ports.board_store import BoardWriting, EntryKey, SnapshotRow, StoredEntry, StoredPeriod
from server.ports.contribution_store import GameEventKey, LoggedContribution, Source, StoredGameEvent
from server.ports.store import Store
from tests.builders import MONDAY, WEEK

BOARD, OTHER = LeaderboardKey("arena"), LeaderboardKey("duels")
PERIOD = PeriodId(BOARD, MONDAY)
GOLD, IRON = SegmentId(PERIOD, "gold"), SegmentId(PERIOD, "iron")
ANN, BOB, CID = PlayerId("ann"), PlayerId("bob"), PlayerId("cid")


EDGE = Aggregate(
    score=-SCALED_MAX,
    samples=2**40,
    total=-TOTAL_MAX,
    first_at=BEGINNING,
    latest=Stamp(NEVER, "ü\t'"),
    changed_at=None,
    metadata='{"a":"\\u0000"}',
    metadata_stamp=Stamp(BEGINNING, ""),
)
"""As large, small and odd as an aggregate can be."""


def period(start: datetime = MONDAY, board: LeaderboardKey = BOARD, **options: Any) -> StoredPeriod:
    """A week that is sealed at its end."""
    plain = StoredPeriod(PeriodId(board, start), start + WEEK, start.isoformat(), DefinitionHash("one"), start + WEEK)
    return replace(plain, **options)


def aggregate(score: int = 0, **options: Any) -> Aggregate:
    return replace(Aggregate(score, 1, 0, MONDAY, Stamp(MONDAY, "c"), MONDAY), **options)


def key_of(score: int) -> bytes:
    """The order key of a score: the higher, the better."""
    return (1000 - score).to_bytes(8) + bytes(16)


def entry(
    player: str,
    score: int | None,
    segment: str = "gold",
    version: int = 1,
    in_period: PeriodId = PERIOD,
    **options: Any,
) -> StoredEntry:
    """An entry with a rank, or without one where the score is None."""
    return StoredEntry(
        EntryKey(in_period, PlayerId(player)),
        segment,
        aggregate(score or 0),
        version,
        None if score is None else key_of(score),
        MONDAY,
        **options,
    )


def logged(
    player: str, contribution_id: str = "c1", in_period: PeriodId = PERIOD, **options: Any
) -> LoggedContribution:
    return LoggedContribution(
        entry=EntryKey(in_period, PlayerId(player)),
        segment="gold",
        source=Source.DIRECT,
        contribution_id=contribution_id,
        at=options.pop("at", MONDAY),
        arrived_at=options.pop("arrived_at", MONDAY),
        points="12.5",
        claim='{"field":"league"}',
        outcome="applied",
        **options,
    )


def game_event(event_id: str, at: datetime = MONDAY, server_key: str = "eu", **options: Any) -> StoredGameEvent:
    return StoredGameEvent(GameEventKey(server_key, event_id), at, options.pop("arrived_at", at), '{"type":"win"}')


def place(player: str, position: int, segment: SegmentId = GOLD, **options: Any) -> SnapshotRow:
    plain = SnapshotRow(
        segment, position, position, None, "", PlayerId(player), player.title(), "", aggregate(9), key_of(9), MONDAY
    )
    return replace(plain, **options)


def prize(player: str, grant_id: str, segment: SegmentId | None = GOLD, **options: Any) -> Grant:
    plain = Grant(
        GrantId(grant_id),
        f"shared_lb:{grant_id}",
        PlayerId(player),
        "shared_leaderboard_period",
        "arena",
        Reward(currencies={"coins": 5}),
        GrantState.PENDING,
        MONDAY,
        segment=segment,
    )
    return replace(plain, **options)


async def keep(store: Store, *entries: StoredEntry) -> None:
    """Write entries, asked for before as they must be."""

    async def work(tx: BoardWriting) -> None:
        await tx.entries_of([one.key for one in entries])
        await tx.record_entries(entries)

    await store.transact(work)


async def pin(store: Store, *periods: StoredPeriod) -> None:
    async def work(tx: BoardWriting) -> None:
        for one in periods:
            assert await tx.pin_period(one) is None

    await store.transact(work)


async def seal(store: Store, *periods: PeriodId) -> None:
    async def work(tx: BoardWriting) -> None:
        for one in periods:
            await tx.seal_period(one)

    await store.transact(work)


async def finish(store: Store, *periods: PeriodId, entries: int = 0) -> None:
    """Seal periods and make them final."""
    await seal(store, *periods)

    async def work(tx: BoardWriting) -> None:
        for one in periods:
            await tx.finalize_period(one, MONDAY + WEEK, entries)

    await store.transact(work)
