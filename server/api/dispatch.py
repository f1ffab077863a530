"""The way of every call: find it, admit it, decode it, serve it, encode it, count it.

Doors hand over bytes and headers and send back what they get; nothing that happens here can raise into them. A stream comes
the same way, and is answered by messages until it ends.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime, timedelta
from time import perf_counter
from typing import TypeVar

import structlog
from google.protobuf.message import DecodeError, Message

from server.api.admission import Admission, Envelope, Limits
from server.api.errors import MalformedMessage, MethodNotFound, Overloaded, ServerDraining, TooManyStreams
from server.api.methods import Call, Method, StreamMethod
from server.api.sessions import ServerKeys, Sessions
from server.api.status import REASONS, Code, Failure, failure_of
from server.application.register_player import RegisterPlayer
from server.ports.clock import Clock
from server.ports.hooks import Hooks
from server.telemetry.metrics import Metrics

log = structlog.get_logger(__name__)

M = TypeVar("M", bound=Message)
_OK = Code.OK.name
_OF_A_MODULE = "module"
"""Label of the reasons that modules make up, which are many."""


class Dispatch:
    """Serves calls by their path."""

    def __init__(
        self,
        methods: Iterable[Method],
        sessions: Sessions,
        server_keys: ServerKeys,
        limits: Limits,
        register_player: RegisterPlayer,
        hooks: Hooks,
        clock: Clock,
        metrics: Metrics,
        streams: Iterable[StreamMethod] = (),
    ) -> None:
        self._methods = {method.path: _Served(method, metrics) for method in methods}
        self._streams = {method.path: method for method in streams}
        self._open_streams: Counter[str] = Counter()
        self._admission = Admission(sessions, server_keys, limits, register_player)
        self._limits = limits
        self._hooks = hooks
        self._clock = clock
        self._metrics = metrics
        self._in_flight = 0
        self._is_draining = False
        self._idle = asyncio.Event()

    @property
    def methods(self) -> list[Method]:
        """All calls that exist here."""
        return [served.method for served in self._methods.values()]

    @property
    def streams(self) -> list[StreamMethod]:
        """All calls that are answered by a stream."""
        return list(self._streams.values())

    @property
    def now(self) -> datetime:
        """Game time."""
        return self._clock.now()

    @property
    def streams_open(self) -> int:
        """How many streams are open."""
        return self._open_streams.total()

    def message_bytes_max(self, path: str) -> int:
        """Return how large a request to a path may be."""
        served = self._methods.get(path)
        is_bulk = served is not None and served.method.is_bulk
        return self._limits.bulk_bytes_max if is_bulk else self._limits.message_bytes_max

    @property
    def in_flight(self) -> int:
        """How many calls are being served."""
        return self._in_flight

    async def serve(self, envelope: Envelope) -> bytes | Failure:
        """Return the answer's bytes, or how the call failed."""
        began = perf_counter()
        served = self._methods.get(envelope.path)
        if served is None:
            return self.failure(MethodNotFound())
        self._in_flight += 1
        try:
            answer = await self._answered(served, envelope)
        except asyncio.CancelledError:
            served.count(Code.CANCELLED.name, began)
            raise
        except Exception as error:  # every error has a way to be said
            failure = self.failure(error)
            served.count(failure.code.name, began)
            return failure
        finally:
            self._in_flight -= 1
            self._notice_idle()
        served.count(_OK, began)
        return answer

    async def stream(self, envelope: Envelope) -> AsyncGenerator[bytes | Failure, None]:
        """Yield what a stream is answered by, message by message; how it failed, if it does, comes last."""
        began, code = perf_counter(), _OK
        method = self._streams.get(envelope.path)
        if method is None:
            yield self.failure(MethodNotFound())
            return
        caller = ""
        try:
            call, request, caller = await self._opened(method, envelope)
            async with method.handler(call, request) as messages, aclosing(messages):
                async for message in messages:
                    self._metrics.frames_sent.inc()
                    yield message
        except Exception as error:
            failure = self.failure(error)
            code = failure.code.name
            yield failure
        finally:
            if caller:
                self._closed(caller)
            self._metrics.calls.of(method.path[1:].split("/")[0], method.name).count(code, perf_counter() - began)

    async def _opened(self, method: StreamMethod, envelope: Envelope) -> tuple[Call, Message, str]:
        """Let somebody open a stream, and count it; a player may have so many (A5)."""
        if self._is_draining:
            raise ServerDraining(retry_after=timedelta(seconds=1))
        if self.streams_open >= self._limits.streams_max:
            raise Overloaded(retry_after=timedelta(seconds=1))
        self._admission.refuse_larger(envelope, self._limits.message_bytes_max)
        call, expires_at = await self._admission.stream_of(method.audience, envelope)
        request = decoded(method.request, envelope.body)
        caller = call.caller.name
        if not call.caller.is_trusted and self._open_streams[caller] >= self._limits.streams_of_player_max:
            raise TooManyStreams(streams_max=self._limits.streams_of_player_max, retry_after=timedelta(seconds=1))
        self._open_streams[caller] += 1
        return replace(call, expires_at=expires_at), request, caller

    async def drain(self) -> None:
        """Refuse new calls and wait until those that run, and all streams, have ended."""
        self._is_draining = True
        self._notice_idle()
        await self._idle.wait()

    def _notice_idle(self) -> None:
        if self._is_draining and not self._in_flight and not self._open_streams:
            self._idle.set()

    def _closed(self, caller: str) -> None:
        """Count a stream less."""
        self._open_streams[caller] -= 1
        if not self._open_streams[caller]:
            del self._open_streams[caller]
        self._notice_idle()

    async def _answered(self, served: _Served, envelope: Envelope) -> bytes:
        method = served.method
        if self._is_draining:
            raise ServerDraining(retry_after=timedelta(seconds=1))
        if self._in_flight > self._limits.calls_in_flight_max:
            raise Overloaded(retry_after=timedelta(seconds=1))
        bytes_max = self._limits.bulk_bytes_max if method.is_bulk else self._limits.message_bytes_max
        self._admission.refuse_larger(envelope, bytes_max)
        call = await self._admission.call_of(method.audience, envelope)
        request = decoded(method.request, envelope.body)
        if self._hooks.has(served.before):
            asked = await self._hooks.before(served.before, call.caller.name, request)
            request, call = asked.request, replace(call, server_properties=asked.server_properties)
        answer = await method.handler(call, request)
        if self._hooks.has(served.after):
            await self._hooks.after(served.after, call.caller.name, request, answer)
        return answer.SerializeToString()

    def failure(self, error: Exception) -> Failure:
        """Return how an error is said, and count it."""
        now = self._clock.now()
        try:
            failure = failure_of(error, now)
        except Exception as unsayable:  # a module may raise one of our errors with anything in it
            failure = failure_of(unsayable, now)
        self._metrics.refusals.labels(failure.reason if failure.reason in REASONS else _OF_A_MODULE).inc()
        return failure


class _Served:
    """A method, and the counts of its calls."""

    __slots__ = ("_calls", "after", "before", "method")

    def __init__(self, method: Method, metrics: Metrics) -> None:
        self.method = method
        self.before, self.after = method.hook_names
        self._calls = metrics.calls.of(method.path[1:].split("/")[0], method.name)

    def count(self, code: str, began: float) -> None:
        """Count a call that has ended."""
        self._calls.count(code, perf_counter() - began)


def decoded(kind: type[M], body: bytes) -> M:
    """Return the message of a kind that these bytes are.

    :raises MalformedMessage: if they are none
    """
    try:
        return kind.FromString(body)
    except (DecodeError, RecursionError) as error:
        raise MalformedMessage from error
