"""`modules/skill_based_cohorts.py` does what its docstring promises, as the file that ships."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.skill_based_cohorts import band_of, rated, rating_before, rating_changes
from server.hooks.storage import ModuleStorage
from server.testing import Game

MODULES = Path(__file__).parents[2] / "modules"
COLLECTION = "skill_based_cohorts"
BY_SKILL = {"cohorts": "by_skill"}
SETTINGS = {"gain": 200, "band_width": 100}  # so that one cohort is enough to part players
NINE = [f"p{number}" for number in range(9)]
ratings = st.lists(st.floats(-1e4, 1e4), min_size=2, max_size=50)


def weekly(**fields: Any) -> dict[str, Any]:
    return {"reset_schedule": "0 0 * * 1", "cohort_size": 9, "additional_properties": BY_SKILL, **fields}


@contextmanager
def playing(settings: dict[str, Any] = SETTINGS, **events: Any) -> Iterator[Game]:
    with Game(MODULES, events=events or {"weekly": weekly()}, settings={COLLECTION: settings}) as game:
        yield game


def week_of(game: Game, order: Sequence[str], idle: Sequence[str] = (), event: str = "weekly") -> None:
    """Play a week that ends in this order; those who are idle only roll."""
    for name in (*order, *idle):
        game.player(name).roll(event, claim_reward=True)
    for place, name in enumerate(order):
        game.player(name).submit(event, 100 - place)
    game.advance(days=7)


def rating_of(game: Game, player: str, ladder: str = "weekly") -> float | None:
    found = game.stored(COLLECTION, ladder, player)
    return None if found is None else found.value["rating"]


def cohort_of(game: Game, player: str, event: str = "weekly") -> str:
    cohort_id: str = game.player(player).roll(event, claim_reward=True).cohort_id
    return cohort_id


def test_the_first_gains_what_the_last_loses_and_the_middle_stays() -> None:
    with playing({}) as game:
        week_of(game, NINE)
        assert [rating_of(game, name) for name in NINE] == [1024, 1018, 1012, 1006, 1000, 994, 988, 982, 976]


def test_players_of_like_skill_meet_and_others_do_not() -> None:
    with playing() as game:
        week_of(game, NINE)
        cohorts = {name: cohort_of(game, name) for name in NINE}
        bands = {name: band_of(rating_of(game, name) or 0, SETTINGS) for name in NINE}
        assert [bands[name] for name in NINE] == [3, 3, 3, 2, 2, 2, 2, 1, 1]
        for one in NINE:
            for other in NINE:
                assert (cohorts[one] == cohorts[other]) == (bands[one] == bands[other])


def test_newcomers_meet_the_middle() -> None:
    with playing() as game:
        week_of(game, NINE)
        assert cohort_of(game, "new") == cohort_of(game, NINE[4])


def test_players_who_roll_at_once_share_the_cohort_of_their_band() -> None:
    """ "At most `bands - 1` more": above all in the minute after the weekly reset."""
    with playing(weekly=weekly(cohort_size=20)) as game:
        week_of(game, [*NINE, "p9"])
        names = [*NINE, "p9", "new", "newer"]
        rolled = game.at_once(*(lambda name=name: cohort_of(game, name) for name in names))  # type: ignore[misc]
        assert len(set(rolled)) == 3


def test_who_did_not_play_is_not_rated_and_does_not_count() -> None:
    with playing({}) as game:
        week_of(game, ["ann", "bob"], idle=["idle"])
        assert [rating_of(game, name) for name in ("ann", "bob", "idle")] == [1024, 976, None]


def test_alone_nobody_wins_or_loses() -> None:
    with playing() as game:
        week_of(game, ["ann"], idle=["idle"])
        assert rating_of(game, "ann") == 1000


def test_an_event_that_does_not_opt_in_rates_nobody_and_parts_nobody() -> None:
    with playing(weekly=weekly(additional_properties={})) as game:
        game.store(COLLECTION, "weekly", {"rating": 5000, "cohorts": []}, owner=NINE[0])
        week_of(game, NINE)
        assert len({cohort_of(game, name) for name in NINE}) == 1
        assert rating_of(game, NINE[8]) is None


def test_events_of_one_skill_share_ratings_and_others_do_not() -> None:
    racing = weekly(additional_properties={**BY_SKILL, "skill": "racing"})
    with playing({}, one=racing, two=racing, other=weekly()) as game:
        week_of(game, ["ann", "bob"], event="one")
        week_of(game, ["ann", "bob"], event="two")
        week_of(game, ["bob", "ann"], event="other")
        assert (rating_of(game, "ann", "racing") or 0) > 1024
        assert rating_of(game, "ann", "other") == 976


def test_a_notice_that_is_told_again_changes_nothing() -> None:
    """The first telling rates three and breaks off; the second one comes to the ratings of one that did not."""
    with playing({}) as whole:
        week_of(whole, NINE)
        expected = [rating_of(whole, name) for name in NINE]
    with playing({}) as game:
        for name in NINE:
            game.player(name).roll("weekly")
        for place, name in enumerate(NINE):
            game.player(name).submit("weekly", 100 - place)
        with breaking_after(writes=3):
            game.advance(days=7)
        assert [rating_of(game, name) for name in NINE] == [*expected[:3], None, None, None, None, None, None]
        game.advance(minutes=10)
        assert [rating_of(game, name) for name in NINE] == expected


@contextmanager
def breaking_after(writes: int) -> Iterator[None]:
    """Let the store fail once modules have written so often."""
    put, left = ModuleStorage.put, [writes]

    async def failing(self: ModuleStorage, *arguments: Any, **named: Any) -> str:
        left[0] -= 1
        if left[0] < 0:
            raise ConnectionError("the store has gone away")
        return await put(self, *arguments, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ModuleStorage, "put", failing)
        yield


def test_two_tellings_give_the_ratings_of_one_wherever_the_first_broke_off() -> None:
    before = [1100.0, 900.0, 1000.0]
    changes = rating_changes(before, 48)
    for told in range(4):
        records: list[Any] = [{"rating": rating, "cohorts": []} for rating in before]
        for index in range(told):
            records[index] = rated(records[index], "c1", before[index], changes[index])
        again = [rating_before(record, "c1") for record in records]
        assert again == before
        twice = [rated(*one) for one in zip(records, ["c1"] * 3, again, rating_changes(again, 48), strict=True)]
        assert [record["rating"] for record in twice] == [one + more for one, more in zip(before, changes, strict=True)]


def test_a_rating_remembers_its_last_twenty_cohorts() -> None:
    record: Any = {"rating": 1000, "cohorts": []}
    for number in range(25):
        record = rated(record, f"c{number}", record["rating"], 1)
    assert [one for one, _ in record["cohorts"]] == [f"c{number}" for number in range(5, 25)]
    assert record["rating"] == 1025


@pytest.mark.parametrize(
    ("rating", "band"),
    [(-9999, 0), (774.99, 0), (775, 1), (924.99, 1), (925, 2), (1074.99, 2), (1075, 3), (1225, 4), (9999, 4)],
)
def test_bands_are_as_wide_as_the_settings_say_and_the_outer_ones_have_no_end(rating: float, band: int) -> None:
    assert band_of(rating, {}) == band


@given(ratings, st.floats(1, 500))
def test_nobody_moves_by_more_than_the_gain(before: list[float], gain: float) -> None:
    assert all(abs(change) <= gain + 0.01 for change in rating_changes(before, gain))


@given(st.floats(0, 3000), st.integers(2, 50))
def test_among_equals_the_sum_of_ratings_stays_and_who_comes_first_gains_most(rating: float, count: int) -> None:
    changes = rating_changes([rating] * count, 48)
    assert sum(changes) == pytest.approx(0, abs=0.01 * count)
    assert changes == sorted(changes, reverse=True)


@given(st.floats(0, 3000), st.floats(0, 3000))
def test_of_two_one_gains_what_the_other_loses(first: float, second: float) -> None:
    won, lost = rating_changes([first, second], 48)
    assert won == pytest.approx(-lost, abs=0.02)
    assert won >= 0


@given(ratings, st.data())
def test_a_better_place_is_never_worth_less(before: list[float], data: st.DataObject) -> None:
    place = data.draw(st.integers(1, len(before) - 1))
    better = [*before[: place - 1], before[place], before[place - 1], *before[place + 1 :]]
    assert rating_changes(better, 48)[place - 1] >= rating_changes(before, 48)[place]


def test_after_many_cohorts_ratings_tell_who_plays_best() -> None:
    dice = random.Random(7)
    strength = {f"p{number}": 60.0 * number for number in range(20)}
    found = dict.fromkeys(strength, 1000.0)
    for _ in range(400):
        cohort = sorted(dice.sample(sorted(strength), 8), key=lambda one: -dice.gauss(strength[one], 100))
        changes = rating_changes([found[one] for one in cohort], 24)
        found = found | {one: found[one] + change for one, change in zip(cohort, changes, strict=True)}
    order = sorted(found, key=lambda one: found[one])
    assert max(abs(order.index(one) - index) for index, one in enumerate(strength)) <= 3
    assert sum(found.values()) == pytest.approx(20 * 1000, rel=0.02)
