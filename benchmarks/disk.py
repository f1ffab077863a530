"""What the disk alone can do: the yardstick of latency, since an answer waits until its commit is on the disk."""

from __future__ import annotations

import os
import time
from pathlib import Path

from benchmarks.load import Outcome

BLOCK_BYTES = 4096
FILE_BLOCKS = 1024


def fdatasync(folder: Path, seconds: float) -> Outcome:
    """Write 4 KiB and wait for them, again and again, into a file of 4 MiB from its beginning to its end and over again.

    As a database writes its log: SQLite's starts anew after each checkpoint, PostgreSQL's files are used again. The file is
    not growing, so nothing but the data has to reach the disk; appending would cost more and promise less.
    """
    block = os.urandom(BLOCK_BYTES)
    path = folder / "fdatasync"
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, block * FILE_BLOCKS)
        os.fsync(handle)
        return _outcome(handle, block, seconds)
    finally:
        os.close(handle)
        path.unlink()


def _outcome(handle: int, block: bytes, seconds: float) -> Outcome:
    latencies: list[float] = []
    cpu, began = time.process_time(), time.perf_counter()
    ended = began
    while not latencies or ended - began < seconds:
        started = ended
        os.pwrite(handle, block, len(latencies) % FILE_BLOCKS * BLOCK_BYTES)
        os.fdatasync(handle)
        ended = time.perf_counter()
        latencies.append(ended - started)
    return Outcome(len(latencies), ended - began, latencies, {}, time.process_time() - cpu)
