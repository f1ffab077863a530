"""Game events: taken once, kept, and scored by rules (B30 to B42)."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from server.application.game_events import Ingested, Reception, ReportedEvent
from server.domain.errors import CohortNotJoined, GameEventFromTheFuture
from server.domain.ids import PlayerId
from server.domain.leaderboards.outcomes import Outcome
from server.domain.scoring import Json
from server.ports.contribution_store import GameEventKey, LoggedContribution
from tests.application.boards import entry_of, outcomes
from tests.builders import DAY, HOUR, MINUTE, MONDAY, SECOND, WEEK
from tests.world import WEEKLY, Game, game

KILLS = {"event_type": "match", "points_expression": "attrs.kills * 2"}
BOARDS: dict[str, Any] = {
    "kills": {
        "scope": {"filters": {"attrs.mode": {"eq": "ranked"}}},
        "scoring": {"rules": [{**KILLS, "conditions": {"attrs.kills": {"exists": True}}}]},
        "ranking": {"decimals": 0},
    },
    "days": {
        "timeframe": {"type": "daily", "late_grace_seconds": 600},
        "scoring": {"rules": [KILLS]},
        "ranking": {"decimals": 0},
    },
    "matches": {"scoring": {"aggregation": "count", "rules": [{"event_type": "*"}]}, "ranking": {"decimals": 0}},
    "others": {"scoring": {"rules": [{"event_type": "trade", "points_expression": "1"}]}},
}
RANKED: dict[str, Json] = {"mode": "ranked", "kills": 3}


def happened(one: str = "e1", player: str = "ann", kind: str = "match", **options: Any) -> ReportedEvent:
    return ReportedEvent(one, kind, PlayerId(player), **{"attrs": RANKED, **options})


async def ingest(playing: Game, *events: ReportedEvent, key: str = "server") -> list[Ingested]:
    return await playing.use.ingest_game_events(key, events)


def told(answer: Ingested) -> dict[str, str]:
    """What it did to each board."""
    return {one.leaderboard: one.outcome.value for one in answer.contributions}


async def test_b40_what_is_accepted_is_kept_and_scored(tmp_path: Path) -> None:
    async with game(tmp_path, {}, leaderboards=BOARDS) as playing:
        (answer,) = await ingest(playing, happened(name="Ann"))
        assert answer.reception is Reception.ACCEPTED
        assert told(answer) == {"kills": "applied", "days": "applied", "matches": "applied"}
        entry = await entry_of(playing.store, board="kills")
        assert entry is not None
        assert entry.aggregate.score == 6
        (kept,) = await playing.store.read(lambda view: view.game_events([GameEventKey("server", "e1")]))
        assert kept is not None
        assert kept.at == MONDAY


async def test_b40_unknown_actors_are_created(tmp_path: Path) -> None:
    async with game(tmp_path, {}, leaderboards=BOARDS) as playing:
        await ingest(playing, happened("e1", kind="nothing", name="Ann"), happened("e2", name="Other"))
        player = await playing.store.read(lambda view: view.player_of(PlayerId("ann")))
        assert player is not None
        assert player.name == "Ann"


async def test_b40_a_repeat_is_a_duplicate_whatever_it_says(tmp_path: Path) -> None:
    async with game(tmp_path, {}, leaderboards=BOARDS) as playing:
        answers = await ingest(playing, happened(), happened(attrs={"kills": 100}), happened("e2"))
        assert [one.reception.value for one in answers] == ["accepted", "duplicate", "accepted"]
        (later,) = await ingest(playing, happened())
        (of_another_key,) = await ingest(playing, happened(), key="other")
        assert (later.reception, of_another_key.reception) == (Reception.DUPLICATE, Reception.ACCEPTED)
        entry = await entry_of(playing.store, board="matches")
        assert entry is not None
        assert entry.aggregate.score == 3


async def test_b40_calls_at_once_count_a_game_event_once(tmp_path: Path) -> None:
    async with game(tmp_path, {}, leaderboards=BOARDS) as playing:
        answers = await asyncio.gather(*(ingest(playing, happened()) for _ in range(5)))
        assert sorted(one.reception.value for (one,) in answers) == ["accepted", *["duplicate"] * 4]
        entry = await entry_of(playing.store, board="matches")
        assert entry is not None
        assert entry.aggregate.score == 1


async def test_b40_what_is_older_than_duplicates_are_known_is_rejected(tmp_path: Path) -> None:
    async with game(tmp_path, {}, leaderboards=BOARDS) as playing:
        playing.clock.advance(2 * WEEK)
        now = playing.clock.now()
        just, older = await ingest(
            playing, happened("e1", occurred_at=now - WEEK), happened("e2", occurred_at=now - WEEK - SECOND)
        )
        assert (just.reception, older.reception) == (Reception.ACCEPTED, Reception.REJECTED)
        assert older.refusal is not None
        assert older.refusal.reason == "GAME_EVENT_TOO_OLD"
        (again,) = await ingest(playing, happened("e2"))
        assert again.reception is Reception.ACCEPTED


async def test_b41_a_little_ahead_is_now_and_more_is_rejected(tmp_path: Path) -> None:
    async with game(tmp_path, {}, leaderboards=BOARDS) as playing:
        soon, later = MONDAY + 5 * MINUTE, MONDAY + 5 * MINUTE + SECOND
        ahead, beyond = await ingest(playing, happened("e1", occurred_at=soon), happened("e2", occurred_at=later))
        assert (ahead.reception, beyond.reception) == (Reception.ACCEPTED, Reception.REJECTED)
        entry = await entry_of(playing.store, board="kills")
        assert entry is not None
        assert entry.aggregate.latest.at == MONDAY


async def test_b41_its_time_chooses_the_period_and_a_sealed_one_is_late(tmp_path: Path) -> None:
    async with game(tmp_path, {}, leaderboards=BOARDS) as playing:
        playing.clock.advance(DAY + 5 * MINUTE)
        yesterday = MONDAY + DAY - SECOND
        (answer,) = await ingest(playing, happened("e1", occurred_at=yesterday))
        assert {one.leaderboard: one.period_start for one in answer.contributions}["days"] == MONDAY
        playing.clock.advance(6 * MINUTE)
        (late,) = await ingest(playing, happened("e2", occurred_at=yesterday))
        assert told(late) == {"kills": "applied", "days": "late", "matches": "applied"}


async def test_b2_each_board_says_why_it_does_not_count(tmp_path: Path) -> None:
    async with game(tmp_path, {}, leaderboards=BOARDS) as playing:
        casual, killless, wordy, trade = await ingest(
            playing,
            happened("e1", attrs={"mode": "casual", "kills": 1}),
            happened("e2", attrs={"mode": "ranked"}),
            happened("e3", attrs={"mode": "ranked", "kills": "many"}),
            happened("e4", kind="trade"),
        )
        assert told(casual)["kills"] == "out_of_scope"
        assert told(killless) == {"kills": "no_rule", "days": "expression_failed", "matches": "applied"}
        details = {one.leaderboard: one.detail for one in wordy.contributions}
        assert details == {"kills": "NOT_A_NUMBER attrs.kills", "days": "NOT_A_NUMBER attrs.kills", "matches": ""}
        assert told(trade) == {"matches": "applied", "others": "applied"}


async def test_b22_numbers_count_as_the_decimals_that_they_print_as(tmp_path: Path) -> None:
    boards = {"sum": {"scoring": {"rules": [{"event_type": "match", "points_expression": "attrs.x + attrs.y"}]}}}
    async with game(tmp_path, {}, leaderboards=boards) as playing:
        (answer,) = await ingest(playing, happened(attrs={"x": Decimal("0.1"), "y": Decimal("0.2")}))
        assert [one.points for one in answer.contributions] == ["0.3"]


async def test_b23_the_segment_is_in_the_game_events_context(tmp_path: Path) -> None:
    boards = {"lands": {**BOARDS["kills"], "segmentation": {"key": "land", "source": "trusted"}}}
    async with game(tmp_path, {}, leaderboards=boards) as playing:
        answers = await ingest(
            playing, happened("e1"), happened("e2", context={"land": "fr"}), happened("e3", context={"land": 7})
        )
        assert [outcomes(one.contributions) for one in answers] == [
            ["segment_missing"],
            ["applied"],
            ["segment_unknown"],
        ]


async def test_b42_of_game_events_only_what_counts_is_in_the_log(tmp_path: Path) -> None:
    async with game(tmp_path, {}, leaderboards=BOARDS) as playing:
        await ingest(playing, happened(attrs={"mode": "casual", "kills": 1}))
        lines: list[LoggedContribution] = await playing.store.read(lambda view: view.contributions_after(0, 10))
        assert sorted((one.entry.period.leaderboard, one.contribution_id) for one in lines) == [
            ("days", "server/e1"),
            ("matches", "server/e1"),
        ]


EVENT = {
    "weekly": {
        **WEEKLY,
        "operator": "incr",
        "max_num_score": 2,
        "authoritative": True,
        "scoring": {"rules": [{"event_type": "match", "points_expression": "attrs.kills / 2"}]},
        "contributes_to": ["total"],
    }
}


async def test_b34_a_game_event_is_a_submission_of_its_actor_and_never_rolls(tmp_path: Path) -> None:
    boards = {"total": {"ranking": {"decimals": 0}}}
    async with game(tmp_path, EVENT, leaderboards=boards) as playing:
        (before,) = await ingest(playing, happened("e1"))
        (scored,) = before.submissions
        assert scored.outcome is Outcome.REFUSED
        assert isinstance(scored.refusal, CohortNotJoined)
        await playing.roll("ann")
        answers = await ingest(
            playing, happened("e2"), happened("e3", attrs={"kills": 5}), happened("e4"), happened("e5", attrs={})
        )
        (first,), (second,), (third,), (failed,) = (one.submissions for one in answers)
        assert first.submitted is not None
        assert (first.submitted.score, outcomes(first.submitted.contributions)) == (2, ["applied"])
        assert second.submitted is not None
        assert second.submitted.score == 4  # 2.5 is rounded half even
        assert third.refusal is not None
        assert third.refusal.reason == "ATTEMPTS_USED_UP"
        assert (failed.outcome, failed.detail) == (Outcome.EXPRESSION_FAILED, "MISSING_ATTRIBUTE attrs.kills")


async def test_m1_modules_see_what_rules_make_of_a_game_event(tmp_path: Path) -> None:
    code = """
