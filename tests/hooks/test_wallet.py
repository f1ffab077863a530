"""A key of a module's wallet stands for one change of one player, and says so where it is used for another (M2)."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.application.module_wallet import ModuleWallet
from server.application.notices import Notices
from server.domain.ids import PlayerId
from server.domain.rewards import Reward
from server.identities import RandomIdentities
from server.storage.postgres.store import PostgresStore
from server.testing import CallFailed, Game
from tests import world
from tests.postgres import NEWEST, Databases

MODULE = """
from server.modules_api import *

def register(registry):
    registry.function("give", give)
    registry.function("take", take)

async def give(ctx, payload):
    try:
        await ctx.wallet.grant(ctx.caller.player_id, Reward(currencies={"coins": 10}), payload)
    except ValueError as error:
        raise Refusal("NO_KEY", str(error))

async def take(ctx, payload):
    await ctx.wallet.spend(ctx.caller.player_id, {"coins": 1}, payload)
"""


@pytest.fixture
def game(tmp_path: Path) -> Iterator[Game]:
    (tmp_path / "mine.py").write_text(MODULE)
    with Game(modules=tmp_path, events={}) as game:
        yield game


def test_m2_a_key_that_was_used_for_another_player_is_no_silent_nothing(game: Game) -> None:
    game.player("ann").function("give", "daily")
    with pytest.raises(CallFailed, match="put the id of the player into it"):
        game.player("bob").function("give", "daily")
    game.player("bob").function("give", "daily:bob")
    game.player("ann").function("take", "hat")
    with pytest.raises(CallFailed):
        game.player("bob").function("take", "hat")
    assert [game.player(name).wallet() for name in ("ann", "bob")] == [{"coins": 9}, {"coins": 10}]


def test_m2_a_key_has_room_for_the_longest_id_of_a_player(game: Game) -> None:
    player = game.player("p" * 128)
    for _ in range(2):
        player.function("give", f"daily 2026-01-05 for {player.id}")
        player.function("take", f"daily 2026-01-05 for {player.id}")
    assert player.wallet() == {"coins": 9}
    with pytest.raises(CallFailed, match="1 to 256 characters"):
        player.function("give", "k" * 257)


async def test_b71_who_spends_all_twice_at_once_under_one_key_hears_no_refusal(
    tmp_path: Path, databases: Databases
) -> None:
    """A repeat that comes while the first is under way waits for it, and finds it."""
    store = await PostgresStore.open(await databases.fresh(NEWEST))
    ann = PlayerId("ann")
    async with world.game(tmp_path, {"weekly": world.WEEKLY}, store=store) as playing:
        identities = RandomIdentities(playing.clock.wall)
        wallet = ModuleWallet(store, playing.catalog, playing.clock, identities, Notices(playing.hooks, playing.clock))
        for number in range(20):
            await wallet.grant("mine", ann, Reward(currencies={"coins": 10}), f"give {number}")
            await asyncio.gather(*(wallet.spend("mine", ann, {"coins": 10}, f"take {number}") for _ in range(4)))
        assert await playing.use.get_wallet(ann) in ({}, {"coins": 0})
    await store.close()
