"""Leaderboards over the wire: scores, ranks, pages, segments, periods, game events and prizes.

Through both doors, and on PostgreSQL, where nothing keeps the order of a board and the store is asked for it.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from server.api.pb import event_leaderboard_service_pb2 as events
from server.api.pb import game_event_service_pb2 as game_events
from server.api.pb import leaderboard_pb2 as pb
from server.api.pb import reward_pb2 as rewards
from server.behind_envoy import why_no_envoy
from server.client import CallFailed, Client
from tests.acceptance.process import WEEKLY, ServerProcess, eventually
from tests.missing import not_here
from tests.postgres import NEWEST, Databases

BOARD = "LeaderboardService"
DAY = timedelta(days=1)
GOLD = {"to": 1, "key": "gold", "entries": [{"type": "currency", "currencyKey": "gems", "amount": 100}]}
SILVER = {"to": 3, "key": "silver", "entries": [{"type": "currency", "currencyKey": "gems", "amount": 10}]}
PODIUM = {"type": "top_n", "parameters": {"tiers": [GOLD, SILVER]}}
OPEN = {"authoritative": False}
BOARDS: dict[str, Any] = {
    "daily": {
        "name": "Daily",
        "timeframe": {"type": "daily", "late_grace_seconds": 600},
        "scoring": {"aggregation": "sum"},
        "ranking": {"decimals": 2},
        "reward_policy": PODIUM,
        **OPEN,
    },
    "leagues": {
        "timeframe": {"type": "weekly", "reset_day": "monday"},
        "scoring": {"aggregation": "best"},
        "segmentation": {"key": "league", "buckets": ["gold", "silver"]},
    },
    "held": {
        "timeframe": {"type": "daily"},
        "scoring": {"aggregation": "sum"},
        "reward_policy": {**PODIUM, "hold_seconds": 3600, "claim_expiry_sec": 600},
        **OPEN,
    },
    "laps": {"scoring": {"aggregation": "min"}, "ranking": {"method": "score_asc", "rank_style": "competition"}},
    "matches": {
        "timeframe": {"type": "daily", "late_grace_seconds": 600},
        "scope": {"filters": {"attrs.ranked": {"eq": True}}},
        "scoring": {
            "aggregation": "sum",
            "rules": [
                {
                    "event_type": "match",
                    "conditions": {"attrs.won": {"eq": True}},
                    "points_expression": "attrs.kills * 1.5",
                },
                {"event_type": "match", "points_expression": "attrs.kills / attrs.deaths"},
            ],
        },
        "segmentation": {"key": "region", "source": "trusted"},
    },
    "old": {"status": "archived"},
    "totals": {"scoring": {"aggregation": "sum"}},
}
EVENTS: dict[str, Any] = {
    "weekly": {**WEEKLY, "contributes_to": ["totals"]},
    "hunt": {
        **WEEKLY,
        "operator": "set",
        "metrics": {"kills": {}, "assists": {}},
        "score_expression": "metrics.kills * 10 + metrics.assists",
    },
}


@pytest.fixture(params=["grpcio", "envoy", "grpcio on postgresql"], autouse=True)
def door(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Which door is opened, and on which store where it is not the embedded one."""
    stand: str = request.param
    chosen = stand.partition(" on ")[0]
    if chosen == "envoy" and (missing := why_no_envoy()):
        not_here(missing)
    monkeypatch.setenv("LAUREL_DOOR", chosen)
    return stand


@pytest.fixture
async def server(tmp_path: Path, door: str, databases: Databases) -> AsyncIterator[ServerProcess]:
    """A server with leaderboards of several kinds, which ends without an error in its log."""
    on_postgresql = door.endswith("postgresql")
    environment = {"LAUREL_STORE__URL": await databases.fresh(NEWEST)} if on_postgresql else {}
    process = await ServerProcess(tmp_path, EVENTS, environment, BOARDS).start()
    yield process
    await process.stop()
    assert not [line for line in process.lines if line.get("level") in ("error", "critical")]


