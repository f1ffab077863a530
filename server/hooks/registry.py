"""Registrations, checked as they are made (M3): a mistake is found when the server starts, not when a player rolls."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

from server.domain.schedule import CronError, Ticks, parse_cron
from server.hooks.specs import FUNCTION, LIMIT_MAX, OPTIONAL, PLAYER_CALLS, SCHEDULE, SPECS, HookSpec, snake_case

Implementation = Callable[..., Any]
_NAME = re.compile(r"[a-z0-9_.]{1,64}")
_HOOKS = (
    *(name for name in SPECS if not name.startswith(("before_", "after_"))),
    "and before_ and after_ each call of players, such as before_roll_cohort",
)


class ModuleInvalid(Exception):
    """A module cannot be used. The message names file and line, what is wrong, and how to mend it."""

    def __init__(self, file: str, line: int, message: str) -> None:
        super().__init__(f"{file}:{line}: {message}")
        self.file = file
        self.line = line
        self.what = message


@dataclass(frozen=True, slots=True)
class Hook:
    """One registered implementation. `arguments` are those of the spec that it takes; `label` names it in logs.

    `opt_in`: only for events whose additional_properties have this key; empty: for all.
    """

    spec: HookSpec
    module: str
    function: Implementation
    arguments: tuple[str, ...]
    is_async: bool
    time_limit: timedelta
    label: str
    opt_in: str = ""

    def is_for(self, additional_properties: Mapping[str, str]) -> bool:
        """Tell whether it is to be called for an event with these properties."""
        return not self.opt_in or self.opt_in in additional_properties

    @property
    def place(self) -> tuple[str, int] | None:
        """File and line of the implementation; None for what was not written in Python."""
        return _place_of(self.function)


@dataclass(frozen=True, slots=True)
class Function:
    """A custom call, `ModuleService/CallFunction` with this name."""

    name: str
    hook: Hook
    is_trusted_only: bool


@dataclass(frozen=True, slots=True)
class Job:
    """Something to be done when a cron expression says so; `ticks` are the times it means."""

    name: str
    hook: Hook
    cron: str
    ticks: Ticks


class Registry:
    """What a module's `register` is handed: one method for each hook, and `on` for all of them by name."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._hooks: list[Hook] = []
        self._functions: list[Function] = []
        self._jobs: list[Job] = []

    @property
    def hooks(self) -> tuple[Hook, ...]:
        """What has been registered by name alone."""
        return tuple(self._hooks)

    @property
    def functions(self) -> tuple[Function, ...]:
        """The custom calls."""
        return tuple(self._functions)

    @property
    def jobs(self) -> tuple[Job, ...]:
        """The jobs."""
        return tuple(self._jobs)

    def cohort_selection(self, function: Implementation, *, opt_in: str = "") -> Implementation:
        """Decide who meets whom: `(ctx, event, player, tier, properties, candidates)`, any of them by name.

        Answer a cohort id, JoinCohort, NewCohort, SharedCohort, or None for the default.
        """
        return self.on("cohort_selection", function, opt_in=opt_in)

    def reward(self, function: Implementation, *, opt_in: str = "") -> Implementation:
        """Change what a player gets: `(ctx, event, player, standing, reward)`, any of them by name. Answer a Reward."""
        return self.on("reward", function, opt_in=opt_in)

    def validate_submission(self, function: Implementation, *, opt_in: str = "") -> Implementation:
        """Look at a score before it counts: `(ctx, board, player, submission)`. Answer a Submission, or raise Refusal."""
        return self.on("validate_submission", function, opt_in=opt_in)

    def tier_changed(self, function: Implementation) -> Implementation:
        """Hear of players who change tiers: `(ctx, event, player, change, notice)`."""
        return self.on("tier_changed", function)

    def cohort_completed(self, function: Implementation) -> Implementation:
        """Hear of cohorts that are over: `(ctx, event, cohort, notice)`."""
        return self.on("cohort_completed", function)

    def phase_started(self, function: Implementation) -> Implementation:
        """Hear of phases that begin: `(ctx, event, phase, notice)`."""
        return self.on("phase_started", function)

    def phase_ended(self, function: Implementation) -> Implementation:
        """Hear of phases that end: `(ctx, event, phase, notice)`."""
        return self.on("phase_ended", function)

    def period_finalized(self, function: Implementation) -> Implementation:
        """Hear of leaderboards' periods that are final: `(ctx, leaderboard, period, notice)`."""
        return self.on("period_finalized", function)

    def grant_created(self, function: Implementation) -> Implementation:
        """Hear of what players are given: `(ctx, player, grant, notice)`."""
        return self.on("grant_created", function)

    def before(self, call: str, function: Implementation) -> Implementation:
        """See requests before they are served: `before("RollCohort", f)` with `(ctx, request)`. Answer the request."""
        return self._around("before", call, function)

    def after(self, call: str, function: Implementation) -> Implementation:
        """See answers before they go out: `after("RollCohort", f)` with `(ctx, request, response)`."""
        return self._around("after", call, function)

    def on(
        self, name: str, function: Implementation, *, seconds: float | None = None, opt_in: str = ""
    ) -> Implementation:
        """Register an implementation of a hook, and return it, so that this can decorate.

        `seconds` is another time limit than the hook's own: at most 10 in a call, 30 outside. `opt_in` is a key: the hook is
        called only for events whose additional_properties have it, and all others stay as fast as without the module.

        :raises ModuleInvalid: for a hook that does not exist, an argument that it does not have, or an `opt_in` to a hook
            that is not asked about events
        """
        spec = SPECS.get(name)
        if spec is None:
            file, line = _place_of(function) or _registering_place()
            raise ModuleInvalid(file, line, f"there is no hook {name!r}; {_hint(name, SPECS, _HOOKS)}")
        if opt_in and name not in OPTIONAL:
            file, line = _place_of(function) or _registering_place()
            raise ModuleInvalid(file, line, f"{name} is not asked about an event; opt_in is for {', '.join(OPTIONAL)}")
        self._hooks.append(replace(self._hook(spec, function, seconds, name), opt_in=opt_in))
        return function

    def function(
        self, name: str, function: Implementation, *, trusted_only: bool = False, seconds: float | None = None
    ) -> Implementation:
        """Offer a custom call: `(ctx, payload)`, JSON in, JSON out, through CallFunction under this name.

        `trusted_only`: players may not call it, only holders of a server key. Names have 1 to 64 of a-z, 0-9, `_` and `.`.

        :raises ModuleInvalid: for a name that cannot be one
        """
        self._refuse_name(name, function)
        hook = self._hook(FUNCTION, function, seconds, f"function {name}")
        self._functions.append(Function(name, hook, trusted_only))
        return function

    def schedule(
        self, cron: str, function: Implementation, *, name: str = "", seconds: float | None = None
    ) -> Implementation:
        """Have something done by one process whenever a cron expression says so (UTC, game time): `(ctx)`.

        `name` tells jobs of a module apart, and one run from the next; unless given it is the function's.

        :raises ModuleInvalid: for an expression that is none, or a second job of the name
        """
        file, line = _place_of(function) or _registering_place()
        name = name or getattr(function, "__name__", "")
        self._refuse_name(name, function)
        if any(job.name == name for job in self._jobs):
            raise ModuleInvalid(file, line, f"there is a job {name!r} already; give this one a name of its own")
        try:
            ticks = Ticks(parse_cron(cron), "UTC")
        except CronError as error:
            hint = f"; did you mean {error.hint!r}?" if error.hint else ""
            raise ModuleInvalid(file, line, f"{cron!r} is no schedule: {error}{hint}") from error
        self._jobs.append(Job(name, self._hook(SCHEDULE, function, seconds, f"schedule {name}"), cron, ticks))
        return function

    def _around(self, when: str, call: str, function: Implementation) -> Implementation:
        if call not in PLAYER_CALLS:
            file, line = _place_of(function) or _registering_place()
            raise ModuleInvalid(file, line, f"players have no call {call!r}; {_hint(call, PLAYER_CALLS)}")
        return self.on(f"{when}_{snake_case(call)}", function)

    def _hook(self, spec: HookSpec, function: Implementation, seconds: float | None, label: str) -> Hook:
        file, line = _place_of(function) or _registering_place()
        arguments = _arguments_of(function, spec, file, line)
        most = LIMIT_MAX[spec.time_limit]
        limit = spec.time_limit if seconds is None else timedelta(seconds=seconds)
        if not timedelta() < limit <= most:
            raise ModuleInvalid(file, line, f"{label} may take up to {most.total_seconds():g} seconds, not {seconds}")
        return Hook(spec, self._module, function, arguments, inspect.iscoroutinefunction(function), limit, label)

    def _refuse_name(self, name: str, function: Implementation) -> None:
        if not (isinstance(name, str) and _NAME.fullmatch(name)):
            file, line = _place_of(function) or _registering_place()
            raise ModuleInvalid(file, line, f"{name!r} is no name; use 1 to 64 of a-z, 0-9, _ and .")

    if not TYPE_CHECKING:  # so that an editor marks a wrong name, and the server says the right one

        def __getattr__(self, name: str) -> NoReturn:
            caller = inspect.stack()[1]
            hint = _hint(name, SPECS, _HOOKS)
            raise ModuleInvalid(caller.filename, caller.lineno, f"there is no hook {name!r}; {hint}")


