"""The way of every call, without a transport: who is let in, in which order, and how a call ends (A3 to A6)."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import pytest
from google.protobuf.message import Message
from structlog.testing import capture_logs

from server.api.admission import Envelope, Limits
from server.api.dispatch import Dispatch
from server.api.limits import RateLimit
from server.api.methods import Audience, Call, Method
from server.api.pb import reward_service_pb2 as pb
from server.api.sessions import ServerKeys, Sessions, SessionSettings
from server.api.status import Failure
from server.application.register_player import RegisterPlayer
from server.domain.errors import EventNotFound
from server.domain.ids import PlayerId
from server.hooks.calls import HookCaller
from server.hooks.live import LiveHooks
from server.telemetry.metrics import Metrics
from tests.builders import DAY, HOUR
from tests.world import WEEKLY, ManualClock, game

KEY = "server-key"
DEADLINE = 5
Handler = Callable[[Call, Any], Awaitable[Message]]


async def answers(_: Call, __: Any) -> Message:
    return pb.GetWalletResponse(currencies={"coins": 1})


class Door:
    """A dispatch with one method for each audience, and calls to it."""

    def __init__(self, handler: Handler = answers, **limits: Any) -> None:
        self.clock, self.registered = ManualClock(), list[str]()
        self.metrics = Metrics()
        self.sessions = Sessions(SessionSettings(b"secret-" * 6, HOUR, DAY), self.clock)
        unlimited = RateLimit(0, 1, lambda: 0.0)
        bounds: dict[str, Any] = {
            "message_bytes_max": 100,
            "bulk_bytes_max": 200,
            "calls_in_flight_max": 10,
            "by_player": unlimited,
            "by_address": unlimited,
            **limits,
        }

        async def register(player_id: PlayerId, *_: str) -> None:
            self.registered.append(player_id)

        self.dispatch = Dispatch(
            [
                *(Method("Test", one.name.title(), pb.ListGrantsRequest, one, handler) for one in Audience),
                Method("Test", "Bulk", pb.ListGrantsRequest, Audience.ANYBODY, handler, is_bulk=True),
            ],
            self.sessions,
            ServerKeys({"tests": _digest(KEY)}),
            Limits(**bounds),
            cast(RegisterPlayer, register),
            LiveHooks(Path("nowhere"), {}, HookCaller(self.metrics)),
            self.clock,
            self.metrics,
        )

    def bearer(self, player: str = "ann") -> dict[str, str]:
        return {"authorization": f"Bearer {self.sessions.mint(PlayerId(player)).token}"}

    async def call(self, name: str, body: bytes = b"", headers: dict[str, str] | None = None) -> bytes | Failure:
        envelope = Envelope(f"/laurel.v1.Test/{name}", body, (headers or {}).get, lambda: "10.0.0.7")
        async with asyncio.timeout(DEADLINE):
            return await self.dispatch.serve(envelope)

    async def reason(self, name: str, body: bytes = b"", headers: dict[str, str] | None = None) -> str:
        answer = await self.call(name, body, headers)
        return answer.reason if isinstance(answer, Failure) else "OK"


def _digest(key: str) -> str:
    return sha256(key.encode()).hexdigest()


SERVER = {"x-laurel-server-key": KEY}


async def test_a3_each_audience_is_let_in_by_its_own_credential() -> None:
    door = Door()
    assert await door.reason("Anybody") == "OK"
    assert await door.reason("Player", headers=door.bearer()) == "OK"
    assert await door.reason("Server", headers=SERVER) == "OK"
    for headers in (door.bearer(), SERVER):
        assert await door.reason("Player_Or_Server", headers=headers) == "OK"


async def test_a3_what_is_missing_or_wrong_is_named() -> None:
    door = Door()
    assert await door.reason("Player") == "SESSION_MISSING"
    assert await door.reason("Player", headers=SERVER) == "PLAYER_SESSION_REQUIRED"
    assert await door.reason("Player", headers={"authorization": "Basic YTpi"}) == "SESSION_MISSING"
    for token in ("Bearer ", "Bearer x", "bearer a.b.c"):
        assert await door.reason("Player", headers={"authorization": token}) == "SESSION_INVALID"
    assert await door.reason("Server") == "SERVER_KEY_REQUIRED"
    assert await door.reason("Server", headers=door.bearer()) == "SERVER_KEY_REQUIRED"
    assert await door.reason("Server", headers={"x-laurel-server-key": "x"}) == "SERVER_KEY_INVALID"


async def test_a_session_that_has_ended_is_refused_also_for_a_known_player() -> None:
    door = Door()
    headers = door.bearer()
    assert await door.reason("Player", headers=headers) == "OK"
    door.clock.advance(HOUR)
    assert await door.reason("Player", headers=headers) == "SESSION_EXPIRED"


async def test_a3_an_unknown_subject_is_registered_once() -> None:
    door = Door()
    for player in ("ann", "ann", "bob"):
        await door.call("Player", headers=door.bearer(player))
    assert door.registered == ["ann", "bob"]


async def test_a_call_that_does_not_exist_is_explained() -> None:
    assert await Door().reason("Nothing") == "METHOD_NOT_FOUND"


async def test_a4_bytes_that_are_no_message_are_malformed_but_the_session_comes_first() -> None:
    door = Door()
    assert await door.reason("Player", b"\xff", door.bearer()) == "MALFORMED_MESSAGE"
    assert await door.reason("Player", b"\xff") == "SESSION_MISSING"


async def test_a5_a_message_is_refused_from_one_byte_above_the_limit() -> None:
    door = Door()
    assert await door.reason("Anybody", b"\x1a\x62" + b"x" * 98) == "OK"
    assert await door.reason("Anybody", b"\x1a\x63" + b"x" * 99) == "MESSAGE_TOO_LARGE"


async def test_a5_a_call_that_carries_many_things_has_a_limit_of_its_own() -> None:
    door = Door()
    assert await door.reason("Bulk", b"\x1a\xc5\x01" + b"x" * 197) == "OK"
    assert await door.reason("Bulk", b"\x1a\xc6\x01" + b"x" * 198) == "MESSAGE_TOO_LARGE"
    limits = [door.dispatch.message_bytes_max(f"/laurel.v1.Test/{name}") for name in ("Bulk", "Anybody", "Nothing")]
    assert limits == [200, 100, 100]


async def test_a5_players_and_addresses_have_buckets_of_their_own() -> None:
    door = Door(by_player=RateLimit(1, 1, lambda: 0.0), by_address=RateLimit(1, 1, lambda: 0.0))
    ann, bob = door.bearer("ann"), door.bearer("bob")
    assert [await door.reason("Player", headers=one) for one in (ann, ann, bob)] == ["OK", "RATE_LIMITED", "OK"]
    assert [await door.reason("Anybody") for _ in range(2)] == ["OK", "RATE_LIMITED"]
    assert [await door.reason("Server", headers=SERVER) for _ in range(3)] == ["OK"] * 3


class Gate:
    """A handler that waits until it is let on, and notes that it has run to its end."""

    def __init__(self) -> None:
        self.entered, self.open, self.ended = asyncio.Event(), asyncio.Event(), 0

    async def __call__(self, _: Call, __: Any) -> Message:
        self.entered.set()
        await self.open.wait()
        self.ended += 1
        return pb.GetWalletResponse()


async def test_a5_work_above_the_bound_is_shed_and_taken_again_afterwards() -> None:
    gate = Gate()
    door = Door(gate, calls_in_flight_max=2)
    running = [asyncio.ensure_future(door.call("Anybody")) for _ in range(2)]
    await gate.entered.wait()
    assert await door.reason("Anybody") == "OVERLOADED"
    gate.open.set()
    await asyncio.gather(*running)
    assert await door.reason("Anybody") == "OK"
    assert door.dispatch.in_flight == 0


async def test_a_drain_waits_for_what_runs_and_refuses_what_is_new() -> None:
    gate = Gate()
    door = Door(gate)
    running = asyncio.ensure_future(door.reason("Anybody"))
    await gate.entered.wait()
    draining = asyncio.ensure_future(door.dispatch.drain())
    await asyncio.sleep(0)
    assert await door.reason("Anybody") == "SERVER_DRAINING"
    assert not draining.done()
    gate.open.set()
    async with asyncio.timeout(DEADLINE):
        await draining
    assert await running == "OK"


async def test_a_refusal_and_a_bug_both_come_back_as_failures() -> None:
    async def refuses(_: Call, __: Any) -> Message:
        raise EventNotFound

    async def breaks(_: Call, __: Any) -> Message:
        raise RuntimeError("select * from player")

    with capture_logs():
        assert await Door(refuses).reason("Anybody") == "EVENT_NOT_FOUND"
        failure = await Door(breaks).call("Anybody")
    assert isinstance(failure, Failure)
    assert failure.reason == "INTERNAL"
    assert "select" not in failure.message


async def test_a_call_that_ran_out_of_time_is_counted_and_leaves_the_count_of_running_calls() -> None:
    """grpc cancels a call whose deadline has passed; the metrics must know, and the drain must not wait for it."""
    door = Door(Gate())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await door.dispatch.serve(Envelope("/laurel.v1.Test/Anybody", b"", lambda _: None, lambda: ""))
    assert door.dispatch.in_flight == 0
    lines = door.metrics.exposition().decode().splitlines()
    assert any('"CANCELLED"' in line and "handled_total" in line and line.endswith(" 1.0") for line in lines)
    async with asyncio.timeout(DEADLINE):
        await door.dispatch.drain()


async def test_a6_a_move_of_the_clock_whose_caller_has_gone_is_whole_or_has_not_happened(tmp_path: Path) -> None:
    """The store and the running process must agree on the time, whoever still waits for the answer."""
    async with game(tmp_path, {"weekly": WEEKLY}) as playing:
        moving = asyncio.ensure_future(playing.use.move_clock(timedelta(hours=1)))
        await asyncio.sleep(0)
        moving.cancel()
        await asyncio.gather(moving, return_exceptions=True)

        async def nothing(_: object) -> None:
            """Stand in the store's queue behind the move."""

        await playing.store.transact(nothing)
        assert await playing.store.read(lambda view: view.clock_offset()) == playing.clock.offset
