"""Whatever comes over the wire, the server answers it by its own rules, or the connection ends (A3 to A5).

No request makes an INTERNAL or UNKNOWN, a hang or a crash, and a refused call has changed nothing (docs/ERRORS.md). All
tests of the file share a server for each door; each plays with players of its own. The inputs are made from a fixed seed,
so that a failure comes again.
"""

import asyncio
import hmac
import json
import os
import random
import sqlite3
import struct
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import grpc.aio
import hpack
import jwt
import pytest
import pytest_asyncio
from google.protobuf import message_factory
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Struct

from server.api.methods import PACKAGE
from server.api.pb import (
    admin_service_pb2,
    debug_service_pb2,
    error_reason_pb2,
    event_leaderboard_service_pb2,
    game_event_service_pb2,
    leaderboard_service_pb2,
    reward_service_pb2,
    server_service_pb2,
    session_service_pb2,
)
from server.behind_envoy import why_no_envoy
from server.client import CallFailed, Client
from tests.acceptance.process import OWN_CONNECTION, SERVER_KEY, WEEKLY, ServerProcess, eventually
from tests.missing import not_here

pytestmark = pytest.mark.asyncio(loop_scope="module")

CALL_SECONDS = 5.0
LIMIT = 256 * 1024
BULK_LIMIT = 1024 * 1024
ABOVE_LIMIT = 64 * 1024
"""From so much above our limit on grpc core refuses by itself (server/doors/grpcio/door.py)."""

OWN_TO_GRPC_CORE = (
    ("RESOURCE_EXHAUSTED", "message larger than max"),  # the size limit of the transport, before any of our code
)
"""Errors without a reason of ours: grpc core makes them before a byte reaches the server's code."""

REASONS = {name.removeprefix("ERROR_REASON_") for name in error_reason_pb2.ErrorReason.DESCRIPTOR.values_by_name} - {
    "UNSPECIFIED"
}
PLAYER_SERVICES = ("EventLeaderboardService", "LeaderboardService", "RewardService")
FOR_ANYBODY = ("SessionService/Authenticate", "SessionService/Refresh")

_PB_MODULES = (
    admin_service_pb2,
    debug_service_pb2,
    event_leaderboard_service_pb2,
    game_event_service_pb2,
    leaderboard_service_pb2,
    reward_service_pb2,
    server_service_pb2,
    session_service_pb2,
)
METHODS: dict[str, MethodDescriptor] = {
    f"{service.name}/{method.name}": method
    for module in _PB_MODULES
    for service in module.DESCRIPTOR.services_by_name.values()
    for method in service.methods
    if not method.server_streaming  # tests/acceptance/test_watching.py
}
FOR_PLAYERS_AND_SERVERS = [
    *(name for name in METHODS if name.startswith("LeaderboardService") and "Submit" not in name),
    "EventLeaderboardService/ListStandings",
]
every_method = pytest.mark.parametrize("method", METHODS)


EVENTS = {
    "weekly": {
        **WEEKLY,
        "contributes_to": ["daily"],
        "metrics": {"kills": {}},
        "score_expression": "metrics.kills",
        "scoring": {"rules": [{"event_type": "match", "points_expression": "attrs.kills"}]},
    }
}
BOARDS = {
    "daily": {
        "timeframe": {"type": "daily"},
        "scoring": {
            "aggregation": "sum",
            "rules": [{"event_type": "*", "points_expression": "max(attrs.kills, 1) / attrs.deaths"}],
        },
        "authoritative": False,
    },
    "leagues": {"segmentation": {"key": "league"}, "scoring": {"aggregation": "best"}},
}
DOORS = [pytest.param(door, marks=pytest.mark.xdist_group(f"bad input {door}")) for door in ("grpcio", "envoy")]


@pytest.fixture(scope="module", params=DOORS, autouse=True)
def door(request: pytest.FixtureRequest) -> str:
    """Which door the server opens, for all tests of the file before the next."""
    chosen: str = request.param
    if chosen == "envoy" and (missing := why_no_envoy()):
        not_here(missing)
    return chosen


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory, door: str) -> AsyncIterator[ServerProcess]:
    """One server for the file: that it lives through all of this is part of what is tested."""
    folder, environment = tmp_path_factory.mktemp("bad-input"), {"LAUREL_DOOR": door}
    process = await ServerProcess(folder, EVENTS, environment, BOARDS).start()
    yield process
    assert await process.stop() == 0
    assert not [line for line in process.lines if line.get("level") in ("error", "critical")]


# Outcomes


@dataclass(frozen=True, slots=True)
class Outcome:
    code: str
    reason: str
    message: str


