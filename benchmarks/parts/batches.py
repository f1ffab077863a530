"""What a studio's server gains by reporting scores together: ServerService.SubmitScores beside single submissions."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from benchmarks import workloads
from benchmarks.report import Findings, Promise, ratio
from benchmarks.stand import EVENT, Effort, Stand
from server.api.pb import server_service_pb2 as pb

SCORES = 100
"""In a call; as many as it may carry."""
IN_FLIGHT = 8
"""Calls of one studio's server; 800 scores wait at a time."""
TIMES_MIN = 5.0
"""How many times as many scores a second."""
_SINGLE, _BATCH = "single", f"submit_scores/{SCORES}"


def measure(stand: Stand, effort: Effort) -> Findings:
    """Measure both, run by run."""
    players = workloads.players("player", effort.players)
    singles, batches = workloads.submit(players, EVENT), workloads.submit_scores(players, EVENT, SCORES)
    stand.seat(players, EVENT)
    stand.warm(singles)
    stand.warm(batches)
    for _ in range(effort.runs):
        stand.measure(_SINGLE, itertools.cycle(singles), effort.seconds)
        batch = stand.measure(_BATCH, itertools.cycle(batches), effort.seconds, in_flight=IN_FLIGHT, keep_bodies=True)
        refuse_refusals(batch.bodies)
    row, single = stand.row(_BATCH), stand.row(_SINGLE)
    times = ratio(
        [sample.outcome.per_second * SCORES for sample in stand.samples(_BATCH)],
        [sample.outcome.per_second for sample in stand.samples(_SINGLE)],
    )
    note = f"{row.calls_per_s * SCORES:,.0f} scores/s to {single.calls_per_s:,.0f}"
    name = f"{stand.setting}: scores a second of SubmitScores with {SCORES} to SubmitScore"
    return Findings([row], [Promise(name, times, at_least=TIMES_MIN, note=note)])


def refuse_refusals(bodies: Iterable[bytes]) -> None:
    """Look into the answers: the call succeeds although a score in it is refused, which would make a fine figure.

    :raises RuntimeError: if one is
    """
    for body in bodies:
        for result in pb.SubmitScoresResponse.FromString(body[5:]).results:
            if not result.applied:
                raise RuntimeError(f"{_BATCH}: a score was refused: {result.reason}: {result.message}")
