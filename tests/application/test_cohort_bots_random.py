"""Whatever happens in whatever order, humans fare as they would without bots (L7, E21, E50, E72), on either store."""

import random
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from server.application.standing_pages import Standings
from server.domain.errors import DomainError
from server.domain.ids import EventId, PlayerId
from tests.application.cohort_bots import (
    SHADOW,
    WINNER,
    Make,
    bots,
    event,
    going_to,
    postgres,
    rows,
    sqlite,
    without_bots,
)
from tests.postgres import Databases
from tests.world import Game, game

PLAYERS = [f"p{number}" for number in range(9)]
STEPS = 120
PLAIN, COMPANY = "plain", "weekly"
RACE: dict[str, Any] = {
    "reset_schedule": "@hourly",
    "duration": 3000,
    "cohort_size": 5,
    "min_cohort_size": 2,
    "max_rolls": -1,
    "max_num_score": 4,
    "score_target": 1000,
    "score_target_players": 2,
    "score_time_limit_sec": 900,
    "tiers": 3,
    "change_zones": {"0": {"promotion": 0.4}, "1": {"promotion": 0.3, "demotion": 0.3, "demote_idle": True}},
    "reward_tiers": {
        str(tier): event()["reward_tiers"]["0"][:3]  # whoever lands lower wins nothing
        for tier in range(3)
    },
}
FIELD = bots(
    {"to": 5, "after_seconds": 20, "every_seconds": 30},
    kinds={"runner": going_to(900, 600), "shadow": SHADOW, "winner": WINNER},
)


async def told(playing: Game, name: str, step: str, player: str, score: int) -> object:
    """Do something in one of the events, and return what a human is told of it, but for ids and bots."""
    try:
        match step:
            case "roll":
                rolled = await playing.roll(player, name, claim_reward=score % 2 == 0)
                return None if rolled.grant is None else rolled.grant.reward
            case "submit":
                submitted = await playing.submit(player, score, name)
                return submitted.prize_rank, submitted.score, submitted.is_improved, submitted.flags
            case "claim":
                return (await playing.claim(player, name)).grant.reward
            case _:
                view = await playing.view(player, name)
                own = None if view.own is None else (view.own.prize_rank, view.own.tier_delta)
                count = None if view.cohort is None else view.cohort.tally.participant_count
                return view.tier, view.flags, view.rolls_used, view.best_rank, own, count
    except DomainError as refusal:
        return refusal.said_reason


async def past(playing: Game, player: str, name: str) -> list[object]:
    until = playing.clock.now() + timedelta(days=1)
    page = await playing.use.list_past_cohorts(PlayerId(player), EventId(name), until, 100)
    return [(one.outcome, one.completed_at, one.participant.result.score) for one in page.cohorts]


@pytest.mark.parametrize(
    ("make", "seed"),
    [*((sqlite, seed) for seed in range(5)), *((postgres, seed) for seed in (5, 7))],
    ids=lambda one: getattr(one, "__name__", one),
)
async def test_l7_whatever_happens_humans_fare_as_without_bots(
    make: Make, seed: int, tmp_path: Path, databases: Databases
) -> None:
    luck = random.Random(seed)
    async with AsyncExitStack() as held:
        store = await (await make(tmp_path, databases))()
        held.push_async_callback(store.close)
        events = {PLAIN: without_bots(RACE), COMPANY: {**RACE, "bots": FIELD}}
        playing = await held.enter_async_context(game(tmp_path, events, store=store))
        met = 0
        for _ in range(STEPS):
            playing.clock.advance(timedelta(seconds=luck.choice((0, 1, 7, 60, 300, 1200))))
            step = luck.choice(
                ("roll", "roll", "submit", "submit", "submit", "claim", "view", "look", "tick", "settle")
            )
            player, score = luck.choice(PLAYERS), luck.choice((5, 40, 300, 700, 999, 1000, 1300))
            match step:
                case "tick":
                    await playing.use.tick_cohorts()
                case "settle":
                    await playing.settle()
                case "look":  # at the bots alone: it must change nothing for anybody
                    met += sum(row.is_bot for row in await rows(playing, player, COMPANY))
                case _:
                    answers = [await told(playing, name, step, player, score) for name in events]
                    assert answers[0] == answers[1], (step, player)
        assert met
        for player in PLAYERS:
            assert await past(playing, player, PLAIN) == await past(playing, player, COMPANY)
            for name in events:
                shown = await playing.use.get_event_leaderboard(PlayerId(player), EventId(name), Standings.COHORT)
                assert len(shown.rows) <= RACE["cohort_size"]
                assert [row.rank for row in shown.rows] == list(range(1, len(shown.rows) + 1))
                if shown.view.cohort is not None:
                    assert len(shown.rows) == shown.view.cohort.shown_count
