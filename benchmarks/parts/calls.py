"""What a call costs, held against a call that does nothing; what a roll and a claim cost, held against a submission."""

from __future__ import annotations

import itertools
from statistics import fmean

from benchmarks import workloads
from benchmarks.report import Findings, Promise, Row, ratio
from benchmarks.stand import EVENT, SIZES, Effort, Stand

CPU_MAX = {
    ("grpcio", "sqlite"): 1.4,
    ("envoy", "sqlite"): 3.5,
    ("envoy", "postgres"): 5.0,
}
"""How many times the CPU of the door's empty call a submission may cost, the database's included."""
SIZES_MAX = 1.5
"""How many times the CPU of a submission to a cohort of 10 one to a cohort of 1,000 may cost."""
SUBMISSIONS_MAX = 2.0
"""How many times the CPU of a submission a first roll or a claim may cost, the database's included."""
_NEXT_WEEK = "submit_score, next week"
"""The submission that stands beside the claims."""


def measure(stand: Stand, effort: Effort) -> Findings:
    """Measure calls of all kinds, run by run."""
    players = workloads.players("player", effort.players)
    fresh = [workloads.players(f"fresh-{run}", effort.players) for run in range(effort.runs)]
    submits = {size: workloads.submit(players, f"of{size}") for size in SIZES}
    stand.seat(players, *(f"of{size}" for size in SIZES))
    stand.warm_empty()
    for calls in submits.values():
        stand.send(calls)  # whoever has not submitted has nothing to claim
        stand.warm(calls)
    first, *others = SIZES
    for group in fresh:
        stand.measure_empty(effort.seconds)
        stand.measure(f"submit_score/{first}", itertools.cycle(submits[first]), effort.seconds)
        stand.measure_empty(effort.seconds)
        stand.measure("first_call", workloads.register(group))
        stand.measure("roll_cohort", workloads.roll(group, EVENT))
        stand.send(workloads.submit(group, EVENT))
        for size in others:
            stand.measure(f"submit_score/{size}", itertools.cycle(submits[size]), effort.seconds)
    stand.end_the_week()
    stand.send(workloads.claim(players, EVENT))
    stand.send(workloads.roll(players, EVENT))
    stand.warm(submits[first])
    for group in fresh:
        stand.measure(_NEXT_WEEK, itertools.cycle(submits[first]), effort.seconds)
        stand.measure("claim_reward", workloads.claim(group, EVENT))
    return Findings(_rows(stand), _promises(stand))


def _rows(stand: Stand) -> list[Row]:
    first, *others = (f"submit_score/{size}" for size in SIZES)
    same = (*others, "first_call", "roll_cohort", "claim_reward")
    return [stand.row("empty"), stand.row(first, "submit_score"), *map(stand.row, same)]


def _promises(stand: Stand) -> list[Promise]:
    where = stand.setting
    submission = stand.cpu(f"submit_score/{SIZES[0]}")
    empties = stand.cpu("empty")
    empty = [fmean(pair) for pair in zip(empties[::2], empties[1::2], strict=True)]
    sizes = ratio(stand.cpu("submit_score/1000"), stand.cpu("submit_score/10"))
    rolls = ratio(stand.cpu("roll_cohort"), submission)
    claims = ratio(stand.cpu("claim_reward"), stand.cpu(_NEXT_WEEK))
    at_most = CPU_MAX.get((where.door, where.store))
    submissions = Promise(f"{where}: CPU of submit_score to empty", ratio(submission, empty), at_most)
    return [
        *([] if at_most is None else [submissions]),
        Promise(f"{where}: a cohort of 1,000 to one of 10", sizes, SIZES_MAX),
        Promise(f"{where}: CPU of roll_cohort to submit_score", rolls, SUBMISSIONS_MAX),
        Promise(f"{where}: CPU of claim_reward to submit_score", claims, SUBMISSIONS_MAX),
    ]