async def outcome_of(client: Client, method: str, body: bytes) -> Outcome:
    try:
        await client.send(method, body, timeout=CALL_SECONDS)
    except CallFailed as failed:
        return Outcome(failed.code, failed.reason, failed.message)
    return Outcome("OK", "", "")


def must_be_explained(outcome: Outcome, body: bytes) -> None:
    """Hold an answer against A4: our own refusal with its reason, or one that grpc core made by itself."""
    shown = body[:200]
    assert outcome.code not in ("INTERNAL", "UNKNOWN", "DEADLINE_EXCEEDED", "UNAVAILABLE", "CANCELLED"), (
        outcome,
        shown,
    )
    is_of_core = any(outcome.code == code and text in outcome.message for code, text in OWN_TO_GRPC_CORE)
    assert outcome.code == "OK" or outcome.reason in REASONS or is_of_core, (outcome, shown)


# Who calls


@dataclass(frozen=True, slots=True)
class Someone:
    """A player who has rolled and scored, so that there is something to spoil."""

    server: ServerProcess
    client: Client
    player_id: str
    device_id: str
    token: str

    def caller(self, method: str) -> Client:
        """The client that may make a call: the player, nobody, or the studio's server."""
        if method in FOR_ANYBODY:
            return self.server.anybody
        is_players = method.startswith(PLAYER_SERVICES) or method == "SessionService/UpdateProfile"
        return self.client if is_players else self.server.operator

    async def state(self) -> list[Message]:
        """Everything a player could lose, and the catalogue, without the clock's hands."""
        seen: list[Message] = [
            await self.client.call("RewardService/GetWallet"),
            await self.client.call("RewardService/GetInventory"),
            await self.client.call("RewardService/ListGrants"),
            await self.client.call("EventLeaderboardService/GetEventLeaderboard", id="weekly", view=3),
            await self.client.call("LeaderboardService/GetLeaderboard", key="daily"),
            await self.server.operator.call("AdminService/LookUpPlayer", player_id=self.player_id),
            await self.server.operator.call("AdminService/GetCatalogue"),
        ]
        for message in seen:
            _forget_clock(message)
        return seen


def _forget_clock(message: Message) -> None:
    for field, value in message.ListFields():
        if field.name == "current_time":
            message.ClearField("current_time")
        elif field.message_type is not None and field.message_type.full_name.startswith(PACKAGE):
            if field.message_type.GetOptions().map_entry:
                continue
            for one in value if field.is_repeated else (value,):
                _forget_clock(one)


async def someone(server: ServerProcess, name: str) -> Someone:
    device_id = f"device-of-{name}"
    signed_in = await server.anybody.call("SessionService/Authenticate", device_id=device_id, name=name[:60])
    client = server.anybody.as_player(signed_in.session.token)
    await client.call("EventLeaderboardService/RollCohort", id="weekly")
    await client.call("EventLeaderboardService/SubmitScore", id="weekly", score=7)
    return Someone(server, client, signed_in.session.player_id, device_id, signed_in.session.token)


class Changes:
    """Tells whether anything has been committed to the server's database: nothing of a refused call may be."""

    def __init__(self, folder: Path) -> None:
        self._connection = sqlite3.connect(f"file:{folder / 'laurel.db'}?mode=ro", uri=True)
        self._seen = self._version()

    def any_since(self) -> bool:
        """Whether there were commits since the last time that this was asked."""
        before, self._seen = self._seen, self._version()
        return before != self._seen

    def close(self) -> None:
        self._connection.close()

    def _version(self) -> int:
        return int(self._connection.execute("pragma data_version").fetchone()[0])


async def survives(server: ServerProcess, one: Someone, method: str, bodies: Iterable[bytes]) -> int:
    """Send bodies one after the other; refused ones must be explained and leave no trace. Return how many were refused.

    Each refused body is sent again at the end, between two looks at all that the player has: the database's own version
    number says for each call that nothing was written, the player's view says the same by the API's word.
    """
    refused = []
    with closing(Changes(server.folder)) as changes:
        for body in bodies:
            outcome = await outcome_of(one.caller(method), method, body)
            must_be_explained(outcome, body)
            is_changed = changes.any_since()
            if outcome.code != "OK":
                assert not is_changed, (outcome, body[:200])
                refused.append(body)
    before = await one.state()
    for body in (body for body in refused if len(body) <= LIMIT):
        assert (await outcome_of(one.caller(method), method, body)).code != "OK", body[:200]
    assert await one.state() == before
    return len(refused)


# (a) Messages whose fields are extreme

