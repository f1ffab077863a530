"""What is measured: calls of one kind, prepared once and sent again and again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from google.protobuf.message import Message

from benchmarks.http2 import grpc_body, request_headers
from benchmarks.load import Call
from benchmarks.servers import SERVER_KEY, token_of
from server.api.admission import SERVER_KEY as SERVER_KEY_HEADER
from server.api.pb import event_leaderboard_service_pb2 as events
from server.api.pb import game_event_service_pb2 as game_events
from server.api.pb import leaderboard_service_pb2 as boards
from server.api.pb import reward_service_pb2 as rewards
from server.api.pb import server_service_pb2 as server

PRIZE = {"guaranteed": {"currencies": {"coins": {"min": 10}}}}


def event(cohort_size: int) -> dict[str, Any]:
    """Return a weekly event whose every rank wins something."""
    brackets = [{"rank_min": 1, "rank_max": cohort_size, "reward": PRIZE}]
    return {
        "reset_schedule": "@weekly",
        "operator": "incr",
        "cohort_size": cohort_size,
        "reward_tiers": {"0": brackets},
    }


def players(kind: str, count: int) -> list[str]:
    """Return ids of so many players."""
    return [f"{kind}-{number:05}" for number in range(count)]


def empty_calls() -> list[Call]:
    """Return the calls of the bare server."""
    return [(request_headers("/bench.Empty/Call", {}), grpc_body(b""))]


def register(players: Sequence[str]) -> list[Call]:
    """Return the calls that make the server know its players."""
    return _calls("RewardService/GetWallet", players, rewards.GetWalletRequest())


def roll(players: Sequence[str], event_id: str) -> list[Call]:
    """First rolls: every player is put into a cohort."""
    return _calls("EventLeaderboardService/RollCohort", players, events.RollCohortRequest(id=event_id, minimal=True))


def submit(players: Sequence[str], event_id: str) -> list[Call]:
    """Submissions without a view: every player adds to his score."""
    return _calls("EventLeaderboardService/SubmitScore", players, events.SubmitScoreRequest(id=event_id, score=5))


def submit_scores(players: Sequence[str], event_id: str, count: int) -> list[Call]:
    """Submissions of the studio's server, so many in a call; players who fill no whole call are left out."""
    scores = [server.ScoreSubmission(player_id=player, id=event_id, score=5) for player in players]
    batches = [scores[first : first + count] for first in range(0, len(scores) - count + 1, count)]
    return [trusted("ServerService/SubmitScores", server.SubmitScoresRequest(submissions=batch)) for batch in batches]


def claim(players: Sequence[str], event_id: str) -> list[Call]:
    """Claims of what the players' cohorts have won."""
    return _calls("EventLeaderboardService/ClaimReward", players, events.ClaimRewardRequest(id=event_id, minimal=True))


def submit_to_board(players: Sequence[str], key: str) -> list[Call]:
    """Scores straight to a leaderboard: every player adds to his."""
    message = boards.LeaderboardServiceSubmitScoreRequest(key=key, score=5)
    return _calls("LeaderboardService/SubmitScore", players, message)


def watch_cohort(player: str, cohort_id: str) -> Call:
    """Let a player watch his cohort."""
    message = events.WatchCohortRequest(cohort_id=cohort_id)
    return _call("EventLeaderboardService/WatchCohort", player, message)


def watch_board(player: str, key: str, limit: int = 0, seen: str = "") -> Call:
    """Let a player watch the first rows of a leaderboard, from the revision on that he has seen."""
    request = boards.WatchLeaderboardRequest(key=key, limit=limit, resume_revision=seen)
    return _call("LeaderboardService/WatchLeaderboard", player, request)


def rank_reads(players: Sequence[str], key: str) -> list[Call]:
    """Every player asks for his own rank."""
    return [
        _call("LeaderboardService/BatchGetRanks", one, boards.BatchGetRanksRequest(key=key, player_ids=[one]))
        for one in players
    ]


def page_reads(players: Sequence[str], key: str, rows: int) -> list[Call]:
    """Every player looks at the places around his own."""
    message = boards.ListEntriesAroundPlayerRequest(key=key, page_size=rows)
    return _calls("LeaderboardService/ListEntriesAroundPlayer", players, message)


def first_page(player: str, key: str, rows: int) -> Call:
    """Let a player read the first page of a leaderboard."""
    return _call("LeaderboardService/ListEntries", player, boards.ListEntriesRequest(key=key, page_size=rows))


def list_periods(player: str, key: str) -> Call:
    """Let a player look at what periods there are."""
    return _call("LeaderboardService/ListPeriods", player, boards.ListPeriodsRequest(key=key))


def game_event(number: int, player: str, kind: str) -> game_events.GameEvent:
    """Return a match that somebody has won."""
    event = game_events.GameEvent(event_id=f"{kind}-{number}", type=kind, actor=game_events.GameEventActor(id=player))
    event.attrs.update({"score": number % 1000, "victory": True, "mode": "ranked"})
    return event


def ingest(events: Sequence[game_events.GameEvent]) -> Call:
    """Report game events together."""
    return trusted("GameEventService/IngestGameEvents", game_events.IngestGameEventsRequest(events=events))


def trusted(method: str, message: Message) -> Call:
    """Return a call with the server key."""
    headers = request_headers(f"/laurel.v1.{method}", {SERVER_KEY_HEADER: SERVER_KEY})
    return headers, grpc_body(message.SerializeToString())


def _call(method: str, player: str, message: Message) -> Call:
    headers = request_headers(f"/laurel.v1.{method}", {"authorization": f"Bearer {token_of(player)}"})
    return headers, grpc_body(message.SerializeToString())


def _calls(method: str, players: Sequence[str], message: Message) -> list[Call]:
    body = grpc_body(message.SerializeToString())
    path = f"/laurel.v1.{method}"
    return [(request_headers(path, {"authorization": f"Bearer {token_of(player)}"}), body) for player in players]
