"""Game events on their way in and their answers on the way out (B40, B41)."""

from decimal import Decimal
from typing import Any

import pytest

from server.api.codec import game_events as codec
from server.api.codec.times import timestamp
from server.api.errors import InvalidFields
from server.api.pb import game_event_service_pb2 as pb
from server.api.pb import leaderboard_pb2 as boards
from server.application.contributions import Contributed
from server.application.explain_game_event import BoardExplained, EventExplained
from server.application.game_events import EventScored, Ingested, Reception, ReportedEvent
from server.domain.errors import CohortNotJoined, GameEventTooOld
from server.domain.ids import EventId, LeaderboardKey, PlayerId
from server.domain.leaderboards.outcomes import Outcome
from tests.builders import MONDAY

KEY = LeaderboardKey("board")


def event(**fields: Any) -> pb.GameEvent:
    usual: dict[str, Any] = {"event_id": "e1", "type": "match", "actor": {"id": "ann"}}
    return pb.GameEvent(**{**usual, **fields})


def shown(messages: Any, contributed: Any) -> None:
    for one in contributed:
        messages.add(leaderboard=one.leaderboard)


def answered(one: Ingested) -> pb.GameEventResult:
    results = pb.IngestGameEventsResponse().results
    codec.add_result(results, one, shown, MONDAY)
    (message,) = results
    return message


def test_a_game_event_is_read_as_it_was_told() -> None:
    actor = {"id": "ann", "metadata": {"level": 3}, "name": "Ann", "avatar_url": "a.png"}
    told = event(actor=actor, attrs={"kills": 0.1}, context={"region": "eu"}, occurred_at=timestamp(MONDAY))
    assert codec.reported(told) == ReportedEvent(
        "e1",
        "match",
        PlayerId("ann"),
        MONDAY,
        {"level": 3},
        {"kills": Decimal("0.1")},
        {"region": "eu"},
        "Ann",
        "a.png",
    )
    assert codec.reported(event()).occurred_at is None


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("event_id", {"event_id": ""}),
        ("event_id", {"event_id": "x" * 65}),
        ("event_id", {"event_id": "é" * 33}),
        ("event_id", {"event_id": "a\0b"}),
        ("type", {"type": ""}),
        ("type", {"type": "x" * 65}),
        ("actor.id", {"actor": {}}),
        ("actor.name", {"actor": {"id": "ann", "name": "\0"}}),
        ("actor.avatar_url", {"actor": {"id": "ann", "avatar_url": "x" * 513}}),
        ("actor.metadata", {"actor": {"id": "ann", "metadata": {"a": float("nan")}}}),
        ("attrs", {"attrs": {"a": float("inf")}}),
        ("context", {"context": {"a": ["x" * 20_000]}}),
        ("occurred_at", {"occurred_at": {"seconds": 10**15}}),
        ("occurred_at", {"occurred_at": {"seconds": 1, "nanos": -1}}),
        ("occurred_at", {"occurred_at": {"seconds": 1, "nanos": 10**9}}),
    ],
)
def test_what_cannot_be_right_is_named(field: str, told: dict[str, Any]) -> None:
    with pytest.raises(InvalidFields) as refused:
        codec.reported(event(**told))
    assert refused.value.violations[0][0] == field


def test_the_longest_id_is_64_bytes_and_a_dry_run_needs_none() -> None:
    assert codec.reported(event(event_id="é" * 32)).event_id == "é" * 32
    assert codec.reported(event(event_id=""), needs_id=False).event_id == ""


def test_every_reception_is_an_outcome_of_the_proto() -> None:
    assert set(codec.RECEPTIONS) == set(Reception)
    assert set(codec.RECEPTIONS.values()) == {name for name, number in pb.GameEventOutcome.items() if number}


def test_b40_a_game_event_that_is_rejected_says_why() -> None:
    refusal = GameEventTooOld(oldest="2026")
    answer = answered(Ingested("e1", Reception.REJECTED, refusal=refusal))
    assert (answer.outcome, answer.reason) == (pb.GAME_EVENT_OUTCOME_REJECTED, "GAME_EVENT_TOO_OLD")
    assert answer.message == refusal.message


def test_b40_a_game_event_that_is_accepted_tells_what_it_did() -> None:
    scored = (
        EventScored(EventId("weekly"), Outcome.REFUSED, refusal=CohortNotJoined()),
        EventScored(EventId("hunt"), Outcome.EXPRESSION_FAILED, detail="division_by_zero"),
    )
    one = Ingested("e1", Reception.ACCEPTED, [Contributed(KEY, Outcome.LATE)], scored)
    answer = answered(one)
    assert (answer.event_id, answer.outcome) == ("e1", pb.GAME_EVENT_OUTCOME_ACCEPTED)
    assert [each.leaderboard for each in answer.contributions] == ["board"]
    weekly, hunt = answer.submissions
    assert (weekly.id, weekly.applied, weekly.reason) == ("weekly", False, "COHORT_NOT_JOINED")
    assert (hunt.outcome, hunt.detail) == (boards.CONTRIBUTION_OUTCOME_EXPRESSION_FAILED, "division_by_zero")


def test_b42_an_explanation_counts_rules_from_one() -> None:
    applied = codec.explained(BoardExplained(KEY, Outcome.APPLIED, 0, "1.5", "eu", "2026-11-02"))
    assert (applied.applied, applied.rule, applied.points, applied.window_key) == (True, 1, "1.5", "2026-11-02")
    assert codec.explained(BoardExplained(KEY, Outcome.NO_RULE, None, "", "", "")).rule == 0
    known = codec.event_explained(EventExplained(EventId("weekly"), Outcome.APPLIED, 1, 0))
    assert (known.rule, known.HasField("score"), known.score) == (2, True, 0)
