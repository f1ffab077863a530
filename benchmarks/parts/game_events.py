"""What a game event costs beside a single score: reported a hundred together, alone, and with many boards that do not ask.

The server has one board that scores matches; a second server has two hundred more, of other types.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks import workloads
from benchmarks.load import Call
from benchmarks.report import Findings, Promise, ratio
from benchmarks.servers import laurel
from benchmarks.setting import Setting
from benchmarks.stand import EVENT, SIZES, Effort, Stand
from server.api.pb import game_event_service_pb2 as pb

TOGETHER = 100
IN_FLIGHT = 8
OTHERS = 200
TOGETHER_MAX, ALONE_MAX, OTHERS_MAX = 1.0, 2.5, 1.05
_MATCH = "match"
_SINGLE, _MANY, _ONE, _OTHERS = (
    "submit_score",
    f"ingest/{TOGETHER}",
    "ingest/1",
    f"ingest/{TOGETHER}, {OTHERS} other boards",
)


def board(event_type: str) -> dict[str, Any]:
    """Return a board that adds up what matches of a type have scored."""
    rule = {"event_type": event_type, "conditions": {"attrs.victory": {"eq": True}}, "points_expression": "attrs.score"}
    return {"name": event_type, "scoring": {"rules": [rule], "aggregation": "sum"}}


def measure(door: str, effort: Effort) -> Findings:
    """Measure all four, run by run."""
    asked = {"matches": board(_MATCH)}
    others = {f"other-{number}": board(f"other-{number}") for number in range(OTHERS)}
    players = workloads.players("player", effort.players)
    with ExitStack() as held:
        plain, crowded = _stand(held, door, asked), _stand(held, door, asked | others)
        plain.seat(players, EVENT)
        singles = workloads.submit(players, EVENT)
        plain.warm(singles)
        events = _matches(players)
        for _ in range(effort.runs):
            plain.measure(_SINGLE, itertools.cycle(singles), effort.seconds)
            plain.measure(_ONE, _calls(events, 1), effort.seconds)
            for stand, name in ((plain, _MANY), (crowded, _OTHERS)):
                outcome = stand.measure(
                    name, _calls(events, TOGETHER), effort.seconds, in_flight=IN_FLIGHT, keep_bodies=True
                )
                _refuse_refusals(outcome.bodies)
        return _findings(plain, crowded)


def _findings(plain: Stand, crowded: Stand) -> Findings:
    single, many = plain.cpu(_SINGLE), [cpu / TOGETHER for cpu in plain.cpu(_MANY)]
    said = f"{plain.setting}: CPU of a game event"
    return Findings(
        [plain.row(_SINGLE), plain.row(_ONE), plain.row(_MANY), crowded.row(_OTHERS)],
        [
            Promise(f"{said} of {TOGETHER} in a call to a SubmitScore", ratio(many, single), at_most=TOGETHER_MAX),
            Promise(f"{said} alone to a SubmitScore", ratio(plain.cpu(_ONE), single), at_most=ALONE_MAX),
            Promise(
                f"{said} beside {OTHERS} boards of other types to one without",
                ratio([cpu / TOGETHER for cpu in crowded.cpu(_OTHERS)], many),
                at_most=OTHERS_MAX,
            ),
        ],
    )


def _stand(held: ExitStack, door: str, boards: dict[str, Any]) -> Stand:
    folder = Path(held.enter_context(tempfile.TemporaryDirectory()))
    server = held.enter_context(laurel(folder, {EVENT: workloads.event(SIZES[0])}, door, boards=boards))
    return Stand(Setting(door, "sqlite", folder), server, server)


def _matches(players: Sequence[str]) -> Iterator[pb.GameEvent]:
    """Yield matches without end, each under an id of its own: a repeat would cost next to nothing."""
    for number, player in zip(itertools.count(), itertools.cycle(players), strict=False):
        yield workloads.game_event(number, player, _MATCH)


def _calls(events: Iterator[pb.GameEvent], together: int) -> Iterator[Call]:
    while True:
        yield workloads.ingest(list(itertools.islice(events, together)))


def _refuse_refusals(bodies: Sequence[bytes]) -> None:
    for body in bodies:
        for result in pb.IngestGameEventsResponse.FromString(body[5:]).results:
            if result.outcome != pb.GAME_EVENT_OUTCOME_ACCEPTED or not any(one.applied for one in result.contributions):
                raise RuntimeError(f"a game event did not count: {result}")
