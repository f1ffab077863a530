"""Registrations, checked as they are made (M3): a mistake is found when the server starts, not when a player rolls."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

from server.hooks.specs import SPECS, HookSpec

Implementation = Callable[..., Any]


class ModuleInvalid(Exception):
    """A module cannot be used. The message names file and line, what is wrong, and how to mend it."""

    def __init__(self, file: str, line: int, message: str) -> None:
        super().__init__(f"{file}:{line}: {message}")
        self.file = file
        self.line = line
        self.what = message


@dataclass(frozen=True, slots=True)
class Hook:
    """One registered implementation. `arguments` are those of the spec that it takes."""

    spec: HookSpec
    module: str
    function: Implementation
    arguments: tuple[str, ...]
    is_async: bool


class Registry:
    """What a module's `register` is handed: one method for each hook, and `on` for all of them by name."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._hooks: list[Hook] = []

    @property
    def hooks(self) -> tuple[Hook, ...]:
        """What has been registered."""
        return tuple(self._hooks)

    def cohort_selection(self, function: Implementation) -> Implementation:
        """Decide who meets whom: `(ctx, event, player, tier, properties, candidates)`, any of them by name.

        Answer a cohort id, JoinCohort, NewCohort, or None for the default.
        """
        return self.on("cohort_selection", function)

    def reward(self, function: Implementation) -> Implementation:
        """Change what a player gets: `(ctx, event, player, standing, reward)`, any of them by name. Answer a Reward."""
        return self.on("reward", function)

    def on(self, name: str, function: Implementation) -> Implementation:
        """Register an implementation of a hook, and return it, so that this can decorate.

        :raises ModuleInvalid: for a hook that does not exist, or an argument that it does not have
        """
        file, line = _place_of(function) or _registering_place()
        spec = SPECS.get(name)
        if spec is None:
            raise ModuleInvalid(file, line, f"there is no hook {name!r}; {_hint(name, list(SPECS))}")
        arguments = _arguments_of(function, spec, file, line)
        self._hooks.append(Hook(spec, self._module, function, arguments, inspect.iscoroutinefunction(function)))
        return function

    if not TYPE_CHECKING:  # so that an editor marks a wrong name, and the server says the right one

        def __getattr__(self, name: str) -> NoReturn:
            caller = inspect.stack()[1]
            hint = _hint(name, list(SPECS))
            raise ModuleInvalid(caller.filename, caller.lineno, f"there is no hook {name!r}; {hint}")


def combined(registries: Mapping[str, Registry]) -> dict[str, tuple[Hook, ...]]:
    """Return all hooks by name; several modules are called in the order of their names."""
    hooks = [hook for _, registry in sorted(registries.items()) for hook in registry.hooks]
    return {name: tuple(hook for hook in hooks if hook.spec.name == name) for name in SPECS}


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
            hint = _hint(parameter.name, list(spec.arguments))
            raise ModuleInvalid(file, line, f"{spec.name} has no argument {parameter.name!r}; {hint}")
    return tuple(taken)


def _hint(word: str, known: list[str]) -> str:
    match = get_close_matches(word, known, n=1, cutoff=0.5)
    return f"did you mean {match[0]!r}?" if match else f"there are {', '.join(known)}"


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
