"""What a process costs, from the kernel's own accounting: its threads and its children included."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path


class Meter:
    """CPU and memory of a process and its children. What a child had used when it ended is its parent's."""

    def __init__(self, pid: int) -> None:
        self._pid = pid

    def seconds(self) -> float:
        """Return the CPU seconds used so far."""
        return self._sum(_ticks) / os.sysconf("SC_CLK_TCK")

    def memory_mib(self) -> float:
        """Return the resident memory."""
        return self._sum(_resident_pages) * os.sysconf("SC_PAGE_SIZE") / 2**20

    def _sum(self, figure: Callable[[Path], int]) -> int:
        return sum(_unless_ended(figure, Path(f"/proc/{pid}")) for pid in self._family())

    def _family(self) -> list[int]:
        children = Path(f"/proc/{self._pid}/task/{self._pid}/children").read_text().split()
        return [self._pid, *map(int, children)]


def _unless_ended(figure: Callable[[Path], int], process: Path) -> int:
    try:
        return figure(process)
    except (FileNotFoundError, ProcessLookupError):  # it has just ended
        return 0


def _ticks(process: Path) -> int:
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15]))


def _resident_pages(process: Path) -> int:
    return int((process / "statm").read_text().split()[1])
