"""Who meets whom by default (E22), and which choices of a module are allowed (M5)."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from server.domain.event_leaderboards.cohort import Cohort
from server.domain.event_leaderboards.matching import Candidate, is_allowed, preferred
from server.domain.ids import CohortId, EventId
from tests.builders import DAY, HOUR, MINUTE, Table, definition


def cohort(name: str, players: int = 0, finishers: int = 0, age: int = 0) -> Cohort:
    base = Table(definition(cohort_size=9)).cohort
    tally = replace(base.tally, participant_count=players, finisher_count=finishers)
    return replace(base, cohort_id=CohortId(name), created_at=base.created_at - age * MINUTE, tally=tally)


def chosen(*candidates: tuple[Cohort, bool]) -> str | None:
    found = preferred([Candidate(one, has_met) for one, has_met in candidates])
    return None if found is None else found.cohort_id


def test_e22_first_of_all_new_faces() -> None:
    assert chosen((cohort("met", 8), True), (cohort("new", 1, finishers=1), False)) == "new"


def test_e22_then_an_open_race() -> None:
    assert chosen((cohort("decided", 8, finishers=1), False), (cohort("open", 1), False)) == "open"


def test_e22_then_the_fullest_then_the_oldest() -> None:
    assert chosen((cohort("empty", 1), False), (cohort("full", 5), False)) == "full"
    assert chosen((cohort("young", 5, age=1), False), (cohort("old", 5, age=9), False)) == "old"


@given(st.lists(st.tuples(st.integers(0, 8), st.booleans()), min_size=1, max_size=9))
def test_e22_a_preference_never_makes_a_new_cohort(open_cohorts: list[tuple[int, bool]]) -> None:
    assert chosen(*((cohort(str(i), players), met) for i, (players, met) in enumerate(open_cohorts))) is not None


def test_m5_a_module_may_name_open_cohorts_of_event_phase_and_tier() -> None:
    table = Table(definition(tiers=2, cohort_size=2)).join("a")
    allowed = {"phase": table.phase, "now": table.now}
    assert is_allowed(table.cohort, tier=0, is_trusted=False, **allowed)
    assert not is_allowed(table.cohort, tier=1, is_trusted=False, **allowed)
    assert is_allowed(table.cohort, tier=1, is_trusted=True, **allowed)
    assert not is_allowed(replace(table.cohort, event_id=EventId("other")), tier=0, is_trusted=True, **allowed)
    assert not is_allowed(replace(table.cohort, phase_start=table.now - DAY), tier=0, is_trusted=True, **allowed)
    assert not is_allowed(table.join("b").cohort, tier=0, is_trusted=True, **allowed)


def test_e22_past_cohort_open_a_cohort_may_not_be_named() -> None:
    table = Table(definition(cohort_open=HOUR)).join("a").later(HOUR)
    assert not is_allowed(table.cohort, table.phase, 0, table.now, is_trusted=True)
