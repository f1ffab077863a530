"""Segments: named, fixed, moved and counted (B23)."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.leaderboards.definition import Segmentation, SegmentSource
from server.domain.leaderboards.outcomes import Outcome
from server.domain.leaderboards.segments import Claim, Known, Placed, hears_profile, is_readable, judged

OPEN = Segmentation("league")
CLOSED = Segmentation("league", buckets=frozenset({"gold", "silver"}))
TRUSTED = Segmentation("league", source=SegmentSource.TRUSTED)
MOVING = Segmentation("league", may_move=True)
NOBODY = Known()


def test_b23_without_segments_all_stand_together_whatever_is_said() -> None:
    assert judged(None, Claim("gold"), NOBODY) == Placed("")


def test_b23_the_first_applied_contribution_fixes_the_segment() -> None:
    assert judged(OPEN, Claim("gold"), NOBODY) == Placed("gold")
    assert judged(OPEN, Claim("gold"), Known("gold")) == Placed("gold")
    assert judged(OPEN, Claim("silver"), Known("gold")) is Outcome.SEGMENT_FIXED


def test_b23_nothing_said_is_missing_also_for_one_who_stands_somewhere() -> None:
    assert judged(OPEN, Claim(), NOBODY) is Outcome.SEGMENT_MISSING
    assert judged(OPEN, Claim(), Known("gold")) is Outcome.SEGMENT_MISSING


def test_b23_closed_buckets_know_no_others() -> None:
    assert judged(CLOSED, Claim("silver"), NOBODY) == Placed("silver")
    assert judged(CLOSED, Claim("bronze"), NOBODY) is Outcome.SEGMENT_UNKNOWN


@pytest.mark.parametrize("said", ["", "x" * 65, "é" * 33, "a\nb", "\ud800", 7, True, ["gold"], {}])
def test_b23_what_is_no_short_printable_text_names_nothing(said: object) -> None:
    assert judged(OPEN, Claim(said), NOBODY) is Outcome.SEGMENT_UNKNOWN


def test_b23_a_board_that_trusts_no_client_does_not_hear_him() -> None:
    assert judged(TRUSTED, Claim(from_client="gold"), NOBODY) is Outcome.SEGMENT_MISSING
    assert judged(TRUSTED, Claim(from_client="gold", from_trusted="silver"), NOBODY) == Placed("silver")


def test_b23_a_trusted_word_goes_before_the_clients() -> None:
    assert judged(OPEN, Claim(from_client="gold", from_trusted="silver"), NOBODY) == Placed("silver")


def test_b23_only_a_trusted_caller_moves_and_only_where_the_board_allows() -> None:
    trusted = Claim(from_trusted="silver", is_trusted=True)
    assert judged(MOVING, trusted, Known("gold")) == Placed("silver", moves_from="gold")
    assert judged(OPEN, trusted, Known("gold")) is Outcome.SEGMENT_FIXED
    assert judged(MOVING, Claim("silver"), Known("gold")) is Outcome.SEGMENT_FIXED


def test_b23_no_more_segments_than_the_limit_but_old_ones_stay_open() -> None:
    two = Segmentation("league", max_segments=2)
    assert judged(two, Claim("c"), Known(count=1)) == Placed("c")
    assert judged(two, Claim("c"), Known(count=2)) is Outcome.SEGMENT_LIMIT
    assert judged(two, Claim("b"), Known(count=2, exists=True)) == Placed("b")


def test_b23_closed_buckets_are_not_counted() -> None:
    narrow = Segmentation("league", buckets=frozenset("abc"), max_segments=1)
    assert judged(narrow, Claim("c"), Known(count=2)) == Placed("c")


def test_b23_reading_outside_closed_buckets_is_a_mistake_and_an_open_one_unseen_is_not() -> None:
    assert [is_readable(CLOSED, one) for one in ("gold", "bronze", "")] == [True, False, False]
    assert [is_readable(OPEN, one) for one in ("never seen", "")] == [True, False]
    assert [is_readable(None, one) for one in ("", "gold")] == [True, False]


segmentations = st.builds(
    Segmentation,
    key=st.just("league"),
    buckets=st.none() | st.just(frozenset("ab")),
    source=st.sampled_from(SegmentSource),
    may_move=st.booleans(),
    max_segments=st.integers(1, 3),
)
words = st.none() | st.sampled_from("abc") | st.text(max_size=70)


@given(segmentations, st.lists(st.tuples(st.sampled_from("xyz"), words, words, st.booleans()), max_size=30))
def test_b23_a_player_stands_in_one_segment_and_there_are_never_too_many(
    chosen: Segmentation, said: list[tuple[str, str | None, str | None, bool]]
) -> None:
    standing: dict[str, str] = {}
    seen: set[str] = set()
    for player, client, studio, is_trusted in said:
        claim = Claim(client, studio if is_trusted else None, is_trusted)
        word = claim.from_trusted if claim.from_trusted is not None else client
        found = judged(chosen, claim, Known(standing.get(player), len(seen), word in seen))
        if isinstance(found, Outcome):
            continue
        assert standing.get(player) in {None, found.segment} or (chosen.may_move and is_trusted)
        assert is_readable(chosen, found.segment)
        standing[player] = found.segment
        seen.add(found.segment)
        assert len(seen) <= (2 if chosen.buckets else chosen.max_segments)


def test_b23_a_profile_speaks_where_nobody_trusted_says_more_and_before_the_client() -> None:
    profiled = Claim(from_client="gold", from_profile="silver")
    assert judged(TRUSTED, profiled, NOBODY) == judged(OPEN, profiled, NOBODY) == Placed("silver")
    assert judged(TRUSTED, replace(profiled, from_trusted="bronze"), NOBODY) == Placed("bronze")
    assert judged(CLOSED, Claim(from_profile="bronze"), NOBODY) is Outcome.SEGMENT_UNKNOWN
    assert judged(TRUSTED, Claim(from_profile=7), NOBODY) is Outcome.SEGMENT_UNKNOWN


def test_b23_a_profile_that_has_changed_waits_for_the_next_period_or_moves_the_entry() -> None:
    changed = Claim(from_profile="silver")
    assert judged(TRUSTED, changed, Known("gold")) == Placed("gold")
    assert judged(CLOSED, Claim(from_profile="bronze"), Known("gold")) == Placed("gold")
    assert judged(MOVING, changed, Known("gold")) == Placed("silver", moves_from="gold")


@given(segmentations, words, words, words, st.booleans(), st.none() | st.sampled_from("abc"))
def test_b23_a_profile_that_is_not_looked_up_could_have_changed_nothing(
    chosen: Segmentation,
    client: str | None,
    studio: str | None,
    profile: str | None,
    is_trusted: bool,
    current: str | None,
) -> None:
    claim = Claim(client, studio, is_trusted)
    if not hears_profile(chosen, claim, current):
        known = Known(current, exists=True)
        assert judged(chosen, replace(claim, from_profile=profile), known) == judged(chosen, claim, known)
