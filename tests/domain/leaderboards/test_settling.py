"""Walking through a period in steps comes to the places of `ranked` and `winners`, wherever it is interrupted (B13, B50, B60)."""

from decimal import Decimal
from itertools import groupby
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.application.settlement_progress import walked_from_text, walked_to_text
from server.domain.ids import LeaderboardKey
from server.domain.leaderboards.definition import Leaderboard, Method, PrizeTier, RankStyle, RewardPolicy
from server.domain.leaderboards.entry import Entry, PeriodId
from server.domain.leaderboards.prizes import can_win, winners
from server.domain.leaderboards.ranking import order_key, ranked
from server.domain.leaderboards.settling import Step, Walk, Walked
from server.domain.rewards import RewardConfig
from tests.domain.leaderboards.boards import START, board, entry

PERIOD = PeriodId(LeaderboardKey("board"), START)
SEGMENTS = ("", "gold", "g\u00f6ld", "silber")
Told = tuple[str, str, int, int, int | None, str]


def told_at_once(segments: dict[str, list[Entry]], chosen: Leaderboard) -> list[Told]:
    """What `ranked` and `winners` say, segment by segment."""
    told: list[Told] = []
    for segment in sorted(segments, key=str.encode):
        standings = ranked(segments[segment], PERIOD, chosen)
        paid = {one.standing.entry.player_id: one.tier.key for one in winners(standings, chosen.reward_policy)}
        policy, place = chosen.reward_policy or RewardPolicy(()), 0
        for one in standings:
            wins = can_win(one.entry, policy)
            place += wins
            who = one.entry.player_id
            told.append((segment, who, one.position, one.rank, place if wins else None, paid.get(who, "")))
    return told


def told_in_steps(segments: dict[str, list[Entry]], chosen: Leaderboard, cuts: set[int]) -> list[Told]:
    """What a walk says that is written down and taken up again at each cut."""
    steps = sorted(
        (
            Step(segment, order_key(PERIOD, one.player_id, one.aggregate, chosen.ranking), one.player_id, one.is_bot)
            for segment, entries in segments.items()
            for one in entries
        ),
        key=lambda step: (step.segment.encode(), step.order_key, step.player_id),
    )

    def contenders(segment: str) -> int:
        policy = chosen.reward_policy or RewardPolicy(())
        return sum(can_win(one.entry, policy) for one in ranked(segments[segment], PERIOD, chosen))

    told: list[Told] = []
    walk = Walk(chosen, Walked(START), contenders)
    for number, step in enumerate(steps):
        if number in cuts:
            walk = Walk(chosen, walked_from_text(walked_to_text(walk.walked)), contenders)
        place = walk.place(step)
        if place is not None:
            tier = "" if place.tier is None else place.tier.key
            told.append((step.segment, step.player_id, place.position, place.rank, place.prize_position, tier))
    assert walk.walked.entries == len(told)
    return told


def tiers() -> st.SearchStrategy[tuple[PrizeTier, ...]]:
    reward = RewardConfig()
    top = st.lists(st.integers(1, 12), unique=True, min_size=1, max_size=3).map(
        lambda ends: tuple(PrizeTier(f"to{end}", reward, to=end) for end in sorted(ends))
    )
    share = st.lists(st.integers(1, 100), unique=True, min_size=1, max_size=3).map(
        lambda parts: tuple(
            PrizeTier(f"{part}%", reward, share=Decimal(part) / 100, max_places=5) for part in sorted(parts)
        )
    )
    return top | share


POLICIES = st.none() | st.builds(
    RewardPolicy, tiers=tiers(), by_rank=st.booleans(), min_entries=st.integers(1, 6), bots_take_prizes=st.booleans()
)
BOARDS = st.builds(
    board,
    rank_style=st.sampled_from(RankStyle),
    method=st.sampled_from(Method),
    ties_by_time=st.booleans(),
    min_score=st.none() | st.integers(0, 4),
    reward_policy=POLICIES,
)
ENTRIES = st.lists(
    st.tuples(st.sampled_from(SEGMENTS), st.integers(0, 5), st.integers(0, 2), st.booleans()), min_size=1, max_size=40
)


@given(BOARDS, ENTRIES, st.sets(st.integers(0, 40)))
def test_b13_a_walk_that_is_interrupted_comes_to_the_same_places(
    chosen: Leaderboard, crowd: list[tuple[str, int, int, bool]], cuts: set[int]
) -> None:
    made: list[tuple[str, Entry]] = [
        (segment, entry(f"p{number:02}", score, seconds, is_bot=is_bot))
        for number, (segment, score, seconds, is_bot) in enumerate(crowd)
    ]
    made.sort(key=lambda one: one[0])
    segments = {name: [one for _, one in some] for name, some in groupby(made, key=lambda one: one[0])}
    assert told_in_steps(segments, chosen, cuts) == told_at_once(segments, chosen)


@pytest.mark.parametrize("cuts", [set(), {1}, {1, 2, 3}])
def test_b50_a_tie_is_not_torn_where_a_chunk_ends(cuts: set[int]) -> None:
    crowd: dict[str, Any] = {"": [entry("ann", 5), entry("bob", 5), entry("cid", 5), entry("dan", 4)]}
    ranks = [one[3] for one in told_in_steps(crowd, board(rank_style=RankStyle.COMPETITION), cuts)]
    assert ranks == [1, 1, 1, 4]
