"""A bot's score at a second: a pure function of seed, behaviour, time and what it has seen (L3, L6)."""

from __future__ import annotations

import hashlib

from server.domain.bots.behavior import (
    Behavior,
    Complete,
    CompleteAt,
    MatchPlayerPace,
    ProgressBurst,
    ProgressLinear,
    Quit,
    TrackPosition,
)
from server.domain.bots.curves import burst, linear
from server.domain.bots.sightings import Seen, followed, seen_by
from server.domain.bots.visits import Visit, visits
from server.domain.values import value


@value
class Course:
    """What a board asks of its bots. `direction` is 1 where scores grow, -1 where they fall.

    `score_target`: which only complete_at may reach. `joined_second`: when the bot joined, after its anchor; until
    `catch_up_seconds` later it ramps up to its curve. `attempts` (0: any number): in so many steps, of the first
    `span_seconds`, the score moves. `stops_second`: from then on nothing moves, be it a time limit or the board's end.
    """

    direction: int = 1
    score_target: int | None = None
    joined_second: int = 0
    catch_up_seconds: int = 0
    attempts: int = 0
    span_seconds: int = 0
    stops_second: int | None = None


@value
class BotScore:
    """Where a bot stands. `has_quit`: its place may be taken by another."""

    score: int
    is_complete: bool = False
    has_quit: bool = False


def seed_of(secret: bytes, board: str, period: str, segment: str, slot: int, generation: int) -> bytes:
    """Return the seed of a bot: its own in every place that it ever takes."""
    text = "\0".join((board, period, segment, str(slot), str(generation)))
    return hashlib.blake2b(text.encode(), key=secret[:64], digest_size=32).digest()


@value
class Milestone:
    """Where a stay began, and with how much progress: whoever knows it need not ask what came before.

    It says nothing that seed, behaviour and sightings do not say, and holds for every later second.
    """

    state: str
    entered: int
    progress: int


def score_at(
    behavior: Behavior,
    seed: bytes,
    course: Course,
    second: int,
    seen: Seen = (),
    since: Milestone | None = None,
) -> BotScore:
    """Return where the bot stands at a second since its anchor. `since` shortens the way there and changes nothing."""
    stopped = second if course.stops_second is None else min(second, course.stops_second)
    looked_at = _attempt_before(course, stopped)
    last, begun = _stay(behavior, seed, course, looked_at, seen, since)
    progress = _progress(behavior, last, seed, course, begun, looked_at, seen)
    is_complete = _has_completed(last, looked_at)
    shown = _ramped(course, progress, stopped)
    score = behavior.start_score + course.direction * shown
    return BotScore(score, is_complete and shown == progress, isinstance(last.state.block, Quit))


def milestone_at(
    behavior: Behavior,
    seed: bytes,
    course: Course,
    second: int,
    seen: Seen = (),
    since: Milestone | None = None,
) -> Milestone:
    """Return the last milestone at a second since the bot's anchor."""
    stopped = second if course.stops_second is None else min(second, course.stops_second)
    last, begun = _stay(behavior, seed, course, _attempt_before(course, stopped), seen, since)
    return Milestone(last.name, last.entered, begun)


def _stay(
    behavior: Behavior, seed: bytes, course: Course, second: int, seen: Seen, since: Milestone | None
) -> tuple[Visit, int]:
    """Return the stay that holds a second, and the progress that it began with."""
    known = since if since is not None and since.entered <= second else Milestone(behavior.initial, 0, 0)
    begun = known.progress
    for visit in visits(behavior, second, known.state, known.entered):
        if visit.left is None or visit.left > second:
            return visit, begun
        begun = _progress(behavior, visit, seed, course, begun, visit.left, seen)
    raise AssertionError("every second lies in a stay")


def _progress(behavior: Behavior, visit: Visit, seed: bytes, course: Course, begun: int, until: int, seen: Seen) -> int:
    """Return the progress at the end of a stay that began with `begun`."""
    block, seconds = visit.state.block, until - visit.entered
    progress = begun
    match block:
        case ProgressLinear():
            way = _way(behavior, course, block.target_score, begun)
            progress = begun + linear(block, seed, visit.entered, way, seconds)
        case ProgressBurst():
            progress = begun + burst(block, _way(behavior, course, block.target_score, begun), seconds)
        case CompleteAt():
            way = _way(behavior, course, block.score, begun)
            done = seconds >= block.after_seconds
            progress = begun + (way if done else way * seconds // block.after_seconds)
            return progress if done else _short_of_target(behavior, course, begun, progress)
        case TrackPosition() | MatchPlayerPace():
            progress = followed(block, begun, visit.entered, until, seen_by(block, seen))
        case _:
            return begun
    return _short_of_target(behavior, course, begun, progress)


def _way(behavior: Behavior, course: Course, target: int, begun: int) -> int:
    """Return how far it is to a score from the progress there is; a score that lies behind is no way at all."""
    return max((target - behavior.start_score) * course.direction - begun, 0)


def _short_of_target(behavior: Behavior, course: Course, begun: int, progress: int) -> int:
    """Return the progress, kept one step before the target."""
    if course.score_target is None:
        return progress
    bound = (course.score_target - behavior.start_score) * course.direction - 1
    return max(begun, min(progress, bound))


def _has_completed(visit: Visit, second: int) -> bool:
    block = visit.state.block
    if isinstance(block, CompleteAt):
        return second - visit.entered >= block.after_seconds
    return isinstance(block, Complete)


def _attempt_before(course: Course, second: int) -> int:
    """Return the second of the last attempt; with any number of them a bot submits whenever it is looked at."""
    if not course.attempts:
        return second
    step = max(course.span_seconds // course.attempts, 1)
    return min(second // step, course.attempts) * step


def _ramped(course: Course, progress: int, second: int) -> int:
    since = second - course.joined_second
    if since < 0:
        return 0
    return progress if since >= course.catch_up_seconds else progress * since // course.catch_up_seconds
