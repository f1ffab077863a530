"""Numbers for Prometheus. Labels are few and bounded: never a player, never a cohort."""

from __future__ import annotations

from enum import Enum

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import generate_latest

from server.telemetry.calls import BUCKETS, CallCounts

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_BATCH = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Metrics:
    """All metrics of one server, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.calls = CallCounts()
        self.registry.register(self.calls)
        self.calls_in_flight = Gauge("laurel_calls_in_flight", "Calls being served.", registry=self.registry)
        self.refusals = Counter(
            "laurel_refusals", "Calls that were refused, by reason.", ["reason"], registry=self.registry
        )
        self.submissions_waiting = Gauge(
            "laurel_submissions_waiting", "Submissions that wait for a batch.", registry=self.registry
        )
        self.store_waiting = Gauge(
            "laurel_store_transactions_waiting", "Transactions that wait for the store.", registry=self.registry
        )
        self.commit_batch = Histogram(
            "laurel_store_commit_batch_size",
            "Transactions that share a commit.",
            buckets=_BATCH,
            registry=self.registry,
        )
        self.settled = Counter("laurel_cohorts_settled", "Cohorts that settlement has visited.", registry=self.registry)
        self.rank_index_failures = Counter(
            "laurel_rank_index_failures",
            "Times that what keeps the ranks of large boards did not answer.",
            registry=self.registry,
        )
        self.contributions = Counter(
            "laurel_contributions",
            "Scores on their way to leaderboards, by leaderboard and by what became of them.",
            ["leaderboard", "outcome"],
            registry=self.registry,
        )
        self.rank_walks = Gauge(
            "laurel_rank_walks", "Times that this process has loaded orders of leaderboards.", registry=self.registry
        )
        self.rank_entries_healed = Gauge(
            "laurel_rank_entries_healed",
            "Entries that the rank index had not been told of when this process looked again.",
            registry=self.registry,
        )
        self.streams_open = Gauge("laurel_streams_open", "Watchers of boards.", registry=self.registry)
        self.feeds_open = Gauge("laurel_feeds_open", "Boards that somebody watches.", registry=self.registry)
        self.frames_sent = Counter("laurel_frames_sent", "Messages sent to watchers.", registry=self.registry)
        self.watchers_behind = Gauge(
            "laurel_watchers_behind",
            "Times that a watcher was too slow, and got the whole board instead of what he missed.",
            registry=self.registry,
        )
        self.hook_seconds = Histogram(
            "laurel_hook_seconds",
            "Time a module took in a hook.",
            ["module", "hook"],
            buckets=BUCKETS,
            registry=self.registry,
        )
        self.hook_failures = Counter(
            "laurel_hook_failures",
            "Hooks that raised, were late, or answered nonsense.",
            ["module", "hook"],
            registry=self.registry,
        )
        self.loop_held = Counter(
            "laurel_hook_held_loop",
            "Times that a hook held the event loop for more than 100 ms.",
            ["module", "hook"],
            registry=self.registry,
        )
        self.module_count = Counter(
            "laurel_module_count", "What modules count.", ["module", "name"], registry=self.registry
        )
        self.module_gauge = Gauge(
            "laurel_module_gauge", "What modules measure.", ["module", "name"], registry=self.registry
        )
        self.module_seconds = Histogram(
            "laurel_module_seconds",
            "What modules time.",
            ["module", "name"],
            buckets=BUCKETS,
            registry=self.registry,
        )
        self.notices_waiting = Gauge(
            "laurel_notices_waiting", "Notices that modules are still to be told.", registry=self.registry
        )
        self.notices_parked = Gauge(
            "laurel_notices_parked",
            "Notices that were given up, and that somebody should look at.",
            registry=self.registry,
        )
        self.webhook_deliveries = Counter(
            "laurel_webhook_deliveries",
            "Attempts to deliver webhooks, by endpoint and outcome.",
            ["endpoint", "outcome"],
            registry=self.registry,
        )
        self.reloads = Counter(
            "laurel_reloads",
            "Reloads of definitions or modules, by what and result.",
            ["what", "result"],
            registry=self.registry,
        )

    def count_contributions(self, leaderboard: str, outcome: Enum, number: int) -> None:
        """Add to the number of contributions that ended so."""
        self.contributions.labels(leaderboard, outcome.value).inc(number)

    def count_delivery(self, endpoint: str, outcome: str) -> None:
        """Count an attempt to deliver a webhook."""
        self.webhook_deliveries.labels(endpoint, outcome).inc()

    def exposition(self) -> bytes:
        """Return all numbers in Prometheus' text format."""
        return generate_latest(self.registry)
