"""Bots as designers write them, and the states that come of it (L1, L5)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.definitions.bot_conditions import ExprError, condition_of
from server.definitions.build_bot import build_bot
from server.definitions.models import BotModel
from server.definitions.models.bot import WhenModel
from server.domain.bots.behavior import (
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
from server.domain.bots.conditions import Condition
from server.domain.bots.variety import Spread
from tests.definitions.boards import read


def behavior(**written: Any) -> Behavior:
    return build_bot(read(BotModel, {"behavior": written})).behavior


BLOCKS: list[tuple[str, dict[str, Any], Block]] = [
    ("idle", {}, Idle()),
    ("wait", {"duration_seconds": 30}, Wait(30)),
    ("progress_linear", {"target_score": 9, "duration_seconds": 60}, ProgressLinear(9, 60)),
    ("progress_linear", {"targetScore": 9, "duration_seconds": 60, "jitter": 0.29}, ProgressLinear(9, 60, 290)),
    ("progress_burst", {"target_score": 9, "duration_seconds": 60}, ProgressBurst(9, 60, 400, 200, 700)),
    (
        "progress_burst",
        {"target_score": 9, "duration_seconds": 60, "burst_start": 0, "burst_length": 0.5, "burst_share": 1},
        ProgressBurst(9, 60, 0, 500, 1000),
    ),
    ("track_position", {"rank": 3, "offset": -5, "most_per_second": 2}, TrackPosition(Anchor.RANK, -5, 2, 3)),
    ("track_position", {"targetRank": 3, "most_per_second": 2}, TrackPosition(Anchor.RANK, 0, 2, 3)),
    ("track_position", {"anchor": "leader", "most_per_second": 2}, TrackPosition(Anchor.LEADER, 0, 2)),
    ("match_player_pace", {"most_per_second": 2}, MatchPlayerPace(Anchor.MEDIAN_HUMAN, 1000, 2)),
    ("match_player_pace", {"most_per_second": 2, "factor": 0.9}, MatchPlayerPace(Anchor.MEDIAN_HUMAN, 900, 2)),
    ("complete_at", {"score": 9, "after_seconds": 60}, CompleteAt(9, 60)),
    ("complete", {}, Complete()),
    ("quit", {}, Quit()),
]


@pytest.mark.parametrize(("name", "params", "block"), BLOCKS)
def test_l1_every_block_takes_its_parameters(name: str, params: dict[str, Any], block: Block) -> None:
    assert behavior(type="single", block=name, params=params, start_score=-5) == single(block, -5)


def test_l1_a_step_lasts_as_long_as_its_block_unless_told_otherwise() -> None:
    run = {"target_score": 9, "duration_seconds": 60}
    written = [
        {"block": "progress_linear", "params": run},
        {"block": "progress_linear", "params": run, "seconds": 5},
        {"block": "wait", "params": {"duration_seconds": 30}},
        {"block": "complete"},
    ]
    runs = ProgressLinear(9, 60)
    assert behavior(type="sequence", steps=written) == sequence(
        [(runs, 60), (runs, 5), (Wait(30), 30), (Complete(), 1)]
    )


def test_l5_a_machine_has_the_states_and_transitions_that_are_written() -> None:
    states = {
        "a": {"block": "idle", "transitions": [{"when": {"expr": "elapsedSeconds > 600"}, "to": "b"}]},
        "b": {"block": "quit"},
    }
    built = behavior(type="state_machine", initial="a", states=states)
    onward = Transition(Condition(elapsed_from=601), "b")
    assert built == Behavior({"a": State(Idle(), (onward,)), "b": State(Quit())}, "a")


@pytest.mark.parametrize(
    ("written", "condition"),
    [
        ({}, Condition()),
        ({"elapsed_seconds": {"gt": 5}}, Condition(elapsed_from=6)),
        ({"elapsed_seconds": {"gte": 5, "lte": 9}}, Condition(elapsed_from=5, elapsed_until=10)),
        ({"state_seconds": {"lt": 9}, "elapsed_seconds": {"lt": 7}}, Condition(elapsed_until=7, state_until=9)),
        ({"expr": "elapsedSeconds>=5&&stateSeconds<9"}, Condition(elapsed_from=5, state_until=9)),
        ({"expr": " state_seconds <= 9 && elapsed_seconds < 3 "}, Condition(elapsed_until=3, state_until=10)),
    ],
)
def test_l5_bounds_become_half_open_ranges(written: dict[str, Any], condition: Condition) -> None:
    assert condition_of(read(WhenModel, written)) == condition


@given(
    st.dictionaries(st.sampled_from(["gt", "gte", "lt", "lte"]), st.integers(0, 20)),
    st.dictionaries(st.sampled_from(["gt", "gte", "lt", "lte"]), st.integers(0, 20)),
)
def test_l5_both_ways_to_write_a_condition_mean_the_same(elapsed: dict[str, int], state: dict[str, int]) -> None:
    signs = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
    parts = [f"elapsedSeconds {signs[key]} {bound}" for key, bound in elapsed.items()]
    parts += [f"stateSeconds {signs[key]} {bound}" for key, bound in state.items()]
    ours = condition_of(read(WhenModel, {"elapsed_seconds": elapsed, "state_seconds": state}))
    if parts:
        assert condition_of(read(WhenModel, {"expr": " && ".join(parts)})) == ours


@given(st.text(max_size=30))
def test_l5_whatever_stands_in_an_expr_is_read_or_refused_within_it(text: str) -> None:
    try:
        condition_of(WhenModel(expr=text or " "))
    except ExprError as error:
        assert 1 <= error.column <= len(text) + 1
        assert error.mend


def test_names_avatars_and_spreads_are_kept() -> None:
    written = {
        "behavior": {"type": "single", "block": "idle"},
        "score_spread": 0.29,
        "names": ["Ava", "Ben"],
        "avatars": ["https://a/1.png"],
    }
    built = build_bot(read(BotModel, written))
    assert (built.names, built.avatars) == (("Ava", "Ben"), ("https://a/1.png",))
    assert built.spread == Spread(scores=290, times=0)
