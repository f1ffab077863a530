"""The one table of reasons: what each error is called on the wire, its status code, and what a caller can do (A4).

The same reasons stand in proto/laurel/v1/error_reason.proto and docs/ERRORS.md; a test holds the three together.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum

import structlog
from google.rpc import error_details_pb2, status_pb2

from server.api.errors import ApiError, InvalidFields
from server.domain.errors import DomainError, Refusal
from server.domain.values import value
from server.ports.errors import HookFailed, RanksUnavailable, StoreConflict, StoreOverloaded, StoreUnavailable

log = structlog.get_logger(__name__)


class Code(Enum):
    """Canonical status codes, by their gRPC numbers."""

    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    UNAUTHENTICATED = 16


@value
class Reason:
    """A reason on the wire: stable name, status code, and the way out for whoever meets it."""

    name: str
    code: Code
    way_out: str


_DOMAIN = (
    Reason("EVENT_NOT_FOUND", Code.NOT_FOUND, "Ask ListEventLeaderboards for the ids that exist."),
    Reason("EVENT_NOT_ACTIVE", Code.FAILED_PRECONDITION, "Wait for `next_start_time` of the event."),
    Reason("ROLLS_CLOSED", Code.FAILED_PRECONDITION, "Wait for the next phase."),
    Reason("ACCOUNT_TOO_YOUNG", Code.FAILED_PRECONDITION, "Try again at the time in RetryInfo."),
    Reason("COHORT_NOT_COMPLETE", Code.FAILED_PRECONDITION, "Play on until the cohort is complete for the player."),
    Reason("REWARD_UNCLAIMED", Code.FAILED_PRECONDITION, "Claim first, or roll with `claim_reward`."),
    Reason("NO_ROLLS_LEFT", Code.FAILED_PRECONDITION, "Wait for the next phase."),
    Reason("ROLL_COOLDOWN_ACTIVE", Code.FAILED_PRECONDITION, "Try again at the time in RetryInfo."),
    Reason("COHORT_NOT_JOINED", Code.FAILED_PRECONDITION, "Roll first."),
    Reason("COHORT_COMPLETE", Code.FAILED_PRECONDITION, "Claim the reward and roll anew."),
    Reason("TIME_LIMIT_OVER", Code.FAILED_PRECONDITION, "Wait until the cohort is complete."),
    Reason("ATTEMPTS_USED_UP", Code.FAILED_PRECONDITION, "Wait until the cohort is complete."),
    Reason("AUTHORITATIVE_EVENT", Code.PERMISSION_DENIED, "Let the studio's server submit with a server key."),
    Reason("OPERATOR_OVERRIDE_FORBIDDEN", Code.PERMISSION_DENIED, "Leave the operator out."),
    Reason("SCORE_OUT_OF_BOUNDS", Code.INVALID_ARGUMENT, "Send a score within the bounds in the metadata."),
    Reason("SCORE_OVERFLOW", Code.OUT_OF_RANGE, "Send a smaller score."),
    Reason(
        "RESCORE_REFUSED", Code.FAILED_PRECONDITION, "Restart the leaderboard instead, or wait for its next period."
    ),
    Reason("METRICS_NOT_TAKEN", Code.INVALID_ARGUMENT, "Send a score; the event defines no metrics."),
    Reason("METRIC_UNKNOWN", Code.INVALID_ARGUMENT, "Send metrics that the event defines."),
    Reason("METRIC_OVERFLOW", Code.OUT_OF_RANGE, "Send a smaller number."),
    Reason("SCORE_EXPRESSION_FAILED", Code.FAILED_PRECONDITION, "Report the metrics that the expression needs."),
    Reason("AUTHORITATIVE_LEADERBOARD", Code.PERMISSION_DENIED, "Let the studio's server submit with a server key."),
    Reason("GAME_EVENT_TOO_OLD", Code.OUT_OF_RANGE, "Report game events within `dedupe_hours`."),
    Reason("GAME_EVENT_FROM_THE_FUTURE", Code.OUT_OF_RANGE, "Set the clock of the game's server."),
    Reason("ALREADY_CLAIMED", Code.FAILED_PRECONDITION, "Nothing is left to do: look at the grants."),
    Reason("NOTHING_TO_CLAIM", Code.FAILED_PRECONDITION, "Roll anew; who did not play has won nothing."),
    Reason("CLAIM_EXPIRED", Code.FAILED_PRECONDITION, "Roll anew; the reward is lost."),
    Reason("REQUEST_ID_REUSED", Code.ALREADY_EXISTS, "Use a new request_id for a new wish."),
    Reason("COHORT_NOT_FOUND", Code.NOT_FOUND, "Ask for a cohort that the player has joined."),
    Reason("PLAYER_NOT_FOUND", Code.NOT_FOUND, "Check the id."),
    Reason("ACCOUNT_NOT_FOUND", Code.NOT_FOUND, "Sign in with `create`, or check the credential."),
    Reason("ACCOUNT_CREATION_CLOSED", Code.PERMISSION_DENIED, "Create the account in the studio's own login."),
    Reason("GRANT_NOT_FOUND", Code.NOT_FOUND, "Ask ListGrants for the player's grants."),
    Reason("GRANT_EXPIRED", Code.FAILED_PRECONDITION, "The grant is lost."),
    Reason("GRANT_HELD", Code.FAILED_PRECONDITION, "Try again at the time in RetryInfo."),
    Reason("TIER_NOT_FOUND", Code.INVALID_ARGUMENT, "Name a tier from 0 to `tiers` - 1."),
    Reason("INSUFFICIENT_FUNDS", Code.FAILED_PRECONDITION, "Let the player earn more, or ask for less."),
    Reason("FUNCTION_NOT_FOUND", Code.NOT_FOUND, "Check the name; `laurel modules list` shows those that exist."),
    Reason("FUNCTION_FOR_SERVERS", Code.PERMISSION_DENIED, "Call with a server key; players may not."),
    Reason("TOO_MANY_PROPERTIES", Code.FAILED_PRECONDITION, "Remove properties that nobody needs, then set new ones."),
    Reason("NOTICE_NOT_FOUND", Code.NOT_FOUND, "Ask ListParkedNotices for the ids that exist."),
    Reason("CLOCK_ONLY_MOVES_FORWARD", Code.INVALID_ARGUMENT, "Move by a positive span, within a century."),
    Reason("LEADERBOARD_NOT_FOUND", Code.NOT_FOUND, "Ask ListLeaderboards for the keys that exist."),
    Reason("PERIOD_NOT_FOUND", Code.NOT_FOUND, "Ask ListPeriods for the periods that exist."),
    Reason("NO_PERIOD_RUNNING", Code.FAILED_PRECONDITION, "Name a period, or wait for the next."),
    Reason("SEGMENT_REQUIRED", Code.INVALID_ARGUMENT, "Name a segment; ListSegments shows them."),
    Reason(
        "SEGMENT_NOT_FOUND",
        Code.INVALID_ARGUMENT,
        "Name a segment of the leaderboard, and none where it is one whole.",
    ),
    Reason(
        "RANK_INDEX_NEEDED", Code.FAILED_PRECONDITION, "Tell the operator: a board of this size needs a rank index."
    ),
)
_WIRE = (
    Reason("MALFORMED_MESSAGE", Code.INVALID_ARGUMENT, "Encode the request message of this call."),
    Reason("INVALID_FIELD", Code.INVALID_ARGUMENT, "Mend the fields in BadRequest."),
    Reason("INVALID_PAGE_TOKEN", Code.INVALID_ARGUMENT, "Use the token of the page before, with the same request."),
    Reason("SESSION_MISSING", Code.UNAUTHENTICATED, "Send `authorization: Bearer <token>`."),
    Reason("SESSION_INVALID", Code.UNAUTHENTICATED, "Sign in again."),
    Reason("SESSION_EXPIRED", Code.UNAUTHENTICATED, "Refresh the session, or sign in again."),
    Reason("PLAYER_SESSION_REQUIRED", Code.PERMISSION_DENIED, "Call with a player's session, not with a server key."),
    Reason("SERVER_KEY_REQUIRED", Code.PERMISSION_DENIED, "Call with a server key; players may not."),
    Reason("SERVER_KEY_INVALID", Code.UNAUTHENTICATED, "Check the server key."),
    Reason("RATE_LIMITED", Code.RESOURCE_EXHAUSTED, "Wait as long as RetryInfo says."),
    Reason("TOO_MANY_STREAMS", Code.RESOURCE_EXHAUSTED, "Close streams that nobody looks at."),
    Reason("MESSAGE_TOO_LARGE", Code.RESOURCE_EXHAUSTED, "Send less at once."),
    Reason(
        "METHOD_NOT_FOUND", Code.UNIMPLEMENTED, "Check service and method; debug calls exist only where switched on."
    ),
    Reason("OVERLOADED", Code.UNAVAILABLE, "Wait as long as RetryInfo says."),
    Reason("STORE_UNAVAILABLE", Code.UNAVAILABLE, "Try again; the operator finds the cause in the log."),
    Reason("RANKS_UNAVAILABLE", Code.UNAVAILABLE, "Wait as long as RetryInfo says."),
    Reason("CONFLICT", Code.ABORTED, "Try again."),
    Reason("SERVER_DRAINING", Code.UNAVAILABLE, "Connect again; another process, or this one, will be there."),
    Reason(
        "DEADLINE_EXCEEDED", Code.DEADLINE_EXCEEDED, "Repeat with the same request_id: the effect may have happened."
    ),
    Reason("HOOK_FAILED", Code.INTERNAL, "Tell the studio the incident in the metadata; nothing was changed."),
    Reason("INTERNAL", Code.INTERNAL, "Tell the operator the incident in the metadata."),
)

REASONS = {reason.name: reason for reason in (*_DOMAIN, *_WIRE)}

_DOMAIN_NAME = "laurel"
_REASON_MAX = 63
_MESSAGE_MAX = 1024
_RETRY_SOON = timedelta(seconds=1)
_OWN_CODES = {code.name: code for code in Code}


@value
class Failure:
    """An error as it goes out: status code, message, and a serialised google.rpc.Status with the details."""

    code: Code
    reason: str
    message: str
    details: bytes


def failure_of(error: BaseException, now: datetime) -> Failure:
    """Return how an error is said. Never an exception's text, SQL or a path: what is not ours becomes an incident."""
    match error:
        case Refusal():
            code = _OWN_CODES.get(error.code, Code.FAILED_PRECONDITION)
            code = Code.FAILED_PRECONDITION if code is Code.OK else code  # a refusal never reads as success
            return _failure(code, error.own_reason, error.message, {})
        case DomainError():
            retry_after = None if error.retry_at is None else max(error.retry_at - now, timedelta())
            return _known(error.reason, error.message, error.details, retry_after=retry_after)
        case InvalidFields():
            return _known(error.reason, error.message, {}, violations=error.violations)
        case ApiError():
            return _known(error.reason, error.message, error.details, retry_after=error.retry_after)
        case StoreConflict():
            return _known("CONFLICT", "Others kept changing the same thing.", {}, retry_after=_RETRY_SOON)
        case StoreOverloaded():
            return _known("OVERLOADED", "The server has more to write than it can.", {}, retry_after=_RETRY_SOON)
        case StoreUnavailable():
            log.error("store_unavailable", error=str(error))
            return _known("STORE_UNAVAILABLE", "The store cannot be reached.", {}, retry_after=_RETRY_SOON)
        case RanksUnavailable():
            return _known(
                "RANKS_UNAVAILABLE",
                "The order of this board is being read, or what keeps it is out of reach.",
                {},
                retry_after=_RETRY_SOON,
            )
        case HookFailed():
            return _known("HOOK_FAILED", "A module of the studio failed.", {"incident": error.incident})
    incident = secrets.token_hex(6)
    log.error("unexpected_error", incident=incident, exc_info=error)
    return _known("INTERNAL", "Something unexpected went wrong.", {"incident": incident})


