"""Whether the server keeps what it should let go of: its memory after many submissions, and after ten times as many.

The same players submit, so nothing new has to be known. Memory is taken as the system sees it, a while after the last answer.
The collector is not asked to run: it has run again and again meanwhile, and what it has not found by then is memory that an
operator pays for.
"""

from __future__ import annotations

import itertools
import time

from benchmarks import workloads
from benchmarks.report import Findings, Promise
from benchmarks.stand import EVENT, Effort, Stand

FIRST_SHARE = 10
"""The first look is after this part of all submissions: by then whatever is meant to stay has been filled."""
GROWTH_MAX = 1.1
IDLE_SECONDS = 3
"""For the last checkpoint and settlement, which let go of what they held."""


def measure(stand: Stand, effort: Effort) -> Findings:
    """Submit, look, submit on, look again; once, since it is no matter of speed."""
    players = workloads.players("player", effort.players)
    stand.seat(players, EVENT)
    submits = itertools.cycle(workloads.submit(players, EVENT))
    first = effort.submissions // FIRST_SHARE
    names = [f"memory/{first}", f"memory/{effort.submissions}"]
    memory = []
    for name, count in zip(names, (first, effort.submissions - first), strict=True):
        stand.measure(name, itertools.islice(submits, count))
        time.sleep(IDLE_SECONDS)
        memory.append(stand.memory_mib)
    note = f"{memory[0]:.1f} MiB after {first:,} submissions, {memory[1]:.1f} after {effort.submissions:,}"
    name = f"{stand.setting}: memory after {FIRST_SHARE} times as many submissions"
    promise = Promise(name, memory[1] / memory[0], at_most=GROWTH_MAX, note=note)
    return Findings([stand.row(name) for name in names], [promise])
