"""Playing a weekly tournament through the API, as 200 phones and one impatient clock would."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from server.api.pb import event_leaderboard_pb2 as events
from server.client import CallFailed, Client

EVENT = "weekly_tournament"
DAYS = 7
IDLE_SHARE = 0.06
"""So many join and never play; so many stay away for a whole week."""
AT_ONCE = 50
JUST_BEGUN_SECONDS = 3600
_NAMES = (
    "Ada",
    "Bo",
    "Cleo",
    "Dara",
    "Eli",
    "Fay",
    "Gus",
    "Hana",
    "Ivo",
    "Juno",
    "Kai",
    "Lua",
    "Milo",
    "Nia",
    "Ole",
    "Pia",
)


@dataclass(slots=True)
class Contestant:
    """One player: how good he is, and what he did."""

    name: str
    client: Client
    skill: float
    submissions: int = 0


@dataclass(slots=True)
class WeekResult:
    """How a week ended."""

    standings: list[events.Standing]
    tiers_before: Counter[int]
    tiers_after: Counter[int]
    paid: Counter[str]
    placed: Counter[str]
    cohorts: int
    submissions: int


@dataclass(slots=True)
class Tournament:
    """A tournament under way. `advance` is told about every step that was taken."""

    operator: Client
    dice: random.Random
    advance: Callable[[str], None] = lambda _: None
    contestants: list[Contestant] = field(default_factory=list)

    async def sign_in(self, anybody: Client, count: int) -> None:
        """Let so many players sign in."""

        async def one(number: int) -> Contestant:
            name = f"{_NAMES[number % len(_NAMES)]} {number + 1}"
            client = await anybody.sign_in(f"demo-device-{number:06}", name)
            self.advance("sign-in")
            return Contestant(name, client, self.dice.gauss(500, 150))

        self.contestants = await _in_turn(one, range(count))

    async def play_week(self) -> WeekResult:
        """Play one phase: rolls, a week of scores, the end, and all claims."""
        await self._wait_for_phase()
        absent = {one.name for one in self.contestants if self.dice.random() < IDLE_SHARE}
        present = [one for one in self.contestants if one.name not in absent]
        idle = {one.name for one in present if self.dice.random() < IDLE_SHARE}
        rolls = await _in_turn(self._roll, present)
        players = [one for one in present if one.name not in idle]
        submissions = 0
        for _ in range(DAYS):
            today = [one for one in players if self.dice.random() < 0.6]
            submissions += sum(await _in_turn(self._submit, today))
            await self._move(timedelta(days=1))
        views = await _in_turn(self._look, present)
        result = WeekResult(
            standings=list(max(views, key=lambda view: view.count).scores),
            tiers_before=Counter(view.tier for view in rolls),
            tiers_after=Counter(view.tier + view.pending_tier_change for view in views),
            paid=Counter(),
            placed=Counter(),
            cohorts=len({view.cohort_id for view in rolls}),
            submissions=submissions,
        )
        for view, claimed in zip(views, await _in_turn(self._claim, present), strict=True):
            _count(result, view, claimed)
        return result

    async def _wait_for_phase(self) -> None:
        """Move the clock to the start of the next phase, unless this one has hardly begun."""
        catalogue = await self.operator.call("AdminService/GetCatalogue")
        (entry,) = [one for one in catalogue.event_leaderboards if one.id == EVENT]
        if catalogue.current_time.seconds - entry.phase_start_time.seconds > JUST_BEGUN_SECONDS:
            await self.operator.call("DebugService/MoveClock", to_time=Timestamp(seconds=entry.next_start_time.seconds))

    async def _move(self, span: timedelta) -> None:
        await self.operator.call("DebugService/MoveClock", forward=Duration(seconds=int(span.total_seconds())))

    async def _roll(self, one: Contestant) -> events.EventLeaderboard:
        answer = await one.client.call("EventLeaderboardService/RollCohort", id=EVENT, claim_reward=True)
        self.advance("roll")
        view: events.EventLeaderboard = answer.event_leaderboard
        return view

    async def _submit(self, one: Contestant) -> int:
        score = max(int(self.dice.gauss(one.skill, 120)), 0)
        one.submissions += 1
        request_id = f"s{one.submissions}"
        await one.client.call("EventLeaderboardService/SubmitScore", id=EVENT, score=score, request_id=request_id)
        self.advance("submit")
        return 1

    async def _look(self, one: Contestant) -> events.EventLeaderboard:
        wanted = events.STANDINGS_VIEW_COHORT
        answer = await one.client.call(
            "EventLeaderboardService/GetEventLeaderboard", id=EVENT, view=wanted, with_definition=True
        )
        self.advance("look")
        view: events.EventLeaderboard = answer.event_leaderboard
        return view

    async def _claim(self, one: Contestant) -> Any:
        try:
            answer = await one.client.call("EventLeaderboardService/ClaimReward", id=EVENT, minimal=True)
        except CallFailed as failure:
            if failure.reason != "NOTHING_TO_CLAIM":
                raise
            answer = None
        self.advance("claim")
        return answer


def _count(result: WeekResult, view: events.EventLeaderboard, claimed: Any) -> None:
    """Count what one player won."""
    if claimed is None:
        result.placed["did not play"] += 1
        return
    brackets = view.reward_tiers[view.tier].reward_tiers
    rank = view.standing.rank
    landed = [one.name for one in brackets if one.rank_min <= rank <= one.rank_max]
    result.placed[landed[0] if landed else "no prize"] += 1
    reward = claimed.grant.reward
    result.paid.update(dict(reward.currencies))
    result.paid.update(dict(reward.items))


async def _in_turn(step: Callable[[Any], Awaitable[Any]], them: Iterable[Any]) -> list[Any]:
    """Take a step with everybody, so many at once."""
    everybody: Sequence[Any] = list(them)
    done: list[Any] = []
    for first in range(0, len(everybody), AT_ONCE):
        done += await asyncio.gather(*map(step, everybody[first : first + AT_ONCE]))
    return done
