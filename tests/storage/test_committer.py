"""Who waits for the disk: the loop where it is quick, a thread where it is slow."""

import asyncio
import sqlite3
import threading
from typing import cast

import pytest

from server.storage.sqlite.committer import Committer

NEVER_QUICK = -1.0
ALWAYS_QUICK = 60.0


class Disk:
    """Stands in for the writer's connection, and remembers on which threads it committed."""

    def __init__(self, error: sqlite3.Error | None = None) -> None:
        self.threads: list[threading.Thread] = []
        self.error = error

    def execute(self, _: str) -> None:
        self.threads.append(threading.current_thread())
        if self.error is not None:
            raise self.error


async def commits(disk: Disk, count: int, quick_seconds: float) -> list[bool]:
    """Commit so often, and tell of each time whether the loop waited itself."""
    committer = Committer(cast(sqlite3.Connection, disk), quick_seconds)
    try:
        for _ in range(count):
            await committer.commit()
            await asyncio.sleep(0.001)  # a loop that has time
    finally:
        committer.close()
    return [thread is threading.current_thread() for thread in disk.threads]


async def test_the_loop_waits_for_a_quick_disk_itself() -> None:
    assert all(await commits(Disk(), 8, ALWAYS_QUICK))


async def test_a_slow_disk_is_left_to_the_thread_and_looked_at_more_and_more_rarely() -> None:
    seen = await commits(Disk(), 12, NEVER_QUICK)
    assert seen == [True, False, True, False, False, True, False, False, False, False, True, False]


@pytest.mark.parametrize("count", [1, 2], ids=["on the loop", "in the thread"])
async def test_a_commit_that_fails_is_told_wherever_it_ran(count: int) -> None:
    disk = Disk()
    committer = Committer(cast(sqlite3.Connection, disk), NEVER_QUICK)
    for _ in range(count - 1):
        await committer.commit()
    disk.error = sqlite3.OperationalError("disk I/O error")
    with pytest.raises(sqlite3.OperationalError):
        await committer.commit()
    committer.close()
    assert (disk.threads[-1] is threading.current_thread()) is (count == 1)
