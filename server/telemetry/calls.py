"""Counting calls. Each is counted three times over, so the counts are plain numbers, made into metrics when asked for."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of latency, in seconds."""


class MethodCalls:
    """The calls of one method: how many ended with which code, and how long they took."""

    __slots__ = ("codes", "method", "seconds", "service", "slots")

    def __init__(self, service: str, method: str) -> None:
        self.service = service
        self.method = method
        self.codes: dict[str, int] = {}
        self.slots = [0] * (len(BUCKETS) + 1)
        self.seconds = 0.0

    def count(self, code: str, seconds: float) -> None:
        """Count a call that has ended."""
        self.codes[code] = self.codes.get(code, 0) + 1
        self.slots[bisect_left(BUCKETS, seconds)] += 1
        self.seconds += seconds


class CallCounts(Collector):
    """All methods' calls, under the names that dashboards for gRPC know."""

    def __init__(self) -> None:
        self._methods: list[MethodCalls] = []

    def of(self, service: str, method: str) -> MethodCalls:
        """Return the counts of a method, which begin at nothing."""
        calls = MethodCalls(service, method)
        self._methods.append(calls)
        return calls

    def collect(self) -> Iterable[Metric]:
        """Return the metrics."""
        handled = CounterMetricFamily(
            "grpc_server_handled",
            "Calls that have ended, by service, method and status code.",
            labels=["grpc_service", "grpc_method", "grpc_code"],
        )
        handling = HistogramMetricFamily(
            "grpc_server_handling_seconds",
            "Time from the first byte of a call to the last of its answer.",
            labels=["grpc_service", "grpc_method"],
        )
        for one in self._methods:
            for code, count in one.codes.items():
                handled.add_metric([one.service, one.method, code], count)
            handling.add_metric([one.service, one.method], list(_cumulated(one)), one.seconds)
        return handled, handling


def _cumulated(one: MethodCalls) -> Iterator[tuple[str, float]]:
    total = 0
    for bound, count in zip((*map(str, BUCKETS), "+Inf"), one.slots, strict=True):
        total += count
        yield bound, total
