"""From what is written to what the rules read (E2 to E8)."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.definitions.build import build_definition, content_of, definition_from_content
from server.definitions.content import hash_of
from server.definitions.models import EventLeaderboardModel
from server.definitions.source import JsonError, read_json
from server.domain.event_leaderboards.definition import Definition, Operator
from server.domain.ids import EventId

EVENT = EventId("weekly")


def model(text: str) -> EventLeaderboardModel:
    return EventLeaderboardModel.model_validate(read_json(text).data)


def built(text: str) -> Definition:
    return build_definition(EVENT, model(text))


@pytest.mark.parametrize(
    ("written", "operator"),
    [
        ("best", Operator.BEST),
        ("BEST", Operator.BEST),
        ("Set", Operator.SET),
        ("incr", Operator.INCREMENT),
        ("INCREMENT", Operator.INCREMENT),
        ("decr", Operator.DECREMENT),
        ("dEcReMeNt", Operator.DECREMENT),
    ],
)
def test_e3_operators_are_known_in_any_letter_case(written: str, operator: Operator) -> None:
    assert built(f'{{"operator": "{written}"}}').operator is operator


def test_e3_defaults() -> None:
    plain = built("{}")
    assert (plain.operator, plain.ascending, plain.tiers, plain.rules_of(0).cohort_size) == (
        Operator.BEST,
        False,
        1,
        100,
    )


@pytest.mark.parametrize(("written", "rolls"), [(0, 1), (1, 1), (5, 5), (-1, None)])
def test_e4_max_rolls_0_and_1_are_one_and_minus_1_is_no_limit(written: int, rolls: int | None) -> None:
    assert built(f'{{"max_rolls": {written}}}').max_rolls == rolls


def test_e5_the_target_needs_one_player_unless_said_otherwise_and_deltas_may_be_negative() -> None:
    race = built(
        '{"score_target": 10, "tier_delta_per_phase": -1, "tier_overrides": {"0": {"tier_delta_per_phase": -2}}}'
    )
    assert (race.rules_of(0).score_target_players, race.rules_of(0).tier_delta_per_phase) == (1, -2)


def test_e2_an_explicit_0_overrides_and_an_unset_value_inherits() -> None:
    text = """{"tiers": 2, "score_target": 10, "max_num_score": 5, "score_time_limit_sec": 60, "tier_overrides":
        {"1": {"score_target": 0, "max_num_score": 0, "score_time_limit_sec": 0, "tier_delta_per_phase": 0}}}"""
    low, high = built(text).tier_rules
    assert (low.score_target, low.max_num_score, low.score_time_limit) == (10, 5, timedelta(seconds=60))
    assert (high.score_target, high.max_num_score, high.score_time_limit) == (None, 0, None)


def test_e2_the_cooldown_of_a_reward_tier_may_be_an_explicit_0() -> None:
    text = """{"roll_cooldown_sec": 60, "reward_tiers": {"0": [
        {"rank_min": 1, "rank_max": 1, "roll_cooldown_sec": 0}, {"rank_min": 2, "rank_max": 2}]}}"""
    first, second = built(text).rules_of(0).reward_tiers
    assert (first.roll_cooldown, second.roll_cooldown) == (timedelta(), None)


def test_e2_no_cap_and_a_cap_of_0_differ() -> None:
    assert built("{}").max_idle_tier_drop is None
    assert built('{"max_idle_tier_drop": 0}').max_idle_tier_drop == 0


def test_e6_the_subscore_follows_the_score_unless_said_otherwise() -> None:
    assert built('{"ascending": true}').subscore_ascending
    assert not built('{"ascending": true, "subscore_ascending": false}').subscore_ascending


def test_e72_a_share_is_exactly_what_was_written() -> None:
    zone = built('{"change_zones": {"0": {"promotion": 0.29}}}').rules_of(0).change_zone
    assert zone is not None
    assert zone.promotion == Decimal("0.29")
    assert zone.demotion is None


def test_e62_weighted_rows_are_drawn_once_unless_said_otherwise() -> None:
    row = '[{"weight": 1, "currencies": {"coins": {"min": 1}}}]'
    text = '{"reward_tiers": {"0": [{"rank_min": 1, "rank_max": 1, "reward": {"weighted": ROW MORE}}]}}'
    for more, draws in [("", 1), (', "max_rolls": 0', 0), (', "max_rolls": 7', 7)]:
        reward = built(text.replace("ROW", row).replace("MORE", more)).rules_of(0).reward_tiers[0].reward
        assert reward is not None
        assert reward.max_rolls == draws


def test_e8_equal_content_has_an_equal_hash_whatever_the_order_of_keys() -> None:
    one = content_of(model('{"tiers": 2, "change_zones": {"0": {"promotion": 0.290}}, "name": "é"}'))
    other = content_of(model('{"name": "\\u00e9", "change_zones": {"0": {"promotion": 0.290}}, "tiers": 2}'))
    assert one == other
    assert hash_of(one) == hash_of(other)
    assert hash_of(one) != hash_of(content_of(model('{"tiers": 3}')))


def test_e8_a_definition_comes_back_from_its_content() -> None:
    text = """{"reset_schedule": "0 20 * * *", "timezone": "Europe/Berlin", "tiers": 2, "score_min": -5,
        "change_zones": {"1": {"promotion": 0.1, "demote_idle": false}}, "tier_overrides": {"1": {"score_target": 0}},
        "reward_tiers": {"0": [{"rank_min": 1, "rank_max": 2, "reward": {"guaranteed": {"items": {"sword": {"min": 1,
        "numeric_properties": {"power": {"min": 0.5, "max": 1}}}}}}}]}}"""
    first = built(text)
    again = definition_from_content(EVENT, content_of(model(text)))
    assert again.hash == first.hash
    assert again.tier_rules == first.tier_rules
    assert again.schedule == first.schedule


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(values, st.sampled_from([None, 2, 7]), st.booleans())
def test_reading_json_agrees_with_the_standard_library_and_knows_every_place(
    value: object, indent: int | None, ascii_only: bool
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    document = read_json(text)
    assert document.data == value
    lines = text.split("\n")
    for path, place in document.values.items():
        here: object = value
        for part in path:
            here = here[part]  # type: ignore[index]  # the path leads through lists and objects
        rest = "\n".join([lines[place.line - 1][place.column - 1 :], *lines[place.line :]])
        assert rest.startswith(json.dumps(here, indent=None, ensure_ascii=ascii_only)[:1])


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    try:
        document = read_json(text)
    except JsonError as error:
        assert error.place.line >= 1
        assert error.place.column >= 1
    else:
        json.loads(text.removeprefix("\ufeff"))
        assert () in document.values


def test_a_byte_order_mark_is_stepped_over() -> None:
    assert read_json("\ufeff{}").data == {}
