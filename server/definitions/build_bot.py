"""From a bot's model to the values the rules read. What a model allows is taken as it is; checks have been made before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from server.definitions.bot_conditions import condition_of
from server.definitions.models.bot import KRATY, BehaviorModel, BotModel, BotStateModel, ParametersModel, StepModel
from server.domain.bots.behavior import (
    THOUSAND,
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
    sequence,
    single,
)
from server.domain.bots.definition import Bot
from server.domain.bots.variety import Spread


def build_bot(model: BotModel) -> Bot:
    """Return the bot that a model describes."""
    return Bot(build_behavior(model.behavior), tuple(model.names), tuple(model.avatars), build_spread(model))


def build_spread(model: BotModel) -> Spread:
    """Return how much bots of a kind differ."""
    return Spread(_thousandths(model.score_spread, 0), _thousandths(model.time_spread, 0))


def build_behavior(model: BehaviorModel) -> Behavior:
    """Return what a bot does, as states that follow each other."""
    if model.type == "single":
        return single(build_block(model.block or "idle", model.params or ParametersModel()), model.start_score)
    if model.type == "sequence":
        steps = [(build_block(step.block, step.params), lasting(step) or 1) for step in model.steps or ()]
        return sequence(steps, model.start_score)
    states = {name: _state(state) for name, state in (model.states or {}).items()}
    return Behavior(states, model.initial or "", model.start_score)


def build_block(name: str, params: ParametersModel) -> Block:
    """Return a block with its parameters."""
    return _BLOCKS[name](in_our_words(params))


def in_our_words(params: ParametersModel) -> ParametersModel:
    """Return parameters without Kraty's words."""
    said = params.model_dump(exclude_unset=True, by_alias=True)
    for word, ours in KRATY.items():
        if word in said:
            said[ours] = said.pop(word)
    return ParametersModel.model_validate(said)


def lasting(step: StepModel) -> int | None:
    """Return how many seconds a step lasts, or None where nobody says it."""
    return step.params.duration_seconds if step.seconds is None else step.seconds


def _state(model: BotStateModel) -> State:
    transitions = tuple(Transition(condition_of(one.when), one.to) for one in model.transitions)
    return State(build_block(model.block, model.params), transitions)


def _progress_linear(params: ParametersModel) -> Block:
    return ProgressLinear(params.target_score or 0, params.duration_seconds or 1, _thousandths(params.jitter, 0))


def _progress_burst(params: ParametersModel) -> Block:
    return ProgressBurst(
        params.target_score or 0,
        params.duration_seconds or 1,
        _thousandths(params.burst_start, 400),
        _thousandths(params.burst_length, 200),
        _thousandths(params.burst_share, 700),
    )


def _track_position(params: ParametersModel) -> Block:
    anchor = Anchor(params.anchor or "rank")
    return TrackPosition(anchor, params.offset or 0, params.most_per_second or 1, params.rank or 1)


def _match_player_pace(params: ParametersModel) -> Block:
    anchor = Anchor(params.anchor or "median_human")
    factor = _thousandths(params.factor, THOUSAND)
    return MatchPlayerPace(anchor, factor, params.most_per_second or 1, params.rank or 1)


_BLOCKS: Mapping[str, Callable[[ParametersModel], Block]] = {
    "idle": lambda _: Idle(),
    "wait": lambda params: Wait(params.duration_seconds or 1),
    "progress_linear": _progress_linear,
    "progress_burst": _progress_burst,
    "track_position": _track_position,
    "match_player_pace": _match_player_pace,
    "complete_at": lambda params: CompleteAt(params.score or 0, params.after_seconds or 1),
    "complete": lambda _: Complete(),
    "quit": lambda _: Quit(),
}


def _thousandths(share: Decimal | None, default: int) -> int:
    return default if share is None else int(share * THOUSAND)
