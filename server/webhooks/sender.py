"""Deliveries by HTTPS: one POST each, in ten seconds in all, to an address that was judged, and no further (B81)."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping

import certifi
import httpcore
from httpcore import AnyIOBackend, AsyncConnectionPool

from server.ports.webhooks import DeliveryFailed, Endpoint, WebhookSender
from server.webhooks.addresses import CheckedNetwork

SECONDS_MAX = 10.0
ANSWER_MAX = 64 * 1024
"""Bytes of an answer that are read; then the connection is closed. What it says beyond its status is not looked at."""
_CONNECTIONS = 8
_KEPT_SECONDS = 30.0


class HttpsSender(WebhookSender):
    """Keeps a few connections to each endpoint. Redirects are answers like any other that is not 2xx."""

    def __init__(self) -> None:
        self._pools: dict[Endpoint, AsyncConnectionPool] = {}

    async def send(self, endpoint: Endpoint, body: bytes, headers: Mapping[str, str]) -> None:
        """Send one POST."""
        if not endpoint.url.lower().startswith("https://"):
            raise DeliveryFailed("only https is spoken")
        try:
            async with asyncio.timeout(SECONDS_MAX):
                status = await self._status(endpoint, body, headers)
        except TimeoutError:
            raise DeliveryFailed(f"took longer than {SECONDS_MAX:g} s") from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError) as error:
            raise DeliveryFailed(f"{type(error).__name__}: {error}") from error
        if not 200 <= status < 300:
            raise DeliveryFailed(f"answered {status}")

    async def close(self) -> None:
        """Close all connections."""
        for pool in self._pools.values():
            await pool.aclose()
        self._pools.clear()

    async def _status(self, endpoint: Endpoint, body: bytes, headers: Mapping[str, str]) -> int:
        pool = self._pool(endpoint)
        async with pool.stream("POST", endpoint.url, headers=list(headers.items()), content=body) as answer:
            size = 0
            async for part in answer.aiter_stream():
                size += len(part)
                if size > ANSWER_MAX:
                    break  # the rest is not worth reading; the connection ends with it
            return int(answer.status)

    def _pool(self, endpoint: Endpoint) -> AsyncConnectionPool:
        pool = self._pools.get(endpoint)
        if pool is None:
            network = CheckedNetwork(AnyIOBackend(), allows_private=endpoint.allows_private)
            pool = self._pools[endpoint] = AsyncConnectionPool(
                ssl_context=_trust(endpoint),
                max_connections=_CONNECTIONS,
                keepalive_expiry=_KEPT_SECONDS,
                network_backend=network,
            )
        return pool


def _trust(endpoint: Endpoint) -> ssl.SSLContext:
    """Return whose certificates are believed: the world's authorities, and the endpoint's own."""
    context = ssl.create_default_context(cafile=certifi.where())
    if endpoint.ca_file:
        context.load_verify_locations(endpoint.ca_file)
    return context
