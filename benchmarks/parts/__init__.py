"""The parts of the benchmark. Each takes a stand of its own and tells what it has found; `--only` chooses among them."""

from collections.abc import Callable

from benchmarks.parts import batches, calls, latency, memory
from benchmarks.report import Findings
from benchmarks.stand import Effort, Stand

PARTS: dict[str, Callable[[Stand, Effort], Findings]] = {
    "calls": calls.measure,
    "latency": latency.measure,
    "batches": batches.measure,
    "memory": memory.measure,
}
