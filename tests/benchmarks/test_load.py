"""An open loop sends what is due whatever the answers do, and counts from the moment it was due: nothing is left out."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle, pairwise
from statistics import fmean

import pytest
from hpack import Encoder

from benchmarks import http2, workloads
from benchmarks.load import Load, percentile, run_load
from benchmarks.pace import ClosedLoop, OpenLoop, arrivals

DEADLINE_SECONDS = 30


def test_arrivals_grow_stay_within_the_time_and_come_at_the_rate() -> None:
    offsets = list(arrivals(per_second=1000, seconds=20, seed=1))
    assert all(one < other for one, other in pairwise(offsets))
    assert offsets[0] >= 0
    assert offsets[-1] < 20
    assert len(offsets) == pytest.approx(20_000, rel=0.03)


def test_arrivals_come_in_bursts_and_lulls_as_a_poisson_process_does() -> None:
    offsets = list(arrivals(per_second=1000, seconds=20, seed=1))
    gaps = [other - one for one, other in pairwise(offsets)]
    variance = fmean((gap - fmean(gaps)) ** 2 for gap in gaps[:2000])
    assert variance**0.5 == pytest.approx(1 / 1000, rel=0.1)


def test_the_same_seed_gives_the_same_arrivals() -> None:
    assert list(arrivals(100, 1, seed=3)) == list(arrivals(100, 1, seed=3))
    assert list(arrivals(100, 1, seed=3)) != list(arrivals(100, 1, seed=4))


def test_an_open_loop_makes_up_for_every_moment_that_it_missed() -> None:
    pace = OpenLoop(10.0, [0.1, 0.2, 0.3])
    assert pace.due(10.05) is None
    assert pace.patience(10.05) == pytest.approx(0.05)
    assert [pace.due(99.0) for _ in range(3)] == pytest.approx([10.1, 10.2, 10.3])
    assert pace.is_over
    assert pace.due(99.0) is None


def test_a_closed_loop_is_always_due_until_its_end() -> None:
    pace = ClosedLoop(64, until=20.0)
    assert pace.due(19.0) == 19.0
    assert not pace.is_over
    assert pace.due(20.0) is None
    assert pace.is_over


def test_a_percentile_is_the_figure_that_the_share_does_not_exceed() -> None:
    figures = [float(number) for number in range(1000, 0, -1)]
    assert [percentile(figures, share) for share in (0.5, 0.99, 0.999, 1.0)] == [500, 990, 999, 1000]
    assert percentile([7.0], 0.5) == 7.0
    assert percentile([], 0.99) == 0.0


def test_a_server_that_stalls_is_called_on_and_the_stall_is_in_the_latencies() -> None:
    load = Load(("127.0.0.1", 0), connections=1, per_second=500, seed=2)
    offsets = list(arrivals(load.per_second, 0.2, load.seed))
    with stalling(until=len(offsets)) as port:
        outcome = run_load(
            Load(("127.0.0.1", port), 1, per_second=load.per_second, seed=load.seed),
            cycle(workloads.empty_calls()),
            0.2,
        )
    assert outcome.calls == len(offsets)
    assert outcome.failures == {}
    assert outcome.latencies[0] >= offsets[-1] - offsets[0]


def test_a_server_that_goes_away_ends_the_load() -> None:
    with stalling(until=0) as port, pytest.raises(ConnectionError):
        run_load(Load(("127.0.0.1", port), 1), workloads.empty_calls())


@contextmanager
def stalling(until: int) -> Iterator[int]:
    """A server on a port that answers nothing until it has been called so often, and then every call in its order."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(DEADLINE_SECONDS)
        serving = threading.Thread(target=_answer_at_last, args=(listening, until))
        serving.start()
        yield listening.getsockname()[1]
        serving.join(DEADLINE_SECONDS)
        assert not serving.is_alive()


def _answer_at_last(listening: socket.socket, count: int) -> None:
    connection, _ = listening.accept()
    with connection, connection.makefile("rb") as incoming:
        connection.settimeout(DEADLINE_SECONDS)
        incoming.read(24)
        streams: list[int] = []
        while len(streams) < count:
            head = incoming.read(9)
            incoming.read(int.from_bytes(head[:3], "big"))
            if head[3] == http2.DATA and head[4] & http2.END_STREAM:
                streams.append(int.from_bytes(head[5:], "big"))
        trailers = Encoder().encode([("grpc-status", "0")])
        flags = http2.END_HEADERS | http2.END_STREAM
        connection.sendall(b"".join(http2.frame(http2.HEADERS, flags, stream, trailers) for stream in streams))
        if count:
            incoming.read()
