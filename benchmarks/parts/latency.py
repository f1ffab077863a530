"""How long a player waits at half of the maximum, whatever else goes on: an open loop, held against what the disk can do."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from statistics import median

from benchmarks import workloads
from benchmarks.disk import fdatasync
from benchmarks.load import Outcome
from benchmarks.report import Findings, Promise, Sample, ratio
from benchmarks.stand import EVENT, Effort, Stand

SHARE = 0.5
"""Of the rate that the closed loop reached just before."""
ALLOWED_SECONDS = {"sqlite": 0.005, "postgres": 0.015}
ALLOWED_SYNCS = 2
"""A commit that was just too late waits for the one before it, and for its own."""
DELAY_MAX_SECONDS = 0.001
"""A generator that is later than this with more than a call in a hundred has fallen behind."""
_CLOSED, _OPEN, _SYNC = "closed loop", "submit_score at half", "fdatasync"


def measure(stand: Stand, effort: Effort) -> Findings:
    """Find the maximum, look at the bare disk, and send half of the maximum, run by run."""
    players = workloads.players("player", effort.players)
    submits = workloads.submit(players, EVENT)
    stand.seat(players, EVENT)
    stand.warm(submits)
    for run in range(effort.runs):
        most = stand.measure(_CLOSED, itertools.cycle(submits), effort.seconds).per_second
        stand.take(_SYNC, Sample(fdatasync(stand.setting.folder, effort.seconds)))
        stand.measure(_OPEN, itertools.cycle(submits), effort.seconds, per_second=most * SHARE, seed=run)
    opened = [sample.outcome for sample in stand.samples(_OPEN)]
    bare = [sample.outcome for sample in stand.samples(_SYNC)]
    name = f"{stand.setting}: p99 at half of the maximum, to what is allowed"
    return Findings([stand.row(_SYNC), stand.row(_OPEN)], [promise(name, stand.setting.store, opened, bare)])


def promise(name: str, store: str, opened: Sequence[Outcome], bare: Sequence[Outcome]) -> Promise:
    """Hold the open loop against the disk. A run in which the generator fell behind counts as one that took for ever."""
    allowed = [allowed_seconds(store, one) for one in bare]
    reached = [one.latency(0.99) if has_kept_pace(one) else math.inf for one in opened]
    told = (
        f"p99 {median(one.latency(0.99) for one in opened) * 1e3:.1f} ms, allowed {median(allowed) * 1e3:.1f} ms,"
        f" at {median(one.per_second for one in opened):,.0f} calls/s,"
        f" the generator's own delay {median(one.delay(0.99) for one in opened) * 1e3:.1f} ms"
    )
    behind = sum(not has_kept_pace(one) for one in opened)
    if behind:
        told += f"; the generator fell behind in {behind} of {len(opened)} runs, which do not count as kept"
    return Promise(name, ratio(reached, allowed), at_most=1.0, note=told)


def allowed_seconds(store: str, bare: Outcome) -> float:
    """Return the p99 that is promised on a disk of which this was measured."""
    return ALLOWED_SECONDS[store] + ALLOWED_SYNCS * bare.latency(0.99)


def has_kept_pace(opened: Outcome) -> bool:
    """Tell whether the generator wrote the calls when they were due."""
    return opened.delay(0.99) <= DELAY_MAX_SECONDS
