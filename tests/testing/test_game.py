"""`server.testing`: a studio's tests of its modules need no port, no file and no sleep, and say the same everywhere (M7)."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from server.backends import StartRefused
from server.testing import CallFailed, Game

WEEKLY: dict[str, Any] = {
    "reset_schedule": "0 0 * * 1",
    "cohort_size": 5,
    "operator": "incr",
    "score_max": 1000,
    "reward_tiers": {
        "0": [{"rank_min": 1, "rank_max": 1, "reward": {"guaranteed": {"currencies": {"coins": {"min": 10}}}}}]
    },
}
MODULE = """
from server.modules_api import *

def register(registry):
    registry.validate_submission(limited)
    registry.cohort_completed(completed)
    registry.schedule("0 * * * *", hourly)
    registry.function("mine.echo", echo)
    registry.function("mine.secret", secret, trusted_only=True)

async def limited(ctx, submission):
    if submission.score > ctx.settings.get("score_max", 100):
        raise Refusal("TOO_GOOD", "Too good to be true.", "PERMISSION_DENIED")
    return submission

async def completed(ctx, cohort):
    await ctx.storage.put("mine", "completed", cohort.count)

async def hourly(ctx):
    await ctx.storage.update("mine", "hours", lambda hours: hours + 1, default=0)

def echo(ctx, payload):
    return {"payload": payload, "caller": ctx.caller.name, "now": ctx.now().isoformat()}

async def secret(ctx):
    return ctx.caller.kind
"""


@contextmanager
def played(folder: Path, code: str = MODULE, **options: Any) -> Iterator[Game]:
    (folder / "mine.py").write_text(code)
    with Game(modules=folder, **{"events": {"weekly": WEEKLY}, **options}) as game:
        yield game


def test_a_week_is_played_and_paid_without_sleeping(tmp_path: Path) -> None:
    with played(tmp_path) as game:
        ann, bob = game.player("ann"), game.player("bob")
        for player, score in ((ann, 20), (bob, 10)):
            player.roll("weekly")
            player.submit("weekly", score)
        game.advance(days=7)
        assert ann.claim("weekly").grant.reward.currencies == {"coins": 10}
        assert (ann.wallet(), bob.wallet()) == ({"coins": 10}, {})


def test_the_clock_stands_still_until_it_is_moved(tmp_path: Path) -> None:
    began = datetime(2026, 3, 2, 10, tzinfo=UTC)
    with played(tmp_path, now=began) as game:
        times = [game.player("ann").function("mine.echo")["now"] for _ in range(2)]
        assert times == [began.isoformat()] * 2
        game.advance(hours=1, minutes=30)
        assert game.now == began + timedelta(minutes=90)
        assert game.player("ann").function("mine.echo")["now"] == game.now.isoformat()


def test_what_is_due_when_the_clock_has_moved_is_done(tmp_path: Path) -> None:
    with played(tmp_path) as game:
        game.settle()
        game.player("ann").roll("weekly")
        game.player("ann").submit("weekly", 1)
        assert game.stored("mine", "completed") is None
        for _ in range(3):
            game.advance(hours=1)
        game.advance(days=7)
        assert [value_of(game, key) for key in ("completed", "hours")] == [1, 4]  # a week of missed runs is one


def value_of(game: Game, key: str) -> Any:
    found = game.stored("mine", key)
    return None if found is None else found.value


def test_a_refused_call_says_why(tmp_path: Path) -> None:
    with played(tmp_path) as game:
        ann = game.player("ann")
        ann.roll("weekly")
        with pytest.raises(CallFailed) as caught:
            ann.submit("weekly", 101)
        refused = caught.value
        assert (refused.code, refused.reason, refused.message) == (
            "PERMISSION_DENIED",
            "TOO_GOOD",
            "Too good to be true.",
        )
        with pytest.raises(CallFailed) as unknown:
            ann.roll("nowhere")
        assert unknown.value.reason == "EVENT_NOT_FOUND"


def test_functions_are_called_by_players_and_by_the_studios_server(tmp_path: Path) -> None:
    with played(tmp_path) as game:
        answer = game.player("ann").function("mine.echo", {"number": 2**60})
        assert (answer["payload"], answer["caller"]) == ({"number": 2**60}, "ann")
        assert game.server.function("mine.secret") == "server"
        with pytest.raises(CallFailed) as caught:
            game.player("ann").function("mine.secret")
        assert caught.value.reason == "FUNCTION_FOR_SERVERS"


def test_definitions_come_from_a_folder_or_are_given(tmp_path: Path) -> None:
    events = tmp_path / "config" / "event_leaderboards"
    events.mkdir(parents=True)
    (events / "all.json").write_text(json.dumps({"event_leaderboards": {"monthly": WEEKLY}}))
    with Game(modules=None, config=tmp_path / "config") as game:
        game.player("ann").roll("monthly")
    chest = {"guaranteed": {"items": {"chest": {"min": 1}}}}
    event = {**WEEKLY, "reward_tiers": {"0": [{"rank_min": 1, "rank_max": 5, "reward": chest}]}}
    with Game(modules=None, events={"weekly": event}, items={"chest": {"name": "Chest"}}) as game:
        ann = game.player("ann")
        ann.roll("weekly")
        ann.submit("weekly", 1)
        game.advance(days=7)
        ann.claim("weekly")
        assert ann.inventory() == {"chest": 1}


def test_what_modules_store_can_be_put_there_and_looked_at(tmp_path: Path) -> None:
    with played(tmp_path) as game:
        game.store("mine", "hours", 41)
        game.settle()
        game.advance(hours=1)
        assert value_of(game, "hours") == 42


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("def register(registry):\n    registry.rewards(None)\n", "mine.py:2: there is no hook 'rewards'"),
        ("def register(:\n", "mine.py:1: SyntaxError"),
        ("x = 1\n", "mine.py:1: the module has no function register(registry)"),
    ],
)
def test_a_broken_module_lets_no_game_begin(tmp_path: Path, code: str, said: str) -> None:
    with pytest.raises(StartRefused) as caught, played(tmp_path, code):
        pytest.fail("it began")
    assert said in str(caught.value)


def test_a_wrong_definition_lets_no_game_begin(tmp_path: Path) -> None:
    with (
        pytest.raises(StartRefused, match="0 is too small"),
        played(tmp_path, events={"weekly": {**WEEKLY, "cohort_size": 0}}),
    ):
        pytest.fail("it began")


def test_one_game_knows_nothing_of_the_one_before(tmp_path: Path) -> None:
    for _ in range(2):
        with played(tmp_path) as game:
            ann = game.player("ann")
            assert not ann.call("EventLeaderboardService/ListPastCohorts", id="weekly").past_cohorts
            assert game.stored("mine", "completed") is None
            ann.roll("weekly")
            ann.submit("weekly", 1)
            game.advance(days=7)
            assert value_of(game, "completed") == 1


def test_two_games_can_be_played_at_once(tmp_path: Path) -> None:
    with played(tmp_path) as one, played(tmp_path) as other:
        one.store("mine", "hours", 1)
        one.advance(days=1)
        assert value_of(other, "hours") is None
        assert other.now < one.now


def test_nothing_of_the_folder_or_the_environment_reaches_a_test(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A studio runs its tests where its settings lie, and in CI beside those of production."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    Path("laurel.toml").write_text('environment = "production"\n[modules.mine]\nscore_max = 1\n')
    monkeypatch.setenv("LAUREL_LIMITS__PLAYER_BURST", "none")
    with played(tmp_path) as game:
        game.player("ann").roll("weekly")
        game.player("ann").submit("weekly", 100)
    with played(tmp_path, settings={"mine": {"score_max": 1}}) as game:
        game.player("ann").roll("weekly")
        with pytest.raises(CallFailed):
            game.player("ann").submit("weekly", 2)


def test_a_game_that_has_not_begun_says_so(tmp_path: Path) -> None:
    game = Game(modules=None)
    with pytest.raises(RuntimeError, match="with Game"):
        game.advance(days=1)
    with game:
        assert game.player("ann").wallet() == {}


AROUND_SCORES = """
from server.modules_api import *

