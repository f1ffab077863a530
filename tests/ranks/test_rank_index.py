"""The rank index, every adapter of it, against the rule that looks at everybody (B50 to B53)."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.ids import LeaderboardKey, PlayerId
from server.domain.leaderboards.definition import Aggregation, Leaderboard, Method, RankStyle
from server.domain.leaderboards.entry import Entry, PeriodId, SegmentId, is_ranked
from server.domain.leaderboards.ranking import KEY_LENGTH, Standing, order_key, ranked, ranks_of
from server.ports.rank_index import Change, Mark, Place, RankIndex, SegmentNotHeld
from tests.domain.leaderboards.boards import START, board, entry
from tests.ranks.indexes import ADAPTERS, fresh_index

every_adapter = pytest.mark.parametrize("adapter", ADAPTERS)

PERIOD = PeriodId(LeaderboardKey("board"), START)
HERE = SegmentId(PERIOD, "gold")


def change(chosen: Leaderboard, one: Entry, version: int) -> Change:
    key = order_key(PERIOD, one.player_id, one.aggregate, chosen.ranking) if is_ranked(one, chosen) else None
    return Change(one.player_id, version, key, takes_prizes=not one.is_bot)


@asynccontextmanager
async def index_of(adapter: str, chosen: Leaderboard, *entries: Entry) -> AsyncIterator[RankIndex]:
    async with fresh_index(adapter) as index:
        token = await index.open(HERE, chosen.ranking)
        assert token
        await index.record(HERE, [change(chosen, one, 1) for one in entries])
        await index.loaded(HERE, token)
        yield index


def as_places(standings: list[Standing]) -> list[Place]:
    places, winners = [], 0
    for one in standings:
        winners += not one.entry.is_bot
        prize_position = None if one.entry.is_bot else winners
        places.append(Place(one.entry.player_id, one.order_key, one.position, one.rank, prize_position))
    return places


def names(places: list[Place]) -> str:
    return "".join(one.player_id for one in places)


FIVE = [entry(name, score) for name, score in zip("abcde", [50, 40, 30, 20, 10], strict=True)]


@every_adapter
async def test_b53_around_a_player_is_shifted_at_the_ends(adapter: str) -> None:
    async with index_of(adapter, board(), *FIVE) as index:
        found = [names(await index.around(HERE, PlayerId(name), 3)) for name in "abcde"]
        assert found == ["abc", "abc", "bcd", "cde", "cde"]
        assert names(await index.around(HERE, PlayerId("c"), 99)) == "abcde"
        assert await index.around(HERE, PlayerId("nobody"), 3) == []


@every_adapter
async def test_b52_a_page_goes_on_after_a_row_that_is_gone(adapter: str) -> None:
    async with index_of(adapter, board(), *FIVE) as index:
        last = (await index.page(HERE, None, 2))[-1]
        await index.record(HERE, [Change(PlayerId("b"), 2, None), change(board(), entry("a", 5), 2)])
        assert names(await index.page(HERE, Mark(last.order_key, last.player_id), 9)) == "cdea"


@every_adapter
async def test_b53_ranks_of_many_players_come_sorted_and_without_those_who_have_none(adapter: str) -> None:
    async with index_of(adapter, board(), *FIVE) as index:
        wanted = [PlayerId(name) for name in ("d", "nobody", "a", "d")]
        assert names(await index.places_of(HERE, wanted)) == "ad"


@every_adapter
async def test_a_version_that_is_not_newer_changes_nothing_also_after_a_removal(adapter: str) -> None:
    async with index_of(adapter, board()) as index:
        assert await index.record(HERE, [change(board(), entry("a", 9), 5)]) == 1
        assert await index.record(HERE, [change(board(), entry("a", 1), 4), change(board(), entry("b", 5), 1)]) == 1
        assert await index.record(HERE, [change(board(), entry("a", 1), 5)]) == 0
        assert names(await index.page(HERE, None, 9)) == "ab"
        await index.record(HERE, [Change(PlayerId("a"), 7, None)])
        await index.record(HERE, [change(board(), entry("a", 9), 6)])
        assert names(await index.page(HERE, None, 9)) == "b"
        await index.record(HERE, [change(board(), entry("a", 9), 8)])
        assert names(await index.page(HERE, None, 9)) == "ab"


@every_adapter
async def test_segments_are_strangers_and_what_is_not_open_says_so(adapter: str) -> None:
    async with index_of(adapter, board(), *FIVE) as index:
        other = SegmentId(PERIOD, "silver")
        with pytest.raises(SegmentNotHeld):
            await index.totals(other)
        await index.loaded(other, await index.open(other, board().ranking) or "")
        assert ((await index.totals(other)).ranked, (await index.totals(HERE)).ranked) == (0, 5)
        await index.open(HERE, board().ranking)
        assert (await index.totals(HERE)).ranked == 5
        await index.close(HERE)
        assert not await index.is_open(HERE)


boards = st.builds(
    lambda method, style, by_time, least: board(
        Aggregation.MAX, method=method, rank_style=style, ties_by_time=by_time, min_score=least
    ),
    st.sampled_from(Method),
    st.sampled_from(RankStyle),
    st.booleans(),
    st.none() | st.integers(-2, 2),
)
writes = st.lists(
    st.tuples(st.integers(0, 9), st.integers(-3, 3), st.integers(0, 2), st.sampled_from(["plain", "bot", "hidden"])),
    max_size=40,
)


@every_adapter
@given(chosen=boards, written=writes, data=st.data())
async def test_b50_the_index_says_what_the_rule_says_whatever_the_order_of_writes(
    adapter: str, chosen: Leaderboard, written: list[tuple[int, int, int, str]], data: st.DataObject
) -> None:
    entries: dict[str, Entry] = {}
    changes = []
    for version, (player, score, second, kind) in enumerate(written):
        name = f"{player % 3}" * (player // 3 + 1)  # ids that begin one another
        entries[name] = entry(name, score, second, is_bot=kind == "bot", is_hidden=kind == "hidden")
        changes.append(change(chosen, entries[name], version))
    async with index_of(adapter, chosen) as index:
        for one in data.draw(st.permutations(changes)):
            await index.record(HERE, [one])
        expected = as_places(ranked(entries.values(), PERIOD, chosen))
        assert await index.page(HERE, None, 100) == expected
        assert (await index.totals(HERE)).ranked == len(expected)
        assert await index.places_of(HERE, [one.player_id for one in entries.values()]) == expected
        for at, place in enumerate(expected):
            assert await index.page(HERE, Mark(place.order_key, place.player_id), 2) == expected[at + 1 : at + 3]


@every_adapter
@given(
    style=st.sampled_from(RankStyle),
    keys=st.lists(st.binary(min_size=KEY_LENGTH, max_size=KEY_LENGTH), max_size=20, unique=True),
)
async def test_b50_keys_are_bytes_of_any_kind(adapter: str, style: RankStyle, keys: list[bytes]) -> None:
    chosen = board(rank_style=style)
    async with index_of(adapter, chosen) as index:
        await index.record(HERE, [Change(PlayerId(f"p{at}"), 1, key) for at, key in enumerate(keys)])
        places = await index.page(HERE, None, 100)
        assert [place.order_key for place in places] == sorted(keys)
        assert [place.rank for place in places] == list(ranks_of(sorted(keys), chosen.ranking))


@every_adapter
@pytest.mark.parametrize("style", RankStyle)
async def test_b50_thousands_at_once_and_thousands_of_moves(adapter: str, style: RankStyle) -> None:
    chosen, chance = board(Aggregation.MAX, rank_style=style), random.Random(7)
    crowd = [
        entry(f"p{number}", chance.randrange(400), chance.randrange(9), is_bot=number % 50 == 0)
        for number in range(6000)
    ]
    async with index_of(adapter, chosen, *crowd) as index:
        for version in range(2, 3002):
            at = chance.randrange(len(crowd))
            crowd[at] = entry(f"p{at}", chance.randrange(400), chance.randrange(9), is_bot=crowd[at].is_bot)
            await index.record(HERE, [change(chosen, crowd[at], version)])
        expected = as_places(ranked(crowd, PERIOD, chosen))
        assert await index.page(HERE, None, 10_000) == expected
        for at in range(0, 6000, 571):
            place = expected[at]
            assert await index.places_of(HERE, [place.player_id]) == [place]
            start = max(0, min(at - 4, 6000 - 10))
            assert await index.around(HERE, place.player_id, 10) == expected[start : start + 10]


@every_adapter
async def test_a_tie_of_all_bytes_goes_by_id(adapter: str) -> None:
    async with index_of(adapter, board()) as index:
        same = bytes(24)
        await index.record(HERE, [Change(PlayerId(name), 1, same) for name in ("ab", "b", "a")])
        places = await index.page(HERE, None, 9)
        assert [one.player_id for one in places] == ["a", "ab", "b"]
        assert names(await index.page(HERE, Mark(same, PlayerId("a")), 9)) == "abb"


def test_moments_apart_by_a_microsecond_are_two() -> None:
    chosen = board(ties_by_time=True)
    one, other = entry("a", 1), entry("b", 1, timedelta(microseconds=1).total_seconds())
    assert [standing.rank for standing in ranked([one, other], PERIOD, chosen)] == [1, 2]