_DEEP = 5000
TEXTS = (
    "",
    " ",
    "\0",
    "weekly\0",
    "\x1b[31mred\r\n",
    "\u202e\u2028\ufeff\uffff",
    "nobody-knows-this",
    "' or 1=1; drop table players --",
    "../../../../etc/passwd",
    "%s%n{0}${jndi:ldap://x}",
    "{}",
    "[" * _DEEP,
    '{"a":' * 150 + "1" + "}" * 150,
    '{"a":' * 1000,
    '{"a": NaN}',
    '{"a": 1e999, "b": "\\ud800", "c": "\\u0000"}',
    '{"a": ' + "9" * 900 + "}",
    "\U0001f3c6" * 200,
    "e\u0301" * 65,
    "x" * 129,
    "x" * 100_000,
    "x" * 1_000_000,
)
DEFINITIONS = (
    "[" * 100_000,
    '{"event_leaderboards": ' * 2000,
    '{"event_leaderboards": {"a": {"reset_schedule": "0 0 30 2 *"}}}',
    '{"event_leaderboards": {"a": {"reset_schedule": "0 0 29 2 1#5"}}}',
    '{"event_leaderboards": {"a": {"reset_schedule": "' + "*/1," * 10_000 + '1 * * * *"}}}',
    '{"event_leaderboards": {"a": {"reset_schedule": "* * * * *", "duration": 9223372036854775807}}}',
    '{"event_leaderboards": {"a": {"cohort_size": 1e400, "tiers": -1e400, "start_time_sec": 1e300}}}',
    '{"event_leaderboards": {"a": {"cohort_size": ' + "9" * 10_000 + "}}}",
    '{"event_leaderboards": {"a": {"start_time_sec": 99999999999999, "end_time_sec": -99999999999999}}}',
    '{"event_leaderboards": {"a": NaN, "b": Infinity, "\\ud800": "\\ud800", "\\u0000": {}}}',
    '{"event_leaderboards": {"a": {"tiers": 2000000000, "reward_tiers": {"9999999999": []}}}}',
    '{"event_leaderboards": {"a": {}, "a": {}}}',
    "null",
    "\ufeff{}",
)
NUMBERS: dict[int, tuple[float | int, ...]] = {
    FieldDescriptor.TYPE_INT32: (-(2**31), -1, 0, 1, 2**31 - 1),
    FieldDescriptor.TYPE_INT64: (-(2**63), -1, 0, 2**63 - 1),
    FieldDescriptor.TYPE_DOUBLE: (float("nan"), float("inf"), float("-inf"), 1e308, -0.0, 5e-324),
    FieldDescriptor.TYPE_ENUM: (-1, 1, 4, 99, 2**31 - 1),
    FieldDescriptor.TYPE_BOOL: (False, True),
}
SPANS = tuple(
    {"seconds": seconds, "nanos": nanos}
    for seconds in (-(2**63), -315_576_000_000, -1, 10**12, 2**63 - 1)
    for nanos in (-(2**31), 0, 2**31 - 1)
)
"""None of them moves the clock, which all tests of the file share."""

MANY = 1000


def usual(kind: str, one: Someone) -> dict[str, Any]:
    """A request that gets past the first looks, by its message's name, so that each bad field is met by itself."""
    fields: dict[str, Any] = {
        "id": "weekly",
        "key": "daily",
        "event_id": "an event",
        "type": "match",
        "player_ids": one.player_id,
        "player_id": one.player_id,
        "cohort_id": "no-such-cohort",
        "grant_id": "no-such-grant",
        "device_id": one.device_id,
        "refresh_token": "no.such.token",
        "name": "Ann",
    }
    return {"forward": {"seconds": -1}} if kind == "MoveClockRequest" else fields


def _message(descriptor: Any, one: Someone) -> Any:
    """A usual message, with one usual message in every field that holds messages of ours."""
    message = message_factory.GetMessageClass(descriptor)()
    for name, value in usual(descriptor.name, one).items():
        if name in descriptor.fields_by_name:
            _put(message, descriptor.fields_by_name[name], value)
    for field in descriptor.fields:
        nested = field.message_type
        if nested is None or nested.GetOptions().map_entry or not nested.full_name.startswith(PACKAGE):
            continue
        if field.is_repeated:
            getattr(message, field.name).append(_message(nested, one))
        else:
            getattr(message, field.name).CopyFrom(_message(nested, one))
    return message


def _put(message: Any, field: FieldDescriptor, value: Any) -> None:
    if field.is_repeated:
        getattr(message, field.name).append(value)
    elif field.message_type is None:
        setattr(message, field.name, value)
    else:
        getattr(message, field.name).MergeFrom(message_factory.GetMessageClass(field.message_type)(**value))


def _nested_struct(levels: int) -> dict[str, Any]:
    inner: dict[str, Any] = {"end": 1.0}
    for _ in range(levels):
        inner = {"a": inner}
    return inner


