"""State machines that flip for ever are refused (L5)."""

from server.domain.bots.behavior import Behavior, Idle, State, Transition, Wait
from server.domain.bots.conditions import Condition
from server.domain.bots.cycles import restless_circle, unreachable


def machine(*edges: tuple[str, Condition, str]) -> Behavior:
    names = list(dict.fromkeys(name for start, _, end in edges for name in (start, end)))
    states = {
        name: State(Idle(), tuple(Transition(when, end) for start, when, end in edges if start == name))
        for name in names
    }
    return Behavior(states, names[0])


def test_the_well_known_stalker_is_refused() -> None:
    stalker = machine(("stalk", Condition(elapsed_from=601), "burst"), ("burst", Condition(elapsed_from=661), "stalk"))
    assert restless_circle(stalker) == ["stalk", "burst"]


def test_a_state_that_stays_a_while_makes_a_circle_calm() -> None:
    calm = machine(("stalk", Condition(elapsed_from=601), "burst"), ("burst", Condition(state_from=60), "stalk"))
    assert restless_circle(calm) is None


def test_what_ends_in_time_is_no_circle() -> None:
    ends = machine(("a", Condition(elapsed_until=100), "b"), ("b", Condition(), "a"))
    assert restless_circle(ends) is None


def test_a_state_that_leads_to_itself_is_a_circle() -> None:
    assert restless_circle(machine(("a", Condition(), "a"))) == ["a"]


def test_a_wait_counts_as_a_stay() -> None:
    waits = Behavior({"a": State(Wait(30), (Transition(Condition(), "a"),))}, "a")
    assert restless_circle(waits) is None


def test_states_that_nobody_comes_to_are_found() -> None:
    assert unreachable(machine(("a", Condition(), "b"), ("c", Condition(), "a"))) == ["c"]
