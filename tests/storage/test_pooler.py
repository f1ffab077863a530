"""Behind a connection pooler that hands connections around between transactions, as many who host PostgreSQL have one."""

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from server.domain.ids import PlayerId
from server.storage.database import database_at
from tests.builders import WEEK
from tests.postgres import NEWEST, UNPRIVILEGED, Databases
from tests.world import WEEKLY, Game, ManualClock, game

PROCESSES = 3
CONNECTIONS = 6
BACKENDS = 4
"""Fewer than the processes open: so connections are handed around while they are in use."""
START_SECONDS = 30
PRIZE = {"0": [{"rank_min": 1, "rank_max": 5, "reward": {"guaranteed": {"currencies": {"coins": {"min": 5}}}}}]}


@contextmanager
def pooler(url: str) -> Iterator[str]:
    """Start a PgBouncer before a database, in transaction mode, and yield the URL that leads through it."""
    program = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
    if not Path(program).exists():
        pytest.skip("PgBouncer is not installed (Debian: apt-get install pgbouncer)")
    parts = urlsplit(url)
    folder = Path(tempfile.mkdtemp(prefix="laurel-bouncer-"))
    user = UNPRIVILEGED if os.geteuid() == 0 else None
    if user is not None:
        os.chown(folder, user, user)
    config = folder / "pgbouncer.ini"
    config.write_text(
        f"[databases]\n* = host={parse_qs(parts.query)['host'][0]} user=laurel\n"
        f"[pgbouncer]\nlisten_addr =\nunix_socket_dir = {folder}\nlogfile = {folder}/log\npidfile = {folder}/pid\n"
        f"auth_type = any\npool_mode = transaction\ndefault_pool_size = {BACKENDS}\nmax_client_conn = 100\n"
    )
    process = subprocess.Popen(
        [program, "-q", str(config)], user=user, group=user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield f"postgresql://laurel@{parts.path}?host={folder}&port=6432"
    finally:
        process.terminate()
        process.wait(START_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
async def url(databases: Databases) -> AsyncIterator[str]:
    with pooler(await databases.empty(NEWEST)) as through:
        async with asyncio.timeout(START_SECONDS):
            socket = Path(parse_qs(urlsplit(through).query)["host"][0], ".s.PGSQL.6432")
            while not socket.exists():  # noqa: ASYNC110, ASYNC240 - another process has no event to wait for
                await asyncio.sleep(0.01)
        yield through


async def test_processes_behind_a_pooler_migrate_roll_submit_and_claim(url: str, tmp_path: Path) -> None:
    database = database_at(url, CONNECTIONS, statements_cached=0)
    assert await database.migrate()
    assert not (await database.status()).pending
    async with AsyncExitStack() as held:
        clock, playing = ManualClock(), list[Game]()
        for number in range(PROCESSES):
            store = await database.open()
            held.push_async_callback(store.close)
            event = {"weekly": {**WEEKLY, "reward_tiers": PRIZE}}
            one = game(tmp_path / str(number), event, store=store, clock=clock)
            playing.append(await held.enter_async_context(one))
        names = [f"p{number}" for number in range(60)]
        turns = [(playing[number % PROCESSES], name) for number, name in enumerate(names)]
        rolled = await asyncio.gather(*(one.roll(name) for one, name in turns))
        sizes = Counter(one.cohort_id for one in rolled)
        assert max(sizes.values()) <= 5
        assert len(sizes) <= len(names) // 5 + PROCESSES
        for _ in range(3):
            await asyncio.gather(*(one.submit(name, 2, request_id="") for one, name in turns))
        clock.advance(WEEK)
        claimed = await asyncio.gather(*(one.claim(name) for one, name in turns))
        assert all(one.grant.reward.currencies == {"coins": 5} for one in claimed)
        wallets = await asyncio.gather(*(one.use.get_wallet(PlayerId(name)) for one, name in turns))
        assert wallets == [{"coins": 5}] * len(names)