@dataclass(frozen=True, slots=True)
class Registered:
    """All that the modules of a folder have registered, by name; several modules are called in the order of their names."""

    modules: tuple[str, ...] = ()
    hooks: Mapping[str, tuple[Hook, ...]] = field(default_factory=dict)
    functions: Mapping[str, Function] = field(default_factory=dict)
    jobs: tuple[Job, ...] = ()


def combined(registries: Mapping[str, Registry]) -> Registered:
    """Return all of it.

    :raises ModuleInvalid: if two modules own a function
    """
    ordered = [registry for _, registry in sorted(registries.items())]
    hooks: dict[str, tuple[Hook, ...]] = {}
    functions: dict[str, Function] = {}
    for registry in ordered:
        for hook in registry.hooks:
            hooks[hook.spec.name] = (*hooks.get(hook.spec.name, ()), hook)
        for function in registry.functions:
            other = functions.setdefault(function.name, function)
            if other is not function:
                file, line = function.hook.place or ("modules", 1)
                raise ModuleInvalid(
                    file, line, f"function {function.name!r} has an owner already: module {other.hook.module}"
                )
    jobs = tuple(job for registry in ordered for job in registry.jobs)
    return Registered(tuple(sorted(registries)), hooks, functions, jobs)


def _arguments_of(function: Implementation, spec: HookSpec, file: str, line: int) -> tuple[str, ...]:
    if not callable(function):
        raise ModuleInvalid(file, line, f"{function!r} is no function")
    taken = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL, parameter.POSITIONAL_ONLY):
            raise ModuleInvalid(
                file, line, f"{spec.name} passes arguments by name; write them out instead of {parameter}"
            )
        if parameter.name in spec.arguments:
            taken.append(parameter.name)
        elif parameter.default is parameter.empty:
            hint = _hint(parameter.name, spec.arguments)
            raise ModuleInvalid(file, line, f"{spec.name} has no argument {parameter.name!r}; {hint}")
    return tuple(taken)


def _hint(word: str, known: Iterable[str], shown: Iterable[str] = ()) -> str:
    """Return the nearest right word, or those that there are; `shown` is a shorter way to say which."""
    known = list(known)
    match = get_close_matches(word, known, n=1, cutoff=0.5)
    return f"did you mean {match[0]!r}?" if match else f"there are {', '.join(shown or known)}"


def _place_of(function: object) -> tuple[str, int] | None:
    while isinstance(function, partial):
        function = function.func
    code = getattr(inspect.unwrap(function) if callable(function) else function, "__code__", None)
    return None if code is None else (code.co_filename, code.co_firstlineno)


def _registering_place() -> tuple[str, int]:
    """Return where the module called us: the place to look at where a function has none of its own."""
    frame = inspect.currentframe()
    while frame is not None and frame.f_code.co_filename == __file__:
        frame = frame.f_back
    assert frame is not None
    return frame.f_code.co_filename, frame.f_lineno