def _sayable(text: str, length_max: int) -> str:
    """Return a text as it can be sent: errors travel in headers, which must be short, and in UTF-8."""
    return text[:length_max].encode(errors="replace").decode()


def _known(
    reason: str,
    message: str,
    metadata: Mapping[str, object],
    *,
    retry_after: timedelta | None = None,
    violations: Sequence[tuple[str, str]] = (),
) -> Failure:
    return _failure(REASONS[reason].code, reason, message, metadata, retry_after, violations)


def _failure(
    code: Code,
    reason: str,
    message: str,
    metadata: Mapping[str, object],
    retry_after: timedelta | None = None,
    violations: Sequence[tuple[str, str]] = (),
) -> Failure:
    reason, message = _sayable(reason, _REASON_MAX), _sayable(message, _MESSAGE_MAX)
    texts = {key: _sayable(str(value), _MESSAGE_MAX) for key, value in metadata.items()}
    status = status_pb2.Status(code=code.value, message=message)
    status.details.add().Pack(error_details_pb2.ErrorInfo(reason=reason, domain=_DOMAIN_NAME, metadata=texts))
    if violations:
        fields = [error_details_pb2.BadRequest.FieldViolation(field=one, description=what) for one, what in violations]
        status.details.add().Pack(error_details_pb2.BadRequest(field_violations=fields))
    if retry_after is not None:
        retry = error_details_pb2.RetryInfo()
        retry.retry_delay.FromTimedelta(retry_after)
        status.details.add().Pack(retry)
    return Failure(code, reason, message, status.SerializeToString())
