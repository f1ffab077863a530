"""Leaderboards as messages: every word has its name, every number is exact, and who is told what (B22, B52, L7)."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.api.codec import leaderboards as encode
from server.api.codec.times import timestamp
from server.api.pb import leaderboard_pb2 as pb
from server.api.pb import leaderboard_service_pb2 as service
from server.api.pb.game_event_service_pb2 import GameEventResult
from server.application.board_pages import BoardPage, BoardRow, PeriodView
from server.application.board_submissions import BoardSubmitted
from server.application.contributions import Contributed
from server.application.list_leaderboards import BoardView
from server.domain.bots.behavior import Idle, single
from server.domain.bots.binding import BotBinding, Kind
from server.domain.bots.definition import Bot
from server.domain.bots.filling import Fill
from server.domain.ids import LeaderboardKey, PlayerId
from server.domain.instants import NEVER
from server.domain.leaderboards.definition import (
    Aggregation,
    Leaderboard,
    Method,
    PrizeTier,
    RankStyle,
    RewardPolicy,
    Segmentation,
    SegmentSource,
    Status,
    TimeframeType,
)
from server.domain.leaderboards.entry import PeriodId
from server.domain.leaderboards.outcomes import Outcome
from server.domain.leaderboards.periods import Period, PeriodState
from server.domain.leaderboards.scores import score_of
from server.domain.rewards import RewardConfig
from server.ports.board_store import EntryKey, StoredEntry
from server.ports.catalog import Catalog
from server.ports.rank_index import Place
from tests.builders import DAY, HOUR, MONDAY
from tests.domain.leaderboards.boards import aggregate, board, contribution

KEY = LeaderboardKey("board")
PERIOD = PeriodView(KEY, "2026-11-02", MONDAY, MONDAY + DAY, PeriodState.RUNNING)


def row(name: str, score: int = 5, **options: Any) -> BoardRow:
    chosen: dict[str, Any] = {"rank": 1, "position": 1, "prize_position": 1, "prize_tier": "gold", **options}
    made = aggregate(board(), contribution(score))
    return BoardRow(PlayerId(name), name.title(), f"{name}.png", made, updated_at=MONDAY, **chosen)


def page(*rows: BoardRow, own: BoardRow | None = None, of: Leaderboard | None = None) -> BoardPage:
    return BoardPage(of or board(), PERIOD, "eu", len(rows), list(rows), own, "7.1", MONDAY)


@pytest.mark.parametrize(
    ("ours", "names", "theirs"),
    [
        (Status, encode.STATUSES, pb.LeaderboardStatus),
        (TimeframeType, encode.TIMEFRAMES, pb.Timeframe),
        (Aggregation, encode.AGGREGATIONS, pb.Aggregation),
        (RankStyle, encode.RANK_STYLES, pb.RankStyle),
        (PeriodState, encode.PERIOD_STATES, pb.PeriodState),
        (Outcome, encode.OUTCOMES, pb.ContributionOutcome),
    ],
)
def test_every_word_of_ours_is_one_of_the_protos_and_the_other_way_round(
    ours: type[Enum], names: dict[Enum, str], theirs: Any
) -> None:
    assert set(names) == set(ours)
    assert set(names.values()) == {name for name, number in theirs.items() if number}


def test_b52_a_page_tells_what_it_is_of() -> None:
    message = encode.page(page(row("ann"), own=row("bob", rank=None, position=None, is_self=True)), is_trusted=False)
    assert (message.leaderboard, message.segment, message.total, message.revision) == ("board", "eu", 1, "7.1")
    assert (message.aggregation, message.direction) == (pb.AGGREGATION_SUM, pb.DIRECTION_DESCENDING)
    assert (message.period.window_key, message.period.state) == ("2026-11-02", pb.PERIOD_STATE_RUNNING)
    (one,) = message.entries
    assert (one.player_id, one.name, one.avatar_url, one.score, one.num_scores) == ("ann", "Ann", "ann.png", 5, 1)
    assert (one.rank, one.position, one.prize_position, one.prize_tier) == (1, 1, 1, "gold")
    assert one.reached_time == one.update_time == timestamp(MONDAY)
    assert (message.self.player_id, message.self.rank, message.self.is_self) == ("bob", 0, True)


def test_b52_without_an_entry_self_is_absent_and_a_hidden_one_says_so() -> None:
    assert not encode.page(page(), is_trusted=False).HasField("self")
    own = row("ann", rank=None, position=None, prize_position=None, prize_tier="", is_hidden=True)
    hidden = encode.page(page(own=own), is_trusted=False).self
    assert (hidden.is_hidden, hidden.rank, hidden.position, hidden.prize_position) == (True, 0, 0, 0)


def test_l7_who_is_a_bot_is_told_to_servers_and_to_players_where_the_board_reveals_it() -> None:
    rows = row("ann"), row("bot", is_bot=True)
    revealing = replace(board(), reveal_bots=True)
    player, robot, untold = pb.PLAYER_KIND_PLAYER, pb.PLAYER_KIND_BOT, pb.PLAYER_KIND_UNSPECIFIED

    def kinds(of: Leaderboard, *, is_trusted: bool) -> list[int]:
        return [one.kind for one in encode.page(page(*rows, of=of), is_trusted=is_trusted).entries]

    assert kinds(board(), is_trusted=True) == [player, robot]
    assert kinds(board(), is_trusted=False) == [untold, untold]
    assert kinds(revealing, is_trusted=False) == [player, robot]


def test_l7_places_that_win_do_not_give_bots_away() -> None:
    """Whoever stands high and wins nothing would be a bot: players are told their own, and all where there is nothing to tell."""
    bots = BotBinding((Kind("runner", Bot(single(Idle()))),), Fill(5))
    policy = RewardPolicy((PrizeTier("gold", RewardConfig(), to=1),))
    rows = row("bot", is_bot=True, prize_position=None, prize_tier=""), row("ann"), row("bob", is_self=True)

    def places(of: Leaderboard, *, is_trusted: bool = False) -> list[int]:
        message = encode.page(page(*rows, own=rows[2], of=of), is_trusted=is_trusted)
        assert (message.self.prize_position, message.self.prize_tier) == (1, "gold")
        return [one.prize_position for one in message.entries]

    among_bots = replace(board(), bots=bots, reward_policy=policy)
    assert places(among_bots) == [0, 0, 1]
    assert places(among_bots, is_trusted=True) == [0, 1, 1]
    assert places(replace(among_bots, reveal_bots=True)) == [0, 1, 1]
    assert places(replace(among_bots, bots=None)) == [0, 1, 1]
    assert places(replace(among_bots, reward_policy=replace(policy, bots_take_prizes=True))) == [0, 1, 1]


@given(st.integers(-(2**52), 2**52), st.integers(0, 6))
def test_b22_a_score_comes_back_exactly_from_its_double(score: int, decimals: int) -> None:
    of = board(Aggregation.MAX, decimals=decimals)
    (one,) = encode.page(page(row("ann", score), of=of), is_trusted=False).entries
    assert score_of(one.score, decimals) == score


def test_a_leaderboard_is_told_in_the_designers_words() -> None:
    policy = RewardPolicy(
        (
            PrizeTier("top", RewardConfig(), share=Decimal("0.1"), max_places=50),
            PrizeTier("rest", RewardConfig(), to=100),
        ),
        by_rank=True,
        hold=HOUR,
    )
    defined = replace(
        board(Aggregation.BEST, method=Method.SCORE_ASC, min_score=150, decimals=1, size=10),
        segmentation=Segmentation("league", frozenset(("b", "a")), SegmentSource.TRUSTED),
        reward_policy=policy,
    )
    message = encode.leaderboard(BoardView(defined, replace(PERIOD, end=NEVER), None))
    assert (message.direction, message.min_score, message.size) == (pb.DIRECTION_ASCENDING, 15.0, 10)
    assert (list(message.segmentation.buckets), message.segmentation.from_clients) == (["a", "b"], False)
    assert not message.period.HasField("end_time")
    assert not message.HasField("next_start_time")
    paid = message.reward_config
    assert (paid.by, paid.hold.seconds, paid.HasField("claim_expiry")) == (pb.PRIZES_BY_RANK, 3600, False)
    top, rest = paid.tiers
    assert (top.percent, top.max_places, top.HasField("to")) == (10.0, 50, False)
    assert (rest.to, rest.HasField("percent")) == (100, False)
    plain = encode.leaderboard(BoardView(board(), None, MONDAY))
    assert [plain.HasField(one) for one in ("segmentation", "reward_config", "period", "min_score")] == [False] * 4
    assert plain.next_start_time == timestamp(MONDAY)


def stored(score: int, segment: str = "eu") -> StoredEntry:
    key = EntryKey(PeriodId(KEY, MONDAY), PlayerId("ann"))
    return StoredEntry(key, segment, aggregate(board(), contribution(score)), 1, b"key", MONDAY)


def test_b2_a_score_that_does_not_count_says_why_and_tells_no_score() -> None:
    one = Contributed(KEY, Outcome.EXPRESSION_FAILED, detail="missing_attribute attrs.kills")
    messages = GameEventResult().contributions
    encode.add_contribution(messages, one, 0)
    (message,) = messages
    assert (message.applied, message.outcome) == (False, pb.CONTRIBUTION_OUTCOME_EXPRESSION_FAILED)
    assert message.detail == "missing_attribute attrs.kills"
    assert [message.HasField(name) for name in ("score", "previous_score", "period_start_time")] == [False] * 3


def test_scores_are_told_in_the_decimals_of_the_period_that_they_count_in() -> None:
    def period_at(_: LeaderboardKey, moment: datetime) -> Period | None:
        return Period(MONDAY, MONDAY + DAY, board(decimals=2)) if moment < MONDAY + DAY else None

    catalog = cast(Catalog, SimpleNamespace(period_at=period_at, board_of=None))
    counted = Contributed(KEY, Outcome.APPLIED, MONDAY, stored(100), stored(250), points="1.5")
    refused = Contributed(KEY, Outcome.INACTIVE)
    messages = GameEventResult().contributions
    encode.Contributions(catalog).add(messages, [counted, refused])
    one, other = messages
    assert (one.previous_score, one.score, one.points, one.segment, one.num_scores) == (1.0, 2.5, "1.5", "eu", 1)
    assert not other.applied


def test_e34_a_submission_tells_what_it_did_and_where_the_player_stands() -> None:
    contributed = Contributed(KEY, Outcome.APPLIED, MONDAY, stored(100), stored(250))
    place = Place(PlayerId("ann"), b"key", 7, 3, None)
    message = service.LeaderboardServiceSubmitScoreResponse()
    period = Period(MONDAY, MONDAY + DAY, board(decimals=2))
    encode.put_score(message, BoardSubmitted(contributed, MONDAY, period, period.definition, place, 9, "7.1"))
    assert (message.applied, message.improved, message.previous_score, message.score) == (True, True, 1.0, 2.5)
    assert (message.rank, message.position, message.segment) == (3, 7, "eu")
    unplaced = service.LeaderboardServiceSubmitScoreResponse()
    encode.put_score(unplaced, BoardSubmitted(contributed, MONDAY, period, period.definition))
    assert (unplaced.applied, unplaced.rank, unplaced.position) == (True, 0, 0)
    late = service.LeaderboardServiceSubmitScoreResponse()
    encode.put_score(late, BoardSubmitted(Contributed(KEY, Outcome.LATE), MONDAY + timedelta(days=2)))
    assert late == service.LeaderboardServiceSubmitScoreResponse()
