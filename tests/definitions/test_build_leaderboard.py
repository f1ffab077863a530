"""From what is written about leaderboards to what the rules read (B1, B10, B22 to B24, B60, B61)."""

import json
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.definitions.build_leaderboard import leaderboard_from_content
from server.domain.leaderboards.definition import (
    Aggregation,
    Leaderboard,
    Method,
    RankStyle,
    Retention,
    SegmentSource,
    Status,
    TimeframeType,
)
from server.domain.leaderboards.timeframes import boundaries
from server.domain.rewards import ItemDraw, Range, RewardConfig, RewardContents
from server.domain.schedule import Ticks, parse_cron
from tests.definitions.boards import KEY, TOP_THREE, built, configured

RULE = {"event_type": "match.completed", "points_expression": "attrs.score"}


def test_b1_what_is_not_said_has_its_default() -> None:
    board = built({})
    assert (board.status, board.timeframe.type, board.timeframe.timezone) == (
        Status.ACTIVE,
        TimeframeType.NEVER,
        "UTC",
    )
    assert (board.aggregation, board.min_samples, board.contribution_min, board.contribution_max) == (
        Aggregation.SUM,
        1,
        None,
        None,
    )
    ranking = board.ranking
    assert (ranking.method, ranking.rank_style, ranking.ties_by_time) == (Method.SCORE_DESC, RankStyle.DENSE, False)
    assert (ranking.decimals, ranking.size, ranking.min_score) == (3, None, None)
    assert (board.segmentation, board.reward_policy, board.retention) == (None, None, Retention())
    assert (board.authoritative, board.reveal_bots) == (False, False)


@pytest.mark.parametrize(
    ("timeframe", "ticks"),
    [
        ({"type": "hourly", "reset_time": "00:15"}, boundaries(TimeframeType.HOURLY, "UTC", time(0, 15))),
        ({"type": "daily"}, boundaries(TimeframeType.DAILY, "UTC", time())),
        (
            {"type": "weekly", "reset_day": "Sunday", "reset_time": "18:30", "timezone": "Europe/Berlin"},
            boundaries(TimeframeType.WEEKLY, "Europe/Berlin", time(18, 30), 0),
        ),
        ({"type": "monthly", "reset_time": "06:00"}, boundaries(TimeframeType.MONTHLY, "UTC", time(6))),
        ({"type": "cron", "cron": "0 18 * * fri"}, Ticks(parse_cron("0 18 * * 5"), "UTC")),
    ],
)
def test_b10_a_timeframe_becomes_the_ticks_at_which_periods_begin(timeframe: dict[str, Any], ticks: Ticks) -> None:
    assert built({"timeframe": timeframe}).timeframe.ticks == ticks


def test_b10_custom_periods_have_a_length_and_bounds_and_may_come_once_only() -> None:
    timeframe = built(
        {
            "timeframe": {
                "type": "custom",
                "custom_duration_seconds": 21600,
                "repeat": False,
                "start_time_sec": 1_000_000_000,
                "end_time_sec": 1_000_100_000,
                "late_grace_seconds": 90,
            }
        }
    ).timeframe
    assert (timeframe.every, timeframe.repeat, timeframe.late_grace) == (
        timedelta(hours=6),
        False,
        timedelta(seconds=90),
    )
    assert timeframe.start_time == datetime(2001, 9, 9, 1, 46, 40, tzinfo=UTC)
    assert timeframe.end_time == datetime(2001, 9, 10, 5, 33, 20, tzinfo=UTC)


def test_b10_the_periods_of_an_event_board_are_the_phases_of_its_event() -> None:
    board = built(
        {"timeframe": {"type": "event", "event_leaderboard": "race"}},
        events={"race": {"reset_schedule": "@weekly", "score_max": 9}},
    )
    assert (board.timeframe.type, board.timeframe.event_id) == (TimeframeType.EVENT, "race")


def test_b22_points_are_scaled_by_the_boards_decimals() -> None:
    options = {
        "scoring": {"contribution_min": -1.5, "contribution_max": 100},
        "ranking": {"decimals": 2, "min_score": 0.25, "size": 10},
    }
    board = built(options)
    assert (board.contribution_min, board.contribution_max, board.ranking.min_score) == (-150, 10000, 25)


def test_b23_the_word_of_players_counts_where_there_is_nothing_to_win() -> None:
    plain = built({"segmentation": {"key": "region", "buckets": ["eu", "na"]}}).segmentation
    prized = built({"segmentation": {"key": "region"}, "reward_policy": TOP_THREE}).segmentation
    said = built(
        {"segmentation": {"key": "region", "buckets": ["eu"], "source": "client"}, "reward_policy": TOP_THREE}
    ).segmentation
    assert plain is not None
    assert prized is not None
    assert said is not None
    assert (plain.source, prized.source, said.source) == (
        SegmentSource.CLIENT,
        SegmentSource.TRUSTED,
        SegmentSource.CLIENT,
    )
    assert (plain.buckets, plain.may_move, plain.max_segments) == (frozenset({"eu", "na"}), False, 10_000)


@pytest.mark.parametrize(
    ("options", "authoritative"),
    [
        ({}, False),
        ({"scoring": {"rules": [RULE]}}, True),
        ({"reward_policy": TOP_THREE}, True),
        ({"rewardPolicy": TOP_THREE}, True),
        ({"scoring": {"rules": [RULE]}, "authoritative": False}, False),
        ({"authoritative": True}, True),
    ],
)
def test_b24_only_servers_submit_where_rules_score_or_prizes_are_won(
    options: dict[str, Any], authoritative: bool
) -> None:
    assert built(options).authoritative is authoritative


