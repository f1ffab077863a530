"""What bots score, printed: run by several interpreters, which must print the same (L3, L4).

`python -m tests.determinism.bots random SEED COUNT` prints random behaviours at random instants; `... board` reads a leaderboard's
definition and what is known of its bots, and prints where each of them stands.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from server.application.bot_entries import bot_entry, ground_of
from server.definitions.build_leaderboard import leaderboard_from_content
from server.domain.bots.behavior import (
    Anchor,
    Behavior,
    Block,
    Complete,
    CompleteAt,
    Idle,
    MatchPlayerPace,
    ProgressBurst,
    ProgressLinear,
    Quit,
    State,
    TrackPosition,
    Transition,
    Wait,
)
from server.domain.bots.conditions import Condition
from server.domain.bots.field import Field, Watched
from server.domain.bots.score import Course, score_at, seed_of
from server.domain.bots.sightings import Lookout, Sighting, lookouts_of
from server.domain.bots.variety import Spread, varied
from server.domain.ids import LeaderboardKey
from server.domain.instants import EPOCH, from_microseconds
from server.domain.leaderboards.entry import PeriodId, SegmentId

LONGEST = 100_000


def behavior(dice: random.Random) -> Behavior:
    """Any behaviour that goes up."""
    names = [f"s{number}" for number in range(dice.randrange(1, 6))]
    states = {name: State(_block(dice), _transitions(dice, names)) for name in names}
    return Behavior(states, "s0", dice.randrange(-100, 100))


def _block(dice: random.Random) -> Block:
    goal, seconds = dice.randrange(-50, 10**6), dice.randrange(1, 20_000)
    anchor, most = dice.choice(list(Anchor)), dice.randrange(1, 50)
    return dice.choice(
        [
            Idle(),
            Wait(seconds),
            ProgressLinear(goal, seconds, dice.randrange(0, 900)),
            ProgressBurst(goal, seconds, dice.randrange(0, 500), dice.randrange(1, 500), dice.randrange(0, 1000)),
            TrackPosition(anchor, dice.randrange(-100, 100), most, dice.randrange(1, 9)),
            MatchPlayerPace(anchor, dice.randrange(0, 3000), most, dice.randrange(1, 9)),
            CompleteAt(goal, seconds),
            Complete(),
            Quit(),
        ]
    )


def _transitions(dice: random.Random, names: list[str]) -> tuple[Transition, ...]:
    return tuple(
        Transition(Condition(dice.randrange(0, 9000), None, dice.randrange(5, 3000), None), dice.choice(names))
        for _ in range(dice.randrange(0, 3))
    )


def course(dice: random.Random) -> Course:
    """Any course of a board whose scores grow."""
    return Course(
        direction=1,
        score_target=dice.choice((None, dice.randrange(1, 10**6))),
        joined_second=dice.randrange(0, 500),
        catch_up_seconds=dice.randrange(0, 500),
        attempts=dice.randrange(0, 20),
        span_seconds=dice.randrange(1, 50_000),
        stops_second=dice.choice((None, dice.randrange(0, LONGEST))),
    )


def seen_by(dice: random.Random, own: Behavior) -> dict[Lookout, list[Sighting]]:
    """What such a bot may have seen."""
    found = {}
    for lookout in sorted(lookouts_of(own), key=lambda one: (one.anchor.value, one.rank)):
        seconds = sorted(dice.sample(range(LONGEST), 20))
        found[lookout] = [Sighting(second, 3 * second + dice.randrange(100)) for second in seconds]
    return found


def random_scores(seed: int, count: int) -> Iterator[str]:
    """Yield a line for each of so many bots: what it has at three instants."""
    dice = random.Random(seed)
    for number in range(count):
        own_seed = seed_of(b"secret", f"board{number}", "period", "", number, 0)
        spread = Spread(dice.randrange(0, 500), dice.randrange(0, 500))
        own = varied(behavior(dice), spread, own_seed)
        runs, seen = course(dice), seen_by(dice, own)
        instants = [dice.randrange(LONGEST) for _ in range(3)]
        yield json.dumps([[second, *_said(score_at(own, own_seed, runs, second, seen))] for second in instants])


def _said(score: Any) -> list[Any]:
    return [score.score, score.is_complete, score.has_quit]


def board_scores(said: dict[str, Any]) -> Iterator[str]:
    """Yield the rows that the bots of a segment have: id, name, score, contributions, and when it was reached."""
    key = LeaderboardKey(said["key"])
    board = leaderboard_from_content(key, said["content"])
    assert board.bots is not None
    segment = SegmentId(PeriodId(key, from_microseconds(said["start"])), said["segment"])
    seen: dict[Lookout, list[Watched]] = {}
    for anchor, rank, second, points in said["sightings"]:
        seen.setdefault(Lookout(Anchor(anchor), rank), []).append(Watched(second, points))
    field = Field(ground_of(bytes.fromhex(said["secret"]), segment, board), board.bots)
    for seat in field.first(said["bots"]):
        entry = bot_entry(seat, seat.at(said["second"], seen), segment, board, None)
        reached = (entry.aggregate.reached_at - EPOCH) // timedelta(microseconds=1)
        yield json.dumps([seat.player_id, seat.identity.name, entry.aggregate.score, entry.aggregate.samples, reached])


if __name__ == "__main__":
    if sys.argv[1] == "random":
        lines = random_scores(int(sys.argv[2]), int(sys.argv[3]))
    else:
        lines = board_scores(json.loads(sys.stdin.read()))
    sys.stdout.writelines(f"{line}\n" for line in lines)