async def refused(call: Any, reason: str, code: str) -> CallFailed:
    with pytest.raises(CallFailed) as caught:
        await call
    assert (caught.value.reason, caught.value.code) == (reason, code)
    return caught.value


async def move(server: ServerProcess, span: timedelta) -> None:
    forward = Duration(seconds=int(span.total_seconds()))
    await server.operator.call("DebugService/MoveClock", forward=forward)


async def to_the_next_day(server: ServerProcess, player: Client, key: str = "daily") -> None:
    """Move the clock to the end of the running period, so that a test has all of the next one before it."""
    answer = await player.call(f"{BOARD}/GetLeaderboard", key=key)
    await server.operator.call("DebugService/MoveClock", to_time=answer.leaderboard.next_start_time)


async def scored(server: ServerProcess, key: str, **scores: float) -> dict[str, Client]:
    """Let players submit, one after the other."""
    players = {}
    for name, score in scores.items():
        players[name] = await server.player(name)
        submitted = await players[name].call(f"{BOARD}/SubmitScore", key=key, score=score)
        assert submitted.applied, submitted
    return players


async def entries(player: Client, key: str, **asked: Any) -> list[Any]:
    return list((await player.call(f"{BOARD}/ListEntries", key=key, **asked)).page.entries)


async def final_period(player: Client, key: str) -> Any:
    """Wait until a period is final, and return it."""
    found: list[Any] = []

    async def is_final() -> bool:
        listed = (await player.call(f"{BOARD}/ListPeriods", key=key)).periods
        found[:] = [one for one in listed if one.state == pb.PERIOD_STATE_FINAL]
        return bool(found)

    await eventually(is_final)
    return found[0]


def ranks(rows: list[Any]) -> list[tuple[str, int, int]]:
    return [(one.name, one.rank, one.position) for one in rows]


async def test_a_leaderboard_tells_what_it_is(server: ServerProcess) -> None:
    ann = await server.player("ann")
    listed = await ann.call(f"{BOARD}/ListLeaderboards")
    assert [one.key for one in listed.leaderboards] == ["daily", "held", "laps", "leagues", "matches", "totals"]
    everything, token = [], ""
    while True:
        page = await ann.call(f"{BOARD}/ListLeaderboards", with_archived=True, page_size=2, page_token=token)
        everything += [one.key for one in page.leaderboards]
        token = page.next_page_token
        if not token:
            break
    assert everything == sorted(BOARDS)
    daily = (await ann.call(f"{BOARD}/GetLeaderboard", key="daily")).leaderboard
    assert (daily.name, daily.aggregation, daily.decimals) == ("Daily", pb.AGGREGATION_SUM, 2)
    assert (daily.timeframe, daily.timezone, daily.status) == (pb.TIMEFRAME_DAILY, "UTC", pb.LEADERBOARD_STATUS_ACTIVE)
    assert daily.period.state == pb.PERIOD_STATE_RUNNING
    assert daily.period.end_time == daily.next_start_time
    assert [(one.key, one.to) for one in daily.reward_config.tiers] == [("gold", 1), ("silver", 3)]
    laps = (await ann.call(f"{BOARD}/GetLeaderboard", key="laps")).leaderboard
    assert (laps.direction, laps.rank_style) == (pb.DIRECTION_ASCENDING, pb.RANK_STYLE_COMPETITION)
    assert (laps.period.window_key, laps.period.HasField("end_time")) == ("all", False)
    leagues = (await ann.call(f"{BOARD}/GetLeaderboard", key="leagues")).leaderboard
    assert (leagues.segmentation.key, list(leagues.segmentation.buckets)) == ("league", ["gold", "silver"])
    await refused(ann.call(f"{BOARD}/GetLeaderboard", key="nothing"), "LEADERBOARD_NOT_FOUND", "NOT_FOUND")


