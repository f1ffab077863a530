"""Ranks, positions, and the bytes that decide them (B50, B51)."""

import sqlite3
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.ids import LeaderboardKey, PlayerId
from server.domain.instants import BEGINNING, NEVER
from server.domain.leaderboards.aggregation import Contribution, Stamp
from server.domain.leaderboards.definition import Aggregation, Leaderboard, Method, RankStyle
from server.domain.leaderboards.entry import Entry, PeriodId
from server.domain.leaderboards.ranking import (
    KEY_LENGTH,
    bound_after,
    lot_of,
    min_score_bound,
    order_key,
    ranked,
    reached_at_of_key,
    score_bound,
    score_of_key,
    tie_of,
)
from server.domain.scoring import SCALED_MAX
from tests.domain.leaderboards.boards import START, aggregate, board, contribution, entry

PERIOD = PeriodId(LeaderboardKey("board"), START)


def shown(chosen: Leaderboard, *entries: Entry) -> list[tuple[str, int, int]]:
    return [(one.entry.player_id, one.rank, one.position) for one in ranked(entries, PERIOD, chosen)]


FOUR = (entry("a", 5, 3), entry("b", 9, 1), entry("c", 5, 2), entry("d", 1, 0))


@pytest.mark.parametrize(
    ("style", "ranks"),
    [(RankStyle.DENSE, [1, 2, 2, 3]), (RankStyle.COMPETITION, [1, 2, 2, 4]), (RankStyle.ORDINAL, [1, 2, 3, 4])],
)
def test_b50_ties_are_numbered_by_the_style_and_positions_have_none(style: RankStyle, ranks: list[int]) -> None:
    found = shown(board(rank_style=style), *FOUR)
    assert found == [(name, rank, at) for at, (name, rank) in enumerate(zip("bcad", ranks, strict=True), 1)]


def test_b50_the_lowest_may_lead() -> None:
    assert [name for name, *_ in shown(board(method=Method.SCORE_ASC), *FOUR)] == ["d", "c", "a", "b"]


@pytest.mark.parametrize("options", [{"method": Method.TIME_ASC}, {"ties_by_time": True}])
def test_b50_where_time_ranks_only_equal_score_and_instant_tie(options: dict[str, object]) -> None:
    found = shown(board(**options), entry("a", 5, 2), entry("b", 5, 1), entry("c", 5, 2))
    assert sorted((rank, name) for name, rank, _ in found) == [(1, "b"), (2, "a"), (2, "c")]


def test_b50_time_ranks_where_the_lowest_leads_too() -> None:
    chosen = board(method=Method.SCORE_ASC, ties_by_time=True)
    assert [rank for _, rank, _ in shown(chosen, entry("a", 5, 2), entry("b", 5, 1))] == [1, 2]


def test_b50_no_id_is_lucky_by_its_spelling() -> None:
    first: Counter[str] = Counter()
    for week in range(200):
        period = PeriodId(LeaderboardKey("board"), START + timedelta(weeks=week))
        standings = ranked([entry("a", 5), entry("zzz", 5)], period, board())
        first[standings[0].entry.player_id] += 1
    assert 60 < first["a"] < 140


def test_b50_two_boards_draw_different_lots() -> None:
    other = PeriodId(LeaderboardKey("other"), START)
    assert lot_of(PERIOD, PlayerId("a")) != lot_of(other, PlayerId("a"))


def test_b51_min_score_hides_below_it_and_where_the_lowest_leads_above_it() -> None:
    assert [name for name, *_ in shown(board(min_score=5), *FOUR)] == ["b", "c", "a"]
    assert [name for name, *_ in shown(board(min_score=5, method=Method.SCORE_ASC), *FOUR)] == ["d", "c", "a"]


def test_b21_below_min_samples_an_entry_is_hidden() -> None:
    chosen = board(Aggregation.AVG, min_samples=2)
    twice = Entry(PlayerId("b"), aggregate(chosen, contribution(1), contribution(1)))
    assert shown(chosen, entry("a", 9), twice) == [("b", 1, 1)]


def test_b72_hidden_players_have_no_rank_and_others_move_up() -> None:
    assert shown(board(), entry("a", 9, is_hidden=True), entry("b", 5)) == [("b", 1, 1)]


