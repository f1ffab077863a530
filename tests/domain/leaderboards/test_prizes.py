"""What a period pays, to whom, under which key (B60 to B62)."""

from collections import Counter
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.ids import LeaderboardKey, PlayerId
from server.domain.leaderboards.definition import PrizeTier, RankStyle, RewardPolicy
from server.domain.leaderboards.entry import Entry, PeriodId, SegmentId
from server.domain.leaderboards.prizes import grant_key, last_paid_place, places_of, prize_of, tier_in, winners
from server.domain.leaderboards.ranking import ranked
from server.domain.rewards import RewardConfig
from tests.domain.leaderboards.boards import START, board, entry

PERIOD = PeriodId(LeaderboardKey("board"), START)
REWARD = RewardConfig()


def top(*ends: int, **options: Any) -> RewardPolicy:
    return RewardPolicy(tuple(PrizeTier(f"to{end}", REWARD, to=end) for end in ends), **options)


def shares(*parts: str, max_places: int | None = None) -> RewardPolicy:
    return RewardPolicy(tuple(PrizeTier(part, REWARD, share=Decimal(part), max_places=max_places) for part in parts))


def paid(policy: RewardPolicy | None, *entries: Entry, style: RankStyle = RankStyle.DENSE) -> dict[str, str]:
    standings = ranked(entries, PERIOD, board(rank_style=style))
    return {one.standing.entry.player_id: one.tier.key for one in winners(standings, policy)}


def crowd(*scores: int) -> list[Entry]:
    """p0 has the first score, and so on; who came earlier reached it earlier."""
    return [entry(f"p{number}", score, number) for number, score in enumerate(scores)]


def test_b60_the_first_tier_that_reaches_a_place_pays_it_and_nobody_wins_below_the_last() -> None:
    assert paid(top(1, 3), *crowd(5, 4, 3, 2)) == {"p0": "to1", "p1": "to3", "p2": "to3"}


def test_b60_a_tie_pays_a_place_once_to_the_earlier() -> None:
    assert paid(top(1, 2), *crowd(5, 5, 5)) == {"p0": "to1", "p1": "to2"}


def test_b60_by_rank_a_tie_pays_all_who_share_it() -> None:
    assert paid(top(1, 2, by_rank=True), *crowd(5, 5, 4)) == {"p0": "to1", "p1": "to1", "p2": "to2"}


def test_b60_bots_take_no_place_unless_the_policy_says_so() -> None:
    entries = [entry("bot", 9, is_bot=True), *crowd(5, 4)]
    assert paid(top(1), *entries) == {"p0": "to1"}
    assert paid(top(1, bots_take_prizes=True), *entries) == {"bot": "to1"}


def test_b60_who_is_out_of_sight_wins_nothing() -> None:
    assert paid(top(1), entry("cheat", 9, is_hidden=True), *crowd(5)) == {"p0": "to1"}


def test_b60_below_min_entries_nobody_is_paid_and_bots_do_not_fill_up() -> None:
    three = top(1, min_entries=3)
    assert paid(three, *crowd(5, 4), entry("bot", 1, is_bot=True)) == {}
    assert last_paid_place(2, three) == 0
    assert paid(three, *crowd(5, 4, 3)) == {"p0": "to1"}


@pytest.mark.parametrize(
    ("share", "count", "places"),
    [("0.01", 100, 1), ("0.01", 101, 2), ("0.29", 100, 29), ("0.1", 3, 1), ("1", 7, 7), ("0.333333333333333333333333333333", 3, 1)],
)  # fmt: skip
def test_b60_a_share_covers_so_many_places_rounded_up_exactly(share: str, count: int, places: int) -> None:
    assert places_of(shares(share).tiers[0], count) == places


def test_b60_shares_count_from_the_top_and_may_be_bounded() -> None:
    assert Counter(paid(shares("0.1", "0.5"), *crowd(*range(20, 0, -1))).values()) == {"0.1": 2, "0.5": 8}
    assert paid(shares("0.5", max_places=1), *crowd(5, 4, 3, 2)) == {"p0": "0.5"}


def test_b60_without_a_policy_there_are_no_prizes() -> None:
    assert paid(None, *crowd(1)) == {}
    assert prize_of(1, 1, 1, None) is None


def test_b62_the_key_of_a_grant_is_text_whose_parts_cannot_run_into_each_other() -> None:
    segment = SegmentId(PERIOD, "Nordrhein:Westfalen/ü")
    key = grant_key(segment, PlayerId("a:b"), PrizeTier("gold medal", REWARD))
    assert tier_in(key) == "gold medal"
    assert key == ("shared_lb:board:2026-11-02T00%3A00%3A00Z:Nordrhein%3AWestfalen%2F%C3%BC:a%3Ab:gold%20medal")
    assert grant_key(SegmentId(PERIOD), PlayerId("a"), PrizeTier("t", REWARD)).split(":")[3] == ""


tops = st.builds(
    lambda steps, by_rank, least, bots: top(
        *(sum(steps[: at + 1]) for at in range(len(steps))), by_rank=by_rank, min_entries=least, bots_take_prizes=bots
    ),
    st.lists(st.integers(1, 4), min_size=1, max_size=3),
    st.booleans(),
    st.integers(1, 4),
    st.booleans(),
)
percents = st.lists(st.decimals("0.001", 1, places=3), min_size=1, max_size=3, unique=True).map(
    lambda parts: shares(*map(str, sorted(parts)))
)
crowds = st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=15).map(
    lambda rows: [entry(f"p{number}", score, number, is_bot=bot) for number, (score, bot) in enumerate(rows)]
)


@given(tops | percents, crowds, st.sampled_from(RankStyle))
def test_b60_places_are_paid_once_without_gaps_and_rows_show_what_will_be_paid(
    policy: RewardPolicy, entries: list[Entry], style: RankStyle
) -> None:
    standings = ranked(entries, PERIOD, board(rank_style=style))
    found = winners(standings, policy)
    contenders = [one for one in standings if policy.bots_take_prizes or not one.entry.is_bot]
    last = last_paid_place(len(contenders), policy)
    if not policy.by_rank:
        assert [one.prize_position for one in found] == list(range(1, min(last, len(contenders)) + 1))
    order = [policy.tiers.index(one.tier) for one in found]
    assert order == sorted(order)
    by_player = {one.standing.entry.player_id: one.tier for one in found}
    for place, one in enumerate(contenders, 1):
        assert prize_of(place, one.rank, len(contenders), policy) == by_player.get(one.entry.player_id)
    assert all(one.standing in contenders for one in found)
    for tier in policy.tiers:
        if tier.share is not None:
            wanted = Fraction(tier.share) * len(contenders)
            assert wanted <= places_of(tier, len(contenders)) < wanted + 1
