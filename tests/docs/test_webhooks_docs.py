"""docs/WEBHOOKS.md says what the code says, and its receiver takes what the server sends (B80, B81)."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from server.application.deliver_webhooks import ATTEMPTS_MAX
from server.application.webhook_signature import HEADER, signature
from server.ports.webhooks import KINDS
from server.setting_sections import WebhookSection
from tests.application.test_deliver_webhooks import delivering, happen

TEXT = (Path(__file__).parents[2] / "docs" / "WEBHOOKS.md").read_text("utf-8")
(RECEIVER,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
EXAMPLES = [json.loads(one) for one in re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)]
NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
SECRET = b"mDLgb5qXz0kqVvJQm2nLxw1R7tYc9aHe"


@pytest.fixture
def receiver() -> dict[str, Any]:
    """The names of the example."""
    names: dict[str, Any] = {}
    exec(compile(RECEIVER, "WEBHOOKS.md", "exec"), names)
    return names


@pytest.fixture
def verified(receiver: dict[str, Any]) -> Callable[[str, bytes, float], bool]:
    found: Callable[[str, bytes, float], bool] = receiver["verified"]
    return found


def test_the_receiver_believes_the_server_and_nobody_else(verified: Callable[[str, bytes, float], bool]) -> None:
    now, body = NOW.timestamp(), b'{"id": "evt_1"}'
    assert verified(signature([SECRET], body, NOW), body, now)
    assert verified(signature([b"the next one", SECRET], body, NOW), body, now)
    assert not verified(signature([b"another"], body, NOW), body, now)
    assert not verified(signature([SECRET], body, NOW), body + b" ", now)
    assert not verified(signature([SECRET], body, NOW), body, now + 3600)
    for nonsense in ("", "t=", "v1=ab", "t=1,v1=", f"t={int(now)}", "t=-1,v1=00", "t=9e9,v1=ab"):
        assert not verified(nonsense, body, now)


async def test_the_receiver_takes_each_event_once(receiver: dict[str, Any], tmp_path: Path, capsys: Any) -> None:
    """What a game has sent, sent twice."""
    seen: set[str] = set()
    async with delivering(tmp_path) as one:
        await happen(one)
        await one.all()
        for _, _, headers, body in one.sender.sent * 2:
            assert receiver["receive"](dict(headers), body, seen) == 401  # another secret
        receiver["SECRETS"][:] = [b"first secret"]
        capsys.readouterr()  # what the server has logged
        receiver["OLDEST_SECONDS"] = 10**12  # the game's clock stands still
        for _, _, headers, body in one.sender.sent * 2:
            assert receiver["receive"](dict(headers), body, seen) == 204
    assert len(seen) == 2
    assert len(capsys.readouterr().out.splitlines()) == 2


async def test_the_examples_have_the_fields_that_are_sent(tmp_path: Path) -> None:
    async with delivering(tmp_path) as one:
        await happen(one)
        await one.all()
        sent = {body["kind"]: body for body in one.sender.bodies()}
    envelope, period, grants, cohort, phase = EXAMPLES
    told = sent["shared_leaderboard.period_finalized"]
    assert envelope.keys() == told.keys()
    assert period.keys() == told["data"].keys()
    assert period["period"].keys() == told["data"]["period"].keys()
    assert period["segments"][0]["top"][0].keys() == told["data"]["segments"][0]["top"][0].keys()
    granted = sent["grant.created"]["data"]
    assert grants.keys() == granted.keys()
    assert grants["grants"][0].keys() == granted["grants"][0].keys()
    assert {*cohort, *phase} >= {"event_leaderboard", "completed_at", "active_end"}


def test_every_kind_and_setting_is_told() -> None:
    assert re.findall(r"^### (\S+)$", TEXT, re.MULTILINE) == list(KINDS)
    settings = TEXT[TEXT.index("| setting |") : TEXT.index("In the environment")]
    assert set(re.findall(r"^\| `(\w+)`", settings, re.MULTILINE)) == set(WebhookSection.model_fields)
    assert f"{ATTEMPTS_MAX} attempts" in " ".join(TEXT.split())
    assert f"`{HEADER}`" in TEXT