from dataclasses import replace
from server.modules_api import Refusal
def register(registry):
    registry.validate_submission(look)
async def look(board, player, submission):
    if board.id == "days":
        raise Refusal("NOT_TODAY", "No.")
    return replace(submission, score=submission.score + 1) if board.id == "kills" else submission
"""
    async with game(tmp_path, {}, leaderboards=BOARDS) as playing:
        playing.module("look", code)
        (answer,) = await ingest(playing, happened())
        assert told(answer) == {"kills": "applied", "days": "refused", "matches": "applied"}
        assert {one.leaderboard: one.detail for one in answer.contributions}["days"] == "NOT_TODAY"
        entry = await entry_of(playing.store, board="kills")
        assert entry is not None
        assert entry.aggregate.score == 7


async def test_b42_a_dry_run_says_what_would_happen_and_changes_nothing(tmp_path: Path) -> None:
    async with game(tmp_path, {}, leaderboards=BOARDS) as playing:
        explained = await playing.use.explain_game_event(happened(attrs={"mode": "ranked", "kills": Decimal("1.5")}))
        assert sorted((one.leaderboard, one.outcome.value, one.rule, one.points) for one in explained.boards) == [
            ("days", "applied", 0, "3"),
            ("kills", "applied", 0, "3"),
            ("matches", "applied", 0, ""),
        ]
        assert {one.leaderboard: one.window_key for one in explained.boards}["days"] == "2026-11-02"
        assert await entry_of(playing.store, board="kills") is None
        assert await playing.store.read(lambda view: view.player_of(PlayerId("ann"))) is None
        assert await playing.store.read(lambda view: view.unsettled_periods(1)) == []
        with pytest.raises(GameEventFromTheFuture):
            await playing.use.explain_game_event(happened(occurred_at=MONDAY + HOUR))


async def test_b40_what_is_too_old_is_forgotten_whole_days_at_a_time(tmp_path: Path) -> None:
    options = {"dedupe": timedelta(days=2), "log_kept": timedelta(days=3)}
    async with game(tmp_path, {}, leaderboards=BOARDS, **options) as playing:
        await ingest(playing, happened())
        playing.clock.advance(3 * DAY + 23 * HOUR)
        assert await playing.use.forget_game_events() == 0
        playing.clock.advance(HOUR)
        assert await playing.use.forget_game_events() == 4
        assert await playing.use.forget_game_events() == 0
        assert await playing.store.read(lambda view: view.log_begins_at()) > MONDAY
