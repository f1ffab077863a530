"""Whether a bot makes sense as a whole (L5, L6): it comes to rest, goes one way, and never jumps."""

from __future__ import annotations

from server.definitions.build_bot import build_behavior, build_spread
from server.definitions.checks.bot_blocks import Written, blocks_of, form_problems, option
from server.definitions.checks.problems import Problems, warning
from server.definitions.diagnostics import Problem
from server.definitions.models.bot import BotModel
from server.definitions.source import Path
from server.domain.bots.behavior import THOUSAND, Behavior, CompleteAt, State, Transition
from server.domain.bots.cycles import DWELL_MIN_SECONDS, restless_circle, unreachable
from server.domain.bots.slopes import STEEP_SECONDS, goal_of, goals_of, is_steep
from server.domain.bots.variety import Spread, scaled
from server.domain.bots.visits import dwell


def bot_problems(path: Path, model: BotModel) -> list[Problem]:
    """Return everything wrong or smelly about one bot whose fields are valid one by one."""
    here = (*path, "behavior")
    malformed = list(form_problems(here, model.behavior))
    if malformed:  # what the rest would look at is not all there
        return malformed
    behavior = build_behavior(model.behavior)
    written = list(blocks_of(here, model.behavior))
    spread = build_spread(model)
    fastest = scaled(behavior, THOUSAND, THOUSAND - spread.times)
    return [
        *_circle_problems(here, fastest),
        *_state_problems(here, behavior),
        *_goal_problems(here, behavior, written),
        *_slope_warnings(fastest, written),
        *_spread_warnings(path, behavior, written, spread),
    ]


def _circle_problems(path: Path, behavior: Behavior) -> Problems:
    about = (option(path, "states"), option(path, "initial"))
    circle = restless_circle(behavior)
    if circle is not None:
        way = " to ".join((*circle, circle[0]))
        yield Problem(
            (*path, "states", circle[0], "transitions"),
            f"a bot would never come to rest: {way}, again and again",
            f'let one of these states last, as "state_seconds": {{"gte": {DWELL_MIN_SECONDS}}} does',
            about=about,
        )


def _state_problems(path: Path, behavior: Behavior) -> Problems:
    about = (option(path, "states"), option(path, "initial"))
    for name in unreachable(behavior):
        yield warning((*path, "states", name), "no transition leads here", "add one, or remove the state", about)
    for name, state in behavior.states.items():
        here = (*path, "states", name, "transitions")
        for number, transition in enumerate(state.transitions):
            reason = _why_never(state, transition, state.transitions[:number])
            if reason:
                yield warning((*here, number), f"never taken: {reason}", "change when, or remove it", about)


def _why_never(state: State, transition: Transition, earlier: tuple[Transition, ...]) -> str:
    """Return why a transition is never taken, or an empty text where it can be."""
    when, stays = transition.when, dwell(state)
    for end in (when.elapsed_until, when.state_until):
        if end is not None and end <= stays:
            return f"a bot is here for {stays} second(s) before it looks"
    if isinstance(state.block, CompleteAt) and max(when.state_from, stays) >= state.block.after_seconds:
        return "the bot has completed by then, and that is for good"
    for other in (one.when for one in earlier):
        is_open = other.elapsed_until is None and other.state_until is None
        if (
            is_open
            and other.elapsed_from <= when.elapsed_from
            and max(other.state_from, stays) <= max(when.state_from, stays)
        ):
            return "an earlier transition holds whenever it does"
    return ""


def _goal_problems(path: Path, behavior: Behavior, written: list[Written]) -> Problems:
    start = behavior.start_score
    sides = {1 if goal > start else -1 for _, goal in goals_of(behavior) if goal != start}
    about = tuple(option(one.path) for one in written)
    if len(sides) > 1:
        message = f"some scores lie above start_score ({start}) and some below: a bot's score goes one way only"
        yield Problem(path, message, "let all of them lie on one side", about=(*about, option(path, "start_score")))
        return
    direction = next(iter(sides), 1)
    reached = start
    for one in written:
        goal = goal_of(behavior.states[one.state].block)
        if goal is None:
            continue
        is_behind = (goal - reached) * direction <= 0
        if is_behind and (goal == start or "steps" in one.path):
            where = "the start score" if reached == start else f"{reached}, to which an earlier step goes"
            yield warning(
                (*one.path, "params"),
                f"{goal} does not lie ahead of {where}: the bot stands still",
                "raise the goal",
                about,
            )
        elif "steps" in one.path:
            reached = goal


def _slope_warnings(behavior: Behavior, written: list[Written]) -> Problems:
    for one in written:
        block = behavior.states[one.state].block
        if is_steep(block) and goal_of(block) != behavior.start_score:
            yield warning(
                (*one.path, "params"),
                f"the score jumps: at its fastest, it would be there in less than {STEEP_SECONDS} seconds",
                "give it more time",
                about=(option(one.path),),
            )


def _spread_warnings(path: Path, behavior: Behavior, written: list[Written], spread: Spread) -> Problems:
    """Warn of differences that nobody would see, or that carry some bots past what they are to complete with."""
    about = (*(option(one.path) for one in written), "score_spread")
    blocks = [behavior.states[one.state].block for one in written]
    start = behavior.start_score
    ways = [
        abs(goal - start)
        for block in blocks
        if (goal := goal_of(block)) is not None and not isinstance(block, CompleteAt)
    ]
    if spread.scores and not ways:
        message = "no block goes to a score that could differ"
        yield warning((*path, "score_spread"), message, "leave it out", about)
        return
    farthest = max(ways, default=0) * (THOUSAND + spread.scores) // THOUSAND
    for one, block in zip(written, blocks, strict=True):
        if spread.scores and isinstance(block, CompleteAt) and abs(block.score - start) <= farthest:
            message = (
                f"some bots are past {block.score} before they come here: score_spread takes them {farthest} points far"
            )
            yield warning((*one.path, "params"), message, "raise the score, or lower score_spread", about)
