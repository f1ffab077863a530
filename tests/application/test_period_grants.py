"""What a period has paid is taken once, not before its time, and by itself where the policy says so (B62, B70, B71)."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from server.application.claim_grant import ClaimGrantRequest
from server.domain.errors import AlreadyClaimed, DomainError, GrantExpired, GrantHeld
from server.domain.grants import Grant, GrantState
from server.domain.ids import PlayerId
from server.ports.store import Transaction
from server.storage.postgres.store import PostgresStore
from tests.application.board_world import Boards, boards
from tests.application.test_settle_periods import daily, end_of_day, grants, settle, tier
from tests.builders import DAY, HOUR
from tests.postgres import NEWEST, Databases


async def claim(playing: Boards, grant: Grant, request_id: str = "") -> Grant:
    request = ClaimGrantRequest(grant.player_id, grant.grant_id, f"player:{grant.player_id}", request_id)
    return await playing.playing.use.claim_grant(request)


async def wallet(playing: Boards, player: str) -> dict[str, int]:
    return await playing.playing.store.read(lambda view: view.wallet_of(PlayerId(player)))


async def ledger_rows(playing: Boards) -> int:
    """How often anything was credited."""
    (row,) = playing.playing.store._reader.execute("select count(*) from ledger").fetchall()  # type: ignore[attr-defined]
    return int(row[0])


def paying(amount: int = 10, **policy: Any) -> dict[str, Any]:
    return daily(tier(3, "gold", amount), policy=policy)


async def test_b71_a_prize_is_credited_once_with_one_ledger_row(tmp_path: Path) -> None:
    async with boards(tmp_path, paying()) as playing:
        await playing.score({"ann": 1})
        await end_of_day(playing)
        (grant,) = await grants(playing, "ann")
        assert await wallet(playing, "ann") == {}
        claims = [claim(playing, grant) for _ in range(5)]
        answers = await asyncio.gather(*claims, return_exceptions=True)
        assert sorted(type(one).__name__ for one in answers) == [*["AlreadyClaimed"] * 4, "Grant"]
        assert (await wallet(playing, "ann"), await ledger_rows(playing)) == ({"gems": 10}, 1)
        with pytest.raises(AlreadyClaimed):
            await claim(playing, grant)


async def test_b71_a_repeated_claim_is_answered_alike_and_credits_nothing(tmp_path: Path) -> None:
    async with boards(tmp_path, paying()) as playing:
        await playing.score({"ann": 1})
        await end_of_day(playing)
        (grant,) = await grants(playing, "ann")
        first = await claim(playing, grant, "r1")
        assert await claim(playing, grant, "r1") == first
        assert await wallet(playing, "ann") == {"gems": 10}


async def test_b62_a_held_prize_is_seen_and_refused_until_its_time(tmp_path: Path) -> None:
    async with boards(tmp_path, paying(hold_seconds=3600)) as playing:
        await playing.score({"ann": 1})
        await end_of_day(playing)
        (grant,) = await grants(playing, "ann")
        assert grant.claimable_at == playing.now + HOUR
        with pytest.raises(GrantHeld) as refused:
            await claim(playing, grant)
        assert refused.value.retry_at == playing.now + HOUR
        playing.playing.clock.advance(HOUR)
        assert (await claim(playing, grant)).state is GrantState.CLAIMED


async def test_b70_a_prize_that_nobody_takes_is_lost(tmp_path: Path) -> None:
    async with boards(tmp_path, paying(claim_expiry_sec=3600)) as playing:
        await playing.score({"ann": 1})
        await end_of_day(playing)
        (grant,) = await grants(playing, "ann")
        playing.playing.clock.advance(HOUR)
        with pytest.raises(GrantExpired):
            await claim(playing, grant)
        assert await wallet(playing, "ann") == {}


async def test_b70_auto_claim_credits_everybody_at_the_end(tmp_path: Path) -> None:
    async with boards(tmp_path, paying(auto_claim=True)) as playing:
        await playing.score({"ann": 3, "bob": 2, "cid": 1, "dan": 0})
        await end_of_day(playing)
        assert [await wallet(playing, name) for name in ("ann", "bob", "cid", "dan")] == [{"gems": 10}] * 3 + [{}]
        (grant,) = await grants(playing, "ann")
        assert grant.state is GrantState.CLAIMED
        assert await ledger_rows(playing) == 3
        await settle(playing)
        assert await ledger_rows(playing) == 3


async def test_b70_auto_claim_waits_for_what_is_held_and_leaves_what_was_revoked(tmp_path: Path) -> None:
    async with boards(tmp_path, paying(auto_claim=True, hold_seconds=7200)) as playing:
        await playing.score({"ann": 3, "cheat": 9})
        await end_of_day(playing)
        (caught,) = await grants(playing, "cheat")

        async def revoke(tx: Transaction) -> None:
            await tx.record_grant(
                Grant(**{name: getattr(caught, name) for name in Grant.__slots__} | {"state": GrantState.REVOKED})
            )

        await playing.playing.store.transact(revoke)
        playing.playing.clock.advance(timedelta(seconds=7199))
        await settle(playing)
        assert await wallet(playing, "ann") == {}
        playing.playing.clock.advance(timedelta(seconds=1))
        await settle(playing)
        assert (await wallet(playing, "ann"), await wallet(playing, "cheat")) == ({"gems": 10}, {})


async def test_b71_no_balance_grows_beyond_what_it_can_hold(tmp_path: Path) -> None:
    most = 2**53
    async with boards(tmp_path, paying(most, auto_claim=True)) as playing:
        for _ in range(2):
            await playing.score({"ann": 3})
            await end_of_day(playing)
        assert await wallet(playing, "ann") == {"gems": 2 * most}


async def test_b71_a_player_and_auto_claim_at_once_credit_once(tmp_path: Path, databases: Databases) -> None:
    store = await PostgresStore.open(await databases.fresh(NEWEST))
    async with boards(tmp_path, paying(auto_claim=True, hold_seconds=60), store=store) as playing:
        await playing.score({"ann": 3, "bob": 2})
        await end_of_day(playing)
        mine = [*await grants(playing, "ann"), *await grants(playing, "bob")]
        playing.playing.clock.advance(DAY)
        answers = await asyncio.gather(
            *(claim(playing, grant) for grant in mine), settle(playing), settle(playing), return_exceptions=True
        )
        assert all(one is None or isinstance(one, Grant | DomainError) for one in answers), answers
        assert [await wallet(playing, name) for name in ("ann", "bob")] == [{"gems": 10}] * 2
    await store.close()


async def test_b61_a_prize_may_be_items_and_a_whole_reward(tmp_path: Path) -> None:
    box = {"guaranteed": {"items": {"sword": {"min": 1}}, "currencies": {"coins": {"min": 5, "max": 9}}}}
    tiers = [
        {"to": 1, "key": "first", "entries": [{"type": "item", "itemKey": "sword", "quantity": 2}]},
        {"to": 2, "key": "second", "reward": box},
    ]
    definition, items = daily(*tiers, policy={"auto_claim": True}), {"sword": {"name": "Sword"}}
    async with boards(tmp_path, definition, items=items) as playing:
        await playing.score({"ann": 3, "bob": 2})
        await end_of_day(playing)
        ann = await playing.playing.store.read(lambda view: view.inventory_of(PlayerId("ann")))
        bob = await playing.playing.store.read(lambda view: view.inventory_of(PlayerId("bob")))
        assert (ann, bob) == ({"sword": 2}, {"sword": 1})
        assert 5 <= (await wallet(playing, "bob"))["coins"] <= 9