@pytest.mark.parametrize("method", Method)
def test_keys_hold_the_extremes(method: Method) -> None:
    for score in (-SCALED_MAX, 0, SCALED_MAX):
        for moment in (BEGINNING, START, NEVER):
            chosen = board(Aggregation.LATEST, method=method)
            found = aggregate(chosen, Contribution(score, Stamp(moment, "")))
            key = order_key(PERIOD, PlayerId("a"), found, chosen.ranking)
            assert len(key) == KEY_LENGTH
            assert score_of_key(key, chosen.ranking) == score
            assert reached_at_of_key(key) == found.reached_at


rankings = st.builds(
    lambda method, style, by_time, least: board(
        Aggregation.MAX, method=method, rank_style=style, ties_by_time=by_time, min_score=least
    ),
    st.sampled_from(Method),
    st.sampled_from(RankStyle),
    st.booleans(),
    st.none() | st.integers(-3, 3),
)
scores = st.integers(-4, 4) | st.sampled_from([-SCALED_MAX, SCALED_MAX, 255, 256, -256])
crowds = st.lists(st.tuples(scores, st.integers(0, 3)), max_size=14).map(
    lambda rows: [entry(f"p{number}", score, second) for number, (score, second) in enumerate(rows)]
)


@given(rankings, crowds)
def test_b50_ranks_are_what_the_rule_says(chosen: Leaderboard, crowd: list[Entry]) -> None:
    """The rule, spelled out with comparisons where the code packs bytes."""
    standings = ranked(crowd, PERIOD, chosen)
    sign = 1 if chosen.ranking.method is Method.SCORE_ASC else -1
    least = chosen.ranking.min_score
    values = {one.player_id: (sign * one.aggregate.score, one.aggregate.reached_at) for one in crowd}
    visible = {name for name, (score, _) in values.items() if least is None or score <= sign * least}
    assert [one.position for one in standings] == list(range(1, len(visible) + 1))
    assert {one.entry.player_id for one in standings} == visible
    assert [values[one.entry.player_id] for one in standings] == sorted(values[name] for name in visible)
    by_time = chosen.ranking.ties_by_time or chosen.ranking.method is Method.TIME_ASC
    for one in standings:
        worth = values[one.entry.player_id][: 2 if by_time else 1]
        better = [values[name][: len(worth)] for name in visible if values[name][: len(worth)] < worth]
        expected = {
            RankStyle.DENSE: len(set(better)) + 1,
            RankStyle.COMPETITION: len(better) + 1,
            RankStyle.ORDINAL: one.position,
        }
        assert one.rank == expected[chosen.ranking.rank_style]


@given(rankings, crowds, scores)
def test_b51_bounds_split_keys_where_they_say(chosen: Leaderboard, crowd: list[Entry], score: int) -> None:
    ranking = chosen.ranking
    keys = {one.player_id: order_key(PERIOD, one.player_id, one.aggregate, ranking) for one in crowd}
    end = bound_after(score_bound(score, ranking))
    short = min_score_bound(ranking)
    assert end is not None
    for one in crowd:
        mine, key = one.aggregate.score, keys[one.player_id]
        is_better = mine < score if ranking.is_ascending else mine > score
        assert (key < score_bound(score, ranking)) is is_better
        assert (score_bound(score, ranking) <= key < end) is (mine == score)
        shown_names = {standing.entry.player_id for standing in ranked(crowd, PERIOD, chosen)}
        assert (one.player_id in shown_names) is (short is None or key < short)


@given(rankings, crowds)
def test_b50_a_database_sorts_and_ranks_by_the_same_bytes(chosen: Leaderboard, crowd: list[Entry]) -> None:
    standings = ranked(crowd, PERIOD, chosen)
    tie = len(tie_of(bytes(KEY_LENGTH), chosen.ranking))
    window = "DENSE_RANK" if chosen.ranking.rank_style is RankStyle.DENSE else "RANK"
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE TABLE entries (player TEXT, key BLOB)")
        database.executemany(
            "INSERT INTO entries VALUES (?, ?)", [(one.entry.player_id, one.order_key) for one in standings]
        )
        rows = database.execute(
            f"SELECT player, {window}() OVER (ORDER BY substr(key, 1, {tie})) FROM entries ORDER BY key, player"
        ).fetchall()
    database.close()
    assert rows == [(one.entry.player_id, one.rank) for one in standings]


def test_there_is_no_bound_after_the_last_bytes() -> None:
    assert bound_after(b"\xff\xff") is None
    assert bound_after(b"a\xff") == b"b"
