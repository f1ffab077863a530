"""Leaderboards on real stores against an oracle of plain lists and sorting, in random histories (B10 to B62).

Scores come late, out of order and for days gone by; days end, are sealed and settled; definitions change in between. Pages of
any size, ranks of friends, surroundings, prizes and snapshots must be what the lists say.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.application.board_pages import BoardPage, BoardRow, PeriodAsked
from server.application.game_events import ReportedEvent
from server.application.segment_pages import SegmentAsked
from server.domain.ids import LeaderboardKey, PlayerId
from server.domain.leaderboards.periods import PeriodState
from server.ports.store import Store
from server.storage.postgres.store import PostgresStore
from server.storage.sqlite.connection import EPHEMERAL
from server.storage.sqlite.store import SqliteStore
from tests.application.board_oracle import Line, OraclePeriod, Rules
from tests.builders import DAY, MONDAY
from tests.postgres import DATABASES, NEWEST
from tests.world import Game, game

KEY = LeaderboardKey("daily")
PLAYERS = ("ann", "bob", "cid", "dan", "eve", "fay")
SEGMENTS = ("EU", "NA")
DEADLINE = 60


async def postgres_store() -> Store:
    return await PostgresStore.open(await DATABASES.fresh(NEWEST))


STORES: dict[str, tuple[Callable[[], Awaitable[Store]], int]] = {
    "sqlite": (lambda: SqliteStore.open(EPHEMERAL), 150),
    "postgres": (postgres_store, 12),
}


class Happening(NamedTuple):
    """A game event: it happened so many minutes ago, and is reported now."""

    player: str
    points: Decimal
    minutes_ago: int
    segment: str | None


class Saying(NamedTuple):
    """The studio sets or removes the property that segments are found by."""

    player: str
    segment: str | None


class Waiting(NamedTuple):
    """The clock moves on."""

    hours: int


class Settling(NamedTuple):
    """The worker has its turn: so many looks."""

    times: int


class Edit(NamedTuple):
    """A designer changes something that holds from the next day on."""

    rank_style: str


points = st.integers(-300, 300).map(lambda number: Decimal(number) / 100)
happenings = st.builds(
    Happening,
    st.sampled_from(PLAYERS),
    points | st.just(Decimal(1)),
    st.integers(0, 20) | st.integers(0, 36 * 60),
    st.sampled_from((*SEGMENTS, None, "XX")) | st.sampled_from(SEGMENTS),
)
styles = st.sampled_from(["dense", "competition", "ordinal"])
steps = st.lists(
    st.one_of(
        happenings,
        happenings,
        happenings,
        st.builds(Saying, st.sampled_from(PLAYERS), st.sampled_from((*SEGMENTS, None, "XX"))),
        st.builds(Waiting, st.integers(1, 30)),
        st.builds(Settling, st.integers(1, 3)),
        st.builds(Edit, styles),
    ),
    min_size=5,
    max_size=40,
)
tiers = st.sampled_from(
    [
        (),
        ({"to": 1, "key": "gold"}, {"to": 3, "key": "silver"}),
        ({"percent": 10, "key": "top", "max_places": 1}, {"percent": 60, "key": "most", "max_places": 2}),
    ]
)


@st.composite
def rules(draw: st.DrawFn) -> Rules:
    method = draw(st.sampled_from(["score_desc", "score_asc", "time_asc"]))
    aggregation = draw(st.sampled_from(["sum", "count", "max", "min", "avg", "best", "latest"]))
    prizes = draw(tiers)
    return Rules(
        aggregation=aggregation,
        method=method,
        rank_style=draw(styles),
        tie_break=draw(st.sampled_from(["none", "reached_at"])) if method != "time_asc" else "none",
        decimals=draw(st.sampled_from([0, 2])),
        min_score=draw(st.none() | st.sampled_from([Decimal(0), Decimal(1)])),
        min_samples=draw(st.integers(1, 2)) if aggregation == "avg" else 1,
        contribution_min=draw(st.none() | st.just(Decimal(-1))) if aggregation != "count" else None,
        buckets=draw(st.none() | st.just(SEGMENTS)),
        may_move=draw(st.booleans()),
        tiers=prizes,
        by_rank=draw(st.booleans()) if prizes else False,
        min_entries=draw(st.integers(1, 2)) if prizes else 1,
    )


def definition(rules: Rules, grace: timedelta) -> dict[str, Any]:
    """The rules as a designer writes them."""
    scoring: dict[str, Any] = {
        "aggregation": rules.aggregation,
        "rules": [{"event_type": "scored", "points_expression": "attrs.points"}],
    }
    if rules.contribution_min is not None:
        scoring["contribution_min"] = int(rules.contribution_min)
    if rules.min_samples > 1:
        scoring["min_samples"] = rules.min_samples
    ranking: dict[str, Any] = {
        "method": rules.method,
        "rank_style": rules.rank_style,
        "decimals": rules.decimals,
    }
    if rules.tie_break != "none":
        ranking["tie_break"] = rules.tie_break
    if rules.min_score is not None:
        ranking["min_score"] = int(rules.min_score)
    board: dict[str, Any] = {
        "name": "Daily",
        "timeframe": {"type": "daily", "late_grace_seconds": int(grace.total_seconds())},
        "scoring": scoring,
        "ranking": ranking,
    }
    if rules.buckets is not None:
        change = "move" if rules.may_move else "keep"
        board["segmentation"] = {
            "key": "region",
            "buckets": list(rules.buckets),
            "source": "trusted",
            "change": change,
        }
    if rules.tiers:
        entries = [{"type": "currency", "currencyKey": "gems", "amount": 1}]
        board["reward_policy"] = {
            "type": "top_percent" if "percent" in rules.tiers[0] else "top_n",
            "parameters": {"tiers": [{**tier, "entries": entries} for tier in rules.tiers]},
            "by": "rank" if rules.by_rank else "position",
            "min_entries": rules.min_entries,
        }
    return board


class Play:
    """A server and the lists beside it."""

    def __init__(self, server: Game, rules: Rules, grace: timedelta) -> None:
        self.server, self.rules, self.grace = server, rules, grace
        self.history = [(MONDAY - 400 * DAY, rules)]
        self.periods: dict[datetime, OraclePeriod] = {}
        self.profiles: dict[str, str | None] = {}
        self.final: set[datetime] = set()
        self.number = 0

    @property
    def now(self) -> datetime:
        return self.server.clock.now()

    async def step(self, step: Happening | Saying | Waiting | Settling | Edit) -> None:
        match step:
            case Happening():
                await self.report(step)
            case Saying():
                self.profiles[step.player] = step.segment
                changes = {"region": step.segment}
                await self.server.use.set_player_properties(PlayerId(step.player), changes, "server:tests")
            case Waiting():
                self.server.clock.advance(timedelta(hours=step.hours))
            case Settling():
                for _ in range(step.times):
                    await self.server.use.settle_periods()
            case Edit():
                self.rules = Rules(**{**vars(self.rules), "rank_style": step.rank_style})
                self.history.append((self.now, self.rules))
                await self.server.configure({}, leaderboards={KEY: definition(self.rules, self.grace)})

    async def report(self, one: Happening) -> None:
        self.number += 1
        at = self.now - timedelta(minutes=one.minutes_ago)
        context = {} if one.segment is None else {"region": one.segment}
        event = ReportedEvent(
            f"e{self.number:04}",
            "scored",
            PlayerId(one.player),
            at,
            attrs={"points": one.points},
            context=context,
        )
        (answer,) = await self.server.use.ingest_game_events("tests", [event])
        (told,) = answer.contributions
        assert told.outcome.value == self.expected(one, at)

    def expected(self, one: Happening, at: datetime) -> str:
        start = at.replace(hour=0, minute=0, second=0, microsecond=0)
        if self.now >= start + DAY + self.grace:
            return "late"
        if start not in self.periods:
            in_force = [rules for since, rules in self.history if since <= start][-1]
            fresh = OraclePeriod(in_force, KEY, start)
            outcome = self.contributed(fresh, one, at)
            if outcome == "applied":
                self.periods[start] = fresh
            return outcome
        return self.contributed(self.periods[start], one, at)

    def contributed(self, period: OraclePeriod, one: Happening, at: datetime) -> str:
        profile = self.profiles.get(one.player)
        return period.contribute(one.player, one.points, at, self.contribution_id(), one.segment, profile)

    def contribution_id(self) -> str:
        """Between two of one instant the id decides; the server's grow with ours."""
        return f"{self.number:04}"

    async def agree(self) -> None:
        """Everything that can be read of every day must be what the lists say."""
        for start, period in self.periods.items():
            for segment in SEGMENTS if period.rules.buckets is not None else ("",):
                await self.agree_on(start, segment, period.lines(segment))

    async def agree_on(self, start: datetime, segment: str, lines: list[Line]) -> None:
        use = self.server.use
        asked = SegmentAsked(None, KEY, PeriodAsked(start=start), segment)
        pages = await self.all_pages(asked, 2)
        assert [seen(row) for page in pages for row in page.rows] == lines
        assert {page.total for page in pages} == {len(lines)}
        if not lines:
            return
        middle = lines[len(lines) // 2]
        around = await use.list_entries_around_player(asked, PlayerId(middle.player), 3)
        first = max(0, min(middle.position - 2, len(lines) - 3))
        assert [seen(row) for row in around.rows] == lines[first : first + 3]
        friends = await use.batch_get_ranks(asked, [PlayerId(player) for player in PLAYERS[::2]])
        assert [seen(row) for row in friends.rows] == [line for line in lines if line.player in PLAYERS[::2]]

    async def all_pages(self, asked: SegmentAsked, size: int) -> list[BoardPage]:
        pages = [await self.server.use.list_entries(asked, None, size)]
        while pages[-1].next_after is not None:
            pages.append(await self.server.use.list_entries(asked, pages[-1].next_after, size))
        return pages

    async def end(self) -> None:
        """Let everything end and be settled, once for each day; nothing of what was said may change by it."""
        self.server.clock.advance(3 * DAY)
        while await self.server.use.settle_periods():
            pass
        await self.agree()
        for start, period in self.periods.items():
            segment = SEGMENTS[0] if period.rules.buckets is not None else ""
            asked = SegmentAsked(None, KEY, PeriodAsked(start=start), segment)
            assert (await self.server.use.list_entries(asked, None, 1)).period.state is PeriodState.FINAL
        await self.every_prize_is_a_grant()

    async def every_prize_is_a_grant(self) -> None:
        won: dict[str, list[str]] = {player: [] for player in PLAYERS}
        for start, period in self.periods.items():
            for segment in SEGMENTS if period.rules.buckets is not None else ("",):
                for line in period.lines(segment):
                    if line.prize:
                        won[line.player].append(f"{start.isoformat()} {segment} {line.prize}")
        for player, prizes in won.items():
            page = await self.server.use.list_grants(PlayerId(player), None, 100)
            assert len(page.grants) == len(prizes)
            keys = {grant.key.rpartition(":")[2] for grant in page.grants}
            assert keys == {prize.rpartition(" ")[2] for prize in prizes}


def seen(row: BoardRow) -> Line:
    assert row.position is not None
    assert row.rank is not None
    samples = row.aggregate.samples
    return Line(row.player_id, row.aggregate.score, samples, row.position, row.rank, row.prize_tier)


async def played(store: Store, rules: Rules, grace: timedelta, steps: list[Any]) -> None:
    with TemporaryDirectory() as folder:
        boards = {KEY: definition(rules, grace)}
        try:
            async with (
                asyncio.timeout(DEADLINE),
                game(Path(folder), {}, store=store, leaderboards=boards) as server,
            ):
                play = Play(server, rules, grace)
                for step in steps:
                    await play.step(step)
                    await play.agree()
                await play.end()
        finally:
            await store.close()


@pytest.mark.parametrize("name", STORES)
def test_a_leaderboard_is_what_plain_lists_say(name: str) -> None:
    opened, examples = STORES[name]

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(rules(), st.sampled_from([timedelta(), timedelta(hours=6)]), steps)
    def check(rules: Rules, grace: timedelta, steps: list[Any]) -> None:
        async def run() -> None:
            await played(await opened(), rules, grace, steps)

        asyncio.run(run())

    check()
