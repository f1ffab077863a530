"""The way of every call: find it, admit it, decode it, serve it, encode it, count it.

Doors hand over bytes and headers and send back what they get; nothing that happens here can raise into them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from time import perf_counter
from typing import TypeVar

import structlog
from google.protobuf.message import DecodeError, Message

from server.api.errors import (
    MalformedMessage,
    MessageTooLarge,
    MethodNotFound,
    Overloaded,
    PlayerSessionRequired,
    ServerDraining,
    ServerKeyRequired,
    SessionMissing,
)
from server.api.limits import RateLimit
from server.api.methods import Audience, Call, Method
from server.api.sessions import ServerKeys, Sessions, Subject
from server.api.status import REASONS, Code, Failure, failure_of
from server.application.callers import Caller
from server.application.register_player import RegisterPlayer
from server.domain.ids import PlayerId
from server.domain.values import value
from server.ports.clock import Clock
from server.ports.hooks import Hooks
from server.telemetry.metrics import Metrics

log = structlog.get_logger(__name__)

AUTHORIZATION = "authorization"
SERVER_KEY = "x-laurel-server-key"
M = TypeVar("M", bound=Message)
_BEARER = "bearer "
_KNOWN_PLAYERS_MAX = 200_000
_NOBODY = PlayerId("")
_OK = Code.OK.name
_OF_A_MODULE = "module"
"""Label of the reasons that modules make up, which are many."""


@value
class Envelope:
    """A call as a door sees it: `header` looks up by lower-case name, `address` tells the peer's address without port."""

    path: str
    body: bytes
    header: Callable[[str], str | None]
    address: Callable[[], str]


@value
class Limits:
    """How much is taken on. `bulk_bytes_max` bounds the requests of calls that carry many things at once.

    Rates live in their own buckets.
    """

    message_bytes_max: int
    bulk_bytes_max: int
    calls_in_flight_max: int
    by_player: RateLimit
    by_address: RateLimit


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
    ) -> None:
        self._methods = {method.path: _Served(method, metrics) for method in methods}
        self._sessions = sessions
        self._server_keys = server_keys
        self._limits = limits
        self._register_player = register_player
        self._hooks = hooks
        self._clock = clock
        self._metrics = metrics
        self._in_flight = 0
        self._is_draining = False
        self._idle = asyncio.Event()
        self._known_players: dict[PlayerId, Call] = {}

    @property
    def methods(self) -> list[Method]:
        """All calls that exist here."""
        return [served.method for served in self._methods.values()]

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
            if self._is_draining and not self._in_flight:
                self._idle.set()
        served.count(_OK, began)
        return answer

    async def drain(self) -> None:
        """Refuse new calls and wait until those that run have ended."""
        self._is_draining = True
        if self._in_flight:
            await self._idle.wait()

    async def _answered(self, served: _Served, envelope: Envelope) -> bytes:
        method = served.method
        if self._is_draining:
            raise ServerDraining(retry_after=timedelta(seconds=1))
        if self._in_flight > self._limits.calls_in_flight_max:
            raise Overloaded(retry_after=timedelta(seconds=1))
        bytes_max = self._limits.bulk_bytes_max if method.is_bulk else self._limits.message_bytes_max
        if len(envelope.body) > bytes_max:
            raise MessageTooLarge(bytes_max=bytes_max)
        if method.audience is Audience.PLAYER or (
            method.audience is Audience.PLAYER_OR_SERVER and envelope.header(SERVER_KEY) is None
        ):
            subject = self._subject(envelope)
            call = self._known_players.get(subject.player_id) or await self._registered(subject)
        else:
            call = self._other(method, envelope)
        request = decoded(method.request, envelope.body)
        if self._hooks.has(served.before):
            asked = await self._hooks.before(served.before, call.caller.name, request)
            request, call = asked.request, replace(call, server_properties=asked.server_properties)
        answer = await method.handler(call, request)
        if self._hooks.has(served.after):
            await self._hooks.after(served.after, call.caller.name, request, answer)
        return answer.SerializeToString()

    def _subject(self, envelope: Envelope) -> Subject:
        """Return whose session the call carries, if he has not called too often."""
        authorization = envelope.header(AUTHORIZATION)
        if authorization is None:
            raise SessionMissing if envelope.header(SERVER_KEY) is None else PlayerSessionRequired
        if authorization[: len(_BEARER)].lower() != _BEARER:
            raise SessionMissing("The authorization header must read `Bearer <token>`.")
        subject = self._sessions.verify(authorization[len(_BEARER) :].strip())
        self._limits.by_player.take(subject.player_id)
        return subject

    async def _registered(self, subject: Subject) -> Call:
        """Return the call of a player whom this process has not seen, whose account may have to be made (A3)."""
        await self._register_player(subject.player_id, subject.name, subject.avatar_url)
        if len(self._known_players) >= _KNOWN_PLAYERS_MAX:
            self._known_players.clear()
        call = self._known_players[subject.player_id] = Call(Caller.player(subject.player_id), subject.player_id)
        return call

    def _other(self, method: Method, envelope: Envelope) -> Call:
        """Return who calls, where it is no player."""
        if method.audience is Audience.ANYBODY:
            address = envelope.address()
            self._limits.by_address.take(address)
            return Call(Caller(f"address:{address}"), _NOBODY)
        key = envelope.header(SERVER_KEY)
        if key is None:
            raise ServerKeyRequired
        return Call(Caller.server(self._server_keys.name_of(key)), _NOBODY)

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
