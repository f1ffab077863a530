"""Claiming, settling, wallet and grants, on a real store (E52, E60 to E63, B70, B71)."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from server.application.claim_grant import ClaimGrantRequest
from server.application.claiming import Claimed, ClaimRequest
from server.application.situations import load_situation
from server.domain import errors
from server.domain.grants import GrantState
from server.domain.ids import EventId, GrantId, PlayerId
from server.domain.instants import NEVER
from server.ports.hooks import RewardQuestion
from server.ports.store import Reading
from server.storage.postgres.store import PostgresStore
from tests.builders import DAY, HOUR, MINUTE, WEEK
from tests.postgres import NEWEST, Databases
from tests.world import WEEKLY, Game, game

COINS = {"guaranteed": {"currencies": {"coins": {"min": 10, "max": 99}}, "items": {"hat": {"min": 2}}}}
ITEMS = {"hat": {"max_count": 1}}


def prized(reward: Any = COINS, **options: Any) -> dict[str, Any]:
    return {"weekly": {**WEEKLY, "reward_tiers": {"0": [{"rank_min": 1, "rank_max": 2, "reward": reward}]}, **options}}


async def finished(playing: Game, *names: str, idle: tuple[str, ...] = ()) -> None:
    """Everybody rolls, plays (the first best) and the week is over."""
    for name in (*names, *idle):
        await playing.roll(name)
    for place, name in enumerate(names):
        await playing.submit(name, 100 - place)
    playing.clock.advance(WEEK)


async def wallet(playing: Game, player: str) -> dict[str, int]:
    return await playing.use.get_wallet(PlayerId(player))


async def test_e63_two_hundred_claims_at_once_grant_once(tmp_path: Path) -> None:
    async with game(tmp_path, prized(), ITEMS) as playing:
        await finished(playing, "ann")
        answers = await asyncio.gather(*(playing.claim("ann") for _ in range(200)), return_exceptions=True)
        granted = [one for one in answers if not isinstance(one, BaseException)]
        assert len(granted) == 1
        assert {type(one) for one in answers if isinstance(one, BaseException)} == {errors.AlreadyClaimed}
        assert await wallet(playing, "ann") == granted[0].grant.reward.currencies
        assert await playing.use.get_inventory(PlayerId("ann")) == {"hat": 1}


async def test_e62_a_claim_that_is_tried_again_rolls_the_same(tmp_path: Path) -> None:
    """Two servers with the same installation secret, as after a restore from a backup, give the same reward."""
    async with game(tmp_path, prized(), ITEMS) as playing:
        await finished(playing, "ann")
        view = await playing.view("ann")
        assert view.cohort is not None
        with pytest.raises(ZeroDivisionError):
            await playing.store.transact(lambda tx: _claim_and_fail(playing, tx))
        first = await playing.claim("ann")
        assert first.grant.reward.currencies == _claimed[0]


_claimed: list[Any] = []


async def _claim_and_fail(playing: Game, tx: Any) -> None:
    situation = await load_situation(tx, playing.catalog, PlayerId("ann"), EventId("weekly"), playing.clock.now())
    grant = await playing.use.claim_reward._claiming.grant(tx, situation, None)
    _claimed.append(grant.reward.currencies)
    raise ZeroDivisionError


async def test_e60_refusals_have_their_own_reasons(tmp_path: Path) -> None:
    async with game(tmp_path, prized(claim_expiry_sec=3600), ITEMS) as playing:
        with pytest.raises(errors.EventNotFound):
            await playing.claim("ann", "nothing")
        with pytest.raises(errors.CohortNotJoined):
            await playing.claim("ann")
        await playing.roll("ann")
        with pytest.raises(errors.CohortNotComplete):
            await playing.claim("ann")
        await playing.submit("ann", 1)
        await playing.roll("idle")
        playing.clock.advance(WEEK)
        with pytest.raises(errors.NothingToClaim):
            await playing.claim("idle")
        playing.clock.advance(HOUR)
        with pytest.raises(errors.ClaimExpired):
            await playing.claim("ann")


async def test_e61_a_rank_without_a_reward_tier_claims_an_empty_reward(tmp_path: Path) -> None:
    async with game(tmp_path, prized(), ITEMS) as playing:
        await finished(playing, "ann", "bob", "cid")
        claimed = await playing.claim("cid")
        assert (claimed.grant.reward.currencies, claimed.grant.state) == ({}, GrantState.CLAIMED)
        with pytest.raises(errors.AlreadyClaimed):
            await playing.claim("cid")


async def test_e61_the_reward_is_that_of_the_pinned_definition(tmp_path: Path) -> None:
    async with game(tmp_path, prized({"guaranteed": {"currencies": {"coins": {"min": 1}}}})) as playing:
        await playing.roll("ann")
        await playing.submit("ann", 1)
        await playing.configure(prized({"guaranteed": {"currencies": {"coins": {"min": 999}}}}))
        playing.clock.advance(WEEK)
        assert (await playing.claim("ann")).grant.reward.currencies == {"coins": 1}


async def test_e53_a_finishers_reward_does_not_change_while_others_play_on(tmp_path: Path) -> None:
    options = {"score_target": 10, "score_target_players": 3, "operator": "incr", "max_rolls": -1}
    async with game(tmp_path, prized(**options), ITEMS) as playing:
        for name in ("ann", "bob", "cid"):
            await playing.roll(name)
        await playing.submit("ann", 10)
        await playing.submit("bob", 99)
        assert (await playing.claim("ann")).situation.outcome().rank == 1
        assert (await playing.claim("bob")).situation.outcome().rank == 2


@pytest.mark.parametrize("hook", ["tier_changed", "reward"])
async def test_e35_a_call_repeated_at_another_process_while_the_first_runs_gets_the_same_answer(
    tmp_path: Path, databases: Databases, hook: str
) -> None:
    """A client that waits no longer asks again, and may come to another door. Rewards that modules see are granted alone."""
    code = (
        f"def register(registry):\n    registry.on('{hook}', hook)\n\nasync def hook(reward=None):\n    return reward\n"
    )
    store = await PostgresStore.open(await databases.fresh(NEWEST))
    defined = prized({**COINS, "to_mailbox_expiry_sec": 3600}, cohort_size=2)
    async with (
        game(tmp_path / "one", defined, ITEMS, store=store) as one,
        game(tmp_path / "other", defined, ITEMS, store=store, clock=one.clock) as other,
    ):
        for process in (one, other):
            process.module("mine", code)
        names = [f"p{number}" for number in range(10)]
        for name in names:
            rolled = await asyncio.gather(*(process.roll(name, request_id="roll") for process in (one, other)))
            assert len({each.cohort_id for each in rolled}) == 1
            await one.submit(name, 1)
        one.clock.advance(WEEK)
        for name in names:
            claimed = await asyncio.gather(*(process.claim(name, request_id="claim") for process in (one, other)))
            (grant_id,) = {each.grant.grant_id for each in claimed}
            take = ClaimGrantRequest(PlayerId(name), grant_id, f"player:{name}", "take")
            await asyncio.gather(*(process.use.claim_grant(take) for process in (one, other)))
    await store.close()


async def test_e35_a_call_repeated_just_before_modules_are_asked_gets_the_same_answer(
    tmp_path: Path, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = "def register(registry):\n    registry.on('reward', hook)\n\nasync def hook(reward):\n    return reward\n"
    store = await PostgresStore.open(await databases.fresh(NEWEST))
    async with game(tmp_path, prized(COINS, cohort_size=2), ITEMS, store=store) as playing:
        playing.module("mine", code)
        await playing.roll("ann")
        await playing.submit("ann", 1)
        playing.clock.advance(WEEK)
        claim_reward = playing.use.claim_reward
        question = claim_reward._question
        first: list[Claimed] = []

        async def too_late(view: Reading, request: ClaimRequest) -> RewardQuestion:
            monkeypatch.undo()
            first.append(await playing.claim("ann", request_id="claim"))
            return await question(view, request)

        monkeypatch.setattr(claim_reward, "_question", too_late)
        second = await playing.claim("ann", request_id="claim")
        assert second.grant.grant_id == first[0].grant.grant_id
        with pytest.raises(errors.AlreadyClaimed):
            await playing.claim("ann", request_id="another")
    await store.close()


async def test_e62_a_mailbox_reward_waits_for_its_player(tmp_path: Path) -> None:
    mailbox = {**COINS, "to_mailbox_expiry_sec": 3600, "message": "well played"}
    async with game(tmp_path, prized(mailbox), ITEMS) as playing:
        await finished(playing, "ann", "bob")
        grant = (await playing.claim("ann")).grant
        assert (grant.state, await wallet(playing, "ann")) == (GrantState.PENDING, {})
        take = ClaimGrantRequest(PlayerId("ann"), grant.grant_id, "player:ann", "r1")
        with pytest.raises(errors.GrantNotFound):
            await playing.use.claim_grant(ClaimGrantRequest(PlayerId("bob"), grant.grant_id, "player:bob"))
        answers = await asyncio.gather(*(playing.use.claim_grant(take) for _ in range(9)))
        assert {one.state for one in answers} == {GrantState.CLAIMED}
        assert await wallet(playing, "ann") == grant.reward.currencies
        with pytest.raises(errors.AlreadyClaimed):
            await playing.use.claim_grant(ClaimGrantRequest(PlayerId("ann"), grant.grant_id, "player:ann"))
        late = (await playing.claim("bob")).grant
        playing.clock.advance(HOUR)
        with pytest.raises(errors.GrantExpired):
            await playing.use.claim_grant(ClaimGrantRequest(PlayerId("bob"), late.grant_id, "player:bob"))
        with pytest.raises(errors.GrantNotFound):
            await playing.use.claim_grant(ClaimGrantRequest(PlayerId("bob"), GrantId("nothing"), "player:bob"))


async def test_e35_a_repeated_claim_gets_the_same_answer(tmp_path: Path) -> None:
    async with game(tmp_path, prized(), ITEMS) as playing:
        await finished(playing, "ann")
        first = await playing.claim("ann", request_id="r1")
        again = await playing.claim("ann", request_id="r1")
        assert again.grant == first.grant


async def test_e63_auto_claim_pays_everybody_who_played_once(tmp_path: Path) -> None:
    async with game(tmp_path, prized(auto_claim=True), ITEMS) as playing:
        await finished(playing, "ann", "bob", "cid", idle=("idle",))
        assert await playing.settle() == 1
        assert await playing.settle() == 0
        wallets = {name: await wallet(playing, name) for name in ("ann", "bob", "cid", "idle")}
        assert wallets["ann"]
        assert wallets["bob"]
        assert (wallets["cid"], wallets["idle"]) == ({}, {})
        with pytest.raises(errors.AlreadyClaimed):
            await playing.claim("ann")


async def test_e63_auto_claim_pays_finishers_while_others_play(tmp_path: Path) -> None:
    options = {"score_target": 10, "score_target_players": 3, "operator": "incr", "max_rolls": -1, "auto_claim": True}
    async with game(tmp_path, prized(**options), ITEMS) as playing:
        for name in ("ann", "bob", "cid"):
            await playing.roll(name)
        assert await playing.settle() == 0
        await playing.submit("ann", 10)
        playing.clock.advance(MINUTE)
        assert await playing.settle() == 1
        assert await wallet(playing, "ann")
        assert await playing.settle() == 0
        await playing.submit("bob", 10)
        await playing.submit("cid", 10)
        playing.clock.advance(MINUTE)
        assert await playing.settle() == 1
        assert await wallet(playing, "bob")


async def test_e63_a_roll_in_an_auto_claim_event_claims_by_itself(tmp_path: Path) -> None:
    async with game(tmp_path, prized(auto_claim=True), ITEMS) as playing:
        await finished(playing, "ann")
        rolled = await playing.roll("ann")
        assert rolled.grant is not None
        await playing.settle()
        assert await wallet(playing, "ann") == rolled.grant.reward.currencies


async def test_e52_settlement_seals_and_a_late_submission_is_refused_however_early_it_was_stamped(
    tmp_path: Path,
) -> None:
    async with game(tmp_path, {"weekly": WEEKLY}) as playing:
        await playing.roll("ann")
        start = playing.clock.real
        playing.clock.advance(WEEK)
        assert await playing.settle() == 1
        playing.clock.real = start
        with pytest.raises(errors.CohortComplete):
            await playing.submit("ann", 1)


async def test_settlement_catches_up_after_any_time_away(tmp_path: Path) -> None:
    async with game(tmp_path, prized(auto_claim=True), ITEMS) as playing:
        for week in range(3):
            await playing.roll(f"p{week}")
            await playing.submit(f"p{week}", 1)
            playing.clock.advance(WEEK)
        playing.clock.advance(50 * WEEK)
        assert await playing.settle() == 3
        for week in range(3):
            assert await wallet(playing, f"p{week}")


async def test_e50_a_time_limit_that_ends_is_settled_without_anybody_looking(tmp_path: Path) -> None:
    options = {"cohort_size": 2, "score_time_limit_sec": 3600, "auto_claim": True}
    async with game(tmp_path, prized(**options), ITEMS) as playing:
        for name in ("ann", "bob"):
            await playing.roll(name)
            await playing.submit(name, 1)
        playing.clock.advance(HOUR - MINUTE)
        assert await playing.settle() == 0
        playing.clock.advance(2 * MINUTE)
        assert await playing.settle() == 1
        assert await wallet(playing, "ann")


async def test_b70_grants_are_listed_newest_first(tmp_path: Path) -> None:
    async with game(tmp_path, prized(), ITEMS) as playing:
        for _ in range(3):
            await finished(playing, "ann")
            await playing.claim("ann")
        page = await playing.use.list_grants(PlayerId("ann"), None, 2)
        rest = await playing.use.list_grants(PlayerId("ann"), page.next_before, 2)
        times = [one.created_at for one in (*page.grants, *rest.grants)]
        assert len(times) == 3
        assert times == sorted(times, reverse=True)
        assert rest.next_before is None


async def test_past_cohorts_tell_how_they_ended(tmp_path: Path) -> None:
    async with game(tmp_path, prized(), ITEMS) as playing:
        await finished(playing, "ann", "bob")
        grant = (await playing.claim("bob")).grant
        await playing.roll("bob")
        page = await playing.use.list_past_cohorts(PlayerId("bob"), EventId("weekly"), NEVER, 10)
        (past,) = page.cohorts
        assert (past.outcome.rank, past.grant, past.participant.result.score) == (2, grant, 99)
        assert past.completed_at == past.phase.active_end
        playing.clock.advance(DAY)
        assert page.next_before is None
