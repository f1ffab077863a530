"""What players and servers say when they submit a score or roll in an event: arguments made of messages."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from server.api import requests as read
from server.api.pb import event_leaderboard_service_pb2 as pb
from server.api.pb import leaderboard_service_pb2 as boards
from server.api.pb import server_service_pb2 as server
from server.api.requests import invalid
from server.domain.event_leaderboards.metrics import Mode, Report
from server.domain.event_leaderboards.submissions import Submission

METRICS_MAX = 16
CONTEXT_KEYS_MAX = 16
NAME_MAX = 64
CONTEXT_VALUE_BYTES_MAX = 64
_MODES = {
    pb.METRICS_MODE_UNSPECIFIED: Mode.SET,
    pb.METRICS_MODE_SET: Mode.SET,
    pb.METRICS_MODE_INCREMENT: Mode.INCREMENT,
}


def submission_of(request: pb.SubmitScoreRequest | server.ScoreSubmission, *, is_trusted: bool) -> Submission:
    """Return a score on its way in, or metrics that the score is made of (B34).

    A score that was forgotten is no score of 0, which may be the best there is.
    """
    if not request.metrics and not request.HasField("score"):
        raise invalid("score", "is missing; send it, 0 included, or metrics that it is made of")
    return Submission(
        request.score,
        request.subscore,
        read.json_object("metadata", request.metadata) if request.HasField("metadata") else None,
        request.conditional_metadata_update,
        read.operator(request.operator),
        is_trusted=is_trusted,
        report=_report_of(request) if request.metrics else None,
    )


def board_score_of(request: boards.LeaderboardServiceSubmitScoreRequest | server.LeaderboardSubmission) -> str:
    """Return a leaderboard's score as a decimal (B22). One that was forgotten is none, as above."""
    if not request.HasField("score"):
        raise invalid("score", "is missing; send it, 0 included")
    return str(read.number("score", request.score))


def roll_context(context: Mapping[str, str]) -> dict[str, str]:
    """Return what is said of a player who rolls: his segments on leaderboards are found there (B34)."""
    if len(context) > CONTEXT_KEYS_MAX:
        raise invalid("context", f"has {len(context)} keys; send up to {CONTEXT_KEYS_MAX}")
    return {read.identifier("context", name, NAME_MAX): _context_value(text) for name, text in context.items()}


def _context_value(text: str) -> str:
    if len(text.encode()) > CONTEXT_VALUE_BYTES_MAX:
        raise invalid("context", f"has a value of more than {CONTEXT_VALUE_BYTES_MAX} bytes")
    return read.optional_text("context", text, CONTEXT_VALUE_BYTES_MAX)


def _report_of(request: pb.SubmitScoreRequest | server.ScoreSubmission) -> Report:
    if request.HasField("score"):
        raise invalid("score", "is computed from the metrics; send one or the other")
    if len(request.metrics) > METRICS_MAX:
        raise invalid("metrics", f"has {len(request.metrics)} entries; send up to {METRICS_MAX}")
    mode = _MODES.get(request.metrics_mode)
    if mode is None:
        raise invalid("metrics_mode", f"{request.metrics_mode} is not known")
    values = ((read.identifier("metrics", name, NAME_MAX), one) for name, one in sorted(request.metrics.items()))
    return Report(mode, tuple((name, Decimal(read.number("metrics", one))) for name, one in values))
