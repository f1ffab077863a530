"""The parts of the benchmark; `--only` chooses among them.

Those of PARTS take a stand of a door and a store and tell what they have found. Those of BOARD_PARTS set up servers of their
own, on the embedded store, behind the door that they are told.
"""

from collections.abc import Callable

from benchmarks.parts import batches, board_life, boards, calls, game_events, latency, memory, watching
from benchmarks.report import Findings
from benchmarks.stand import Effort, Stand

PARTS: dict[str, Callable[[Stand, Effort], Findings]] = {
    "calls": calls.measure,
    "latency": latency.measure,
    "batches": batches.measure,
    "memory": memory.measure,
}
BOARD_PARTS: dict[str, Callable[[str, Effort], Findings]] = {
    "boards": boards.measure,
    "board_life": board_life.measure,
    "game_events": game_events.measure,
    "watching": watching.measure,
}
