"""A small client of the API: for the demonstration, for tests, and for scripts of operators."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from functools import cache
from types import ModuleType
from typing import Any

import grpc
import grpc.aio
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from server.api.admission import SERVER_KEY
from server.api.methods import PACKAGE
from server.api.pb import (
    admin_service_pb2,
    debug_service_pb2,
    event_leaderboard_service_pb2,
    game_event_service_pb2,
    leaderboard_service_pb2,
    module_service_pb2,
    reward_service_pb2,
    server_service_pb2,
    session_service_pb2,
)

_MODULES: tuple[ModuleType, ...] = (
    admin_service_pb2,
    debug_service_pb2,
    event_leaderboard_service_pb2,
    game_event_service_pb2,
    leaderboard_service_pb2,
    module_service_pb2,
    reward_service_pb2,
    server_service_pb2,
    session_service_pb2,
)


class CallFailed(Exception):
    """The server refused. `code` is the status code's name, `reason` the one of docs/ERRORS.md."""

    def __init__(
        self, code: str, reason: str, message: str, metadata: dict[str, str], retry_seconds: float | None
    ) -> None:
        super().__init__(f"{code} {reason}: {message}")
        self.code = code
        self.reason = reason
        self.message = message
        self.metadata = metadata
        self.retry_seconds = retry_seconds


class Client:
    """Calls a server as one player, as the studio's server, or as nobody."""

    def __init__(self, channel: grpc.aio.Channel, *, token: str = "", server_key: str = "") -> None:
        self._channel = channel
        self._metadata: tuple[tuple[str, str], ...] = ()
        if token:
            self._metadata += (("authorization", f"Bearer {token}"),)
        if server_key:
            self._metadata += ((SERVER_KEY, server_key),)

    def as_player(self, token: str) -> Client:
        """Return a client with a player's session, on the same connection."""
        return Client(self._channel, token=token)

    async def sign_in(self, device_id: str, name: str = "") -> Client:
        """Sign in with a device id and return the player's client."""
        answer = await self.call("SessionService/Authenticate", device_id=device_id, name=name)
        return self.as_player(answer.session.token)

    async def call(self, method: str, *, timeout: float = 10.0, **fields: Any) -> Any:  # noqa: ASYNC109 - the call's deadline
        """Call `Service/Method` with the request's fields and return the response message.

        :raises CallFailed: if the server refuses
        """
        return await self.send(method, request_of(method, fields), timeout=timeout)

    async def send(self, method: str, request: Message | bytes, *, timeout: float = 10.0) -> Any:  # noqa: ASYNC109
        """Call `Service/Method` with a message, or with raw bytes.

        :raises CallFailed: if the server refuses
        """
        response = response_kind(method)
        body = request if isinstance(request, bytes) else request.SerializeToString()
        unary: grpc.aio.UnaryUnaryMultiCallable[bytes, Message] = self._channel.unary_unary(
            f"/{PACKAGE}.{method}", None, response.FromString
        )
        try:
            return await unary(body, metadata=self._metadata, timeout=timeout)
        except grpc.aio.AioRpcError as error:
            raise _failed(error) from None

    async def watch(self, method: str, *, timeout: float | None = None, **fields: Any) -> AsyncGenerator[Any, None]:  # noqa: ASYNC109
        """Open the stream `Service/Method` and yield its messages.

        :raises CallFailed: if the server refuses, or ends it by an error
        """
        response, body = response_kind(method), request_of(method, fields).SerializeToString()
        stream: grpc.aio.UnaryStreamMultiCallable[bytes, Message] = self._channel.unary_stream(
            f"/{PACKAGE}.{method}", None, response.FromString
        )
        call = stream(body, metadata=self._metadata, timeout=timeout)
        try:
            async for message in call:
                yield message
        except grpc.aio.AioRpcError as error:
            raise _failed(error) from None
        finally:
            call.cancel()


@cache
def _methods() -> dict[str, MethodDescriptor]:
    services = [service for module in _MODULES for service in module.DESCRIPTOR.services_by_name.values()]
    return {f"{service.name}/{method.name}": method for service in services for method in service.methods}


def request_of(method: str, fields: Mapping[str, Any]) -> Message:
    """Return the request message of `Service/Method` with these fields."""
    return message_factory.GetMessageClass(_methods()[method].input_type)(**fields)


def response_kind(method: str) -> type[Message]:
    """Return the class of the response of `Service/Method`."""
    return message_factory.GetMessageClass(_methods()[method].output_type)


def failed(code: str, message: str, details: bytes) -> CallFailed:
    """Return a refusal; `details` is the google.rpc.Status that came with it, or empty."""
    reason, metadata, retry = "", {}, None
    for detail in status_pb2.Status.FromString(details).details:
        info, wait = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo()
        if detail.Unpack(info):
            reason, metadata = info.reason, dict(info.metadata)
        elif detail.Unpack(wait):
            retry = wait.retry_delay.ToMilliseconds() / 1000
    return CallFailed(code, reason, message, metadata, retry)


def _failed(error: grpc.aio.AioRpcError) -> CallFailed:
    found = [value for key, value in error.trailing_metadata() or () if key == "grpc-status-details-bin"]
    details = found[0] if found and isinstance(found[0], bytes) else b""
    return failed(error.code().name, error.details() or "", details)
