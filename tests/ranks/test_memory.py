"""What an entry costs in memory: five million of them must fit beside everything else (B53)."""

import asyncio
import random
import tracemalloc

from server.domain.ids import PlayerId
from server.domain.leaderboards.definition import Ranking
from server.ports.rank_index import Change
from server.ranks.in_process import SegmentOrder

COUNT = 20_000
BYTES_MAX = 250
"""With ids of twenty characters. How full the dictionary is makes a difference of some thirty bytes."""


def test_an_entry_costs_a_quarter_of_a_kilobyte() -> None:
    chance = random.Random(1)
    tracemalloc.start()
    try:
        held = SegmentOrder(Ranking())
        for start in range(0, COUNT, 500):
            held.record([Change(PlayerId(f"{start + n:020d}"), 1, chance.randbytes(24)) for n in range(500)])
        asyncio.run(held.put_in_order())
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held.totals().ranked == COUNT
    assert size / COUNT < BYTES_MAX
