"""Whether each block of a bot has the parameters it takes, and a bot the parts that its type takes (L1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from server.definitions.bot_conditions import ExprError, in_our_words, range_of
from server.definitions.build_bot import build_block, lasting
from server.definitions.checks.problems import Problems
from server.definitions.diagnostics import Problem
from server.definitions.explain import nearest
from server.definitions.models.bot import (
    KRATY,
    NEEDED,
    OPTIONAL,
    BehaviorModel,
    BoundsModel,
    ParametersModel,
    WhenModel,
    words_for,
)
from server.definitions.source import Path
from server.domain.bots.behavior import THOUSAND, ProgressBurst

_PARTS: Mapping[str, tuple[str, ...]] = {
    "single": ("block", "params"),
    "sequence": ("steps",),
    "state_machine": ("initial", "states"),
}


class Written(NamedTuple):
    """A block as it is written: where, and which of the built states it is."""

    path: Path
    state: str
    block: str
    params: ParametersModel


def blocks_of(path: Path, model: BehaviorModel) -> Iterator[Written]:
    """Yield all blocks of a behaviour. `path` is the behaviour's."""
    if model.type == "single" and model.block is not None:
        yield Written(path, "only", model.block, model.params or ParametersModel())
    for number, step in enumerate(model.steps or () if model.type == "sequence" else ()):
        yield Written((*path, "steps", number), str(number), step.block, step.params)
    for name, state in (model.states or {} if model.type == "state_machine" else {}).items():
        yield Written((*path, "states", name), name, state.block, state.params)


def option(path: Path, *parts: str) -> str:
    """Return how `about` names a part of a behaviour's part."""
    return ".".join(str(part) for part in (*path[2:], *parts))


def form_problems(path: Path, model: BehaviorModel) -> Problems:
    """Tell what is missing and what says nothing, part by part."""
    yield from _part_problems(path, model)
    for written in blocks_of(path, model):
        yield from _parameter_problems(written)
    if model.type == "sequence":
        yield from _step_problems((*path, "steps"), model)
    if model.type == "state_machine":
        yield from _transition_problems(path, model)


def _part_problems(path: Path, model: BehaviorModel) -> Problems:
    about = (option(path, "type"),)
    for part in _PARTS[model.type]:
        if part != "params" and getattr(model, part) is None:
            message = f"a bot of type {model.type} needs {part}"
            yield Problem(path, message, f'add "{part}": ...', about=(*about, option(path, part)))
    for kind, parts in _PARTS.items():
        for part in parts:
            if kind != model.type and part in model.model_fields_set:
                message = f"{part} says nothing to a bot of type {model.type}"
                yield Problem((*path, part), message, f"remove it, or write type: {kind}", about=about)


def _parameter_problems(written: Written) -> Problems:
    here = (*written.path, "params")
    about = (option(written.path, "block"),)
    params = written.params
    said = {
        field.alias or name for name, field in ParametersModel.model_fields.items() if name in params.model_fields_set
    }
    for word, ours in KRATY.items():
        if {word, ours} <= said:
            yield Problem((*here, word), f"{word} and {ours} say the same", f"keep {ours}")
    needed = NEEDED.get(written.block, ())
    known = (*needed, *OPTIONAL.get(written.block, ()))
    for name in needed:
        words = words_for(name)
        if not any(_value(params, word) is not None for word in words):
            unsure = tuple(option(here, word) for word in words)
            yield Problem(here, f"{written.block} needs {name}", f'add "{name}": ...', about=(*about, *unsure))
    for word in sorted(said):
        if KRATY.get(word, word) not in known:
            mend = f"{written.block} takes {', '.join(known)}" if known else f"{written.block} takes no parameters"
            yield Problem((*here, word), f"{word} says nothing to {written.block}", mend, about=about, at_key=True)
    yield from _anchor_problems(written, here) if "anchor" in known else ()
    yield from _burst_problems(here, params) if written.block == "progress_burst" else ()


def _anchor_problems(written: Written, here: Path) -> Problems:
    params = written.params
    anchor = params.anchor or ("rank" if written.block == "track_position" else "median_human")
    about = tuple(option(here, word) for word in ("anchor", "rank", "targetRank"))
    rank = params.rank or params.kraty_target_rank
    if anchor == "rank" and rank is None:
        mend = 'add "rank": 1 or another, or write anchor: leader or median_human'
        yield Problem(here, f"{written.block} looks at a rank, and none is named", mend, about=about)
    if anchor != "rank" and rank is not None:
        place = (*here, "rank" if params.rank is not None else "targetRank")
        yield Problem(
            place, f"rank says nothing with anchor: {anchor}", "remove it, or write anchor: rank", about=about
        )