def register(registry):
    registry.before("SubmitLeaderboardScore", limited)
    registry.after("SubmitLeaderboardScore", counted)
    registry.before("SubmitScore", never)

async def limited(request: messages.LeaderboardServiceSubmitScoreRequest):
    if request.score > 100:
        raise Refusal("TOO_GOOD", "Too good to be true.")
    request.score += 0.5
    return request

async def counted(ctx, response):
    ctx.metrics.count(f"rank_{response.rank}")

async def never(request):
    raise Refusal("NOT_THIS_ONE", "This is the SubmitScore of event leaderboards.")
"""
DAILY = {"timeframe": {"type": "daily"}, "scoring": {"aggregation": "sum"}, "authoritative": False}


def test_m1_scores_of_leaderboards_have_hooks_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(AROUND_SCORES)
    with Game(modules=tmp_path, events={"weekly": WEEKLY}, leaderboards={"daily": DAILY}) as game:
        ann = game.player("ann")
        assert ann.score("daily", 2).score == 2.5
        with pytest.raises(CallFailed) as refused:
            ann.score("daily", 101)
        assert refused.value.reason == "TOO_GOOD"
        assert game.counted("mine", "rank_1") == 1
        ann.roll("weekly")
        with pytest.raises(CallFailed) as other:
            ann.submit("weekly", 1)
        assert other.value.reason == "NOT_THIS_ONE"


def test_a_leaderboards_period_ends_when_the_clock_is_moved(tmp_path: Path) -> None:
    tiers = [{"to": 1, "key": "gold", "entries": [{"type": "currency", "currencyKey": "gems", "amount": 5}]}]
    paid = {**DAILY, "reward_policy": {"type": "top_n", "parameters": {"tiers": tiers}, "auto_claim": True}}
    with Game(modules=tmp_path, leaderboards={"daily": paid}) as game:
        ann, bob = game.player("ann"), game.player("bob")
        ann.score("daily", 2)
        bob.score("daily", 1)
        game.advance(days=1)
        assert (ann.wallet(), bob.wallet()) == ({"gems": 5}, {})
        assert not ann.call("LeaderboardService/ListEntries", key="daily").page.entries