def _structs() -> Iterator[bytes]:
    """Structs as bytes: what JSON cannot say, and more than anybody needs."""
    values: tuple[Any, ...] = (
        float("nan"),
        float("inf"),
        1e308,
        -0.0,
        "\0\u2028",
        None,
        [],
        [[None, {}]],
        "x" * 200_000,
    )
    for value in values:
        made = Struct()
        made.update({"": value})
        yield made.SerializeToString()
    for levels in (15, 30):
        deep = Struct()
        deep.update(_nested_struct(levels))
        yield deep.SerializeToString()
    unset = Struct()
    unset.fields["nothing"]  # reading makes it: a value without a kind
    yield unset.SerializeToString()
    many = Struct()
    many.update({str(number): 1.0 for number in range(5000)})
    yield many.SerializeToString()


def _values(field: FieldDescriptor) -> Iterable[Any]:
    if field.message_type is not None and field.message_type.name in ("Duration", "Timestamp"):
        return SPANS
    if field.type == FieldDescriptor.TYPE_STRING:
        return (*TEXTS, *DEFINITIONS) if field.full_name == f"{PACKAGE}.DefinitionFile.text" else TEXTS
    return NUMBERS.get(field.type, ())


def extreme(descriptor: Any, one: Someone) -> Iterator[bytes]:
    """Usual messages with one extreme field each, then some with all fields extreme."""
    for field in descriptor.fields:
        if field.message_type is not None and field.message_type.name == "Struct":
            for body in _structs():
                yield _message(descriptor, one).SerializeToString() + _length_delimited(field.number, body)
        elif field.message_type is not None and field.message_type.full_name.startswith(PACKAGE):
            yield from _with_extreme_children(descriptor, field, one)
        else:
            for value in _values(field):
                message = _message(descriptor, one)
                _put(message, field, value)
                yield message.SerializeToString()
    if descriptor.fields:
        yield from (_all_extreme(descriptor, one, random.Random(seed)) for seed in range(20))


