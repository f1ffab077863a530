"""Blocks of members, in every state of filling, against a plain sorted list."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.leaderboards.definition import Ranking, RankStyle
from server.domain.leaderboards.ranking import ranks_of
from server.ranks import order
from server.ranks.order import Order


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of a few members, so that a few dozen members split and join them often."""
    monkeypatch.setattr(order, "_TARGET", 4)
    monkeypatch.setattr(order, "_LARGEST", 8)
    monkeypatch.setattr(order, "_SMALLEST", 2)


def member(score: int, number: int) -> bytes:
    return score.to_bytes(8, "big") + number.to_bytes(16, "big")


def agree(mine: Order, members: list[bytes], ranking: Ranking) -> None:
    expected = [
        (one, at, rank) for at, (one, rank) in enumerate(zip(members, ranks_of(members, ranking), strict=True), 1)
    ]
    assert list(mine) == members
    assert len(mine) == len(members)
    assert list(mine.rows(0, 1000)) == expected
    for start in range(0, len(members) + 2, 3):
        assert list(mine.rows(start, 2)) == expected[start : start + 2]
    for at, one in enumerate(members):
        assert mine.count_before(one) == at
        assert mine.following(one) == at + 1
        assert mine.following(one + b"x") == at + 1


steps = st.lists(st.tuples(st.booleans(), st.integers(0, 5), st.integers(0, 6)), max_size=80)
rankings = st.sampled_from(RankStyle).map(lambda style: Ranking(rank_style=style))


chunks = st.lists(st.integers(0, 11), max_size=8)


@given(rankings, chunks, steps)
def test_an_order_agrees_with_a_sorted_list(
    ranking: Ranking, filled: list[int], chosen: list[tuple[bool, int, int]]
) -> None:
    """Whatever it was filled with before, in pieces of any size."""
    mine, members = Order(ranking), sorted(member(number // 9, number % 9) for number in range(sum(filled)))
    begin = 0
    for size in filled:
        mine.extend(members[begin : begin + size])
        begin += size
    agree(mine, members, ranking)
    for is_added, score, number in chosen:
        one = member(score, number)
        if is_added and one not in members:
            members = sorted([*members, one])
            mine.add(one)
        elif not is_added and one in members:
            members.remove(one)
            mine.remove(one)
        list(mine.rows(0, 1))  # sums are there to be kept right, not only to be built
    agree(mine, members, ranking)


@pytest.mark.parametrize("style", RankStyle)
@pytest.mark.parametrize("spread", [1, 3, 1000])
def test_an_order_lives_through_growth_and_decay(style: RankStyle, spread: int) -> None:
    ranking, chance = Ranking(rank_style=style), random.Random(spread)
    members = sorted({member(chance.randrange(spread), chance.randrange(10_000)) for _ in range(150)})
    mine = Order(ranking, chance.sample(members, len(members)))
    agree(mine, members, ranking)
    for round_number in range(600):
        wants_more = round_number < 250 or (round_number < 350 and chance.random() < 0.5)
        if wants_more:
            one = member(chance.randrange(spread), 10_000 + round_number)
            mine.add(one)
            members = sorted([*members, one])
        else:
            one = chance.choice(members)
            mine.remove(one)
            members.remove(one)
        if round_number % 25 == 0 or not members:
            agree(mine, members, ranking)
        if not members:
            break


def test_what_is_not_there_cannot_be_removed() -> None:
    mine = Order(Ranking(), [member(1, 1)])
    for absent in (member(0, 0), member(2, 2)):
        with pytest.raises(KeyError):
            mine.remove(absent)
    assert len(mine) == 1