def _burst_problems(here: Path, params: ParametersModel) -> Problems:
    block = build_block("progress_burst", params)
    assert isinstance(block, ProgressBurst)
    if block.burst_start + block.burst_length > THOUSAND:
        place = (*here, "burst_start" if params.burst_start is not None else "burst_length")
        about = (option(here, "burst_start"), option(here, "burst_length"))
        message = "the burst ends after the block does: burst_start and burst_length are more than 1 together"
        yield Problem(place, message, "lower one of them", about=about)


def _step_problems(path: Path, model: BehaviorModel) -> Problems:
    steps = model.steps or []
    for number, step in enumerate(steps):
        here, is_last = (*path, number), number == len(steps) - 1
        if step.seconds is not None and step.block == "wait":
            yield Problem((*here, "seconds"), "a wait lasts its duration_seconds", "remove it, or write block: idle")
        elif step.seconds is not None and (is_last or step.block in {"complete", "quit"}):
            message = "the last step lasts for good" if is_last else f"{step.block} lasts for good"
            yield Problem((*here, "seconds"), message, "remove it")
        elif not is_last and step.block in {"complete", "quit"}:
            message = f"no step after this one is ever reached: {step.block} lasts for good"
            yield Problem((*here, "block"), message, "put it last, or write idle")
        elif not is_last and lasting(step) is None:
            yield Problem(here, "nobody says how long this step lasts", 'add "seconds": ...')
        elif not is_last and step.block == "complete_at" and (lasting(step) or 0) >= (step.params.after_seconds or 0):
            message = "no step after this one is ever reached: it completes before it ends, and that is for good"
            yield Problem((*here, "block"), message, "put it last, or write progress_linear")


def _transition_problems(path: Path, model: BehaviorModel) -> Problems:
    states = model.states or {}
    known = sorted(states)
    if model.initial is not None and model.initial not in states:
        mend = nearest(model.initial, known) or f"there are: {', '.join(known)}"
        yield Problem(
            (*path, "initial"),
            f"there is no state {model.initial!r}",
            mend,
            about=(option(path, "states", model.initial),),
        )
    for name, state in states.items():
        here = (*path, "states", name, "transitions")
        if state.transitions and state.block in {"complete", "quit"}:
            message = f"{state.block} lasts for good: no transition is looked at"
            yield Problem(
                here, message, "remove them, or write block: idle", about=(option(path, "states", name, "block"),)
            )
        for number, transition in enumerate(state.transitions):
            if transition.to not in states:
                mend = nearest(transition.to, known) or f"there are: {', '.join(known)}"
                place = (*here, number, "to")
                yield Problem(
                    place, f"there is no state {transition.to!r}", mend, about=(option(path, "states", transition.to),)
                )
            yield from _when_problems((*here, number, "when"), transition.when)


def _when_problems(path: Path, when: WhenModel) -> Problems:
    if when.expr is not None:
        for part in ("elapsed_seconds", "state_seconds"):
            if part in when.model_fields_set:
                yield Problem((*path, part), f"expr and {part} say the same", "keep one of them")
        try:
            ours = in_our_words(when)
        except ExprError as error:
            yield Problem((*path, "expr"), str(error), error.mend, column=error.column)
            return
        ranges: list[tuple[str, BoundsModel]] = [("expr", ours.elapsed_seconds), ("expr", ours.state_seconds)]
    else:
        ranges = [("elapsed_seconds", when.elapsed_seconds), ("state_seconds", when.state_seconds)]
    for part, bounds in ranges:
        for one, other in (("gt", "gte"), ("lt", "lte")):
            if getattr(bounds, one) is not None and getattr(bounds, other) is not None:
                yield Problem((*path, part), f"{one} and {other} say the same", "keep one of them")
        if range_of(bounds).is_empty:
            yield Problem((*path, part), "no second lies within these bounds", "it must end after it begins")


def _value(params: ParametersModel, word: str) -> object:
    for name, field in ParametersModel.model_fields.items():
        if word in {name, field.alias}:
            return getattr(params, name)
    return None
