"""`modules/daily_score_cap.py` does what its docstring promises, as the file that ships."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.daily_score_cap import OverCap, counted
from server.testing import CallFailed, Game, Player

MODULES = Path(__file__).parents[2] / "modules"
MODULE = "daily_score_cap"
CAPS = {"daily_score_cap": "100", "single_score_cap": "60"}


def weekly(**fields: Any) -> dict[str, Any]:
    return {
        "reset_schedule": "0 0 * * 1",
        "cohort_size": 10,
        "operator": "incr",
        "additional_properties": CAPS,
        **fields,
    }


@contextmanager
def playing(settings: dict[str, Any] | None = None, **events: Any) -> Iterator[tuple[Game, Player]]:
    events = events or {"weekly": weekly()}
    with Game(MODULES, events=events, settings={MODULE: settings or {}}) as game:
        ann = game.player("ann")
        for event in events:
            ann.roll(event)
        yield game, ann


def refused(player: Player, score: int, event: str = "weekly", **fields: Any) -> CallFailed:
    with pytest.raises(CallFailed) as caught:
        player.submit(event, score, **fields)
    return caught.value


def points_of(game: Game, player: str, event: str = "weekly") -> int | None:
    found = game.stored(MODULE, event, player)
    return None if found is None else found.value["points"]


def submit_by_server(game: Game, *scores: int, player: str = "ann") -> list[str]:
    """Submit with a server key, all in one call, and return the reasons of what is refused."""
    submissions = [{"player_id": player, "id": "weekly", "score": score} for score in scores]
    results = game.server.call("ServerService/SubmitScores", submissions=submissions).results
    return [reason_of(one) for one in results]


def reason_of(result: Any) -> str:
    return str(result.reason)


def test_exactly_the_cap_is_allowed_and_one_more_is_not() -> None:
    with playing() as (game, ann):
        ann.submit("weekly", 60)
        ann.submit("weekly", 40)
        refusal = refused(ann, 1)
        assert (refusal.code, refusal.reason) == ("RESOURCE_EXHAUSTED", "DAILY_SCORE_CAP_REACHED")
        assert ann.submit("weekly", 0).score == 100
        assert game.counted(MODULE, "refused_over_cap") == 1


def test_what_is_refused_counts_nothing_and_less_may_still_fit() -> None:
    with playing() as (game, ann):
        ann.submit("weekly", 60)
        refused(ann, 41)
        assert points_of(game, "ann") == 60
        assert ann.submit("weekly", 40).score == 100


def test_a_single_score_that_nobody_reaches_is_refused() -> None:
    with playing() as (game, ann):
        refusal = refused(ann, 61)
        assert (refusal.code, refusal.reason) == ("PERMISSION_DENIED", "SCORE_IMPOSSIBLE")
        assert points_of(game, "ann") is None
        assert game.counted(MODULE, "refused_impossible") == 1
        assert ann.submit("weekly", 60).score == 60


def test_without_a_single_cap_the_whole_day_may_be_scored_at_once() -> None:
    with playing(weekly=weekly(additional_properties={"daily_score_cap": "100"})) as (_, ann):
        assert ann.submit("weekly", 100).score == 100


def test_the_day_ends_at_midnight_utc() -> None:
    with playing() as (game, ann):
        game.advance(hours=23, minutes=59)
        ann.submit("weekly", 60)
        ann.submit("weekly", 40)
        game.advance(seconds=59)
        assert refused(ann, 1).reason == "DAILY_SCORE_CAP_REACHED"
        game.advance(seconds=1)
        assert ann.submit("weekly", 60).score == 160
        assert points_of(game, "ann") == 60


def test_each_player_and_each_event_has_a_cap_of_its_own() -> None:
    with playing(weekly=weekly(), other=weekly(), free=weekly(additional_properties={})) as (game, ann):
        for _ in range(5):
            ann.submit("free", 1000)
        bob = game.player("bob")
        bob.roll("weekly")
        for player, event in ((ann, "weekly"), (ann, "other"), (bob, "weekly")):
            player.submit(event, 60)
            player.submit(event, 40)
            assert refused(player, 1, event).reason == "DAILY_SCORE_CAP_REACHED"
        assert points_of(game, "ann", "free") is None


def test_of_scores_at_once_only_those_pass_that_fit() -> None:
    with playing() as (game, ann):
        answers = game.at_once(*[lambda: ann.submit("weekly", 30)] * 10)
        refusals = [one.reason for one in answers if isinstance(one, CallFailed)]
        assert refusals == ["DAILY_SCORE_CAP_REACHED"] * 7
        assert points_of(game, "ann") == 90
        assert ann.submit("weekly", 0).score == 90


def test_a_flood_of_scores_never_gets_above_the_cap() -> None:
    with playing() as (game, ann):
        answers = game.at_once(*[lambda: ann.submit("weekly", 1)] * 150)
        passed = [one for one in answers if not isinstance(one, CallFailed)]
        assert len(passed) <= (points_of(game, "ann") or 0) <= 100
        assert ann.submit("weekly", 0).score == len(passed)


def test_a_repeated_call_counts_once() -> None:
    with playing() as (game, ann):
        for _ in range(3):
            assert ann.submit("weekly", 60, request_id="r1").score == 60
        assert points_of(game, "ann") == 60


def test_what_is_below_zero_takes_nothing_back() -> None:
    with playing(weekly=weekly(score_min=-1000)) as (game, ann):
        ann.submit("weekly", 60)
        ann.submit("weekly", -500)
        assert points_of(game, "ann") == 60
        assert refused(ann, 41).reason == "DAILY_SCORE_CAP_REACHED"


def test_the_studios_servers_are_exempt_unless_the_settings_say_otherwise() -> None:
    with playing() as (game, _):
        assert submit_by_server(game, 1000) == [""]
        assert points_of(game, "ann") is None
    with playing({"exempt_trusted": False}) as (game, _):
        assert submit_by_server(game, 1000) == ["SCORE_IMPOSSIBLE"]
        assert sorted(submit_by_server(game, 60, 60)) == ["", "DAILY_SCORE_CAP_REACHED"]


def test_counters_of_who_stays_away_are_removed_at_night() -> None:
    with playing({"days_kept": 2}) as (game, ann):
        for number in range(1100):  # more than two pages
            game.store(MODULE, "weekly", {"day": "2026-01-04", "points": 1}, owner=f"away{number}")
        ann.submit("weekly", 60)
        game.advance(days=1, hours=5)
        assert points_of(game, "away7") == 1
        game.advance(days=1)
        assert [points_of(game, f"away{number}") for number in (0, 7, 999, 1099)] == [None] * 4
        assert points_of(game, "ann") == 60
        assert game.counted(MODULE, "counters_removed") == 1100
        game.advance(days=1)
        assert points_of(game, "ann") is None


def test_a_counter_is_never_removed_on_its_own_day() -> None:
    with playing({"days_kept": 0}) as (game, ann):
        ann.submit("weekly", 60)
        game.advance(hours=5)
        assert points_of(game, "ann") == 60
        game.advance(days=1)
        assert points_of(game, "ann") is None


def test_a_counter_of_tomorrow_is_counted_on() -> None:
    """Two processes around midnight, one a moment ahead: going back and forth would give a new cap each time."""
    tomorrow = counted(None, "2026-01-06", 60, 100)
    assert counted(tomorrow, "2026-01-05", 40, 100) == {"day": "2026-01-06", "points": 100}


@given(st.lists(st.integers(-50, 50)), st.integers(0, 200))
def test_what_passes_in_a_day_is_never_more_than_the_cap(scores: list[int], cap: int) -> None:
    counter, passed = None, 0
    for score in scores:
        try:
            counter = counted(counter, "2026-01-05", score, cap)
            passed += max(score, 0)
        except OverCap:
            assert passed + score > cap
    assert passed <= cap
    assert counter is None or counter["points"] == passed


def test_points_of_leaderboards_stay_exact() -> None:
    counter = counted(None, "2025-11-17", Decimal("0.1"), 1)
    for _ in range(9):
        counter = counted(counter, "2025-11-17", Decimal("0.1"), 1)
    assert counter == {"day": "2025-11-17", "points": 1}
    with pytest.raises(OverCap):
        counted(counter, "2025-11-17", Decimal("0.1"), 1)
