"""Whatever happens while a period is settled, it comes to the places and prizes that the rules say, once (B13, B60 to B62).

What the rules say is `ranked` and `winners`, which have oracles of their own; chunks are tiny here, so that everything happens
at their edges.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Container
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from server.application import follow_up_periods, settlement_chunk
from server.application.bot_entries import bot_entry
from server.application.follow_up_periods import FollowUpPeriods
from server.application.notices import Notices
from server.application.settle_periods import LEASE, SettlePeriods
from server.domain.ids import PlayerId
from server.domain.leaderboards.aggregation import Aggregate
from server.domain.leaderboards.entry import Entry, SegmentId
from server.domain.leaderboards.periods import Stage
from server.domain.leaderboards.prizes import can_win, winners
from server.domain.leaderboards.ranking import ranked
from server.ports.board_store import StoredEntry
from server.ports.store import Store
from server.storage.postgres.store import PostgresStore
from tests.application.board_world import KEY, Boards, boards
from tests.application.bot_world import bots, field_of
from tests.application.failing_store import Died, FailingStore, Moment
from tests.application.test_settle_periods import daily, grants, rows, settle, stored, tier
from tests.builders import DAY
from tests.postgres import NEWEST, Databases

CHUNK = 3
LEAGUES = ("bronze", "gold", "g\u00f6ld", "z")
Paid = dict[str, list[tuple[str, int, int, int | None, str]]]


@pytest.fixture(autouse=True)
def tiny_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settlement_chunk, "ENTRIES_AT_ONCE", CHUNK)
    monkeypatch.setattr(follow_up_periods, "ENTRIES_AT_ONCE", CHUNK)
    monkeypatch.setattr(follow_up_periods, "GRANTS_AT_ONCE", CHUNK)


def definition_of(dice: random.Random) -> dict[str, Any]:
    """Return a daily board with leagues, of any kind."""
    kind = dice.choice(["top_n", "top_percent"])
    if kind == "top_n":
        paid = [tier(to, f"to{to}") for to in sorted(dice.sample(range(1, 8), 2))]
    else:
        paid = [
            {"percent": percent, "key": f"{percent}", "entries": tier(1, "x")["entries"], "max_places": 4}
            for percent in sorted(dice.sample(range(5, 100), 2))
        ]
    policy = {
        "by": dice.choice(["position", "rank"]),
        "min_entries": dice.choice([1, 1, 4]),
        "bots_take_prizes": dice.random() < 0.5,
        "auto_claim": dice.random() < 0.5,
    }
    ranking: dict[str, Any] = {"rank_style": dice.choice(["dense", "competition", "ordinal"])}
    ranking["method"] = dice.choice(["score_desc", "score_asc", "time_asc"])
    if dice.random() < 0.5:
        ranking["min_score"] = dice.choice([2, 3])
    leagues = {"key": "league", "source": "trusted"}
    return daily(*paid, kind=kind, policy=policy, ranking=ranking, segmentation=leagues)


async def play(playing: Boards, dice: random.Random, players: int = 22) -> dict[str, list[StoredEntry]]:
    """Let players of all leagues score, hide some, make bots of some; return the entries of each league."""
    found: dict[str, list[StoredEntry]] = {league: [] for league in LEAGUES}
    segments = {league: playing.segment(league) for league in LEAGUES}
    for number in range(players):
        name, league = f"p{number:02}", dice.choice(LEAGUES)
        await playing.score({name: dice.randint(0, 5)}, league)
        entry = await playing.amend(name, segments[league], is_hidden=dice.random() < 0.1, is_bot=dice.random() < 0.2)
        found[league].append(entry)
    return found


def told(playing: Boards, entries: dict[str, list[StoredEntry]]) -> Paid:
    """What the rules say of each league: player, position, rank, prize position and tier of everybody who has a rank."""
    board, period = playing.board(), playing.segment().period
    said: Paid = {}
    for league, some in entries.items():
        standings = ranked(
            [Entry(one.key.player_id, one.aggregate, one.is_bot, one.is_hidden) for one in some], period, board
        )
        assert board.reward_policy is not None
        paid = {one.standing.entry.player_id: one.tier.key for one in winners(standings, board.reward_policy)}
        said[league], place = [], 0
        for one in standings:
            wins = can_win(one.entry, board.reward_policy)
            place += wins
            who = one.entry.player_id
            said[league].append((who, one.position, one.rank, place if wins else None, paid.get(who, "")))
    return said


async def written(playing: Boards, segments: dict[str, SegmentId]) -> Paid:
    """What the snapshot says."""
    return {
        league: [
            (one.player_id, one.position, one.rank, one.prize_position, one.prize_tier)
            for one in await rows(playing, segment)
        ]
        for league, segment in segments.items()
    }


async def everybody_has_his_prize(playing: Boards, said: Paid, bots: Container[str]) -> None:
    """Each winner has one grant, by his own key, and a wallet to match; nobody else has any."""
    is_claimed = bool(playing.playing.catalog.board_of(KEY).present.reward_policy.auto_claim)  # type: ignore[union-attr]
    for places in said.values():
        for player, _, _, _, prize in places:
            found = await grants(playing, player)
            wins = bool(prize) and player not in bots
            assert [one.key.split(":")[-1] for one in found] == ([prize.replace("%", "%25")] if wins else [])
            wallet = await playing.playing.store.read(lambda view, who=player: view.wallet_of(PlayerId(who)))  # type: ignore[misc]
            assert wallet == ({"gems": 10} if wins and is_claimed else {})


def bots_among(entries: dict[str, list[StoredEntry]]) -> set[str]:
    return {one.key.player_id for some in entries.values() for one in some if one.is_bot}


def process(playing: Boards, store: Store, worker: str = "another") -> tuple[SettlePeriods, FollowUpPeriods]:
    """Return what settles in another process, which sees the store through this."""
    one, world = playing.playing, playing.playing.use.settle_periods
    notices = Notices(one.hooks, one.clock)
    return (
        SettlePeriods(
            store,
            one.catalog,
            one.clock,
            world._identities,
            playing.ranks,
            notices,
            world._secret,
            worker,
            broker=world._broker,
            bots=world._bots,
        ),
        FollowUpPeriods(store, one.catalog, one.clock, notices, worker),
    )


async def dies(playing: Boards, at: int, moment: Moment) -> bool:
    """Settle in a process that dies at a transaction; tell whether it came so far, and let its lease end."""
    settles, follows_up = process(playing, FailingStore(playing.playing.store, at, moment))
    try:
        while await settles() + await follows_up():
            pass
    except Died:
        playing.playing.clock.advance(LEASE)
        return True
    return False


@pytest.mark.parametrize("seed", range(12))
async def test_b13_killed_again_and_again_the_same_places_and_prizes(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    async with boards(tmp_path, definition_of(dice)) as playing:
        entries = await play(playing, dice)
        said = told(playing, entries)
        segments = {league: playing.segment(league) for league in LEAGUES}
        playing.playing.clock.advance(DAY)
        deaths = 0
        while await dies(playing, dice.randint(1, 6), dice.choice(list(Moment))):
            deaths += 1
            assert deaths < 500, "it never gets anywhere"
        assert deaths > 3
        assert await written(playing, segments) == said
        await everybody_has_his_prize(playing, said, bots_among(entries))
        period = await stored(playing, segments["gold"])
        assert (period.stage, period.entries, period.progress) == (Stage.FINAL, sum(map(len, said.values())), "")
        assert not await playing.playing.store.read(lambda view: view.has_entries(period.period))


async def test_b13_killed_again_and_again_on_postgres_too(tmp_path: Path, databases: Databases) -> None:
    dice = random.Random(5)
    async with on_postgres(tmp_path, databases, definition_of(dice)) as playing:
        entries = await play(playing, dice)
        said = told(playing, entries)
        segments = {league: playing.segment(league) for league in LEAGUES}
        playing.playing.clock.advance(DAY)
        while await dies(playing, dice.randint(1, 9), dice.choice(list(Moment))):
            pass
        assert await written(playing, segments) == said
        await everybody_has_his_prize(playing, said, bots_among(entries))


@pytest.mark.parametrize("moment", Moment)
@pytest.mark.parametrize("at", range(1, 16))
async def test_b13_killed_once_at_any_transaction(tmp_path: Path, at: int, moment: Moment) -> None:
    dice = random.Random(at)
    async with boards(tmp_path, daily(tier(4, "gold"), policy={"auto_claim": True})) as playing:
        await playing.score({f"p{number}": dice.randint(0, 3) for number in range(10)})
        segment = playing.segment()
        playing.playing.clock.advance(DAY)
        await dies(playing, at, moment)
        await settle(playing)
        found = await rows(playing, segment)
        assert [one.position for one in found] == list(range(1, 11))
        assert [one.prize_tier for one in found] == ["gold"] * 4 + [""] * 6
        for one in found[:4]:
            (grant,) = await grants(playing, one.player_id)
            wallet = await playing.playing.store.read(lambda view, who=grant.player_id: view.wallet_of(who))  # type: ignore[misc]
            assert wallet == {"gems": 10}


@pytest.mark.parametrize("moment", Moment)
@pytest.mark.parametrize("at", range(1, 12))
async def test_l8_killed_while_bots_are_brought_to_the_end_they_come_there_all_the_same(
    tmp_path: Path, at: int, moment: Moment
) -> None:
    splits = {"segmentation": {"key": "league", "buckets": ["east", "west", "empty"], "source": "trusted"}}
    async with boards(tmp_path, daily(tier(2, "gold"), bots=bots(8), **splits)) as playing:
        segments = [playing.segment(one) for one in ("east", "west")]
        for segment in segments:
            await playing.score({f"{segment.segment}{number}": number for number in range(3)}, segment.segment)
        ends = [standing_at_the_end(playing, segment) for segment in segments]
        playing.playing.clock.advance(DAY)
        await dies(playing, at, moment)
        await settle(playing)
        for segment, expected in zip(segments, ends, strict=True):
            found = await rows(playing, segment)
            assert [one.position for one in found] == list(range(1, 9))
            assert {one.player_id: one.aggregate for one in found if one.is_bot} == expected
            assert [one.player_id for one in found if one.prize_tier] == [f"{segment.segment}2", f"{segment.segment}1"]
        assert await rows(playing, playing.segment("empty")) == [], "nobody stood there, and nobody looked"


def standing_at_the_end(playing: Boards, segment: SegmentId) -> dict[str, Aggregate]:
    """Where the seeds say that bots stand once the day is over."""
    seats = field_of(playing, segment).first(5)
    return {
        one.player_id: bot_entry(one, one.at(86_400, {}), segment, playing.board(), None).aggregate for one in seats
    }


@asynccontextmanager
async def on_postgres(folder: Path, databases: Databases, definition: dict[str, Any]) -> AsyncIterator[Boards]:
    store = await PostgresStore.open(await databases.fresh(NEWEST))
    async with boards(folder, definition, store=store) as playing:
        yield playing
    await store.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_b13_two_that_settle_at_once_never_double(tmp_path: Path, databases: Databases, kind: str) -> None:
    """Leases keep them apart; here they have none, and still take turns."""
    dice = random.Random(4)
    definition = definition_of(dice)
    starts = boards(tmp_path, definition) if kind == "sqlite" else on_postgres(tmp_path, databases, definition)
    async with starts as playing:
        entries = await play(playing, dice, players=40)
        said = told(playing, entries)
        segments = {league: playing.segment(league) for league in LEAGUES}
        playing.playing.clock.advance(DAY)
        period = segments["gold"].period
        settlers = [process(playing, playing.playing.store, f"worker {number}")[0] for number in range(3)]
        async with asyncio.timeout(60):
            await asyncio.gather(*(one._settle(period, 100) for one in settlers))
            await settle(playing)
        assert await written(playing, segments) == said
        await everybody_has_his_prize(playing, said, bots_among(entries))
