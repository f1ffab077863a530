"""A delivery is one POST by HTTPS: what takes too long, leads elsewhere or does not say 2xx has not taken it (B81)."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from server.ports.webhooks import DeliveryFailed, Endpoint
from server.webhooks import sender as module
from server.webhooks.sender import ANSWER_MAX, HttpsSender
from tests.webhooks.receiver import OK, Received, Receiver, receiver


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Receiver]:
    async with receiver(tmp_path) as running:
        yield running


@pytest.fixture
async def sender() -> AsyncIterator[HttpsSender]:
    made = HttpsSender()
    yield made
    await made.close()


def endpoint(studio: Receiver) -> Endpoint:
    return Endpoint("studio", studio.url, (b"secret",), allows_private=True, ca_file=studio.ca_file)


async def test_b81_a_body_and_its_headers_arrive(studio: Receiver, sender: HttpsSender) -> None:
    await sender.send(endpoint(studio), b'{"a":1}', {"Content-Type": "application/json", "X-Signature": "t=1,v1=ab"})
    (one,) = studio.received
    assert (one.path, one.data) == ("/hooks", {"a": 1})
    assert (one.headers["content-type"], one.headers["x-signature"]) == ("application/json", "t=1,v1=ab")
    assert one.headers["host"] == f"localhost:{studio.port}"


async def test_b81_a_private_address_is_refused_without_the_setting(studio: Receiver, sender: HttpsSender) -> None:
    with pytest.raises(DeliveryFailed, match="not in the open net"):
        await sender.send(replace(endpoint(studio), allows_private=False), b"{}", {})
    by_number = replace(endpoint(studio), allows_private=False, url=f"https://127.0.0.1:{studio.port}/")
    with pytest.raises(DeliveryFailed, match="not in the open net"):
        await sender.send(by_number, b"{}", {})
    assert studio.received == []


async def test_b81_only_https_is_spoken(studio: Receiver, sender: HttpsSender) -> None:
    with pytest.raises(DeliveryFailed, match="only https"):
        await sender.send(replace(endpoint(studio), url=studio.url.replace("https", "http")), b"{}", {})


async def test_b81_a_certificate_that_nobody_vouches_for_is_not_believed(studio: Receiver, sender: HttpsSender) -> None:
    with pytest.raises(DeliveryFailed, match="CERTIFICATE_VERIFY_FAILED"):
        await sender.send(replace(endpoint(studio), ca_file=""), b"{}", {})
    assert studio.received == []


async def test_b81_a_certificate_of_another_host_is_not_believed(tmp_path: Path, sender: HttpsSender) -> None:
    async with receiver(tmp_path, host="other.example") as other:
        with pytest.raises(DeliveryFailed, match="CERTIFICATE_VERIFY_FAILED"):
            await sender.send(endpoint(other), b"{}", {})


@pytest.mark.parametrize(
    "status", ["500 Oops", "404 Not Found", "429 Slow Down", "302 Found", "307 Temporary Redirect"]
)
async def test_b81_what_is_not_2xx_has_not_taken_it_and_redirects_are_not_followed(
    status: str, studio: Receiver, sender: HttpsSender
) -> None:
    async def answers(_: Received) -> bytes:
        head = f"HTTP/1.1 {status}\r\nLocation: {studio.url}/elsewhere\r\nContent-Length: 0\r\n\r\n"
        return head.encode()

    studio.answer = answers
    with pytest.raises(DeliveryFailed, match=f"answered {status[:3]}"):
        await sender.send(endpoint(studio), b"{}", {})
    assert [one.path for one in studio.received] == ["/hooks"]


async def test_b81_a_slow_answer_is_none(
    studio: Receiver, sender: HttpsSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SECONDS_MAX", 0.2)
    is_over = asyncio.Event()

    async def waits(_: Received) -> bytes:
        await is_over.wait()
        return OK

    studio.answer = waits
    with pytest.raises(DeliveryFailed, match="took longer"):
        await sender.send(endpoint(studio), b"{}", {})
    is_over.set()
    await sender.send(endpoint(studio), b"{}", {})  # and the next goes through


async def test_b81_an_endless_answer_is_not_read_to_its_end(studio: Receiver, sender: HttpsSender) -> None:
    async def talks(_: Received) -> bytes:
        return b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n" + bytes(2 * ANSWER_MAX)

    studio.answer = talks
    async with asyncio.timeout(5):
        await sender.send(endpoint(studio), b"{}", {})


async def test_b81_nobody_there_and_nonsense_are_failures_like_any_other(studio: Receiver, sender: HttpsSender) -> None:
    with pytest.raises(DeliveryFailed, match="ConnectError"):
        await sender.send(replace(endpoint(studio), url="https://localhost:9/"), b"{}", {})
    with pytest.raises(DeliveryFailed):
        await sender.send(replace(endpoint(studio), url="https://no-such-host.invalid/"), b"{}", {})

    async def babbles(_: Received) -> bytes:
        return b"what?\r\n\r\n"

    studio.answer = babbles
    with pytest.raises(DeliveryFailed, match="RemoteProtocolError"):
        await sender.send(endpoint(studio), b"{}", {})


async def test_b81_connections_are_kept_and_a_closed_one_is_made_anew(studio: Receiver, sender: HttpsSender) -> None:
    async def closes(_: Received) -> bytes:
        return b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

    for answer in (closes, closes):
        studio.answer = answer
        await sender.send(endpoint(studio), b"{}", {})
    assert len(studio.received) == 2
