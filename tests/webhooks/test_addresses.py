"""Deliveries reach the open net and nothing else, whatever a name says when it is asked again (B81)."""

import asyncio
import socket
from ipaddress import ip_address
from typing import Any

import httpcore
import pytest
from httpcore import AsyncMockBackend, AsyncMockStream, AsyncNetworkStream

from server.webhooks.addresses import AddressRefused, CheckedNetwork, is_public

PUBLIC, OTHER, PRIVATE = "93.184.216.34", "93.184.216.35", "10.0.0.7"


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1", "172.16.0.1", "192.168.1.1", "127.0.0.1", "0.0.0.0", "169.254.169.254", "100.64.0.1", "224.0.0.1",
        "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1",
        "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00::1", "ff02::1", "ff0e::1", "2001:db8::1",
        "::ffff:10.0.0.1", "::ffff:127.0.0.1", "::10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::1", "2001:0:a00:1::1",
    ],
)  # fmt: skip
def test_b81_no_address_inside_is_reached_however_it_is_written(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_b81_the_open_net_is(address: str) -> None:
    assert is_public(ip_address(address))


class Noting(AsyncMockBackend):
    """A network that only notes where it was to connect; some addresses do not answer."""

    def __init__(self, *dead: str) -> None:
        super().__init__([])
        self.connected: list[str] = []
        self._dead = dead

    async def connect_tcp(self, host: str, *_: Any, **__: Any) -> AsyncNetworkStream:
        self.connected.append(host)
        if host in self._dead:
            raise httpcore.ConnectError("nobody is there")
        return AsyncMockStream([])


def names(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Let names be what each answer says, one after the other; return which were asked for."""
    asked: list[str] = []

    async def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        found = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo, raising=False)
    return asked


@pytest.fixture
def network() -> Noting:
    return Noting()


async def test_b81_a_name_is_asked_once_and_the_connection_made_to_what_was_judged(
    monkeypatch: pytest.MonkeyPatch, network: Noting
) -> None:
    """The second time the name would say something else: nobody asks it."""
    asked = names(monkeypatch, [PUBLIC], [PRIVATE])
    await CheckedNetwork(network, allows_private=False).connect_tcp("studio.example", 443)
    assert (asked, network.connected) == (["studio.example"], [PUBLIC])


async def test_b81_one_private_address_among_several_is_enough_to_refuse(
    monkeypatch: pytest.MonkeyPatch, network: Noting
) -> None:
    names(monkeypatch, [PUBLIC, PRIVATE])
    with pytest.raises(AddressRefused, match="not in the open net"):
        await CheckedNetwork(network, allows_private=False).connect_tcp("studio.example", 443)
    assert network.connected == []


async def test_b81_an_address_that_does_not_answer_leaves_the_next_to_be_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, [PUBLIC, OTHER])
    network = Noting(PUBLIC)
    await CheckedNetwork(network, allows_private=False).connect_tcp("studio.example", 443)
    assert network.connected == [PUBLIC, OTHER]


async def test_b81_a_setting_allows_private_addresses(monkeypatch: pytest.MonkeyPatch, network: Noting) -> None:
    names(monkeypatch, [PRIVATE])
    await CheckedNetwork(network, allows_private=True).connect_tcp("studio.internal", 443)
    assert network.connected == [PRIVATE]


async def test_b81_no_url_leads_to_a_socket_of_this_machine(network: Noting) -> None:
    with pytest.raises(AddressRefused):
        await CheckedNetwork(network, allows_private=True).connect_unix_socket("/run/secret.sock")
