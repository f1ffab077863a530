"""A wrong registration is refused when it is made, with the place and the nearest right name (M3)."""

import functools
from typing import Any

import pytest

from server.hooks.registry import ModuleInvalid, Registry, combined

HERE = __file__


async def choose(event: Any, candidates: Any) -> None:
    """Take two of the six arguments."""


def plain() -> None:
    """Take none."""


def refused(register: Any, *arguments: Any) -> ModuleInvalid:
    with pytest.raises(ModuleInvalid) as caught:
        register(*arguments)
    return caught.value


def line_of(function: Any) -> int:
    line: int = function.__code__.co_firstlineno
    return line


def test_m3_any_subset_of_the_arguments_is_taken_by_name() -> None:
    registry = Registry("mine")
    registry.cohort_selection(choose)
    registry.reward(plain)
    taken = [(hook.spec.name, hook.module, hook.arguments, hook.is_async) for hook in registry.hooks]
    assert taken == [
        ("cohort_selection", "mine", ("event", "candidates"), True),
        ("reward", "mine", (), False),
    ]


def test_m3_registering_returns_the_function_so_that_it_decorates() -> None:
    assert Registry("mine").reward(plain) is plain


def test_m3_arguments_with_defaults_of_their_own_are_left_alone() -> None:
    def hook(event: Any, bonus: int = 3) -> None:
        """Have a knob of its own."""

    registry = Registry("mine")
    registry.reward(hook)
    assert registry.hooks[0].arguments == ("event",)


def test_m3_methods_and_partial_functions_are_functions() -> None:
    class Chooser:
        async def choose(self, player: Any) -> None:
            """Be bound."""

    registry = Registry("mine")
    registry.cohort_selection(Chooser().choose)
    registry.cohort_selection(functools.partial(choose, candidates=()))
    assert [hook.is_async for hook in registry.hooks] == [True, True]
    assert registry.hooks[0].arguments == ("player",)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("cohort_selecton", "did you mean 'cohort_selection'?"),
        ("rewards", "did you mean 'reward'?"),
        ("zzz", "there are cohort_selection, reward, "),
    ],
)
def test_m3_an_unknown_hook_names_the_nearest(name: str, hint: str) -> None:
    fault = refused(Registry("mine").on, name, choose)
    assert fault.what.startswith(f"there is no hook {name!r}; {hint}")
    by_attribute = refused(lambda: getattr(Registry("mine"), name)(choose))
    assert by_attribute.file == HERE
    assert by_attribute.what == fault.what


def test_m3_an_unknown_argument_names_the_nearest_and_the_functions_line() -> None:
    def hook(candidate: Any) -> None:
        """Have an s too few."""

    fault = refused(Registry("mine").cohort_selection, hook)
    assert (fault.file, fault.line) == (HERE, line_of(hook))
    assert fault.what == "cohort_selection has no argument 'candidate'; did you mean 'candidates'?"


def test_m3_an_argument_of_another_hook_is_unknown() -> None:
    def hook(candidates: Any) -> None:
        """Belong to cohort_selection."""

    assert refused(Registry("mine").reward, hook).what.startswith("reward has no argument 'candidates'; there are ctx,")


def test_m3_arguments_that_cannot_be_passed_by_name_are_refused() -> None:
    def packed(*args: Any) -> None:
        """Take whatever comes."""

    def named(**kwargs: Any) -> None:
        """Take whatever comes, by name."""

    def positional(event: Any, /) -> None:
        """Take no names."""

    for function, shown in ((packed, "*args"), (named, "**kwargs"), (positional, "event")):
        fault = refused(Registry("mine").reward, function)
        assert (fault.file, fault.line) == (HERE, line_of(function))
        assert fault.what.startswith("reward passes arguments by name")
        assert shown in fault.what


@pytest.mark.parametrize("thing", [None, 3, "choose", object()])
def test_m3_what_is_no_function_is_refused_with_the_line_that_registers_it(thing: object) -> None:
    fault = refused(Registry("mine").reward, thing)
    assert "is no function" in fault.what
    assert fault.file == HERE


def test_m3_a_partial_function_with_a_mistake_is_found_by_file_and_line() -> None:
    """A partial has no code of its own; the function in it has, and else the line that registers."""

    def hook(bonus: int, reward: Any) -> None:
        """Take a number that `partial` should give, under the wrong name."""

    fault = refused(Registry("mine").reward, functools.partial(hook))
    assert "reward has no argument 'bonus'" in fault.what
    assert fault.file == HERE
    assert fault.line > 0


def test_m3_a_function_without_a_signature_is_refused() -> None:
    with pytest.raises((ModuleInvalid, ValueError)):
        Registry("mine").reward(dict)


def test_m3_what_was_refused_is_not_registered() -> None:
    registry = Registry("mine")
    refused(registry.on, "nothing", choose)
    assert registry.hooks == ()


def test_m1_two_of_one_hook_in_a_module_are_called_as_registered() -> None:
    registry = Registry("mine")
    for function in (plain, choose, plain):
        registry.on("cohort_selection" if function is choose else "reward", function)
    registry.cohort_selection(plain)
    hooks = combined({"mine": registry}).hooks
    assert [hook.function for hook in hooks["cohort_selection"]] == [choose, plain]
    assert [hook.function for hook in hooks["reward"]] == [plain, plain]


def test_m1_modules_are_called_in_the_order_of_their_names() -> None:
    registries = {name: Registry(name) for name in ("zoo", "ape", "mid")}
    for registry in registries.values():
        registry.reward(plain)
    assert [hook.module for hook in combined(registries).hooks["reward"]] == ["ape", "mid", "zoo"]
    assert "cohort_selection" not in combined(registries).hooks
