"""A channel over Redis' PUBLISH: what several machines use, with the rank index beside it."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from redis.asyncio import Redis
from redis.exceptions import RedisError

from server.streams.shared import Channel, ChannelBroken

_BYTES_MAX = 64 * 1024
_SECONDS = 5.0
_LISTEN_SECONDS = 1.0


class RedisChannel(Channel):
    """A client of its own: a slow listener must hold up no rank. `owner` is the name of the database's processes."""

    message_bytes_max = _BYTES_MAX

    def __init__(self, url: str, owner: str) -> None:
        self._name = f"laurel:{owner}:changes"
        self._redis: Redis = Redis.from_url(
            url, socket_timeout=_SECONDS, socket_connect_timeout=_SECONDS, decode_responses=True
        )

    async def send(self, text: str) -> None:
        """Publish."""
        try:
            await self._redis.publish(self._name, text)
        except (RedisError, OSError, TimeoutError) as error:
            raise ChannelBroken(str(error)) from error

    async def texts(self) -> AsyncGenerator[str, None]:
        """Subscribe."""
        listener = self._redis.pubsub(ignore_subscribe_messages=True)
        try:
            await listener.subscribe(self._name)
            while True:
                message = await listener.get_message(timeout=_LISTEN_SECONDS)
                if message is not None:
                    yield str(message["data"])
        except (RedisError, OSError, TimeoutError) as error:
            raise ChannelBroken(str(error)) from error
        finally:
            await listener.aclose()  # type: ignore[no-untyped-call] # the driver leaves it so

    async def close(self) -> None:
        """Close all connections."""
        await self._redis.aclose()
