"""State machines that flip for ever are refused (L5)."""

from hypothesis import given
from hypothesis import strategies as st

from server.domain.bots.behavior import Behavior, Block, Complete, CompleteAt, Idle, Quit, State, Transition, Wait
from server.domain.bots.conditions import Condition
from server.domain.bots.cycles import DWELL_MIN_SECONDS, restless_circle, unreachable
from server.domain.bots.visits import visits


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


def test_a_bot_that_is_always_called_away_before_it_completes_never_rests() -> None:
    away = State(CompleteAt(100, 60), (Transition(Condition(), "b"),))
    back = State(Idle(), (Transition(Condition(), "a"),))
    assert restless_circle(Behavior({"a": away, "b": back}, "a")) == ["a", "b"]


def test_who_completes_before_anything_calls_it_away_is_no_circle() -> None:
    done = State(CompleteAt(100, 3), (Transition(Condition(state_from=3), "b"),))
    back = State(Idle(), (Transition(Condition(), "a"),))
    assert restless_circle(Behavior({"a": done, "b": back}, "a")) is None


def test_a_transition_that_never_holds_makes_no_circle() -> None:
    assert restless_circle(machine(("a", Condition(state_until=1), "a"))) is None


few = st.integers(0, 12)
blocks: st.SearchStrategy[Block] = st.one_of(
    st.just(Idle()),
    st.builds(Wait, few),
    st.builds(CompleteAt, few, st.integers(1, 12)),
    st.just(Complete()),
    st.just(Quit()),
)
whens = st.builds(
    Condition, elapsed_from=few, elapsed_until=st.none() | few, state_from=few, state_until=st.none() | few
)  # fmt: skip


@st.composite
def behaviors(draw: st.DrawFn) -> Behavior:
    onward = st.lists(st.builds(Transition, whens, st.sampled_from("abc")), max_size=3).map(tuple)
    return Behavior({name: draw(st.builds(State, blocks, onward)) for name in "abc"}, "a")


@given(behaviors())
def test_l5_whatever_is_not_refused_rests_once_on_every_round(behavior: Behavior) -> None:
    if restless_circle(behavior) is not None:
        return
    late = [one for one in visits(behavior, 2000) if one.entered >= 12]  # all bounds on elapsed seconds have passed
    for number in range(len(late) - len(behavior.states)):
        stays = late[number : number + len(behavior.states)]
        assert any(one.left is None or one.left - one.entered >= DWELL_MIN_SECONDS for one in stays)


@given(behaviors())
def test_l5_whatever_is_refused_flips_from_some_state_on(behavior: Behavior) -> None:
    circle = restless_circle(behavior)
    if circle is None:
        return
    for name, following in zip(circle, [*circle[1:], circle[0]], strict=True):
        onward = [one for one in behavior.states[name].transitions if one.to == following]
        alone = Behavior({**behavior.states, name: State(behavior.states[name].block, tuple(onward))}, name)
        first = next(iter(visits(alone, 100, name, 50)))
        assert first.left is not None
        assert first.left - 50 < DWELL_MIN_SECONDS
