"""The bots of a segment: the same whoever asks, whenever and however often (L3, L6, L8)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from server.domain.bots.behavior import (
    Anchor,
    CompleteAt,
    Idle,
    ProgressLinear,
    TrackPosition,
    sequence,
    single,
)
from server.domain.bots.binding import BotBinding, Kind
from server.domain.bots.definition import Bot
from server.domain.bots.field import Field, Ground, Seat, Watched
from server.domain.bots.filling import Fill, joined_by
from server.domain.bots.sightings import Lookout
from server.domain.bots.variety import Spread

START = datetime(2026, 3, 1, tzinfo=UTC)
GROUND = Ground(b"secret", "ladder", "2026-03", "", START, 1)
RUN = Bot(single(ProgressLinear(5000, 3000, 600)), ("Ava", "Ben", "Cleo"), spread=Spread(200, 100))
LATE = Bot(sequence([(Idle(), 400), (ProgressLinear(300, 900), 900), (CompleteAt(4000, 600), 1)]))
SHADOW = Bot(single(TrackPosition(Anchor.LEADER, -50, 4)))
LEADER = Lookout(Anchor.LEADER)

fills = st.builds(Fill, st.integers(1, 12), st.integers(0, 60), st.integers(0, 20))


def seats(*bots: Bot, joined: int = 0, every: int = 0, ground: Ground = GROUND, from_start: bool = False) -> list[Seat]:
    kinds = tuple(Kind(f"bot{number}", bot) for number, bot in enumerate(bots))
    binding = BotBinding(kinds, Fill(len(bots), joined, every), not from_start, 60 if from_start else 0)
    return Field(ground, binding).first(len(bots))


@given(fills, st.lists(st.integers(0, 400), max_size=15).map(sorted), st.sets(st.integers(0, 400)))
def test_l2_who_joined_is_the_same_whenever_somebody_asks(fill: Fill, humans: list[int], asked: set[int]) -> None:
    """Humans who come after a bot's second cannot keep it out, so a late look finds the same bots as one each second."""
    at_once = joined_by(fill, humans, 0, 400)
    bots, is_full = 0, False
    for second in sorted({*asked, 400}):
        if is_full:
            break
        bots, is_full = joined_by(fill, [one for one in humans if one <= second], bots, second)
    assert (bots, is_full) == at_once
    for slot in range(bots):
        assert len([one for one in humans if one <= fill.joins_at(slot)]) + slot < fill.to


@given(fills)
def test_l2_without_humans_there_are_as_many_bots_as_fill_says(fill: Fill) -> None:
    assert joined_by(fill, [], 0, 10**6) == (fill.to, True)


@given(st.sampled_from([RUN, LATE]), st.booleans(), st.integers(0, 500), st.sets(st.integers(0, 6000), min_size=1))
@settings(max_examples=60)
def test_l3_where_a_bot_stands_does_not_depend_on_when_it_was_asked(
    bot: Bot, from_start: bool, joined: int, asked: set[int]
) -> None:
    (often,) = seats(bot, joined=joined, from_start=from_start)
    for second in sorted(one for one in asked if one >= joined):
        (once,) = seats(bot, joined=joined, from_start=from_start)
        assert often.at(second, {}) == once.at(second, {})


@given(st.sampled_from([RUN, LATE]), st.integers(0, 300))
@settings(max_examples=20)
def test_l6_a_score_was_reached_at_the_first_second_that_shows_it_and_never_goes_back(bot: Bot, joined: int) -> None:
    (seat,) = seats(bot, joined=joined)
    before = None
    for second in range(joined, joined + 2500):
        now = seat.at(second, {})
        is_new = before is None or now.points != before.points
        assert now.reached_second == (second if is_new else before and before.reached_second)
        assert before is None or (now.points >= before.points and now.samples >= before.samples)
        before = now


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(0, 300)), max_size=25))
def test_l4_a_shadow_follows_what_was_seen_and_replays_to_the_same(moves: list[tuple[int, int]]) -> None:
    """Asked while sightings came in, and asked once with all of them: it stands where it stood."""
    seen: list[Watched] = []
    (living,) = seats(SHADOW)
    second, points = 0, 0
    told = []
    for later, more in moves:
        second, points = second + later, points + more
        seen.append(Watched(second, points))
        told.append((second + 1, living.at(second + 1, {LEADER: tuple(seen)})))
    for at, standing in told:
        (replayed,) = seats(SHADOW)
        assert replayed.at(at, {LEADER: seen}) == standing
        assert standing.points <= max((one.points for one in seen if one.second < at), default=0)


def test_l7_bots_of_a_segment_have_ids_names_and_times_like_players() -> None:
    three = seats(RUN, RUN, RUN, every=30)
    assert len({seat.player_id for seat in three}) == 3
    assert {seat.identity.name for seat in three} == {"Ava", "Ben", "Cleo"}
    for seat in three:
        for second in range(60, 600, 7):
            moment = seat.moment_of(second)
            assert START + timedelta(seconds=second - 1) < moment <= START + timedelta(seconds=second)
    assert three[0].moment_of(0) == START


def test_l3_each_segment_period_and_board_has_other_bots() -> None:
    def ids(ground: Ground) -> set[str]:
        return {seat.player_id for seat in seats(RUN, RUN, RUN, ground=ground)}

    grounds = [
        GROUND,
        Ground(b"secret", "ladder", "2026-03", "eu", START, 1),
        Ground(b"secret", "ladder", "2026-04", "", START, 1),
        Ground(b"secret", "other", "2026-03", "", START, 1),
        Ground(b"other", "ladder", "2026-03", "", START, 1),
    ]
    assert len(set().union(*map(ids, grounds))) == 15


def test_l6_a_bot_without_goals_goes_the_way_of_its_board() -> None:
    ground = Ground(b"secret", "ladder", "2026-03", "", START, -1)
    (seat,) = seats(Bot(single(TrackPosition(Anchor.LEADER, -50, 4), 900)), ground=ground)
    assert seat.at(100, {LEADER: [Watched(0, 500)]}).points == 550
