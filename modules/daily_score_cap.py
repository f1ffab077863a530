"""No more points in a day than anybody can play for, and no single score that nobody can reach.

What it decides. An event says how much a player can score in a day (UTC, by the game's clock) and at once. A score above
`single_score_cap` is refused with SCORE_IMPOSSIBLE, PERMISSION_DENIED. One that would take the sum of the day's scores above
`daily_score_cap` is refused with DAILY_SCORE_CAP_REACHED, RESOURCE_EXHAUSTED; exactly the cap is allowed. Scores below 0 take
nothing back. Both refusals are counted in `/metrics`, as `refused_impossible` and `refused_over_cap` of this module.

How an event opts in, best one whose scores add up (`"operator": "incr"`); the second number only if it likes:
`"additional_properties": { "daily_score_cap": "20000", "single_score_cap": "2500" }`.

What it promises. However many scores a player sends at once, the cap holds: each is counted by a write that fails if another
came between. A score is counted before the event applies it, and once: the server does not ask again about a call that is
repeated with its `request_id`. Only what fails in between stays counted (a score out of the event's own bounds, a server that
dies): the cap may be strict, and never lax.

What it costs. One object for each player and event, read and written with each score. Those of players who stay away are
removed at night.

Settings, `[modules.daily_score_cap]`:
  exempt_trusted = true   scores from the studio's own servers are neither looked at nor counted
  days_kept = 7           so many days without a score, and a counter is removed
"""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from server.modules_api import Board, Context, Player, Refusal, Registry, Submission, VersionConflict

COLLECTION = "daily_score_cap"
PAGE = 500


def register(registry: Registry) -> None:
    """Tell the server which hooks this module has."""
    registry.validate_submission(check_score, opt_in="daily_score_cap")
    registry.schedule("20 4 * * *", remove_old_counters)


class OverCap(Exception):
    """The day's points would be more than the cap."""


async def check_score(ctx: Context, board: Board, player: Player, submission: Submission) -> Submission:
    """Let a score pass that can be, and count it."""
    asked_for = board.event or board.leaderboard
    assert asked_for is not None, "a board is one of the two"
    caps = asked_for.additional_properties
    is_exempt = submission.is_trusted and ctx.settings.get("exempt_trusted", True)
    if "daily_score_cap" not in caps or is_exempt:
        return submission
    if submission.score > int(caps.get("single_score_cap", submission.score)):
        _note_refusal(ctx, "refused_impossible", player, submission)
        raise Refusal("SCORE_IMPOSSIBLE", "Nobody can reach this score at once.", "PERMISSION_DENIED")
    day = ctx.now().date().isoformat()
    count = partial(counted, day=day, score=submission.score, cap=int(caps["daily_score_cap"]))
    try:
        await ctx.storage.update(COLLECTION, _counter_of(board), count, player.id)
    except OverCap:
        _note_refusal(ctx, "refused_over_cap", player, submission)
        raise Refusal("DAILY_SCORE_CAP_REACHED", "There is no more to be scored today.", "RESOURCE_EXHAUSTED") from None
    except VersionConflict:  # dozens at the same moment on several nodes: not what the game sends
        raise Refusal("SCORES_COLLIDE", "Send one score after the other.", "ABORTED") from None
    return submission


def _counter_of(board: Board) -> str:
    """Return the key of a board's counters: a leaderboard may be called as an event is."""
    return board.id if board.kind == "event_leaderboard" else f"{board.kind}:{board.id}"


def counted(counter: Mapping[str, Any] | None, day: str, score: int | Decimal, cap: int) -> Mapping[str, Any]:
    """Return a player's counter with a score in it; a later day begins anew.

    Points of leaderboards may have decimals; what is no whole number is kept as text, so that it stays exact.

    :raises OverCap: if that would be more than the cap
    """
    if counter is None or counter["day"] < day:  # a counter of tomorrow: another process is a moment ahead
        counter = {"day": day, "points": 0}
    points = Decimal(counter["points"]) + max(score, 0)
    if points > cap:
        raise OverCap
    return {"day": counter["day"], "points": int(points) if points == int(points) else str(points)}


async def remove_old_counters(ctx: Context) -> None:
    """Remove the counters of players who have stayed away, page by page; what one night leaves, the next takes."""
    kept_from = (ctx.now().date() - timedelta(days=ctx.settings.get("days_kept", 7))).isoformat()
    page = await ctx.storage.list(COLLECTION, limit=PAGE)
    while page:
        for counter in page:
            if counter.value["day"] >= kept_from:
                continue
            try:
                await ctx.storage.delete(COLLECTION, counter.key, counter.owner, counter.version)
            except VersionConflict:  # he has just come back
                continue
            ctx.metrics.count("counters_removed")
        page = await ctx.storage.list(COLLECTION, after=page[-1], limit=PAGE)


def _note_refusal(ctx: Context, name: str, player: Player, submission: Submission) -> None:
    ctx.metrics.count(name)
    ctx.log.info(name, player_id=player.id, score=submission.score)