def _with_extreme_children(descriptor: Any, field: FieldDescriptor, one: Someone) -> Iterator[bytes]:
    children = [child for child in extreme(field.message_type, one) if len(child) < LIMIT // 4]
    usual_one = _message(descriptor, one).SerializeToString()
    for child in children:
        yield usual_one + _length_delimited(field.number, child)
    yield b"".join(_length_delimited(field.number, child) for child in children if len(child) < 300)[: LIMIT // 2]
    yield usual_one * MANY


def _all_extreme(descriptor: Any, one: Someone, dice: random.Random) -> bytes:
    message = _message(descriptor, one)
    for field in descriptor.fields:
        values = [value for value in _values(field) if not isinstance(value, str) or len(value) < LIMIT // 16]
        if values:
            for _ in range(MANY // 10 if field.is_repeated else 1):
                _put(message, field, dice.choice(values))
    return bytes(message.SerializeToString())


@every_method
async def test_extreme_fields_are_refused_by_our_own_rules(server: ServerProcess, method: str) -> None:
    one = await someone(server, f"extreme-{method}")
    await survives(server, one, method, extreme(METHODS[method].input_type, one))


# (b) Bytes that are no message


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _length_delimited(number: int, body: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(body)) + body


def _wrong_types(number: int) -> Iterator[bytes]:
    """A field in every wire type, and in those that do not exist."""
    payloads = (b"\x01", b"\x01" * 8, b"\x02\x08\x01", b"", b"", b"\x01" * 4, b"\x01", b"\x01")
    for wire_type, payload in enumerate(payloads):
        yield _varint(number << 3 | wire_type) + payload


def _nested(number: int, levels: int) -> bytes:
    body = b""
    while len(body) < LIMIT // 2 and levels:
        body, levels = _length_delimited(number, body), levels - 1
    return body


def broken(whole: bytes, descriptor: Any, dice: random.Random) -> Iterator[bytes]:
    """Bytes of all kinds that a sender with a bug, or with bad intentions, could send."""
    yield from (dice.randbytes(dice.choice((1, 2, 7, 60, 2000))) for _ in range(15))
    yield from (whole[:end] for end in sorted({dice.randrange(len(whole) + 1) for _ in range(15)}))
    yield from (_flipped(whole, dice) for _ in range(15) if whole)
    for field in descriptor.fields:
        yield from _wrong_types(field.number)
        yield _nested(field.number, 3000)
        yield _varint(field.number << 3 | 2) + b"\xff\xff\xff\xff\x0f" + b"x"  # says 4 GiB
        yield _varint(field.number << 3) + b"\xff" * 11  # a number that never ends
    yield b"\x00\x00"  # field 0 does not exist
    yield b"\x7b" * 50_000  # groups in groups
    yield b"\xfa\x3f\x01x" * 10_000  # unknown fields


def _flipped(whole: bytes, dice: random.Random) -> bytes:
    torn = bytearray(whole)
    torn[dice.randrange(len(torn))] ^= 1 << dice.randrange(8)
    return bytes(torn)


@every_method
async def test_bytes_that_are_no_message_are_refused(server: ServerProcess, method: str) -> None:
    descriptor = METHODS[method].input_type
    one = await someone(server, f"broken-{method}")
    whole = _message(descriptor, one).SerializeToString()
    if method == "DebugService/MoveClock":
        whole = b""  # a lucky flip of a span would move the clock that all tests share
    await survives(server, one, method, broken(whole, descriptor, random.Random(method)))


@every_method
async def test_invalid_utf8_is_a_malformed_message(server: ServerProcess, method: str) -> None:
    one = await someone(server, f"utf8-{method}")
    texts = [field for field in METHODS[method].input_type.fields if field.type == FieldDescriptor.TYPE_STRING]
    for field in texts:
        for text in (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"ok\xe2\x82"):
            body = _length_delimited(field.number, text)
            assert (await outcome_of(one.caller(method), method, body)).reason == "MALFORMED_MESSAGE"


# (c) Torn frames


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_SETTINGS = _frame(4, 0, 0, b"")
_HELLO = _PREFACE + _SETTINGS
_DATA, _HEADERS, _RST, _GOAWAY, _WINDOW, _CONTINUATION = 0, 1, 3, 7, 8, 9
_END_STREAM, _END_HEADERS = 1, 4


def _headers(*more: tuple[bytes, bytes], end_stream: bool = False) -> bytes:
    fields = [
        (b":method", b"POST"),
        (b":scheme", b"http"),
        (b":path", b"/laurel.v1.RewardService/GetWallet"),
        (b":authority", b"laurel"),
        (b"te", b"trailers"),
        (b"content-type", b"application/grpc"),
        *more,
    ]
    block = hpack.Encoder().encode(fields)
    return _frame(_HEADERS, _END_HEADERS | (_END_STREAM if end_stream else 0), 1, block)


def _call(message: bytes, flags: int = _END_STREAM) -> bytes:
    return _HELLO + _headers() + _frame(_DATA, flags, 1, message)


TORN: dict[str, bytes] = {
    "compressed without an encoding": _call(b"\x01\0\0\0\x02\x08\x01"),
    "compressed with garbage": _HELLO
    + _headers((b"grpc-encoding", b"gzip"))
    + _frame(_DATA, _END_STREAM, 1, b"\x01\0\0\0\x04abcd"),
    "an unknown encoding": _HELLO
    + _headers((b"grpc-encoding", b"zstd-9"))
    + _frame(_DATA, _END_STREAM, 1, b"\x01\0\0\0\x04abcd"),
    "a wrong compressed flag": _call(b"\x7f\0\0\0\x02\x08\x01"),
    "a length above the data": _call(b"\0\0\0\0\x63abc"),
    "a length of 4 GiB": _call(b"\0\xff\xff\xff\xffabc"),
    "half a prefix": _call(b"\0\0"),
    "no message": _call(b""),
    "two messages": _call(b"\0\0\0\0\0" * 2),
    "bytes that are not text in a token": _HELLO
    + _headers((b"authorization", b"Bearer \xff\xfe\x80"), (b"x-laurel-server-key", b"\xc3\x28"))
    + _frame(_DATA, _END_STREAM, 1, b"\0\0\0\0\0"),
    "a cut in the middle of a message": _call(b"\0\0\0\x01\0abc", flags=0),
    "a cut in the middle of a frame": _call(b"\0\0\0\x01\0abc", flags=0)[:-2],
    "a reset": _call(b"\0\0\0\x01\0abc", flags=0) + _frame(_RST, 0, 1, b"\0\0\0\x08"),
    "a hundred resets": _HELLO
    + b"".join(
        _frame(_HEADERS, _END_HEADERS, stream, hpack.Encoder().encode([(b":method", b"POST"), (b":path", b"/")]))
        + _frame(_RST, 0, stream, b"\0\0\0\x08")
        for stream in range(1, 201, 2)
    ),
    "continuations without end": _HELLO
    + _frame(_HEADERS, 0, 1, b"\x82")
    + _frame(_CONTINUATION, 0, 1, b"\x82" * 1000) * 50,
    "headers that are no hpack": _HELLO + _frame(_HEADERS, _END_HEADERS, 1, b"\xff" * 200),
    "a header of a megabyte": _HELLO
    + b"".join(
        _frame(_HEADERS if not number else _CONTINUATION, 0, 1, b"\0\x01a\x7f\x80\x7f" + b"x" * 16_000)
        for number in range(64)
    ),
    "data on a stream that is not open": _HELLO + _frame(_DATA, 0, 99, b"abc"),
    "a frame on stream 0": _HELLO + _frame(_DATA, 0, 0, b"abc"),
    "a frame larger than agreed": _HELLO + b"\xff\xff\xff\0\0\0\0\0\x01" + b"x" * 70_000,
    "a window that overflows": _HELLO + _frame(_WINDOW, 0, 0, b"\x7f\xff\xff\xff") * 2,
    "settings that lie": _PREFACE + _frame(4, 0, 0, b"\0\x05\xff\xff\xff\xff\0\x04\xff\xff\xff\xff"),
    "a flood of settings": _PREFACE + _SETTINGS * 2000,
    "a flood of pings": _HELLO + _frame(6, 0, 0, b"12345678") * 2000,
    "go away": _HELLO + _frame(_GOAWAY, 0, 0, b"\0" * 8),
    "http 1": b"GET / HTTP/1.1\r\nHost: laurel\r\n\r\n",
    "tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x11" * 500,
    "half a preface": _PREFACE[:10],
    "nothing": b"",
    "noise": random.Random(1).randbytes(20_000),
    "noise behind a preface": _HELLO + random.Random(2).randbytes(20_000),
}


@asynccontextmanager
async def raw(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def _ends_or_answers(reader: asyncio.StreamReader, seconds: float = 0.1) -> bytes:
    """Read until the connection ends, or the server waits for more, which is its right."""
    received = b""
    try:
        async with asyncio.timeout(seconds):
            while piece := await reader.read(65_536):
                received += piece
    except (TimeoutError, ConnectionError):
        pass
    return received


@pytest.mark.parametrize("name", TORN)
async def test_torn_frames_end_their_connection_and_no_other(server: ServerProcess, name: str) -> None:
    one = await someone(server, f"torn-{name}")
    before = await one.state()
    async with raw(server.port) as (reader, writer):
        writer.write(TORN[name])
        await _ends_or_answers(reader)
    assert await one.state() == before


ANSWERED = {
    # grpc core answers most of these by itself, before a byte of the message reaches the server's code: without a reason
    "compressed without an encoding": {"grpcio": b"13", "envoy": b"3"},
    "compressed with garbage": {"grpcio": b"13", "envoy": b"3"},
    "an unknown encoding": {"grpcio": b"13", "envoy": b"3"},
    "headers that are no hpack": {"grpcio": b"13"},  # Envoy ends the connection
    "a header of a megabyte": {"grpcio": b"13"},
    "a length of 4 GiB": {"grpcio": b"8", "envoy": b"8"},
    # to grpc core these are calls to us, in the end: without a session
    "a wrong compressed flag": {"grpcio": b"16", "envoy": b"3"},
    "two messages": {"grpcio": b"16", "envoy": b"3"},
    "bytes that are not text in a token": {"grpcio": b"16", "envoy": b"16"},
}


@pytest.mark.parametrize("name", ANSWERED)
async def test_what_is_wrong_with_a_call_alone_is_answered_on_its_stream(
    server: ServerProcess, door: str, name: str
) -> None:
    if door not in ANSWERED[name]:
        return  # that such a connection hurts no other is tested above
    async with raw(server.port) as (reader, writer), asyncio.timeout(CALL_SECONDS):
        writer.write(TORN[name])
        received = b""
        while not _status(received):
            piece = await reader.read(65_536)
            assert piece, "the connection ended without an answer"
            received += piece
    assert _status(received) == ANSWERED[name][door]


def _status(received: bytes) -> bytes:
    """The grpc-status among the frames that came, or nothing."""
    decoder, status = hpack.Decoder(), b""
    while len(received) >= 9 + (length := int.from_bytes(received[:3], "big")):
        if received[3] == _HEADERS:
            fields = dict(decoder.decode(received[9 : 9 + length], raw=True))
            status = bytes(fields.get(b"grpc-status", status))
        received = received[9 + length :]
    return status


async def test_an_idle_server_rests_after_garbage(server: ServerProcess) -> None:
    """Garbage on both ports must not leave anything spinning."""
    for port in (server.port, server.http_port):
        for body in TORN.values():
            async with raw(port) as (_, writer):
                writer.write(body)
    assert (await server.http("/healthz"))[0] == 200
    one = await someone(server, "rests")
    for _ in range(20):
        await one.client.call("RewardService/GetWallet")
    async with raw(server.port) as (reader, _):
        before, began = _cpu_seconds(server.pid), time.monotonic()
        await _ends_or_answers(reader, seconds=1)
        share = (_cpu_seconds(server.pid) - before) / (time.monotonic() - began)
    assert share < 0.25
    await one.client.call("RewardService/GetWallet")


def _processes(pid: int) -> list[int]:
    """A server's processes: the one that was started and, behind it, Envoy."""
    return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]


def _cpu_seconds(pid: int) -> float:
    """The processor time that a server's processes and their threads have used."""
    stats = (Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split() for one in _processes(pid))
    return sum(int(numbers[11]) + int(numbers[12]) for numbers in stats) / os.sysconf("SC_CLK_TCK")


# (d) Who says that he may, and may not


@cache
def _development_secret(folder: Path) -> str:
    return str(json.loads((folder / "development-keys.json").read_text())["session_secret"])


def _token(secret: str, **claims: object) -> str:
    usual_claims = {"iss": "laurel", "sub": "somebody", "typ": "session", "exp": 4_000_000_000, "iat": 1}
    return jwt.encode({**usual_claims, **claims}, secret, algorithm="HS256")


def _sealed(header: bytes, payload: bytes, signature: bytes = b"") -> str:
    return ".".join(jwt.utils.base64url_encode(part).decode() for part in (header, payload, signature))


def _signed_with_sha512(secret: str, claims: bytes) -> str:
    """A token of the right secret and the wrong algorithm, by hand: the library warns that the secret is short."""
    signed = _sealed(b'{"alg":"HS512"}', claims).rpartition(".")[0]
    signature = hmac.digest(secret.encode(), signed.encode(), "sha512")
    return f"{signed}.{jwt.utils.base64url_encode(signature).decode()}"


def credentials(server: ServerProcess, one: Someone) -> Iterator[tuple[str, Client]]:
    """Credentials that are good for nothing."""
    secret, good = _development_secret(server.folder), server.anybody
    claims = b'{"iss":"laurel","sub":"x","typ":"session","exp":4000000000}'
    tokens = {
        "empty": "",
        "garbage": "garbage",
        "dots": "..",
        "long": "a.b." + "c" * 4000,
        "expired": _token(secret, exp=1),
        "expired for ever": _token(secret, exp=-1),
        "an expiry that is no time": _token(secret, exp=1e300),
        "another secret": _token("x" * 43),
        "no algorithm": _sealed(b'{"alg":"none"}', claims),
        "another algorithm": _signed_with_sha512(secret, claims),
        "another issuer": _token(secret, iss="somebody else"),
        "issuers": _sealed(b'{"alg":"HS256"}', b'{"iss":["laurel"]}', b"x"),
        "no object": _sealed(b'{"alg":"HS256"}', b"[]", b"x"),
        "deep header": _sealed(b"[" * 2500, claims, b"x"),
        "deep claims": _sealed(b'{"alg":"HS256"}', b"[" * 2500, b"x"),
        "a refresh token": _token(secret, typ="refresh"),
        "no kind": _token(secret, typ=None),
        "an empty subject": _token(secret, sub=""),
        "a long subject": _token(secret, sub="x" * 129),
        "a subject of control characters": _token(secret, sub="a\0b"),
        "cut": one.token[:-3],
        "changed": one.token[:-10] + ("A" if one.token[-10] != "A" else "B") + one.token[-9:],
    }
    yield "nothing", good
    yield from ((name, good.as_player(token) if token else good) for name, token in tokens.items())
    for key in ("wrong", SERVER_KEY[:-1], SERVER_KEY + " x", SERVER_KEY.upper(), "x" * 4000):
        yield f"server key {key[:30]}", Client(server.channel, server_key=key)


@every_method
async def test_bad_credentials_are_refused_with_a_reason(server: ServerProcess, method: str) -> None:
    if method in FOR_ANYBODY:
        return  # these two need none (A3); what they are given to sign in with is part of the message
    one = await someone(server, f"credentials-{method}")
    body = _message(METHODS[method].input_type, one).SerializeToString()
    with closing(Changes(server.folder)) as changes:
        for name, client in credentials(server, one):
            outcome = await outcome_of(client, method, body)
            assert outcome.code in ("UNAUTHENTICATED", "PERMISSION_DENIED"), (name, outcome)
            assert outcome.reason in REASONS, (name, outcome)
        stranger = one.client if one.caller(method) is not one.client else server.operator
        if method not in FOR_PLAYERS_AND_SERVERS:
            assert (await outcome_of(stranger, method, body)).code == "PERMISSION_DENIED"
        assert not changes.any_since()


async def test_a_bad_refresh_token_is_refused(server: ServerProcess) -> None:
    secret = _development_secret(server.folder)
    bad = (_token(secret), _token(secret, typ="refresh", exp=1), _token("x" * 43, typ="refresh"), "x" * 200_000)
    deep = _sealed(b'{"alg":"HS256"}', b"[" * 150_000, b"x")
    for token in (*bad, deep, _sealed(b"[" * 150_000, b"{}", b"x")):
        with pytest.raises(CallFailed) as refused:
            await server.anybody.call("SessionService/Refresh", refresh_token=token)
        assert refused.value.code == "UNAUTHENTICATED"
        assert refused.value.reason in ("SESSION_INVALID", "SESSION_EXPIRED")


# (e) Too much


def _padded(size: int) -> bytes:
    """A message of so many bytes: an unknown field, which any message may have."""
    head = len(_length_delimited(1000, b"x" * size)) - size
    return _length_delimited(1000, b"x" * (size - head))


@every_method
async def test_a_message_above_the_limit_is_refused(server: ServerProcess, method: str) -> None:
    one = await someone(server, f"large-{method}")
    caller = one.caller(method)
    limit = BULK_LIMIT if method == "GameEventService/IngestGameEvents" else LIMIT
    fits = await outcome_of(caller, method, _padded(limit))
    assert fits.reason != "MESSAGE_TOO_LARGE"
    must_be_explained(fits, b"")
    above = await outcome_of(caller, method, _padded(limit + 1))
    assert (above.code, above.reason) == ("RESOURCE_EXHAUSTED", "MESSAGE_TOO_LARGE")
    far_above = await outcome_of(caller, method, _padded(limit + ABOVE_LIMIT + 1))
    assert far_above.code == "RESOURCE_EXHAUSTED"
    must_be_explained(far_above, b"")


async def test_a_message_that_grows_when_unpacked_is_refused_before_it_does(server: ServerProcess, door: str) -> None:
    """The door in Envoy unpacks nothing."""
    before = _peak_kibibytes(server.pid)
    address, gzip = f"127.0.0.1:{server.port}", grpc.Compression.Gzip
    async with grpc.aio.insecure_channel(address, OWN_CONNECTION, compression=gzip) as channel:
        packed: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(
            f"/{PACKAGE}.SessionService/Refresh", None, None
        )
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await packed(bytes(100_000_000), timeout=CALL_SECONDS)
    assert refused.value.code().name == {"grpcio": "RESOURCE_EXHAUSTED", "envoy": "INVALID_ARGUMENT"}[door]
    assert _peak_kibibytes(server.pid) - before < 20_000


def _peak_kibibytes(pid: int) -> int:
    lines = (line for one in _processes(pid) for line in Path(f"/proc/{one}/status").read_text().splitlines())
    return sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


# What was found


async def test_a_refused_roll_makes_no_account(server: ServerProcess) -> None:
    """A refused call has changed nothing (docs/ERRORS.md), also one of a server for a player who is not known."""
    with pytest.raises(CallFailed):
        await server.operator.call("ServerService/RollCohort", player_id="ghost", id="no-such-event")
    with pytest.raises(CallFailed) as unknown:
        await server.operator.call("AdminService/LookUpPlayer", player_id="ghost")
    assert unknown.value.reason == "PLAYER_NOT_FOUND"


async def test_a_token_that_is_no_text_does_not_stand_in_the_log(server: ServerProcess) -> None:
    """A session token with one torn byte is still nearly a session token; and log lines are JSON, whoever writes them."""
    token = b"nearly-a-session-of-ann"
    torn = _headers((b"authorization", b"Bearer " + token + b"\xff"))
    async with raw(server.port) as (reader, writer), asyncio.timeout(CALL_SECONDS):
        writer.write(_HELLO + torn + _frame(_DATA, _END_STREAM, 1, b"\0\0\0\0\0"))
        received = b""
        while not _status(received):
            received += await reader.read(65_536)
    written = len(server.lines)
    await server.operator.call("AdminService/Reload")

    async def is_read_up_to_here() -> bool:
        return any(line["event"] == "reloaded" for line in server.lines[written:])

    await eventually(is_read_up_to_here)
    assert token.decode() not in str(server.lines)


async def test_a_jump_over_many_phases_stops_nobody(tmp_path: Path, door: str) -> None:
    """Phases that were missed are counted on the loop that serves everybody: there may be fifty million of them."""
    event = {"reset_schedule": "* * * * *", "cohort_size": 5}
    server = await ServerProcess(tmp_path, {"weekly": event}, {"LAUREL_DOOR": door}).start()
    try:
        ann = (await someone(server, "away-for-long")).client
        century = Duration(seconds=3600 * 24 * 365 * 98)
        await server.operator.call("DebugService/MoveClock", forward=century)
        await ann.call("EventLeaderboardService/GetEventLeaderboard", id="weekly", timeout=2)
    finally:
        await server.kill()
        await server.channel.close()
