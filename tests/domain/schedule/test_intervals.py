"""Instants at equal distances (B10)."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.instants import BEGINNING, NEVER
from server.domain.schedule import Intervals
from tests.builders import HOUR, MINUTE, MONDAY, SECOND

SIX_HOURS = Intervals(MONDAY, 6 * HOUR)


def test_b10_there_is_nothing_before_the_anchor() -> None:
    assert SIX_HOURS.last_until(MONDAY - SECOND) is None
    assert SIX_HOURS.first_from(BEGINNING) == MONDAY
    assert SIX_HOURS.first_after(BEGINNING) == MONDAY
    assert SIX_HOURS.count(BEGINNING, MONDAY) == 0


def test_b10_there_is_nothing_after_the_calendar_ends() -> None:
    assert SIX_HOURS.first_after(NEVER) is None
    last = SIX_HOURS.last_until(NEVER)
    assert last is not None
    assert NEVER - last < 6 * HOUR


def test_b10_intervals_have_a_length() -> None:
    with pytest.raises(ValueError, match="apart"):
        Intervals(MONDAY, timedelta())


@given(st.integers(-500, 500), st.integers(0, 300), st.integers(1, 90))
def test_e13_any_moment_can_be_asked_about(offset: int, length: int, minutes: int) -> None:
    every = Intervals(MONDAY, minutes * MINUTE)
    instants = [MONDAY + number * minutes * MINUTE for number in range(900)]
    moment, end = MONDAY + offset * MINUTE, MONDAY + (offset + length) * MINUTE
    assert every.first_from(moment) == next(one for one in instants if one >= moment)
    assert every.first_after(moment) == next(one for one in instants if one > moment)
    assert every.last_until(moment) == next((one for one in reversed(instants) if one <= moment), None)
    assert every.count(moment, end) == sum(moment <= one < end for one in instants)
