"""What is sent in pieces behind Envoy is the same bytes, in the same order (L21)."""

import asyncio
from typing import Any

import pytest

from server.doors.envoy.sending import COPIED_MAX, WHOLE_MIN, in_pieces


def sent(body: bytes, **more: Any) -> list[dict[str, Any]]:
    """The events that a body is sent as."""
    events: list[dict[str, Any]] = []

    async def send(event: Any) -> None:
        events.append(event)

    asyncio.run(in_pieces(send)({"type": "http.response.body", "body": body, **more}))
    return events


@pytest.mark.parametrize("size", [0, 1, COPIED_MAX, COPIED_MAX + 1, 1500, WHOLE_MIN - 1, WHOLE_MIN, 70_000])
def test_l21_pieces_are_the_message(size: int) -> None:
    body = bytes(number % 251 for number in range(size))
    events = sent(body, more_body=True)
    assert b"".join(event["body"] for event in events) == body
    assert all(event["more_body"] for event in events)


def test_l21_a_message_that_would_waste_its_page_goes_in_pieces_that_are_copied() -> None:
    assert [len(event["body"]) for event in sent(bytes(1200), more_body=True)] == [511, 511, 178]
    assert len(sent(bytes(WHOLE_MIN), more_body=True)) == 1


def test_l21_what_ends_an_answer_goes_whole() -> None:
    assert len(sent(bytes(1200))) == 1
