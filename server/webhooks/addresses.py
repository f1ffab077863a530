"""Which addresses a delivery may be sent to: whoever writes a URL must not reach what only this server can reach (B81).

The name is looked up here, every address found is judged, and the connection is made to the very address that was: a name
that says something else when it is asked again leads nowhere.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from typing import Any

import httpcore
from httpcore import AsyncNetworkBackend, AsyncNetworkStream

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class AddressRefused(httpcore.ConnectError):
    """The host lies in a private network, or at no address that the world can reach."""


def is_public(address: Address) -> bool:
    """Tell whether an address lies in the open net; one that carries another inside is judged by both."""
    return address.is_global and not address.is_multicast and all(map(is_public, _carried(address)))


def _carried(address: Address) -> list[ipaddress.IPv4Address]:
    """Return the IPv4 addresses that an IPv6 address may lead to: mapped, 6to4, Teredo, translated, compatible."""
    if not isinstance(address, ipaddress.IPv6Address):
        return []
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if any(address in network for network in _AT_THE_END):
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
    return [one for one in found if one is not None]


_AT_THE_END = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::/96"))


class CheckedNetwork(AsyncNetworkBackend):
    """Connects to names as they are resolved and judged here."""

    def __init__(self, network: AsyncNetworkBackend, *, allows_private: bool) -> None:
        self._network = network
        self._allows_private = allows_private

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's own signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> AsyncNetworkStream:
        """Connect to the first address of a host that takes it.

        :raises AddressRefused: if any of its addresses must not be reached
        """
        addresses = await self._resolved(host, port)
        failure: Exception | None = None
        for address in addresses:
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError(f"{host} has no address")

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's own signature
        socket_options: Iterable[Any] | None = None,
    ) -> AsyncNetworkStream:
        """Refuse: no URL leads to a socket of this machine."""
        raise AddressRefused("sockets of this machine are nobody's endpoint")

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await self._network.sleep(seconds)

    async def _resolved(self, host: str, port: int) -> list[str]:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} cannot be resolved: {error}") from error
        addresses = list(dict.fromkeys(str(where[0]) for _, _, _, _, where in found))
        for address in addresses:
            if not (self._allows_private or is_public(ipaddress.ip_address(address))):
                raise AddressRefused(f"{host} lies at {address}, which is not in the open net")
        return addresses
