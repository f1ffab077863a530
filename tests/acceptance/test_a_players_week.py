"""What a player does in a week, over real gRPC against a real process: every call of every service once at least."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.struct_pb2 import Struct

from server.api.pb import event_leaderboard_pb2 as events
from server.client import CallFailed, Client
from tests.acceptance.process import PRIZE, WEEKLY, ServerProcess, eventually

COHORT = events.STANDINGS_VIEW_COHORT
EVENT = "EventLeaderboardService"


async def move(server: ServerProcess, **span: float) -> None:
    await server.operator.call(
        "DebugService/MoveClock", forward=Duration(seconds=int(timedelta(**span).total_seconds()))
    )


async def refused(call: Any, reason: str, code: str | None = None) -> CallFailed:
    with pytest.raises(CallFailed) as caught:
        await call
    assert caught.value.reason == reason
    if code is not None:
        assert caught.value.code == code
    return caught.value


async def test_a_week_from_the_first_roll_to_the_prize(server: ServerProcess) -> None:
    ann, bob = await server.player("ann"), await server.player("bob")
    listed = await ann.call(f"{EVENT}/ListEventLeaderboards", with_definition=True)
    (event,) = listed.event_leaderboards
    assert (event.id, event.can_roll, event.cohort_id, event.max_count) == ("weekly", True, "", 50)
    assert event.reward_tiers[0].reward_tiers[0].rewards.guaranteed.currencies["coins"].min == 10
    assert abs(listed.current_time.ToDatetime(UTC) - datetime.now(UTC)) < timedelta(minutes=1)

    await ann.call(f"{EVENT}/RollCohort", id="weekly", metadata='{"car":"red"}')
    rolled = await bob.call(f"{EVENT}/RollCohort", id="weekly", view=COHORT)
    assert [one.name for one in rolled.event_leaderboard.scores] == ["ann", "bob"]
    assert [one.is_self for one in rolled.event_leaderboard.scores] == [False, True]

    await ann.call(f"{EVENT}/SubmitScore", id="weekly", score=5)
    submitted = await bob.call(f"{EVENT}/SubmitScore", id="weekly", score=9, view=events.STANDINGS_VIEW_AROUND)
    assert (submitted.applied, submitted.improved, submitted.rank, submitted.count) == (True, True, 1, 2)
    assert [(one.rank, one.name, one.score) for one in submitted.scores] == [(1, "bob", 9), (2, "ann", 5)]

    await refused(ann.call(f"{EVENT}/ClaimReward", id="weekly"), "COHORT_NOT_COMPLETE", "FAILED_PRECONDITION")
    await move(server, days=7)
    seen = (await ann.call(f"{EVENT}/GetEventLeaderboard", id="weekly")).event_leaderboard
    assert (seen.can_claim, seen.can_roll, seen.can_roll_with_claim, seen.can_update) == (True, False, True, False)
    claimed = await ann.call(f"{EVENT}/ClaimReward", id="weekly", request_id="c1")
    assert claimed.grant.reward.currencies == {"coins": 10}
    again = await ann.call(f"{EVENT}/ClaimReward", id="weekly", request_id="c1")
    assert again.grant == claimed.grant
    await refused(ann.call(f"{EVENT}/ClaimReward", id="weekly"), "ALREADY_CLAIMED")

    assert (await ann.call("RewardService/GetWallet")).currencies == {"coins": 10}
    assert (await ann.call("RewardService/GetInventory")).items == {}
    (grant,) = (await ann.call("RewardService/ListGrants")).grants
    assert grant.id == claimed.grant.id
    (past,) = (await ann.call(f"{EVENT}/ListPastCohorts", id="weekly")).past_cohorts
    assert (past.rank, past.count, past.score, past.grant.id) == (2, 2, 5, grant.id)
    both = await bob.call(f"{EVENT}/RollCohort", id="weekly", claim_reward=True)
    assert both.grant.reward.currencies == {"coins": 10}


async def test_standings_are_read_in_pages_by_participants_only(server: ServerProcess) -> None:
    players = [await server.player(f"p{number}") for number in range(7)]
    for player in players:
        rolled = await player.call(f"{EVENT}/RollCohort", id="weekly", minimal=True)
        await player.call(f"{EVENT}/SubmitScore", id="weekly", score=1)
    names, token = [], ""
    while True:
        page = await players[0].call(
            f"{EVENT}/ListStandings", cohort_id=rolled.cohort_id, page_size=3, page_token=token
        )
        names += [one.name for one in page.scores]
        token = page.next_page_token
        if not token:
            break
    assert names == [f"p{number}" for number in range(7)]
    stranger = await server.player("stranger")
    await refused(stranger.call(f"{EVENT}/ListStandings", cohort_id=rolled.cohort_id), "COHORT_NOT_FOUND", "NOT_FOUND")
    for bad in ("x", page.next_page_token + "AAAA", "!!!!"):
        await refused(
            players[0].call(f"{EVENT}/ListStandings", cohort_id=rolled.cohort_id, page_token=bad), "INVALID_PAGE_TOKEN"
        )


async def test_sessions(server: ServerProcess) -> None:
    signed_in = await server.anybody.call("SessionService/Authenticate", custom_id="ann-custom", name="Ann")
    assert signed_in.created
    again = await server.anybody.call("SessionService/Authenticate", custom_id="ann-custom", create=False)
    assert (again.session.player_id, again.created) == (signed_in.session.player_id, False)
    refreshed = await server.anybody.call("SessionService/Refresh", refresh_token=signed_in.session.refresh_token)
    ann = server.anybody.as_player(refreshed.session.token)
    profile = (await ann.call("SessionService/UpdateProfile", name="Anna")).profile
    assert (profile.name, profile.avatar_url) == ("Anna", "")
    await refused(
        server.anybody.call("SessionService/Authenticate", custom_id="nobody-yet", create=False), "ACCOUNT_NOT_FOUND"
    )
    await refused(server.anybody.call("SessionService/Authenticate"), "INVALID_FIELD", "INVALID_ARGUMENT")
    await refused(server.anybody.call("SessionService/Authenticate", device_id="short"), "INVALID_FIELD")
    wrong_kind = server.anybody.as_player(signed_in.session.refresh_token)
    await refused(wrong_kind.call("RewardService/GetWallet"), "SESSION_INVALID", "UNAUTHENTICATED")
    await refused(
        server.anybody.call("SessionService/Refresh", refresh_token=signed_in.session.token), "SESSION_INVALID"
    )


async def test_a_rename_reaches_the_running_cohort(server: ServerProcess) -> None:
    ann, bob = await server.player("ann"), await server.player("bob")
    for player in (ann, bob):
        await player.call(f"{EVENT}/RollCohort", id="weekly")
    await ann.call("SessionService/UpdateProfile", name="Anna", avatar_url="a.png")
    seen = (await bob.call(f"{EVENT}/GetEventLeaderboard", id="weekly", view=COHORT)).event_leaderboard
    assert [(one.name, one.avatar_url) for one in seen.scores] == [("Anna", "a.png"), ("bob", "")]


async def test_who_may_call_what(server: ServerProcess) -> None:
    ann = await server.player("ann")
    await refused(server.anybody.call(f"{EVENT}/ListEventLeaderboards"), "SESSION_MISSING", "UNAUTHENTICATED")
    await refused(
        server.operator.call(f"{EVENT}/ListEventLeaderboards"), "PLAYER_SESSION_REQUIRED", "PERMISSION_DENIED"
    )
    await refused(ann.call("AdminService/GetCatalogue"), "SERVER_KEY_REQUIRED", "PERMISSION_DENIED")
    stranger = Client(server.channel, server_key="wrong")
    await refused(stranger.call("AdminService/GetCatalogue"), "SERVER_KEY_INVALID", "UNAUTHENTICATED")
    forged = server.anybody.as_player(
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4iLCJpc3MiOiJsYXVyZWwiLCJleHAiOjk5OTk5OTk5OTl9."
    )
    await refused(forged.call("RewardService/GetWallet"), "SESSION_INVALID")
    await refused(server.anybody.as_player("garbage").call("RewardService/GetWallet"), "SESSION_INVALID")


async def test_servers_submit_for_many_and_roll_with_tier_and_properties(tmp_path: Path) -> None:
    tiered = {**WEEKLY, "tiers": 3, "authoritative": True}
    server = await ServerProcess(tmp_path, {"weekly": tiered}).start()
    try:
        properties = Struct()
        properties.update({"skill": 7})
        rolled = await server.operator.call(
            "ServerService/RollCohort", player_id="ann", id="weekly", tier=2, properties=properties, name="Ann"
        )
        assert rolled.event_leaderboard.tier == 2
        assert rolled.event_leaderboard.standing.name == "Ann"
        submissions = [
            {"player_id": "ann", "id": "weekly", "score": 5, "request_id": "r1"},
            {"player_id": "nobody", "id": "weekly", "score": 5},
            {"player_id": "ann", "id": "nothing", "score": 5},
            {"player_id": "", "id": "weekly", "score": 5},
            {"player_id": "ann", "id": "weekly", "score": 6},
        ]
        answer = await server.operator.call("ServerService/SubmitScores", submissions=submissions)
        told = [(one.applied, one.reason) for one in answer.results]
        assert told == [
            (True, ""),
            (False, "COHORT_NOT_JOINED"),
            (False, "EVENT_NOT_FOUND"),
            (False, "INVALID_FIELD"),
            (True, ""),
        ]
        assert answer.results[4].score == 11
        repeat = await server.operator.call("ServerService/SubmitScores", submissions=submissions[:1])
        assert repeat.results[0].score == 5
        await refused(server.operator.call("ServerService/SubmitScores"), "INVALID_FIELD")
        ann = await server.player("somebody")
        await ann.call(f"{EVENT}/RollCohort", id="weekly")
        await refused(
            ann.call(f"{EVENT}/SubmitScore", id="weekly", score=1), "AUTHORITATIVE_EVENT", "PERMISSION_DENIED"
        )
    finally:
        await server.stop()


async def test_debug_calls_make_opponents_scores_and_time(server: ServerProcess) -> None:
    signed_in = await server.anybody.call("SessionService/Authenticate", device_id="device-of-ann", name="ann")
    ann, player_id = server.anybody.as_player(signed_in.session.token), signed_in.session.player_id
    await ann.call(f"{EVENT}/RollCohort", id="weekly")
    filled = await server.operator.call("DebugService/FillCohort", id="weekly", player_id=player_id, target_count=12)
    assert filled.added == 11
    scored = await server.operator.call(
        "DebugService/SubmitRandomScores", id="weekly", player_id=player_id, score_min=5, score_max=9
    )
    assert scored.accepted == 11
    seen = (await ann.call(f"{EVENT}/GetEventLeaderboard", id="weekly", view=COHORT)).event_leaderboard
    assert [one.score for one in seen.scores[:-1]] == sorted((one.score for one in seen.scores[:-1]), reverse=True)
    assert {one.score for one in seen.scores[:-1]} <= {5, 6, 7, 8, 9}
    assert seen.scores[-1].is_self
    await server.operator.call("DebugService/UnenrolPlayer", id="weekly", player_id=player_id)
    seen = (await ann.call(f"{EVENT}/GetEventLeaderboard", id="weekly")).event_leaderboard
    assert (seen.cohort_id, seen.can_roll) == ("", True)
    moved = await server.operator.call("DebugService/MoveClock", forward=Duration(seconds=3600))
    assert moved.offset.seconds == 3600
    await refused(
        server.operator.call("DebugService/MoveClock", forward=Duration(seconds=-1)), "CLOCK_ONLY_MOVES_FORWARD"
    )
    await refused(server.operator.call("DebugService/MoveClock"), "INVALID_FIELD")
    await refused(ann.call("DebugService/MoveClock", forward=Duration(seconds=1)), "SERVER_KEY_REQUIRED")


async def test_debug_calls_do_not_exist_where_switched_off(tmp_path: Path) -> None:
    server = await ServerProcess(tmp_path, environment={"LAUREL_DEBUG": "false"}).start()
    await refused(server.operator.call("DebugService/MoveClock"), "METHOD_NOT_FOUND", "UNIMPLEMENTED")
    await server.stop()


async def test_operators_reload_validate_and_look_up(server: ServerProcess) -> None:
    ann = await server.player("ann")
    await ann.call(f"{EVENT}/RollCohort", id="weekly")
    catalogue = await server.operator.call("AdminService/GetCatalogue")
    (entry,) = catalogue.event_leaderboards
    assert (entry.id, entry.definition_hash, entry.activation_count) == ("weekly", entry.phase_definition_hash, 1)

    text = '{"event_leaderboards": {"x": {"reset_schedule": "0 0 0 * * 1"}}}'
    checked = await server.operator.call(
        "AdminService/ValidateDefinitions", event_leaderboards=[{"name": "x.json", "text": text}]
    )
    assert not checked.valid
    assert [(one.file, one.line, one.mend) for one in checked.diagnostics if "fields" in one.message] == [
        ("x.json", 1, "did you mean '0 0 * * 1'?")
    ]

    server.configure({"weekly": {**WEEKLY, "name": "Renamed"}, "second": WEEKLY})
    assert (await server.operator.call("AdminService/Reload")).reloaded
    names = {one.id: one.name for one in (await ann.call(f"{EVENT}/ListEventLeaderboards")).event_leaderboards}
    assert names == {"weekly": "Renamed", "second": ""}

    server.configure({"weekly": {**WEEKLY, "cohort_size": 0}})
    refused_reload = await server.operator.call("AdminService/Reload")
    assert not refused_reload.reloaded
    assert any("too small" in one.message for one in refused_reload.diagnostics)
    assert len((await ann.call(f"{EVENT}/ListEventLeaderboards")).event_leaderboards) == 2

    player_id = (await ann.call("SessionService/UpdateProfile")).profile.player_id
    found = await server.operator.call("AdminService/LookUpPlayer", player_id=player_id)
    assert (found.profile.name, [one.id for one in found.event_leaderboards]) == ("ann", ["weekly"])
    await refused(server.operator.call("AdminService/LookUpPlayer", player_id="nobody"), "PLAYER_NOT_FOUND")


async def test_rewards_that_wait_are_taken(tmp_path: Path) -> None:
    mailbox = {**PRIZE, "to_mailbox_expiry_sec": 3600}
    tiers = {"0": [{"rank_min": 1, "rank_max": 50, "reward": mailbox}]}
    server = await ServerProcess(tmp_path, {"weekly": {**WEEKLY, "reward_tiers": tiers}}).start()
    ann = await server.player("ann")
    await ann.call(f"{EVENT}/RollCohort", id="weekly")
    await ann.call(f"{EVENT}/SubmitScore", id="weekly", score=1)
    await move(server, days=7)
    grant = (await ann.call(f"{EVENT}/ClaimReward", id="weekly")).grant
    assert (await ann.call("RewardService/GetWallet")).currencies == {}
    await ann.call("RewardService/ClaimGrant", grant_id=grant.id)
    assert (await ann.call("RewardService/GetWallet")).currencies == {"coins": 10}
    await refused(ann.call("RewardService/ClaimGrant", grant_id=grant.id), "ALREADY_CLAIMED")
    await refused(ann.call("RewardService/ClaimGrant", grant_id="nothing"), "GRANT_NOT_FOUND", "NOT_FOUND")
    await server.stop()


async def test_prizes_come_by_themselves_where_the_event_says_so(tmp_path: Path) -> None:
    server = await ServerProcess(tmp_path, {"weekly": {**WEEKLY, "auto_claim": True}}).start()
    ann = await server.player("ann")
    await ann.call(f"{EVENT}/RollCohort", id="weekly")
    await ann.call(f"{EVENT}/SubmitScore", id="weekly", score=1)
    await move(server, days=7)

    async def is_paid() -> bool:
        return bool((await ann.call("RewardService/GetWallet")).currencies == {"coins": 10})

    await eventually(is_paid)
    await server.stop()
