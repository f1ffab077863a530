"""What `laurel modules new` writes: a module that works as it stands, a test of it, and an event where there is none.

A studio changes them from their first minute on, so they show the habits: settings with a default, a refusal with a reason of
its own, arguments by name, a test that moves no real clock.
"""

from __future__ import annotations

from dataclasses import dataclass

_MODULE = '''\
"""NAME: refuses scores that nobody can have reached.

The server calls `register` when it starts and whenever it reloads, and from then on the functions that are named there.
docs/MODULES.md of Laurel lists all hooks; `laurel modules list` shows what yours have registered.
"""

from server.modules_api import Context, Player, Refusal, Registry, Submission

SCORE_MAX = 10_000
"""Unless the settings (laurel.toml) say otherwise: `[modules.NAME]`, `score_max = 20_000`."""


def register(registry: Registry) -> None:
    """Tell the server what this module has."""
    registry.validate_submission(refuse_impossible)
    registry.function("NAME.limit", limit)


async def refuse_impossible(ctx: Context, player: Player, submission: Submission) -> Submission:
    """Let a score pass, or refuse it. Of a hook's arguments a function takes those that it names."""
    if submission.score > score_max(ctx):
        ctx.log.warning("impossible_score", player=player.id, score=submission.score)
        ctx.metrics.count("refused")
        raise Refusal("IMPOSSIBLE_SCORE", "Nobody can have reached this score.")
    return submission


async def limit(ctx: Context) -> dict[str, int]:
    """Answer players who ask: ModuleService/CallFunction with the name NAME.limit."""
    return {"score_max": score_max(ctx)}


def score_max(ctx: Context) -> int:
    """Return the highest score that counts."""
    return int(ctx.settings.get("score_max", SCORE_MAX))
'''

_TEST = '''\
"""Tests of NAME: `laurel modules test` runs them, on a whole server in memory whose clock stands still."""

from pathlib import Path

import pytest

from server.testing import CallFailed, Game

MODULES = Path(__file__).parents[1]
EVENTS = {"weekly": {"reset_schedule": "0 0 * * 1", "cohort_size": 10, "operator": "best"}}


def test_a_score_that_can_be_reached_counts() -> None:
    with Game(modules=MODULES, events=EVENTS) as game:
        ann = game.player("ann")
        ann.roll("weekly")
        assert ann.submit("weekly", 10_000).score == 10_000


def test_an_impossible_score_is_refused() -> None:
    with Game(modules=MODULES, events=EVENTS) as game:
        ann = game.player("ann")
        ann.roll("weekly")
        with pytest.raises(CallFailed) as refused:
            ann.submit("weekly", 10_001)
        assert refused.value.reason == "IMPOSSIBLE_SCORE"


def test_the_limit_comes_from_the_settings() -> None:
    with Game(modules=MODULES, events=EVENTS, settings={"NAME": {"score_max": 50}}) as game:
        assert game.player("ann").function("NAME.limit") == {"score_max": 50}
'''

EVENT_FILE = "event_leaderboards/first_event.json"
"""Where in the folder of definitions the first event lies."""
EVENT = """\
{
  "event_leaderboards": {
    "first_event": {
      "name": "First event",
      "description": "Runs all the time, and starts anew every Monday.",
      "operator": "best",
      "reset_schedule": "0 0 * * 1",
      "cohort_size": 20,
      "score_max": 1000000,
      "reward_tiers": {
        "0": [
          { "rank_min": 1, "rank_max": 3, "reward": { "guaranteed": { "currencies": { "coins": { "min": 100 } } } } }
        ]
      }
    }
  }
}
"""


@dataclass(frozen=True, slots=True)
class Skeleton:
    """The texts of a new module and of its test."""

    module: str
    test: str


def skeleton_of(name: str) -> Skeleton:
    """Return a module of this name."""
    return Skeleton(_MODULE.replace("NAME", name), _TEST.replace("NAME", name))
