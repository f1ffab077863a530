"""Watched boards: how soon watchers see a score, what they and those cost who never read, and what returners have (L21, L22).

One process on the embedded store. Everybody is in a cohort of 50 and watches it; then all watch one leaderboard. A delay
counts from the answer of a submission, which follows its commit, to a watcher who has the row; of submissions that are told
together each counts. The generator reads all streams itself, and says how late it was with its own calls.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks import workloads
from benchmarks.idlers import DeafBrowsers, Idlers
from benchmarks.load import Call, Load, percentile, run_load
from benchmarks.report import Findings, Promise
from benchmarks.returning import come_back
from benchmarks.servers import laurel, token_of
from benchmarks.setting import Setting
from benchmarks.stand import Effort, Stand
from benchmarks.watchers import Crowd, Seen, together
from server.api.pb import event_leaderboard_service_pb2 as events
from server.api.pb import leaderboard_service_pb2 as board_calls

EVENT, BOARD = "of50", "watched"
SIZE, COHORTS = 50, 40
PLAYERS = SIZE * COHORTS
RATE = 200.0
IDLERS = 200
MEDIAN_MS, P99_MS = 300.0, 800.0
COHORT_COST_MS, BOARD_COST_MS = 25.0, 50.0
IDLERS_MIB = 50.0
RETURNERS, SCORERS, RETURNS = 500, 80, 1000.0
_SECONDS = 8.0
_WARM_SECONDS = 1.0
_RETURN_SECONDS = 10.0
_IDLE_SECONDS, _DEAF_SECONDS = 40.0, 15.0
"""Until windows are full, and what may wait behind them; sockets of HTTP/1.1 have no window of their own."""


def boards() -> dict[str, Any]:
    """Return a board on which everybody adds up."""
    return {BOARD: {"scoring": {"aggregation": "sum"}, "ranking": {"decimals": 0}, "authoritative": False}}


def measure(door: str, _: Effort) -> Findings:
    """Watch cohorts, then one board, then with some who never read."""
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory()))
        server = held.enter_context(laurel(folder, {EVENT: workloads.event(SIZE)}, door, boards=boards()))
        stand = Stand(Setting(door, "sqlite", folder), server, server)
        players = workloads.players("watcher", PLAYERS)
        stand.send(workloads.register(players))
        cohorts = _seated(stand, players)
        submits = dict(zip(players, workloads.submit(players, EVENT), strict=True))
        scores = dict(zip(players, workloads.submit_to_board(players, BOARD), strict=True))
        for seed in range(3):  # so that they stand apart
            stand.send(random.Random(seed).choices(list(scores.values()), k=PLAYERS))
        stand.send(scores.values())
        said = f"{stand.setting}: {PLAYERS:,} watchers of {COHORTS} cohorts"
        watches = [workloads.watch_cohort(one, cohorts[one]) for one in players]
        findings = _idled(stand, submits, cohorts)  # first: of what has been freed none knows whose it was
        findings.add(_watched(stand, said, submits, Crowd(stand.port, watches, _standings), COHORT_COST_MS))
        findings.add(_returning(stand, scores))
        said = f"{stand.setting}: {PLAYERS:,} watchers of one board"
        crowd = Crowd(stand.port, [workloads.watch_board(one, BOARD) for one in players], _entries)
        findings.add(_watched(stand, said, scores, crowd, BOARD_COST_MS))
        return findings


def _seated(stand: Stand, players: Sequence[str]) -> dict[str, str]:
    """Roll everybody, and return who is where."""
    cohorts = {}
    for player, call in zip(players, workloads.roll(players, EVENT), strict=True):
        outcome = run_load(Load(("127.0.0.1", stand.port), connections=1, in_flight=1), [call], keep_bodies=True)
        cohorts[player] = events.RollCohortResponse.FromString(outcome.bodies[0][5:]).cohort_id
    return cohorts


def _watched(stand: Stand, said: str, calls: dict[str, Call], crowd: Crowd, allowed_ms: float) -> Findings:
    """Submit without watchers and with them."""
    together(stand.port, calls, RATE, _WARM_SECONDS)  # until those are gone who watched before
    alone = together(stand.port, calls, RATE, _SECONDS)
    with crowd:
        crowd.wait_until_shown()
        cpu = stand.cpu_seconds
        watched = together(stand.port, calls, RATE, _SECONDS, crowd)
        cpu = (stand.cpu_seconds - cpu) / _SECONDS
        frames = crowd.messages
    note = f"{frames / _SECONDS:,.0f} messages/s, {cpu:.0%} of a core"
    cost = (percentile(watched.latencies, 0.99) - percentile(alone.latencies, 0.99)) * 1e3
    told = (
        f"p99 {percentile(watched.latencies, 0.99) * 1e3:.1f} ms, without watchers"
        f" {percentile(alone.latencies, 0.99) * 1e3:.1f} ms; the generator late by"
        f" {percentile(watched.late, 0.99) * 1e3:.1f} ms (p99)"
    )
    return Findings(
        promises=[
            Promise(f"{said}, median ms from answer to watcher", _ms(watched, 0.5), at_most=MEDIAN_MS, note=note),
            Promise(f"{said}, p99 ms", _ms(watched, 0.99), at_most=P99_MS),
            Promise(f"{said}, ms that p99 of {RATE:g} submissions/s is longer by", cost, at_most=allowed_ms, note=told),
        ]
    )


def _returning(stand: Stand, scores: dict[str, Call]) -> Findings:
    """Let watchers hang up and come back, and hold what each has against the pages of the store."""
    some = dict(list(scores.items())[:SCORERS])
    for _ in range(100):  # so that these, and no others, are those who are watched
        stand.send(some.values())
    watchers = workloads.players("returner", RETURNERS)
    stand.send(workloads.register(watchers))
    seen = come_back(stand.port, BOARD, watchers, some, RETURNS, _RETURN_SECONDS)
    said = f"{stand.setting}: watchers who come back, {RETURNS:g}/s for {_RETURN_SECONDS:g} s"
    note = (
        f"{seen.resumed:,} of {seen.returns:,} went on from where they were; {seen.messages:,} messages,"
        f" {seen.revisions} revisions shown, {seen.submissions} submissions"
    )
    wrong = Promise(
        f"{said}: what was not the page, or went back", len(seen.wrong), at_most=0, note="; ".join(seen.wrong)
    )
    return Findings(
        promises=[wrong, Promise(f"{said}: returns/s", seen.per_second, at_least=0.95 * RETURNS, note=note)],
    )


def _ms(seen: Seen, share: float) -> float | None:
    return percentile(seen.delays, share) * 1e3 if seen.delays else None


def _idled(stand: Stand, calls: dict[str, Call], cohorts: Mapping[str, str]) -> Findings:
    """Let some open streams and never read, while their boards go on changing as often as they may."""
    busy = {player: calls[player] for player in list(calls)[:IDLERS]}
    together(stand.port, busy, 4 * RATE, 3.0)
    before = stand.memory_mib
    with Idlers(stand.port, [workloads.watch_cohort(player, cohorts[player]) for player in busy]):
        together(stand.port, busy, 4 * RATE, _IDLE_SECONDS)
        idle = stand.memory_mib - before
    paths = [(f"/v1/cohorts/{cohorts[player]}/stream", token_of(player)) for player in busy]
    with DeafBrowsers(stand.event_stream_port, paths):
        together(stand.port, busy, 4 * RATE, _DEAF_SECONDS)
        deaf = stand.memory_mib - before
    note = f"{before:.0f} MiB before"
    said = f"{stand.setting}: MiB that {IDLERS} watchers cost who never read, over"
    return Findings(
        promises=[
            Promise(f"{said} HTTP/2, answering pings", idle, at_most=IDLERS_MIB, note=note),
            Promise(f"{said} HTTP/1.1", deaf, at_most=IDLERS_MIB, note=note),
        ]
    )


def _standings(body: bytes) -> list[tuple[str, float]]:
    message = events.WatchCohortResponse.FromString(body)
    ready = message.ready
    rows = [*ready.standings, ready.self] if message.HasField("ready") else message.score_update.updates
    return [(row.player_id, row.score) for row in rows]


def _entries(body: bytes) -> list[tuple[str, float]]:
    message = board_calls.WatchLeaderboardResponse.FromString(body)
    ready = message.ready
    rows = [*ready.entries, ready.self] if message.HasField("ready") else message.score_update.updates
    return [(row.player_id, row.score) for row in rows]