def test_b61_entries_become_a_reward_that_is_certain() -> None:
    policy = built({"reward_policy": TOP_THREE}).reward_policy
    assert policy is not None
    gold, silver = policy.tiers
    assert (gold.to, gold.key, gold.reward) == (
        1,
        "gold",
        RewardConfig(RewardContents(currencies={"gems": Range(500)})),
    )
    assert silver.reward == RewardConfig(RewardContents(items={"crate": ItemDraw(Range(2))}))


def test_b61_an_amount_may_be_drawn_and_a_prize_may_be_a_whole_reward() -> None:
    drawn = {"type": "currency", "currencyKey": "gems", "amount": {"min": 10, "max": 20, "multiple": 5}}
    weighted = {"weighted": [{"weight": 1, "items": {"sword": {"min": 1}}}], "message": "Well done."}
    tiers = [{"to": 1, "key": "a", "reward": weighted}, {"to": 2, "key": "b", "entries": [drawn]}]
    policy = built({"reward_policy": {"type": "top_n", "parameters": {"tiers": tiers}}}).reward_policy
    assert policy is not None
    whole, certain = (tier.reward for tier in policy.tiers)
    assert (whole.max_rolls, whole.message) == (1, "Well done.")
    assert certain.guaranteed == RewardContents(currencies={"gems": Range(10, 20, 5)})


def test_b60_ten_percent_is_written_10() -> None:
    tiers = [
        {"percent": 0.5, "max_places": 3, "key": "best", "entries": []},
        {"percent": 10, "key": "good", "entries": []},
    ]
    policy = built(
        {"reward_policy": {"type": "top_percent", "parameters": {"tiers": tiers}, "by": "rank", "min_entries": 7}}
    ).reward_policy
    assert policy is not None
    assert [(tier.share, tier.max_places) for tier in policy.tiers] == [(Decimal("0.005"), 3), (Decimal("0.1"), None)]
    assert (policy.by_rank, policy.min_entries) == (True, 7)


def test_b30_a_rule_that_only_counts_needs_no_expression() -> None:
    board = built({"scoring": {"aggregation": "count", "rules": [{"event_type": "login"}]}})
    assert board.rules[0].points.text == "1"


SAID = {
    "kraty": {
        "resetCadence": "weekly",
        "resetTimezone": "Europe/Berlin",
        "scoreAggregation": "best",
        "rewardPolicy": TOP_THREE,
    },
    "ours": {
        "timeframe": {"type": "weekly", "reset_day": "Monday", "timezone": "Europe/Berlin"},
        "scoring": {"aggregation": "best"},
        "reward_policy": TOP_THREE,
    },
    "shared": {
        "timeframe": {"type": "weekly", "timezone": "Europe/Berlin"},
        "scoreAggregation": "best",
        "reward_policy": "podium",
    },
}


def test_b1_the_same_said_in_other_words_is_the_same_definition() -> None:
    SAID["shared"]["timeframe"]["reset_day"] = "monday"
    contents = {
        word: configured({KEY: said}, policies={"podium": TOP_THREE}).board_contents[KEY] for word, said in SAID.items()
    }
    assert len(set(contents.values())) == 1, contents
    assert "resetCadence" not in contents["kraty"]


def test_b1_krates_weeks_begin_on_monday_at_midnight_and_months_on_the_first() -> None:
    assert built({"resetCadence": "weekly"}).timeframe.ticks == boundaries(TimeframeType.WEEKLY, "UTC", time(), 1)
    assert built({"resetCadence": "monthly"}).timeframe.ticks == boundaries(TimeframeType.MONTHLY, "UTC", time())
    assert built({"resetCadence": "never"}).timeframe.type is TimeframeType.NEVER
    assert built({"timeframe": {"type": "real_time"}}).hash == built({"timeframe": {"type": "never"}}).hash


def test_b3_a_shared_policy_is_part_of_the_boards_content() -> None:
    boards = {KEY: {"reward_policy": "podium"}}
    other = json.loads(json.dumps(TOP_THREE))
    other["parameters"]["tiers"][0]["entries"][0]["amount"] = 501
    one = configured(boards, policies={"podium": TOP_THREE}).boards[KEY]
    assert one.hash != configured(boards, policies={"podium": other}).boards[KEY].hash
    assert one.hash == built({"reward_policy": TOP_THREE}).hash


OPTIONS: dict[str, list[Any]] = {
    "name": ["", "Étoile"],
    "status": ["active", "inactive", "archived"],
    "timeframe": [
        {"type": "daily", "reset_time": "09:30", "timezone": "Asia/Tokyo"},
        {"type": "custom", "custom_duration_seconds": 3600},
        {"end_time_sec": 2_000_000_000},
    ],
    "scope": [{"filters": {"attrs.level": {"gte": 3, "lt": 7.5}, "attrs.mode": {"in": ["ranked", 1, True]}}}],
    "scoring": [
        {"aggregation": "avg", "min_samples": 3, "rules": [{**RULE, "conditions": {"attrs.win": {"eq": True}}}]}
    ],
    "ranking": [{"method": "score_asc", "rank_style": "ordinal", "decimals": 1}, {"method": "time_asc", "size": 5}],
    "segmentation": [{"key": "league", "buckets": ["a b", "ü"], "change": "move"}, {"key": "country"}],
    "reward_policy": [TOP_THREE],
    "authoritative": [True],
    "retention": [{"periods": 12, "days": 365}],
}


@given(st.fixed_dictionaries({}, optional={key: st.sampled_from(values) for key, values in OPTIONS.items()}))
def test_b3_a_leaderboard_comes_back_from_its_content(options: dict[str, Any]) -> None:
    configuration = configured({KEY: options})
    board, again = configuration.boards[KEY], leaderboard_from_content(KEY, configuration.board_contents[KEY])
    for name in Leaderboard.__slots__:
        assert getattr(again, name) == getattr(board, name), name
