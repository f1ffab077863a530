"""One table of reasons: in the code, in the proto, in the docs (A4)."""

import re
from datetime import timedelta
from pathlib import Path

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from structlog.testing import capture_logs

from server.api import errors as api_errors
from server.api.errors import ApiError, InvalidFields, RateLimited
from server.api.pb.error_reason_pb2 import ErrorReason
from server.api.status import REASONS, Code, Failure, failure_of
from server.domain import errors as domain_errors
from server.domain.errors import DomainError, EventNotFound, Refusal, RollCooldownActive
from server.ports.errors import HookFailed, StoreConflict, StoreOverloaded, StoreUnavailable
from tests.builders import HOUR, MINUTE, MONDAY

ROOT = Path(__file__).parents[2]
UNSPECIFIED = "ERROR_REASON_UNSPECIFIED"


def subclasses(of: type[Exception]) -> list[type[Exception]]:
    return [kind for direct in of.__subclasses__() for kind in (direct, *subclasses(direct))]


def own(of: type[Exception], module: object) -> list[type[Exception]]:
    """The refusals that a module defines, but for the one whose reason a studio's module names."""
    return [kind for kind in subclasses(of) if kind.__module__ == module.__name__ and kind is not Refusal]  # type: ignore[attr-defined] # modules have names


def table() -> list[tuple[str, ...]]:
    """The rows of docs/ERRORS.md: reason, code, meaning, way out."""
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.+) \| (.+) \|$", (ROOT / "docs" / "ERRORS.md").read_text(), re.M)
    return [tuple(row) for row in rows]


def details(failure: Failure) -> dict[str, object]:
    """The details of a failure by their kind."""
    found: dict[str, object] = {}
    for one in status_pb2.Status.FromString(failure.details).details:
        kind = one.type_url.rpartition(".")[2]
        message = getattr(error_details_pb2, kind)()
        assert one.Unpack(message)
        found[kind] = message
    return found


def test_the_enum_of_the_proto_names_every_reason_and_no_other() -> None:
    names = set(ErrorReason.DESCRIPTOR.values_by_name) - {UNSPECIFIED}
    assert names == {f"ERROR_REASON_{name}" for name in REASONS}


def test_the_docs_list_every_reason_once_with_its_code_and_way_out() -> None:
    assert [(row[0], row[1], row[3]) for row in table()] == [
        (one.name, one.code.name, one.way_out) for one in REASONS.values()
    ]


def test_the_docs_give_each_refusal_its_own_sentence() -> None:
    meanings = {row[0]: row[2] for row in table()}
    for kind in own(DomainError, domain_errors):
        assert meanings[kind.reason] == kind().message, kind  # type: ignore[attr-defined] # refusals have them


@pytest.mark.parametrize("kind", [*own(DomainError, domain_errors), *own(ApiError, api_errors)])
def test_every_refusal_has_a_reason_in_the_table_that_says_its_name(kind: type[DomainError]) -> None:
    renamed = {"InvalidFields": "INVALID_FIELD"}
    words = renamed.get(kind.__name__) or re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).upper()
    assert kind.reason == words
    assert kind.reason in REASONS
    assert kind.__doc__


def test_codes_are_those_of_grpc() -> None:
    assert {code.name: code.value for code in Code} | {"DATA_LOSS": 15} == {
        code.name: code.value[0] for code in grpc.StatusCode
    }


def test_only_incidents_and_hooks_are_internal_and_nothing_is_unknown() -> None:
    internal = {one.name for one in REASONS.values() if one.code in (Code.INTERNAL, Code.UNKNOWN, Code.OK)}
    assert internal == {"INTERNAL", "HOOK_FAILED"}


