"""What a board says of its bots (L2, L3), and who they are (L7)."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from server.domain.bots.behavior import Idle, ProgressLinear, single
from server.domain.bots.binding import BotBinding, Kind
from server.domain.bots.definition import SEEMS_OLDER, Bot, bot_id_of, identity_of
from server.domain.bots.filling import Fill
from server.domain.bots.score import Course, score_at, seed_of

RUN = single(ProgressLinear(1000, 600))
NOW = datetime(2026, 5, 1, tzinfo=UTC)


def binding(*, begins_on_joining: bool, catch_up_seconds: int = 0) -> BotBinding:
    return BotBinding((Kind("runner", Bot(RUN)),), Fill(5), begins_on_joining, catch_up_seconds)


def test_l3_seconds_count_from_joining_or_from_the_start() -> None:
    assert binding(begins_on_joining=True).anchor_of(joined=70, start=10) == 70
    assert binding(begins_on_joining=False).anchor_of(joined=70, start=10) == 10


@given(st.integers(0, 600), st.integers(1, 300))
def test_l3_a_late_joiner_ramps_to_its_curve(joined: int, catch_up: int) -> None:
    course = binding(begins_on_joining=False, catch_up_seconds=catch_up).course_of(RUN, 1, joined, 0)
    assert score_at(RUN, b"", course, joined).score == 0
    late = joined + catch_up
    assert score_at(RUN, b"", course, late).score == score_at(RUN, b"", Course(), late).score


def test_l6_a_bot_without_goals_goes_the_way_of_its_board() -> None:
    own = binding(begins_on_joining=True)
    assert own.course_of(single(Idle()), -1, 0, 0).direction == -1
    assert own.course_of(RUN, -1, 0, 0).direction == 1


@given(st.lists(st.integers(0, 30), max_size=12))
def test_l7_no_two_bots_share_a_name_as_long_as_the_pool_has_another(slots: list[int]) -> None:
    pool = tuple(f"name {number}" for number in range(10))
    taken: list[str] = []
    for slot in slots:
        name = identity_of(Bot(RUN, pool), seed_of(b"s", "board", "p", "", slot, 0), taken).name
        assert name not in taken or len(set(taken)) == len(pool)
        taken.append(name)


@given(st.binary(min_size=1, max_size=32))
def test_l7_a_bots_id_looks_like_that_of_an_older_account(seed: bytes) -> None:
    own = bot_id_of(seed, NOW)
    assert own == bot_id_of(seed, NOW)
    assert len(own) == 16
    number = 0
    for character in own:
        number = number << 5 | "0123456789abcdefghjkmnpqrstvwxyz".index(character)
    made = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(milliseconds=number >> 39)
    assert NOW - SEEMS_OLDER - timedelta(seconds=1) <= made < NOW
