"""The OpenAPI document holds its word: what it describes exists, is reached as described, and answers as described."""

import json
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from server.api.admission import SERVER_KEY as SERVER_KEY_HEADER
from server.api.descriptors import api_files
from tests.acceptance.process import SERVER_KEY, ServerProcess
from tests.acceptance.rest import asked

pytestmark = pytest.mark.parametrize("door", ["envoy"], indirect=True)

ALL = {
    f"{service.name}_{method.name}"
    for file in api_files()
    for service in file.services_by_name.values()
    for method in service.methods
    if not method.server_streaming  # streams are no part of REST (A8a)
}
GEM = {"type": "currency", "currencyKey": "gems", "amount": 1}
WEEK = f"{7 * 86_400}s"
SAMPLES: dict[tuple[str, str], Any] = {
    ("string", "date-time"): "2026-01-01T00:00:00Z",
    ("string", "int64"): "9007199254740993",
    ("integer", "int32"): 7,
    ("number", "double"): 0.5,
    ("boolean", ""): True,
}


class Document:
    """A document that a server has served, and what can be read off it."""

    def __init__(self, served: dict[str, Any]) -> None:
        self.served = served

    @cached_property
    def operations(self) -> dict[str, tuple[str, str, dict[str, Any]]]:
        """Verb, path and description of each operation, by its id."""
        return {
            operation["operationId"]: (verb.upper(), path, operation)
            for path, operations in self.served["paths"].items()
            for verb, operation in operations.items()
        }

    def request(self, operation: str, fields: dict[str, Any]) -> tuple[str, str, Any]:
        """Verb, path with query, and body of a request with these fields, each where the operation wants it."""
        verb, path, described = self.operations[operation]
        left = dict(fields)
        query = {}
        for parameter in described["parameters"]:
            name = parameter["name"]
            if parameter["in"] == "path":
                path = path.replace(f"{{{name}}}", quote(left.pop(name), safe=""))
            elif name in left:
                query[name] = left.pop(name)
        assert left == {} or "requestBody" in described
        texts = {name: str(value).lower() if isinstance(value, bool) else value for name, value in query.items()}
        return (
            verb,
            f"{path}?{urlencode(texts, doseq=True)}" if texts else path,
            left if "requestBody" in described else None,
        )

    def sample(self, operation: str) -> dict[str, Any]:
        """Fields for a request, made of nothing but the document: every one of them."""
        _, _, described = self.operations[operation]
        fields = {one["name"]: self._sample(one["schema"]) for one in described["parameters"]}
        if "requestBody" in described:
            fields |= self._sample(described["requestBody"]["content"]["application/json"]["schema"])
        return fields

    def must_allow(self, operation: str, status: int, body: bytes) -> Any:
        """Hold an answer against the operation's schema, to the last field."""
        _, _, described = self.operations[operation]
        answers = described["responses"]
        content = self._resolved(answers.get(str(status)) or answers["default"])["content"]
        answer = json.loads(body)
        schema = {**_strict(self.served), **content["application/json"]["schema"]}
        Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(answer)
        return answer

    def _resolved(self, thing: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in thing:
            return thing
        found: Any = self.served
        for key in thing["$ref"].removeprefix("#/").split("/"):
            found = found[key]
        resolved: dict[str, Any] = found
        return resolved

    def _sample(self, schema: dict[str, Any]) -> Any:
        schema = self._resolved(schema)
        if "enum" in schema:
            return schema["enum"][-1]
        match schema["type"]:
            case "array":
                return [self._sample(schema["items"])] * 2
            case "object":
                excluded = {name for each in schema.get("allOf", ()) for name in _alternatives(each)}
                return {
                    name: self._sample(one)
                    for name, one in schema.get("properties", {}).items()
                    if name not in excluded
                }
            case "string" if schema.get("pattern", "").endswith("s$"):
                return "1.5s"
            case "string" if "format" not in schema:
                return "a b/c"
        return SAMPLES[schema["type"], schema.get("format", "")]


def _alternatives(oneof: dict[str, Any]) -> Iterator[str]:
    """All fields of a oneof but the first."""
    yield from (name for each in oneof["oneOf"][1:] for name in each.get("required", ()))


def _strict(schema: Any) -> Any:
    """The same schemas, but nothing may be there that they do not name."""
    if isinstance(schema, list):
        return [_strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _strict(one) for key, one in schema.items()}
    return {**made, "additionalProperties": False} if isinstance(made.get("properties"), dict) else made


async def document_of(server: ServerProcess) -> Document:
    status, headers, body = await asked(server, "/openapi.json")
    assert (status, headers["content-type"]) == (200, "application/json")
    return Document(json.loads(body))


async def calls_of(server: ServerProcess, operation: str) -> float:
    """How often the RPC of an operation has been served, by the server's own count."""
    service, method = operation.split("_")
    _, _, body = await asked(server, "/metrics")
    wanted = (f'grpc_service="laurel.v1.{service}"', f'grpc_method="{method}"')
    lines = [line for line in body.decode().splitlines() if line.startswith("grpc_server_handled_total{")]
    return sum(float(line.rpartition(" ")[2]) for line in lines if all(one in line for one in wanted))


async def called(
    server: ServerProcess, document: Document, operation: str, token: str, refused: str, fields: dict[str, Any]
) -> Any:
    """Call an operation with a session and a server key, and hold its answer against the document."""
    verb, path, sent = document.request(operation, fields)
    status, _, body = await asked(server, path, sent, method=verb, token=token, **{SERVER_KEY_HEADER: SERVER_KEY})
    answer = document.must_allow(operation, status, body)
    assert status == 200 or answer["details"][0]["reason"] == refused, answer
    return answer


async def test_every_operation_reaches_its_call(server: ServerProcess) -> None:
    document = await document_of(server)
    validate(document.served)
    assert set(document.operations) == ALL
    _, _, body = await asked(server, "/v1/session:authenticate", {"deviceId": "device-of-ann"})
    token = json.loads(body)["session"]["token"]
    for operation in document.operations:
        verb, path, sent = document.request(operation, document.sample(operation))
        before = await calls_of(server, operation)
        status, _, body = await asked(server, path, sent, method=verb, token=token, **{SERVER_KEY_HEADER: SERVER_KEY})
        assert await calls_of(server, operation) == before + 1, (operation, status, body)
        document.must_allow(operation, status, body)


async def test_every_operation_asks_for_the_credential_that_it_names(server: ServerProcess) -> None:
    document = await document_of(server)
    refusals = {"session": (401, "SESSION_MISSING"), "serverKey": (403, "SERVER_KEY_REQUIRED")}
    assert set(document.served["components"]["securitySchemes"]) == set(refusals)
    for operation, (_, _, described) in document.operations.items():
        verb, path, sent = document.request(operation, document.sample(operation))
        status, _, body = await asked(server, path, sent, method=verb)
        refusal = (status, document.must_allow(operation, status, body)["details"][0]["reason"])
        wanted = [refusals[name] for one in described["security"] for name in one]
        assert refusal == wanted[0] if wanted else refusal not in refusals.values(), operation


async def test_what_is_no_request_is_refused_with_text(server: ServerProcess) -> None:
    document = await document_of(server)
    verb, path, _ = document.request("SessionService_Authenticate", {})
    assert "text/plain" in document.served["components"]["responses"]["Error"]["content"]
    for body in (b"{", b'{"deviceId": 5}', b'{"create": "x"}', b"\xff"):
        status, headers, said = await asked(server, path, body, method=verb)
        assert (status, headers["content-type"]) == (400, "text/plain"), body
        assert said


async def test_a_played_week_answers_as_described(server: ServerProcess) -> None:
    document = await document_of(server)
    token = ""

    async def call(operation: str, *, refused: str = "", **fields: Any) -> Any:
        return await called(server, document, operation, token, refused, fields)

    session = (await call("SessionService_Authenticate", deviceId="device-of-ann", name="Ann"))["session"]
    token, player = session["token"], session["playerId"]
    await call("SessionService_Refresh", refreshToken=session["refreshToken"])
    await call("SessionService_UpdateProfile", avatarUrl="a.png")
    event = {"id": "weekly"}
    whole = {"view": "STANDINGS_VIEW_COHORT", "withDefinition": True}
    listed = await call("EventLeaderboardService_ListEventLeaderboards", categories=["", "other"], pageSize=5, **whole)
    assert [one["rewardTiers"]["0"]["rewardTiers"][0]["rankMax"] for one in listed["eventLeaderboards"]] == [50]
    rolled = await call(
        "EventLeaderboardService_RollCohort", **event, **whole, properties={"skill": [1, None, {"a": "b"}]}
    )
    exact = str(2**53 + 1)
    submitted = await call("EventLeaderboardService_SubmitScore", **event, score=exact, view="STANDINGS_VIEW_AROUND")
    assert (submitted["score"], submitted["scores"][0]["score"]) == (exact, exact)
    await call("EventLeaderboardService_ClaimReward", **event, refused="COHORT_NOT_COMPLETE")
    await call("EventLeaderboardService_GetEventLeaderboard", id="nothing", refused="EVENT_NOT_FOUND")
    await call("EventLeaderboardService_ListPastCohorts", **event, pageSize=-1, refused="INVALID_FIELD")
    await call("EventLeaderboardService_ListStandings", cohortId=rolled["cohortId"], pageSize=1)
    score = {"playerId": player, "id": "weekly", "score": "1"}
    reported = await call("ServerService_SubmitScores", submissions=[score, {**score, "playerId": "nobody"}])
    assert [one["applied"] for one in reported["results"]] == [True, False]
    await call("ServerService_RollCohort", **event, playerId="bob", tier=0, **whole)
    await call("DebugService_FillCohort", **event, playerId=player, targetCount=9)
    await call("DebugService_SubmitRandomScores", **event, playerId=player, scoreMin="1", scoreMax="5")
    await call("DebugService_UnenrolPlayer", **event, playerId="bob")
    await call("DebugService_MoveClock", forward=WEEK)
    claimed = await call("EventLeaderboardService_ClaimReward", **event, **whole)
    assert claimed["grant"]["reward"]["currencies"] == {"coins": "10"}
    assert (await call("EventLeaderboardService_GetEventLeaderboard", **event, **whole))["eventLeaderboard"]["canRoll"]
    assert len((await call("EventLeaderboardService_ListPastCohorts", **event))["pastCohorts"]) == 1
    assert (await call("RewardService_GetWallet"))["currencies"] == {"coins": "10"}
    await call("RewardService_GetInventory")
    (grant,) = (await call("RewardService_ListGrants"))["grants"]
    await call("RewardService_ClaimGrant", grantId=grant["id"], refused="ALREADY_CLAIMED")
    found = await call("AdminService_LookUpPlayer", playerId=player)
    assert [one["id"] for one in found["eventLeaderboards"]] == ["weekly"]
    await call("AdminService_GetCatalogue")
    await call("AdminService_Reload")
    await call("AdminService_ValidateDefinitions", eventLeaderboards=[{"name": "x.json", "text": "{"}])


BOARDS = {
    "leagues": {
        "timeframe": {"type": "daily"},
        "scoring": {"aggregation": "best", "rules": [{"event_type": "won", "points_expression": "attrs.points"}]},
        "segmentation": {"key": "league", "buckets": ["gold", "silver"]},
        "reward_policy": {
            "type": "top_percent",
            "parameters": {"tiers": [{"percent": 10, "key": "top", "entries": [GEM]}]},
        },
    }
}


async def test_a_leaderboard_answers_as_described(tmp_path: Path) -> None:
    server = await ServerProcess(tmp_path, boards=BOARDS).start()
    document = await document_of(server)
    _, _, body = await asked(server, "/v1/session:authenticate", {"deviceId": "device-of-ann", "name": "Ann"})
    token = json.loads(body)["session"]["token"]

    async def call(operation: str, *, refused: str = "", **fields: Any) -> Any:
        return await called(server, document, operation, token, refused, fields)

    won = {
        "type": "won",
        "actor": {"id": "zoe", "name": "Zoe"},
        "attrs": {"points": 2.5},
        "context": {"league": "gold"},
    }
    ingested = await call("GameEventService_IngestGameEvents", events=[{"eventId": "1", **won}, {"eventId": ""}])
    assert ingested["results"][0]["contributions"][0]["score"] == 2.5
    explained = await call("GameEventService_ExplainGameEvent", event=won)
    assert explained["leaderboards"][0]["rule"] == 1
    scores = [{"playerId": "yan", "key": "leagues", "score": 1.5, "context": {"league": "gold"}}, {"key": "leagues"}]
    reported = await call("ServerService_SubmitScores", leaderboardSubmissions=scores)
    assert [one["applied"] for one in reported["leaderboardResults"]] == [True, False]
    for said, left in (
        ({"league": "silver", "old": 1.5}, {"league": "silver", "old": 1.5}),
        ({"old": None}, {"league": "silver"}),
    ):
        told = await call("ServerService_SetPlayerProperties", playerId="xin", properties=said)
        assert told["properties"] == left
    await call("ServerService_SetPlayerProperties", playerId="xin", properties={"A": 1}, refused="INVALID_FIELD")
    assert (await call("AdminService_LookUpPlayer", playerId="xin"))["properties"] == {"league": "silver"}
    await call("LeaderboardService_ListLeaderboards", pageSize=5)
    got = await call("LeaderboardService_GetLeaderboard", key="leagues")
    assert got["leaderboard"]["rewardConfig"]["tiers"][0]["percent"] == 10
    page = (await call("LeaderboardService_ListEntries", key="leagues", segment="gold"))["page"]
    assert [(one["playerId"], one["score"], one["prizeTier"]) for one in page["entries"]] == [
        ("zoe", 2.5, "top"),
        ("yan", 1.5, ""),
    ]
    await call("LeaderboardService_ListEntriesAroundPlayer", key="leagues", segment="gold", playerId="yan", pageSize=1)
    await call("LeaderboardService_BatchGetRanks", key="leagues", segment="gold", playerIds=["zoe", "yan"])
    (period,) = (await call("LeaderboardService_ListPeriods", key="leagues"))["periods"]
    window = {"periodStartTime": period["startTime"]}
    segments = (await call("LeaderboardService_ListSegments", key="leagues", **window))["segments"]
    assert segments == [{"segment": "gold", "entries": 2}]
    await call("LeaderboardService_ListEntries", key="leagues", refused="SEGMENT_REQUIRED")
    await call("LeaderboardService_SubmitScore", key="leagues", score=1, refused="AUTHORITATIVE_LEADERBOARD")
    await server.stop()