def test_a_refusal_goes_out_with_reason_domain_and_metadata() -> None:
    failure = failure_of(EventNotFound(event_id="weekly"), MONDAY)
    info = details(failure)["ErrorInfo"]
    assert isinstance(info, error_details_pb2.ErrorInfo)
    assert (info.reason, info.domain, dict(info.metadata)) == ("EVENT_NOT_FOUND", "laurel", {"event_id": "weekly"})
    status = status_pb2.Status.FromString(failure.details)
    assert (status.code, status.message) == (Code.NOT_FOUND.value, failure.message)


@pytest.mark.parametrize(("until", "seconds"), [(HOUR, 3600), (-HOUR, 0)])
def test_a_refusal_until_a_time_says_how_long_to_wait(until: timedelta, seconds: int) -> None:
    found = details(failure_of(RollCooldownActive(retry_at=MONDAY + until), MONDAY))["RetryInfo"]
    assert isinstance(found, error_details_pb2.RetryInfo)
    assert found.retry_delay.ToSeconds() == seconds


def test_wrong_fields_go_out_one_by_one() -> None:
    found = details(failure_of(InvalidFields([("id", "is missing"), ("score", "is odd")]), MONDAY))["BadRequest"]
    assert isinstance(found, error_details_pb2.BadRequest)
    assert [(one.field, one.description) for one in found.field_violations] == [
        ("id", "is missing"),
        ("score", "is odd"),
    ]


def test_a_limit_says_when_it_ends() -> None:
    found = details(failure_of(RateLimited(retry_after=MINUTE), MONDAY))["RetryInfo"]
    assert isinstance(found, error_details_pb2.RetryInfo)
    assert found.retry_delay.ToSeconds() == 60


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (StoreConflict("insert into cohort"), "CONFLICT"),
        (StoreOverloaded("select 1"), "OVERLOADED"),
        (StoreUnavailable("/var/lib/laurel.db: disk I/O error"), "STORE_UNAVAILABLE"),
        (HookFailed("reward", "secret_module", "abc123"), "HOOK_FAILED"),
        (ValueError("select password from player"), "INTERNAL"),
        (KeyError("/etc/laurel.toml"), "INTERNAL"),
        (BaseExceptionGroup("secret", [ValueError("secret")]), "INTERNAL"),
        (MemoryError("secret"), "INTERNAL"),
    ],
)
def test_no_text_of_an_exception_goes_out(error: BaseException, reason: str) -> None:
    with capture_logs():
        failure = failure_of(error, MONDAY)
    assert failure.reason == reason
    assert failure.code is REASONS[reason].code
    for told in ("insert", "select", "laurel.db", "secret", "password", "toml", "Traceback"):
        assert told not in failure.message
        assert told.encode() not in failure.details


def test_an_incident_is_told_to_the_caller_and_explained_in_the_log() -> None:
    with capture_logs() as lines:
        info = details(failure_of(ValueError("why"), MONDAY))["ErrorInfo"]
    assert isinstance(info, error_details_pb2.ErrorInfo)
    assert lines[0]["incident"] == info.metadata["incident"]
    assert str(lines[0]["exc_info"]) == "why"


def test_a_studios_own_reason_goes_out_as_it_is() -> None:
    failure = failure_of(Refusal("GUILD_REQUIRED", "Join a guild first.", "PERMISSION_DENIED"), MONDAY)
    assert (failure.code, failure.reason, failure.message) == (
        Code.PERMISSION_DENIED,
        "GUILD_REQUIRED",
        "Join a guild first.",
    )
    assert failure_of(Refusal("X", "x", "NO_SUCH_CODE"), MONDAY).code is Code.FAILED_PRECONDITION


def test_a_studio_cannot_refuse_with_success() -> None:
    assert failure_of(Refusal("X", "x", "OK"), MONDAY).code is not Code.OK


@pytest.mark.parametrize("text", ["\ud800", "x" * 10_000, "\0"])
def test_whatever_a_module_says_can_be_sent(text: str) -> None:
    """A module's sentence may quote anything; the refusal must still be a refusal, and fit the trailers."""
    failure = failure_of(Refusal("X", text), MONDAY)
    assert failure.reason == "X"
    assert len(failure.details) < 8192
