"""What humans win beside bots: what they would win without them, unless the designer says otherwise (L7)."""

from pathlib import Path

import pytest

from server.domain.ids import PlayerId
from tests.application.cohort_bots import (
    NAMES,
    WINNER,
    bots,
    company,
    dump,
    event,
    going_to,
    past,
    rows,
    without_bots,
)
from tests.builders import HOUR, MINUTE, SECOND, WEEK
from tests.world import game


@pytest.mark.parametrize("looks", [0, 7])
async def test_l7_l8_settlement_pays_humans_as_without_bots_whoever_looked(tmp_path: Path, looks: int) -> None:
    """And after the seal bots stand as they stood at the last second of the phase."""
    chosen = {"plain": without_bots(event()), "weekly": event()}
    async with game(tmp_path, chosen) as playing:
        players = ("ann", "bob", "cid")
        cohorts = {}
        for name in chosen:
            for player in players:
                cohorts[name] = (await playing.roll(player, name)).cohort_id
        for number, player in enumerate(players):
            playing.clock.advance(MINUTE)
            for name in chosen:
                await playing.submit(player, 10 * (number + 1), name)
        for _ in range(looks):
            playing.clock.advance(HOUR)
            await rows(playing, "ann")
        playing.clock.advance(WEEK)
        await playing.settle()
        for player in players:
            grants = [(await playing.claim(player, name)).grant for name in chosen]
            assert grants[0].reward == grants[1].reward
            assert grants[0].reward.currencies
            outcomes = [await past(playing, player, name) for name in chosen]
            assert outcomes[0].outcome == outcomes[1].outcome
            assert outcomes[0].completed_at == outcomes[1].completed_at
            assert outcomes[1].rank == outcomes[1].outcome.rank + 2  # two bots went past all of them
        sealed = await playing.store.read(lambda view: view.cohort_of(cohorts["weekly"]))
        assert sealed is not None
        assert sealed.tally.sealed_at is not None
        assert sealed.tally.bots_at == sealed.tally.completed_at
        before = await dump(playing.store, cohorts["weekly"])
        playing.clock.advance(HOUR)
        await rows(playing, "ann")
        await playing.use.tick_cohorts()
        assert await dump(playing.store, cohorts["weekly"]) == before


async def test_l7_bots_that_take_prizes_leave_humans_what_lies_below(tmp_path: Path) -> None:
    async with game(tmp_path, {"weekly": event(bots=bots(bots_take_prizes=True))}) as playing:
        await playing.roll("ann")
        playing.clock.advance(HOUR)
        submitted = await playing.submit("ann", 1)
        assert (submitted.rank, submitted.prize_rank) == (5, 5)
        playing.clock.advance(WEEK)
        claimed = await playing.claim("ann")
        assert claimed.grant.reward.currencies == {"coins": 96}


async def test_l7_bots_that_count_end_a_race_though_nobody_looked(tmp_path: Path) -> None:
    """A human who comes later than the winning bot is refused, and paid for the rank that he has among humans."""
    counting = bots(kinds={"winner": WINNER}, bots_count=True)
    race = event(score_target=1000, score_target_players=2, bots=counting)
    async with game(tmp_path, {"weekly": race, "fair": {**race, "bots": bots(kinds={"winner": WINNER})}}) as playing:
        for name in ("weekly", "fair"):
            await playing.roll("ann", name)
            await playing.submit("ann", 5, name)
        playing.clock.advance(500 * SECOND)
        assert (await playing.view("ann", "fair")).flags.can_update
        assert not (await playing.view("ann")).flags.can_update
        await playing.settle()
        found = await past(playing, "ann")
        assert found.completed_at == playing.clock.now() - 100 * SECOND
        assert (found.outcome.rank, found.outcome.count) == (1, 5)


async def test_l7_a_bot_that_counts_and_may_still_play_keeps_its_cohort_open(tmp_path: Path) -> None:
    """The last human is done, and a bot that came before him is not: its time limit ends the cohort (E50)."""
    counting = bots({"to": 3, "after_seconds": 60}, kinds={"runner": going_to(900, 600)}, bots_count=True)
    limited = event(cohort_size=3, score_time_limit_sec=300, max_num_score=2, bots=counting)
    limited["bots"]["kinds"] = {"quiet": {"behavior": {"type": "single", "block": "idle"}, "names": NAMES}}
    limited["bots"]["which"] = ["quiet"]
    async with game(tmp_path, {"weekly": limited}) as playing:
        start = playing.clock.now()
        await playing.roll("ann")
        playing.clock.advance(70 * SECOND)
        await playing.roll("bob")
        for player in ("ann", "bob"):
            await playing.submit(player, 1)
            await playing.submit(player, 2)
        cohort = (await playing.view("ann")).cohort
        assert cohort is not None
        (bot,) = [one for one in await company(playing.store, cohort.cohort_id) if one.left_at is None]
        assert not bot.is_done
        assert cohort.tally.last_open_joined_at == start + MINUTE


async def test_l7_settlement_finds_what_bots_that_count_have_ended(tmp_path: Path) -> None:
    counting = bots(kinds={"winner": WINNER}, bots_count=True)
    async with game(tmp_path, {"weekly": event(score_target=1000, auto_claim=True, bots=counting)}) as playing:
        await playing.roll("ann")
        await playing.submit("ann", 5)
        for _ in range(8):
            playing.clock.advance(MINUTE)
            await playing.use.tick_cohorts()
            await playing.settle()
        assert (await playing.use.get_wallet(PlayerId("ann"))) == {"coins": 100}
