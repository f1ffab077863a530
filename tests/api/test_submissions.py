"""Metrics instead of a score, and what is said of a player who rolls (B34)."""

from decimal import Decimal
from typing import Any

import pytest

from server.api.errors import InvalidFields
from server.api.pb import event_leaderboard_service_pb2 as pb
from server.api.pb import leaderboard_service_pb2 as boards
from server.api.pb import server_service_pb2 as server
from server.api.submissions import board_score_of, roll_context, submission_of
from server.domain.event_leaderboards.metrics import Mode, Report


def report_of(**fields: Any) -> Report | None:
    return submission_of(pb.SubmitScoreRequest(id="weekly", **fields), is_trusted=False).report


def test_metrics_are_read_as_the_decimals_that_they_print_as() -> None:
    assert report_of(metrics={"kills": 3, "accuracy": 0.1}) == Report(
        Mode.SET, (("accuracy", Decimal("0.1")), ("kills", Decimal(3)))
    )
    incremented = report_of(metrics={"kills": 1}, metrics_mode=pb.METRICS_MODE_INCREMENT)
    assert incremented is not None
    assert incremented.mode is Mode.INCREMENT
    assert report_of(score=5) is None


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("score", {"score": 5, "metrics": {"kills": 1}}),
        ("score", {"score": 0, "metrics": {"kills": 1}}),
        ("metrics", {"metrics": {"kills": float("nan")}}),
        ("metrics", {"metrics": {"": 1}}),
        ("metrics", {"metrics": {str(number): 1 for number in range(17)}}),
        ("metrics_mode", {"metrics": {"kills": 1}, "metrics_mode": 7}),
    ],
)
def test_metrics_that_cannot_be_right_are_refused(field: str, told: dict[str, Any]) -> None:
    with pytest.raises(InvalidFields) as refused:
        report_of(**told)
    assert refused.value.violations[0][0] == field


def test_a_score_that_was_forgotten_is_refused_and_one_of_nothing_is_a_score() -> None:
    """Fastest wins, or fewest: there 0 would be the best score of all."""
    with pytest.raises(InvalidFields) as refused:
        report_of(subscore=5)
    assert refused.value.violations == [("score", "is missing; send it, 0 included, or metrics that it is made of")]
    assert submission_of(pb.SubmitScoreRequest(id="weekly", score=0), is_trusted=False).score == 0
    for kind in (boards.LeaderboardServiceSubmitScoreRequest, server.LeaderboardSubmission):
        with pytest.raises(InvalidFields) as refused:
            board_score_of(kind(key="laps"))
        assert refused.value.violations == [("score", "is missing; send it, 0 included")]
        assert board_score_of(kind(key="laps", score=0)) == "0"


def test_b34_the_context_of_a_roll_has_16_keys_and_64_bytes_a_value() -> None:
    largest = {f"key_{number}": "é" * 32 for number in range(16)}
    assert roll_context(largest) == largest
    for above in ({**largest, "one more": "x"}, {"league": "é" * 33}, {"": "x"}, {"x" * 65: "x"}, {"league": "\0"}):
        with pytest.raises(InvalidFields):
            roll_context(above)
