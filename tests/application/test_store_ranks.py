"""Ranks counted by the store and ranks held by an index against the rule that looks at everybody (B50 to B53)."""

from hypothesis import given, settings
from hypothesis import strategies as st

from server.application.order_rules import OrderRules, rules_of
from server.application.segment_ranks import IndexedRanks, SegmentRanks
from server.application.store_ranks import StoreRanks
from server.domain.ids import LeaderboardKey, PlayerId
from server.domain.leaderboards.definition import Aggregation, Leaderboard, Method, RankStyle, RewardPolicy
from server.domain.leaderboards.entry import Entry, PeriodId, SegmentId
from server.domain.leaderboards.prizes import can_win
from server.domain.leaderboards.ranking import order_key, ranked
from server.ports.board_store import EntryKey, StoredEntry
from server.ports.rank_index import Mark, Place, Totals
from server.ports.store import Reading, Transaction
from server.ranks.in_process import InProcessRankIndex
from server.storage.sqlite.connection import EPHEMERAL
from server.storage.sqlite.store import SqliteStore
from tests.domain.leaderboards.boards import START, board, entry

HERE = SegmentId(PeriodId(LeaderboardKey("board"), START), "gold")
ELSEWHERE = SegmentId(HERE.period, "silver")

boards = st.builds(
    lambda method, style, by_time, least, policy: board(
        Aggregation.MAX,
        method=method,
        rank_style=style,
        ties_by_time=by_time,
        min_score=least,
        reward_policy=policy,
    ),
    st.sampled_from(Method),
    st.sampled_from(RankStyle),
    st.booleans(),
    st.none() | st.integers(-2, 2),
    st.sampled_from([None, RewardPolicy(()), RewardPolicy((), bots_take_prizes=True)]),
)
crowds = st.dictionaries(
    st.integers(0, 14),
    st.tuples(st.integers(-3, 3), st.integers(0, 2), st.sampled_from(["plain", "plain", "bot", "hidden", "elsewhere"])),
)


def stored(chosen: Leaderboard, one: Entry, segment: SegmentId) -> StoredEntry:
    key = None if one.is_hidden else order_key(HERE.period, one.player_id, one.aggregate, chosen.ranking)
    return StoredEntry(
        EntryKey(segment.period, one.player_id),
        segment.segment,
        one.aggregate,
        1,
        key,
        START,
        one.is_bot,
        one.is_hidden,
    )


def as_places(chosen: Leaderboard, entries: list[Entry]) -> list[Place]:
    places, winners = [], 0
    policy = chosen.reward_policy or RewardPolicy(())
    for one in ranked(entries, HERE.period, chosen):
        wins = can_win(one.entry, policy)
        winners += wins
        places.append(Place(one.entry.player_id, one.order_key, one.position, one.rank, winners if wins else None))
    return places


async def agree(ranks: SegmentRanks, expected: list[Place], absent: PlayerId) -> None:
    totals = await ranks.totals()
    assert (totals.ranked, totals.contenders) == (
        len(expected),
        sum(one.prize_position is not None for one in expected),
    )
    assert await ranks.places_of([absent, *(one.player_id for one in reversed(expected))]) == expected
    assert await ranks.page(None, 100) == expected
    assert await ranks.around(absent, 3) == []
    for at, place in enumerate(expected):
        assert await ranks.page(Mark(place.order_key, place.player_id), 2) == expected[at + 1 : at + 3]
        for limit in (1, 2, 5):
            start = max(0, min(at - (limit - 1) // 2, len(expected) - limit))
            assert await ranks.around(place.player_id, limit) == expected[start : start + limit]


@settings(max_examples=60)
@given(boards, crowds)
async def test_b50_store_and_index_say_what_the_rule_says(
    chosen: Leaderboard, crowd: dict[int, tuple[int, int, str]]
) -> None:
    here, all_of_them = [], []
    for number, (score, second, kind) in crowd.items():
        one = entry(f"p{number}", score, second, is_bot=kind == "bot", is_hidden=kind == "hidden")
        segment = ELSEWHERE if kind == "elsewhere" else HERE
        all_of_them.append(stored(chosen, one, segment))
        here.extend([one] if segment is HERE else [])
    expected, absent = as_places(chosen, here), PlayerId("nobody")
    store = await SqliteStore.open(EPHEMERAL)
    rules = rules_of(HERE.period, chosen)
    try:

        async def write(tx: Transaction) -> None:
            await tx.entries_of([one.key for one in all_of_them])
            await tx.record_entries(all_of_them)

        await store.transact(write)
        await store.read(lambda view: agree(StoreRanks(view, HERE, rules, "0"), expected, absent))
        index = await store.read(lambda view: indexed(view, chosen, rules))
    finally:
        await store.close()
    await agree(index, expected, absent)


async def indexed(view: Reading, chosen: Leaderboard, rules: OrderRules) -> SegmentRanks:
    index = InProcessRankIndex()
    token = await index.open(rules.order_of("gold"), chosen.ranking)
    entries = await view.ranked_entries(HERE.period, None, 100)
    await index.record(rules.order_of("gold"), rules.loaded(entries).get("gold", []))
    await index.loaded(rules.order_of("gold"), token or "")
    return IndexedRanks(index, rules.order_of("gold"))


async def test_b52_what_is_shown_of_the_one_who_looks_is_of_the_same_order_as_the_page() -> None:
    """An index out of this process may change while it is asked; then it is asked again."""
    chosen = board(Aggregation.MAX)
    rules = rules_of(HERE.period, chosen)
    order = rules.order_of("gold")
    index = InProcessRankIndex()
    token = await index.open(order, chosen.ranking)
    await index.record(order, [rules.change(stored(chosen, entry(name, 1), HERE)) for name in "ab"])
    await index.loaded(order, token or "")

    class Moving(IndexedRanks):
        """An order in which somebody climbs while the first look is under way."""

        moves = 1

        async def totals(self) -> Totals:
            totals = await super().totals()
            if self.moves:
                self.moves -= 1
                await index.record(order, [rules.change(stored(chosen, entry("c", 9), HERE))])
            return totals

    look = await Moving(index, order).look(lambda ranks: ranks.page(None, 10), [PlayerId("c")])
    assert look.totals.ranked == 3
    assert look.places[0].player_id == "c"
    assert look.own[PlayerId("c")].position == 1