async def test_e34_a_score_is_answered_with_what_it_did(server: ServerProcess) -> None:
    ann = await server.player("ann")
    first = await ann.call(f"{BOARD}/SubmitScore", key="daily", score=0.1, metadata='{"car":"red"}', request_id="r1")
    assert (first.outcome, first.improved, first.score, first.rank) == (pb.CONTRIBUTION_OUTCOME_APPLIED, True, 0.1, 1)
    assert not first.HasField("previous_score")
    second = await ann.call(f"{BOARD}/SubmitScore", key="daily", score=0.2)
    assert (second.previous_score, second.score, second.num_scores) == (0.1, 0.3, 2)
    again = await ann.call(f"{BOARD}/SubmitScore", key="daily", score=0.1, metadata='{"car":"red"}', request_id="r1")
    assert (again.score, again.num_scores) == (0.1, 1)
    reused = ann.call(f"{BOARD}/SubmitScore", key="daily", score=5, request_id="r1")
    await refused(reused, "REQUEST_ID_REUSED", "ALREADY_EXISTS")
    (row,) = await entries(ann, "daily")
    assert (row.score, row.num_scores, row.metadata, row.is_self) == (0.3, 2, '{"car":"red"}', True)
    for wrong in (float("nan"), float("inf"), float("-inf")):
        bad = ann.call(f"{BOARD}/SubmitScore", key="daily", score=wrong)
        await refused(bad, "INVALID_FIELD", "INVALID_ARGUMENT")
    too_much = await ann.call(f"{BOARD}/SubmitScore", key="daily", score=1e300)
    assert (too_much.applied, too_much.outcome) == (False, pb.CONTRIBUTION_OUTCOME_OVERFLOW)


async def test_b50_ties_share_a_rank_and_positions_do_not(server: ServerProcess) -> None:
    players = await scored(server, "daily", ann=5, bob=7, cid=7, dan=3)
    rows = await entries(players["ann"], "daily")
    assert ranks(rows) == [("bob", 1, 1), ("cid", 1, 2), ("ann", 2, 3), ("dan", 3, 4)]
    assert [(one.prize_position, one.prize_tier) for one in rows] == [
        (1, "gold"),
        (2, "silver"),
        (3, "silver"),
        (4, ""),
    ]
    players = await scored(server, "laps", ann=61.5, bob=60.25, cid=60.25)
    assert ranks(await entries(players["ann"], "laps")) == [("bob", 1, 1), ("cid", 1, 2), ("ann", 3, 3)]


