"""What bots take from players: nothing, unless the designer says so (L7)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from server.domain.ids import LeaderboardKey
from server.domain.leaderboards.entry import Entry, SegmentId
from server.domain.leaderboards.prizes import winners
from server.domain.leaderboards.ranking import ranked
from server.ports.board_store import SnapshotRow
from tests.application.board_world import KEY, boards
from tests.application.bot_world import HOUR, MIDDLE, SECOND, SHADOW, bots, run
from tests.application.test_settle_periods import daily, grants, rows, settle, tier
from tests.builders import DAY


def scores_of(dice: random.Random) -> dict[str, int]:
    return {f"p{number}": dice.randrange(0, 600) for number in range(dice.randrange(1, 11))}


def policies(dice: random.Random) -> dict[str, Any]:
    if dice.random() < 0.5:
        return {"policy": {"min_entries": dice.choice((1, 4, 9))}, "tiers": (tier(1, "gold"), tier(4, "silver"))}
    shares = ({"percent": 20, "key": "fifth", "entries": []}, {"percent": 60, "key": "most", "entries": []})
    return {"policy": {"min_entries": dice.choice((1, 4, 9))}, "tiers": shares, "kind": "top_percent"}


@pytest.mark.parametrize("seed", range(10))
async def test_l7_a_season_with_bots_pays_what_the_same_season_without_pays(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    chosen = policies(dice)
    tiers = chosen.pop("tiers")
    splits = {"segmentation": {"key": "league", "buckets": ["east", "west"], "source": "trusted"}} if seed % 2 else {}
    ranking = {"rank_style": dice.choice(("dense", "competition", "ordinal")), "min_score": dice.choice((1, 100))}
    without = LeaderboardKey("without")
    company = bots(12, kinds={"runner": run(500), "shadow": SHADOW, "middle": MIDDLE}, fill={"every_seconds": 20})
    plain = daily(*tiers, ranking=ranking, **chosen, **splits)
    async with boards(tmp_path, {**plain, "bots": company}, {without: plain}) as playing:
        company_kept = 0
        for _ in range(3):
            segments = ["east", "west"] if splits else [""]
            starts = [playing.segment(one) for one in segments]
            for segment in segments:
                for key in (KEY, without):
                    people = {f"{segment}{name}": score for name, score in scores_of(random.Random(seed)).items()}
                    await playing.score(people, segment, key)
                if dice.random() < 0.7:
                    playing.playing.clock.advance(dice.randrange(1, 4000) * SECOND)
                    await playing.page(segment=segment)
            playing.playing.clock.advance(DAY - (playing.now - starts[0].period.start))
            await settle(playing)
            for segment in starts:
                found = await rows(playing, segment)
                other = await rows(playing, SegmentId(segment.period._replace(leaderboard=without), segment.segment))
                assert won(found) == won(other)
                company_kept += sum(one.is_bot for one in found)
                assert all(one.prize_position is None and not one.prize_tier for one in found if one.is_bot)
        assert company_kept


def won(found: Sequence[SnapshotRow]) -> list[tuple[str, int | None, str]]:
    return [(one.player_id, one.prize_position, one.prize_tier) for one in found if not one.is_bot]


@pytest.mark.parametrize("options", [{"bots_take_prizes": True}, {"bots_count": True}, {}])
async def test_l7_rows_and_settlement_pay_as_the_rule_says(tmp_path: Path, options: dict[str, Any]) -> None:
    shares = ({"percent": 20, "key": "fifth", "entries": []}, {"percent": 50, "key": "half", "entries": []})
    board = daily(*shares, kind="top_percent", policy={"min_entries": 4}, bots=bots(8, **options))
    async with boards(tmp_path, board) as playing:
        segment = playing.segment()
        await playing.page()
        await playing.score({"ann": 480, "ben": 90, "cid": 50})
        playing.playing.clock.advance(HOUR)
        page = await playing.page()
        people = [Entry(row.player_id, row.aggregate, is_bot=row.is_bot) for row in page.rows]
        rule = {
            one.standing.entry.player_id: one.tier.key
            for one in winners(ranked(people, segment.period, playing.board()), playing.board().reward_policy)
        }
        assert {row.player_id: row.prize_tier for row in page.rows if row.prize_tier} == rule
        assert bool(rule) is bool(options)
        for _ in range(2):  # they all have arrived, and stay
            playing.playing.clock.advance(2 * HOUR)
            last = {row.player_id: row.prize_tier for row in (await playing.page()).rows if row.prize_tier}
        playing.playing.clock.advance(DAY - 5 * HOUR)
        await settle(playing)
        assert {one.player_id: one.prize_tier for one in await rows(playing, segment) if one.prize_tier} == last
        assert [len(await grants(playing, one)) for one in last if len(one) == 16] == [0] * sum(
            len(one) == 16 for one in last
        )
