"""Rolling, on a real store (E20 to E26, E52)."""

import asyncio
from collections import Counter
from math import ceil
from pathlib import Path

import pytest

from server.domain import errors
from server.domain.ids import EventId, PlayerId
from tests.builders import DAY, HOUR, MINUTE, MONDAY, SECOND, WEEK
from tests.world import WEEKLY, game

RACE = {**WEEKLY, "operator": "incr", "score_target": 10, "score_target_players": 2, "max_rolls": -1, "cohort_size": 3}
PRIZE = {"0": [{"rank_min": 1, "rank_max": 9, "reward": {"guaranteed": {"currencies": {"coins": {"min": 5}}}}}]}


async def test_e24_joining_makes_a_participant_with_the_players_name_and_metadata(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": WEEKLY}) as playing:
        await playing.use.register_player(PlayerId("ann"), "Ann", "ann.png")
        rolled = await playing.roll("ann", metadata='{"car":1}')
        one = rolled.situation.participation
        assert one is not None
        assert (one.participant.name, one.participant.avatar_url) == ("Ann", "ann.png")
        assert (one.participant.result.score, one.participant.result.submission_count) == (0, 0)
        assert one.participant.result.metadata == '{"car":1}'
        assert (await playing.view("ann")).cohort == one.cohort


async def test_e23_players_who_roll_at_once_fill_cohorts_before_new_ones_are_made(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": {**WEEKLY, "cohort_size": 50}}) as playing:
        rolled = await asyncio.gather(*(playing.roll(f"p{i}") for i in range(505)))
        sizes = Counter(one.cohort_id for one in rolled)
        assert max(sizes.values()) <= 50
        assert len(sizes) == ceil(505 / 50)


async def test_e21_one_player_who_rolls_twice_at_once_is_in_one_cohort(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": WEEKLY}) as playing:
        answers = await asyncio.gather(*(playing.roll("ann") for _ in range(20)), return_exceptions=True)
        joined = [one for one in answers if not isinstance(one, BaseException)]
        refused = [one for one in answers if isinstance(one, BaseException)]
        assert len(joined) == 1
        assert {type(one) for one in refused} == {errors.CohortNotComplete}
        assert await playing.order("ann") == ["ann"]


async def test_e20_unknown_and_inactive_events_refuse(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": {**WEEKLY, "duration": 3600}}) as playing:
        with pytest.raises(errors.EventNotFound):
            await playing.roll("ann", "nothing")
        playing.clock.advance(HOUR)
        with pytest.raises(errors.EventNotActive):
            await playing.roll("ann")


async def test_e6_a_young_account_waits(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": {**WEEKLY, "min_account_age_sec": 3600}}) as playing:
        await playing.use.register_player(PlayerId("ann"))
        with pytest.raises(errors.AccountTooYoung) as caught:
            await playing.roll("ann")
        assert caught.value.retry_at == MONDAY + HOUR
        assert not (await playing.view("ann")).flags.can_roll
        playing.clock.advance(HOUR)
        assert (await playing.view("ann")).flags.can_roll
        await playing.roll("ann")


async def test_e22_a_reroll_avoids_old_faces_even_in_a_fuller_cohort(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": {**RACE, "score_target_players": 1}}) as playing:
        for name in ("ann", "bob"):
            await playing.roll(name)
        await playing.submit("ann", 10)
        await playing.roll("bob", claim_reward=True)
        for name in ("yan", "zoe", "wim"):
            await playing.roll(name)
        await playing.use.unenrol_player(PlayerId("yan"), EventId("weekly"))
        assert await playing.order("bob") == ["bob", "zoe"]
        await playing.roll("ann", claim_reward=True)
        assert await playing.order("ann") == ["wim", "ann"]


async def test_e22_he_joins_those_he_met_rather_than_to_make_a_new_cohort(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": {**RACE, "cohort_size": 2, "score_target_players": 1}}) as playing:
        await playing.roll("ann")
        await playing.roll("bob")
        await playing.submit("ann", 10)
        first = await playing.roll("bob", claim_reward=True)
        second = await playing.roll("ann", claim_reward=True)
        assert first.cohort_id == second.cohort_id


async def test_e20_a_roll_that_claims_does_both_or_neither(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": {**RACE, "reward_tiers": PRIZE, "roll_cooldown_sec": 60}}) as playing:
        await playing.roll("ann")
        await playing.submit("ann", 10)
        with pytest.raises(errors.RollCooldownActive):
            await playing.roll("ann", claim_reward=True)
        assert await playing.use.get_wallet(PlayerId("ann")) == {}
        playing.clock.advance(MINUTE)
        with pytest.raises(errors.RewardUnclaimed):
            await playing.roll("ann")
        rolled = await playing.roll("ann", claim_reward=True)
        assert rolled.grant is not None
        assert rolled.grant.reward.currencies == {"coins": 5}
        assert await playing.use.get_wallet(PlayerId("ann")) == {"coins": 5}
        assert (await playing.view("ann")).rolls_used == 2


async def test_e75_the_seeds_multi_stage_event_moves_up_at_the_reroll_and_back_at_the_end(tmp_path: Path) -> None:
    stages = {
        **RACE,
        "tiers": 3,
        "score_target_players": 1,
        "tier_delta_per_phase": -2,
        "reward_tiers": {tier: [{"rank_min": 1, "rank_max": 1, "tier_change": 1}] for tier in "01"},
    }
    async with game(tmp_path, {"weekly": stages}) as playing:
        tiers = []
        for _ in range(3):
            await playing.roll("ann", claim_reward=True)
            tiers.append((await playing.view("ann")).tier)
            await playing.submit("ann", 10)
        assert tiers == [0, 1, 2]
        playing.clock.advance(WEEK)
        await playing.roll("ann", claim_reward=True)
        assert (await playing.view("ann")).tier == 0


async def test_e73_missed_phases_cost_tiers_also_when_nobody_was_there(tmp_path: Path) -> None:
    league = {**WEEKLY, "tiers": 6, "start_tier": 5, "change_zones": {tier: {"demote_idle": True} for tier in "012345"}}
    async with game(tmp_path, {"weekly": league}) as playing:
        await playing.roll("ann")
        await playing.submit("ann", 1)
        playing.clock.advance(3 * WEEK)
        await playing.roll("ann", claim_reward=True)
        assert (await playing.view("ann")).tier == 3


async def test_e52_the_first_roll_after_the_end_seals_the_cohort(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": WEEKLY}) as playing:
        first = await playing.roll("idle")
        playing.clock.advance(WEEK)
        await playing.roll("idle")
        cohort = await playing.store.read(lambda view: view.cohort_of(first.cohort_id))
        assert cohort is not None
        assert cohort.tally.sealed_at is not None
        assert cohort.tally.completed_at == MONDAY + WEEK


async def test_e35_a_repeated_roll_gets_the_same_answer_and_changes_nothing(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": {**RACE, "reward_tiers": PRIZE}}) as playing:
        await playing.roll("ann")
        await playing.submit("ann", 10)
        first = await playing.roll("ann", claim_reward=True, request_id="r1")
        again = await playing.roll("ann", claim_reward=True, request_id="r1")
        assert (again.cohort_id, again.grant) == (first.cohort_id, first.grant)
        assert (await playing.view("ann")).rolls_used == 2
        with pytest.raises(errors.RequestIdReused):
            await playing.roll("ann", claim_reward=False, request_id="r1")
        other = await playing.roll("bob", request_id="r1")
        assert other.grant is None


async def test_e35_rolls_are_remembered_for_a_day_at_least(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": WEEKLY}) as playing:
        first = await playing.roll("ann", request_id="r1")
        playing.clock.advance(DAY + SECOND)
        await playing.use.settle_cohorts.forget_old_receipts()
        assert (await playing.roll("ann", request_id="r1")).cohort_id == first.cohort_id
        playing.clock.advance(2 * DAY)
        await playing.use.settle_cohorts.forget_old_receipts()
        with pytest.raises(errors.CohortNotComplete):
            await playing.roll("ann", request_id="r1")


async def test_a_trusted_roll_may_name_a_tier_that_exists(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": {**WEEKLY, "tiers": 3}}) as playing:
        await playing.roll("ann", tier=2, is_trusted=True)
        assert (await playing.view("ann")).tier == 2
        with pytest.raises(errors.TierNotFound):
            await playing.roll("bob", tier=3, is_trusted=True)


async def test_e8_an_edit_waits_for_the_next_phase_and_texts_do_not(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": {**WEEKLY, "name": "Old"}}) as playing:
        await playing.roll("ann")
        playing.clock.advance(DAY)
        await playing.configure({"weekly": {**WEEKLY, "name": "New", "cohort_size": 2}})
        view = await playing.view("ann")
        assert (view.display.name, view.rules.cohort_size) == ("New", 5)
        await asyncio.gather(*(playing.roll(name) for name in ("bob", "cid")))
        assert await playing.order("ann") == ["ann", "bob", "cid"]
        playing.clock.advance(WEEK)
        await playing.roll("ann")
        assert (await playing.view("ann")).rules.cohort_size == 2


async def test_e8_a_removed_event_lives_on_until_its_rewards_are_claimed(tmp_path: Path) -> None:
    prized = {"weekly": {**WEEKLY, "reward_tiers": PRIZE}, "other": WEEKLY}
    async with game(tmp_path, prized) as playing:
        await playing.roll("ann")
        await playing.submit("ann", 1)
        await playing.configure({"other": WEEKLY})
        await playing.submit("ann", 2)
        playing.clock.advance(WEEK)
        with pytest.raises(errors.EventNotActive):
            await playing.roll("ann")
        assert (await playing.claim("ann")).grant.reward.currencies == {"coins": 5}
        assert playing.catalog.timeline_of(EventId("weekly")).current is None


async def test_e8_what_was_activated_and_pinned_survives_a_restart(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": WEEKLY}) as playing:
        await playing.roll("ann")
        playing.clock.advance(DAY)
        edited = {"weekly": {**WEEKLY, "cohort_size": 2, "reset_schedule": "0 0 * * 3"}}
        async with game(tmp_path / "again", edited, store=playing.store, clock=playing.clock) as restarted:
            view = await restarted.view("ann")
            assert view.phase is not None
            assert (view.phase.start, view.phase.expiry, view.rules.cohort_size) == (MONDAY, MONDAY + WEEK, 5)
            playing.clock.advance(WEEK)
            later = await restarted.view("bob")
            assert later.phase is not None
            assert (later.phase.start, later.rules.cohort_size) == (MONDAY + WEEK, 2)