async def test_b52_pages_skip_nobody_and_show_nobody_twice(server: ServerProcess) -> None:
    players = await scored(server, "daily", **{f"p{number:02}": number // 3 for number in range(23)})
    seen: list[Any] = []
    token, reader = "", players["p00"]
    while True:
        answer = await reader.call(f"{BOARD}/ListEntries", key="daily", page_size=4, page_token=token)
        assert answer.page.total == 23
        assert answer.page.self.name == "p00"
        seen += answer.page.entries
        token = answer.next_page_token
        if not token:
            break
        if len(seen) == 8:  # the row that the token was made of goes away, and one behind comes to the top
            await players[seen[-1].name].call(f"{BOARD}/SubmitScore", key="daily", score=100)
            await players["p01"].call(f"{BOARD}/SubmitScore", key="daily", score=100)
    names = [one.name for one in seen]
    assert sorted(names) == sorted(set(players) - {"p01"})
    assert all(one.score >= other.score for one, other in pairwise(seen))
    stolen = reader.call(f"{BOARD}/ListEntries", key="laps", page_token=answer.next_page_token or "AAAA")
    await refused(stolen, "INVALID_PAGE_TOKEN", "INVALID_ARGUMENT")


async def test_b53_a_player_finds_himself_and_his_friends(server: ServerProcess) -> None:
    players = await scored(server, "daily", **{f"p{number}": 10 - number for number in range(9)})
    ids = {one.name: one.player_id for one in await entries(players["p0"], "daily")}
    around = await players["p4"].call(f"{BOARD}/ListEntriesAroundPlayer", key="daily", page_size=3)
    assert ranks(around.page.entries) == [("p3", 4, 4), ("p4", 5, 5), ("p5", 6, 6)]
    last = await players["p4"].call(f"{BOARD}/ListEntriesAroundPlayer", key="daily", page_size=3, player_id=ids["p8"])
    assert [one.name for one in last.page.entries] == ["p6", "p7", "p8"]
    friends = [ids["p7"], ids["p2"], "nobody", ids["p7"]]
    batch = await players["p0"].call(f"{BOARD}/BatchGetRanks", key="daily", player_ids=friends)
    assert ranks(batch.page.entries) == [("p2", 3, 3), ("p7", 8, 8)]
    for many in (0, 101):
        call = players["p0"].call(f"{BOARD}/BatchGetRanks", key="daily", player_ids=[f"x{one}" for one in range(many)])
        await refused(call, "INVALID_FIELD", "INVALID_ARGUMENT")
    stranger = await server.player("stranger")
    nothing = await stranger.call(f"{BOARD}/ListEntriesAroundPlayer", key="daily")
    assert (list(nothing.page.entries), nothing.page.HasField("self")) == ([], False)


async def test_b23_each_segment_has_its_own_ranks(server: ServerProcess) -> None:
    ann, bob = await server.player("ann"), await server.player("bob")
    for player, league in ((ann, "gold"), (bob, "silver")):
        submitted = await player.call(f"{BOARD}/SubmitScore", key="leagues", score=5, context={"league": league})
        assert (submitted.applied, submitted.segment, submitted.rank) == (True, league, 1)
    outcomes = []
    for context in ({}, {"league": "bronze"}, {"league": "silver"}, {"league": 7}):
        answer = await ann.call(f"{BOARD}/SubmitScore", key="leagues", score=9, context=context)
        outcomes.append(pb.ContributionOutcome.Name(answer.outcome).removeprefix("CONTRIBUTION_OUTCOME_"))
    assert outcomes == ["SEGMENT_MISSING", "SEGMENT_UNKNOWN", "SEGMENT_FIXED", "SEGMENT_UNKNOWN"]
    answer = await ann.call(f"{BOARD}/ListEntries", key="leagues", segment="gold")
    assert [one.name for one in answer.page.entries] == ["ann"]
    other = await ann.call(f"{BOARD}/ListEntries", key="leagues", segment="silver")
    assert ([one.name for one in other.page.entries], other.page.HasField("self")) == (["bob"], False)
    listed = await ann.call(f"{BOARD}/ListSegments", key="leagues")
    assert {one.segment: one.entries for one in listed.segments} == {"gold": 1, "silver": 1}
    await refused(ann.call(f"{BOARD}/ListEntries", key="leagues"), "SEGMENT_REQUIRED", "INVALID_ARGUMENT")
    assert await entries(ann, "matches", segment="nobody-there-yet") == []
    unknown = ann.call(f"{BOARD}/ListEntries", key="leagues", segment="bronze")
    await refused(unknown, "SEGMENT_NOT_FOUND", "INVALID_ARGUMENT")


async def test_a_period_ends_and_pays_its_prizes_once(server: ServerProcess) -> None:
    players = await scored(server, "daily", ann=1, bob=3, cid=2, dan=0.5)
    ann, bob = players["ann"], players["bob"]
    yesterday = (await ann.call(f"{BOARD}/GetLeaderboard", key="daily")).leaderboard.period
    page = await ann.call(f"{BOARD}/ListEntries", key="daily", page_size=2)
    await to_the_next_day(server, ann)
    assert await entries(ann, "daily") == []
    closing = await ann.call(f"{BOARD}/ListEntries", key="daily", window_key=yesterday.window_key)
    assert closing.page.period.state == pb.PERIOD_STATE_CLOSING
    await ann.call(f"{BOARD}/SubmitScore", key="daily", score=50)
    assert not (await bob.call("RewardService/ListGrants")).grants
    await bob.call("SessionService/UpdateProfile", name="Robert")
    await move(server, timedelta(seconds=600))
    final = await final_period(ann, "daily")
    assert (final.window_key, final.entries) == (yesterday.window_key, 4)
    by_name = await entries(ann, "daily", window_key=final.window_key)
    by_start = await entries(ann, "daily", period_start_time=final.start_time)
    assert by_name == by_start
    assert ranks(by_name) == [("Robert", 1, 1), ("cid", 2, 2), ("ann", 3, 3), ("dan", 4, 4)]
    rest = await ann.call(f"{BOARD}/ListEntries", key="daily", page_size=2, page_token=page.next_page_token)
    assert [one.name for one in rest.page.entries] == ["ann", "dan"]
    assert rest.page.period.state == pb.PERIOD_STATE_FINAL

    (grant,) = (await bob.call("RewardService/ListGrants")).grants
    assert (grant.source_kind, grant.source_id) == ("shared_leaderboard_period", "daily")
    assert (grant.state, grant.reward.currencies) == (rewards.GRANT_STATE_PENDING, {"gems": 100})
    assert (grant.period.leaderboard, grant.period.prize_tier) == ("daily", "gold")
    assert grant.period.start_time == final.start_time
    assert grant.key.startswith("shared_lb:daily:")
    assert (await bob.call("RewardService/GetWallet")).currencies == {}
    await bob.call("RewardService/ClaimGrant", grant_id=grant.id)
    await refused(bob.call("RewardService/ClaimGrant", grant_id=grant.id), "ALREADY_CLAIMED", "FAILED_PRECONDITION")
    assert (await bob.call("RewardService/GetWallet")).currencies == {"gems": 100}
    assert not (await players["dan"].call("RewardService/ListGrants")).grants
    await move(server, DAY)
    assert len((await bob.call("RewardService/ListGrants")).grants) == 1


async def test_b62_a_prize_may_be_held_back_for_a_while(server: ServerProcess) -> None:
    (ann,) = (await scored(server, "held", ann=1)).values()
    await to_the_next_day(server, ann, "held")
    await final_period(ann, "held")
    (grant,) = (await ann.call("RewardService/ListGrants")).grants
    assert grant.claimable_time.seconds == grant.create_time.seconds + 3600
    assert grant.expiry_time.seconds == grant.claimable_time.seconds + 600
    early = ann.call("RewardService/ClaimGrant", grant_id=grant.id)
    held = await refused(early, "GRANT_HELD", "FAILED_PRECONDITION")
    assert held.retry_seconds is not None
    assert 3500 < held.retry_seconds <= 3600
    await move(server, timedelta(seconds=3601))
    taken = (await ann.call("RewardService/ClaimGrant", grant_id=grant.id)).grant
    assert (taken.state, taken.period.prize_tier) == (rewards.GRANT_STATE_CLAIMED, "gold")


async def test_b11_a_read_is_never_silently_of_another_period(server: ServerProcess) -> None:
    (ann,) = (await scored(server, "daily", ann=1)).values()
    for asked in ({"window_key": "2999-01-01"}, {"window_key": "x"}, {"period_start_time": Timestamp(seconds=7)}):
        await refused(ann.call(f"{BOARD}/ListEntries", key="daily", **asked), "PERIOD_NOT_FOUND", "NOT_FOUND")
    both = ann.call(f"{BOARD}/ListEntries", key="daily", window_key="x", period_start_time=Timestamp(seconds=7))
    await refused(both, "INVALID_FIELD", "INVALID_ARGUMENT")
    beyond = ann.call(f"{BOARD}/ListEntries", key="daily", period_start_time=Timestamp(seconds=10**15))
    await refused(beyond, "INVALID_FIELD", "INVALID_ARGUMENT")
    await refused(ann.call(f"{BOARD}/ListEntries", key="old"), "NO_PERIOD_RUNNING", "FAILED_PRECONDITION")


def match(event_id: str, actor: str, **told: Any) -> dict[str, Any]:
    attrs = {"ranked": True, "won": True, "kills": 0.1, **told.pop("attrs", {})}
    return {
        "event_id": event_id,
        "type": "match",
        "actor": {"id": actor, "name": actor.title()},
        "attrs": attrs,
        **told,
    }


def outcome_names(results: Any) -> list[str]:
    """What became of game events, and on the one leaderboard that has rules for them."""
    prefix = "CONTRIBUTION_OUTCOME_"
    return [
        game_events.GameEventOutcome.Name(one.outcome).removeprefix("GAME_EVENT_OUTCOME_")
        + "".join(f" {pb.ContributionOutcome.Name(each.outcome).removeprefix(prefix)}" for each in one.contributions)
        for one in results
    ]


async def test_b40_each_game_event_has_an_answer_of_its_own(server: ServerProcess) -> None:
    eu = {"context": {"region": "eu"}}
    reported = [
        match("1", "ann", **eu),
        match("1", "ann", **eu),
        match("2", "ann", attrs={"kills": 0.2}, **eu),
        match("3", "bob", attrs={"won": False, "kills": 6, "deaths": 4}, **eu),
        match("4", "bob", attrs={"ranked": False}, **eu),
        match("5", "bob", attrs={"won": False, "deaths": 0}, **eu),
        match("6", "cid"),
        match("", "cid"),
        match("7", ""),
        match("x" * 65, "cid"),
        match("8", "cid", attrs={"deep": _nested(20)}),
        match("9", "cid", occurred_at=Timestamp(seconds=1)),
        match("10", "cid", occurred_at=Timestamp(seconds=4_000_000_000)),
        {"event_id": "11", "type": "nobody cares", "actor": {"id": "cid"}},
    ]
    answer = await server.operator.call("GameEventService/IngestGameEvents", events=reported)
    assert [one.event_id for one in answer.results[:3]] == ["1", "1", "2"]
    assert outcome_names(answer.results) == [
        "ACCEPTED APPLIED",
        "DUPLICATE",
        "ACCEPTED APPLIED",
        "ACCEPTED APPLIED",
        "ACCEPTED OUT_OF_SCOPE",
        "ACCEPTED EXPRESSION_FAILED",
        "ACCEPTED SEGMENT_MISSING",
        *["REJECTED"] * 6,
        "ACCEPTED",
    ]
    reasons = [one.reason for one in answer.results if one.reason]
    assert reasons == ["INVALID_FIELD"] * 4 + ["GAME_EVENT_TOO_OLD", "GAME_EVENT_FROM_THE_FUTURE"]
    again = await server.operator.call("GameEventService/IngestGameEvents", events=reported[:1])
    assert outcome_names(again.results) == ["DUPLICATE"]
    reader = await server.player("reader")
    rows = await entries(reader, "matches", segment="eu")
    assert [(one.player_id, one.name, one.score) for one in rows] == [("bob", "Bob", 1.5), ("ann", "Ann", 0.45)]
    for many in (0, 101):
        call = server.operator.call("GameEventService/IngestGameEvents", events=reported[:1] * many)
        await refused(call, "INVALID_FIELD", "INVALID_ARGUMENT")
    call = reader.call("GameEventService/IngestGameEvents", events=reported[:1])
    await refused(call, "SERVER_KEY_REQUIRED", "PERMISSION_DENIED")


def _nested(levels: int) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for _ in range(levels):
        tree = {"a": tree}
    return tree


async def test_b41_the_time_of_a_game_event_chooses_its_period(server: ServerProcess) -> None:
    reader = await server.player("reader")
    await to_the_next_day(server, reader, "matches")
    today = (await reader.call(f"{BOARD}/GetLeaderboard", key="matches")).leaderboard.period
    yesterday = Timestamp(seconds=today.start_time.seconds - 60)
    eu = {"context": {"region": "eu"}, "occurred_at": yesterday}
    first = await server.operator.call("GameEventService/IngestGameEvents", events=[match("1", "ann", **eu)])
    assert first.results[0].contributions[0].period_start_time.seconds == today.start_time.seconds - 86_400
    await move(server, timedelta(seconds=601))
    late = await server.operator.call("GameEventService/IngestGameEvents", events=[match("2", "ann", **eu)])
    assert outcome_names(late.results) == ["ACCEPTED LATE"]


async def test_b42_a_dry_run_tells_why_and_changes_nothing(server: ServerProcess) -> None:
    explained = await server.operator.call(
        "GameEventService/ExplainGameEvent", event=match("", "ann", context={"region": "eu"})
    )
    (one,) = explained.leaderboards
    assert (one.leaderboard, one.applied, one.rule, one.points, one.segment) == ("matches", True, 1, "0.15", "eu")
    assert one.window_key
    failing = match("", "ann", attrs={"won": False, "kills": 3})
    (one,) = (await server.operator.call("GameEventService/ExplainGameEvent", event=failing)).leaderboards
    assert (one.applied, one.rule) == (False, 2)
    assert "attrs.deaths" in one.detail
    reader = await server.player("reader")
    assert await entries(reader, "matches", segment="eu") == []
    with pytest.raises(CallFailed):
        await server.operator.call("AdminService/LookUpPlayer", player_id="ann")


async def test_b24_who_may_submit_to_which_board(server: ServerProcess) -> None:
    ann = await server.player("ann")
    call = ann.call(f"{BOARD}/SubmitScore", key="matches", score=5)
    await refused(call, "AUTHORITATIVE_LEADERBOARD", "PERMISSION_DENIED")
    region = {"region": "eu"}
    answer = await server.operator.call(
        "ServerService/SubmitScores",
        leaderboard_submissions=[
            {"player_id": "zoe", "key": "matches", "score": 2.5, "context": region, "request_id": "z1"},
            {"player_id": "zoe", "key": "nothing", "score": 1},
            {"player_id": "zoe", "key": "totals", "score": float("nan")},
            {"player_id": "zoe", "key": "matches", "score": 2.5, "context": region, "request_id": "z1"},
            {"player_id": "yan", "key": "matches", "score": 1},
            {"player_id": "yan", "key": "totals"},
        ],
        submissions=[{"player_id": "zoe", "id": "weekly", "score": 5}, {"player_id": "zoe", "id": "weekly"}],
    )
    told = [(one.applied, one.reason) for one in answer.leaderboard_results]
    assert told == [
        (True, ""),
        (False, "LEADERBOARD_NOT_FOUND"),
        (False, "INVALID_FIELD"),
        (True, ""),
        (False, ""),
        (False, "INVALID_FIELD"),
    ]
    assert "score" in answer.leaderboard_results[5].message
    assert answer.leaderboard_results[0].score == answer.leaderboard_results[3].score == 2.5
    assert answer.leaderboard_results[4].outcome == pb.CONTRIBUTION_OUTCOME_SEGMENT_MISSING
    assert [one.reason for one in answer.results] == ["COHORT_NOT_JOINED", "INVALID_FIELD"]
    page = (await server.operator.call(f"{BOARD}/ListEntries", key="matches", segment="eu")).page
    assert [(one.player_id, one.kind) for one in page.entries] == [("zoe", pb.PLAYER_KIND_PLAYER)]
    assert not page.HasField("self")
    for call in (f"{BOARD}/SubmitScore", "EventLeaderboardService/SubmitScore"):
        names = {"key": "laps"} if call.startswith(BOARD) else {"id": "weekly"}
        forgotten = await refused(ann.call(call, **names), "INVALID_FIELD", "INVALID_ARGUMENT")
        assert "score" in str(forgotten)
    call = server.operator.call(f"{BOARD}/SubmitScore", key="daily", score=5)
    await refused(call, "PLAYER_SESSION_REQUIRED", "PERMISSION_DENIED")
    call = server.operator.call(f"{BOARD}/ListEntriesAroundPlayer", key="daily")
    await refused(call, "INVALID_FIELD", "INVALID_ARGUMENT")


async def test_b23_a_property_of_the_player_names_his_segment(server: ServerProcess) -> None:
    """Set by a trusted caller only; for scores of servers, for game events, and for what players send themselves."""
    set_properties = "ServerService/SetPlayerProperties"
    ann = await server.player("ann")
    player_id = (await ann.call("SessionService/UpdateProfile")).profile.player_id
    call = ann.call(set_properties, player_id=player_id, properties={"league": "gold"})
    await refused(call, "SERVER_KEY_REQUIRED", "PERMISSION_DENIED")
    for properties in ({"League": "gold"}, {"league": [1]}, {"league": "x" * 257}):
        call = server.operator.call(set_properties, player_id=player_id, properties=properties)
        await refused(call, "INVALID_FIELD", "INVALID_ARGUMENT")
    many = {f"p{number}": number for number in range(65)}
    call = server.operator.call(set_properties, player_id="zoe", properties=many)
    await refused(call, "TOO_MANY_PROPERTIES", "FAILED_PRECONDITION")
    told = await server.operator.call(set_properties, player_id=player_id, properties={"league": "gold", "vip": True})
    assert dict(told.properties) == {"league": "gold", "vip": True}
    assert (await ann.call(f"{BOARD}/SubmitScore", key="leagues", score=5)).segment == "gold"
    await server.operator.call(set_properties, player_id="zoe", properties={"region": "eu"})
    scores = [{"player_id": "zoe", "key": "matches", "score": 1}]
    (one,) = (
        await server.operator.call("ServerService/SubmitScores", leaderboard_submissions=scores)
    ).leaderboard_results
    assert (one.applied, one.segment) == (True, "eu")
    answer = await server.operator.call("GameEventService/IngestGameEvents", events=[match("e1", "zoe")])
    assert [one.segment for one in answer.results[0].contributions] == ["eu"]
    found = await server.operator.call("AdminService/LookUpPlayer", player_id="zoe")
    assert dict(found.properties) == {"region": "eu"}


async def test_b20_scores_of_events_go_on_to_leaderboards(server: ServerProcess) -> None:
    ann = await server.player("ann")
    await ann.call("EventLeaderboardService/RollCohort", id="weekly", context={"league": "gold"})
    for score, total in ((5, 5), (7, 12)):
        answer = await ann.call("EventLeaderboardService/SubmitScore", id="weekly", score=score)
        (one,) = answer.contributions
        assert (one.leaderboard, one.applied, one.points, one.score) == ("totals", True, str(score), total)
    (row,) = await entries(ann, "totals")
    assert (row.score, row.num_scores) == (12, 2)


async def test_b34_metrics_become_a_score(server: ServerProcess) -> None:
    ann = await server.player("ann")
    await ann.call("EventLeaderboardService/RollCohort", id="hunt")
    submit = "EventLeaderboardService/SubmitScore"
    first = await ann.call(submit, id="hunt", metrics={"kills": 2, "assists": 3})
    assert first.score == 23
    increment = events.METRICS_MODE_INCREMENT
    second = await ann.call(submit, id="hunt", metrics={"kills": 1}, metrics_mode=increment)
    assert (second.previous_score, second.score) == (23, 33)
    both = ann.call(submit, id="hunt", score=5, metrics={"kills": 1})
    await refused(both, "INVALID_FIELD", "INVALID_ARGUMENT")
    await refused(ann.call(submit, id="hunt", metrics={"wins": 1}), "METRIC_UNKNOWN", "INVALID_ARGUMENT")
    await ann.call("EventLeaderboardService/RollCohort", id="weekly")
    await refused(ann.call(submit, id="weekly", metrics={"kills": 1}), "METRICS_NOT_TAKEN", "INVALID_ARGUMENT")
