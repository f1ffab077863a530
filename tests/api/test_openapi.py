"""The OpenAPI document as a server offers it: its own calls, what they need, and who may make them."""

import json
from typing import Any

import pytest
from google.protobuf.message import Message
from openapi_spec_validator import validate

from server.api.methods import Audience, Call, Method
from server.api.openapi import openapi_document
from server.api.pb.reward_service_pb2 import ClaimGrantRequest
from server.api.pb.session_service_pb2 import AuthenticateRequest
from server.api.status import REASONS


async def nothing(_: Call, request: Message) -> Message:
    return request


CLAIM = Method("RewardService", "ClaimGrant", ClaimGrantRequest, Audience.PLAYER, nothing)
AUTHENTICATE = Method("SessionService", "Authenticate", AuthenticateRequest, Audience.ANYBODY, nothing)


def document(*methods: Method) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(openapi_document(methods))
    validate(made)
    return made


def test_only_the_calls_that_exist_are_described_and_only_what_they_refer_to() -> None:
    made = document(CLAIM)
    assert list(made["paths"]) == ["/v1/grants/{grantId}:claim"]
    assert [tag["name"] for tag in made["tags"]] == ["RewardService"]
    own = {name for name in made["components"]["schemas"] if not name.startswith("google.")}
    rewards = {"Reward", "RewardEnergyModifier", "RewardItemInstance", "RewardModifier"}
    assert (
        own
        == {"ClaimGrantRequest", "ClaimGrantResponse", "ErrorReason", "Grant", "GrantPeriod", "GrantState"} | rewards
    )


@pytest.mark.parametrize(
    ("audience", "security"),
    [(Audience.ANYBODY, []), (Audience.PLAYER, [{"session": []}]), (Audience.SERVER, [{"serverKey": []}])],
)
def test_a_call_names_the_credential_that_its_audience_holds(
    audience: Audience, security: list[dict[str, list[str]]]
) -> None:
    made = document(Method("RewardService", "ClaimGrant", ClaimGrantRequest, audience, nothing))
    assert made["paths"]["/v1/grants/{grantId}:claim"]["post"]["security"] == security


def test_comments_of_the_protos_are_the_descriptions() -> None:
    made = document(CLAIM)
    assert made["tags"][0]["description"] == "What a player was granted and what he owns."
    claim = made["paths"]["/v1/grants/{grantId}:claim"]["post"]
    assert claim["description"] == "Take a pending grant."
    assert claim["parameters"][0]["description"] == "The grant."
    grant = made["components"]["schemas"]["Grant"]
    assert grant["description"] == "A reward on its way to a player."
    assert grant["properties"]["claimTime"]["description"] == "When it was credited."
    assert (
        "`GRANT_STATE_PENDING`: Waiting for its player." in made["components"]["schemas"]["GrantState"]["description"]
    )


def test_what_stands_in_the_path_does_not_stand_in_the_body() -> None:
    made = document(CLAIM)
    assert set(made["components"]["schemas"]["ClaimGrantRequest"]["properties"]) == {"requestId"}


def test_one_field_of_a_oneof_may_be_sent() -> None:
    (oneof,) = document(AUTHENTICATE)["components"]["schemas"]["AuthenticateRequest"]["allOf"]
    assert oneof["oneOf"][:2] == [{"required": ["deviceId"]}, {"required": ["customId"]}]


def test_errors_name_every_reason_and_leave_room_for_those_of_modules() -> None:
    known, others = document(CLAIM)["components"]["schemas"]["ErrorReason"]["anyOf"]
    assert set(known["enum"]) == set(REASONS)
    assert others == {"type": "string"}
