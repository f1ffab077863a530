"""What every store must do with bots in cohorts: the docstrings of server/ports/company_store.py, as tests."""

from dataclasses import replace
from datetime import datetime
from operator import attrgetter

from server.domain.bots.behavior import Anchor
from server.domain.bots.sightings import Lookout
from server.domain.event_leaderboards.bot_courses import SeenScore
from server.domain.event_leaderboards.cohort import Cohort
from server.domain.event_leaderboards.cohort_bots import CohortBot, as_participant, bot_key
from server.domain.event_leaderboards.completion import sealed
from server.domain.ids import CohortId, PlayerId
from server.ports.company_store import Line, StoredSighting
from server.ports.store import Seat, Store, Transaction
from tests.builders import HOUR, MINUTE, MONDAY, SECOND
from tests.storage.contract.test_store import PHASE, WEEKLY, make_cohort, submit

COHORT = CohortId("one")


def bot(slot: int, score: int = 0, cohort: str = COHORT, **options: object) -> CohortBot:
    """A bot with its key; one that has a score has scored."""
    made = CohortBot(
        cohort_id=CohortId(cohort),
        slot=slot,
        generation=0,
        kind="runner",
        player_id=PlayerId(f"bot{slot}"),
        name="Ada",
        avatar_url="a.png",
        joined_at=MONDAY + SECOND,
        joined_revision=1,
        score=score,
        standing_key=b"",
        changed_at=MONDAY + MINUTE if score else None,
        submission_count=1 if score else 0,
    )
    made = replace(made, **options)  # type: ignore[arg-type]  # a test names real fields
    return replace(made, standing_key=bot_key(WEEKLY, made, []))


async def with_bots(store: Store, *bots: CohortBot, humans: str = "ab") -> Cohort:
    async def work(tx: Transaction) -> Cohort:
        cohort = await make_cohort(tx, COHORT, *humans)
        await tx.record_cohort_bots(bots)
        return cohort

    return await store.transact(work)


async def test_bots_come_back_as_they_were_and_change(store: Store) -> None:
    first, second = (
        bot(0),
        bot(1, -(2**63), finished_at=MONDAY + HOUR, has_led=True, is_done=True, left_at=MONDAY + HOUR),
    )
    await with_bots(store, first, second)
    found = await store.read(lambda view: view.cohort_bots_of([CohortId("none"), COHORT]))
    assert found == {CohortId("none"): [], COHORT: [first, second]}
    moved = replace(bot(0, 7), has_led=True)
    await store.transact(lambda tx: tx.record_cohort_bots([moved, replace(second, generation=1)]))
    found = await store.read(lambda view: view.cohort_bots_of([COHORT]))
    assert found[COHORT] == [moved, second, replace(second, generation=1)]


async def test_l7_bots_stand_among_all_and_count_in_no_prize_rank(store: Store) -> None:
    """Ties go to the human, and who has left stands nowhere."""
    bots = [bot(0, 30), bot(1, 20), bot(2), bot(3, 99, left_at=MONDAY + HOUR)]
    await with_bots(store, *bots)
    for player, score in (("a", 20), ("b", 10)):
        await store.transact(lambda tx, one=player, points=score: submit(tx, one, points))  # type: ignore[misc]
    lines = await store.read(lambda view: view.lines_of(COHORT, 1, 9))
    assert [(one.participant.player_id, one.is_bot, one.rank, one.prize_rank) for one in lines] == [
        ("bot0", True, 1, 1),
        ("a", False, 2, 1),
        ("bot1", True, 3, 2),
        ("b", False, 4, 2),
        ("bot2", True, 5, 3),
    ]
    assert lines[0].participant == as_participant(bots[0])
    assert lines[1].participant == await store.read(lambda view: view.participant_of(Seat(COHORT, PlayerId("a"))))
    assert await store.read(lambda view: view.rank_of(Seat(COHORT, PlayerId("b")))) == 2
    places = [(COHORT, bots[1].standing_key), (CohortId("none"), b"\xff"), (COHORT, b"\xff"), (COHORT, b"")]
    assert await store.read(lambda view: view.bots_ahead_of(places)) == [1, 0, 3, 0]


async def test_lines_come_in_pages_by_rank_and_behind_a_key(store: Store) -> None:
    await with_bots(store, *(bot(slot, 10 * slot) for slot in range(6)), humans="abc")
    whole = await store.read(lambda view: view.lines_of(COHORT, 1, 99))
    assert [one.rank for one in whole] == list(range(1, 10))
    assert await store.read(lambda view: view.lines_of(COHORT, 4, 3)) == whole[3:6]
    assert await store.read(lambda view: view.lines_of(COHORT, 10, 3)) == []
    paged: list[Line] = []
    key = b""
    while page := await store.read(lambda view, after=key: view.lines_after(COHORT, after, 2)):  # type: ignore[misc]
        paged += [line for line, _ in page]
        key = page[-1][1]
    assert paged == whole


async def test_what_bots_change_in_a_cohort_is_kept_apart(store: Store) -> None:
    """A submission that was decided beside a tick does not undo what the tick wrote, and the other way round."""
    cohort = await with_bots(store)
    tally = replace(cohort.tally, revision=9, bot_count=3, bots_at=MONDAY + HOUR, bots_due_at=MONDAY + 2 * HOUR)
    await store.transact(lambda tx: tx.record_companies([cohort.with_tally(tally)]))
    found, none = await store.read(lambda view: view.cohorts_of([COHORT, CohortId("none")]))
    assert (found, none) == (cohort.with_tally(tally), None)
    assert await store.transact(lambda tx: tx.cohorts_of([COHORT])) == [found]
    await store.transact(lambda tx: submit(tx, "a", 5))
    assert found is not None
    after = await store.read(lambda view: view.cohort_of(COHORT))
    assert after is not None
    bots = attrgetter("bot_count", "bots_at", "bots_due_at")
    assert bots(after.tally) == bots(found.tally)
    assert after.tally.revision == 10


async def test_ranks_of_humans_are_right_beside_ticks(store: Store) -> None:
    """An order that a store remembers outlives a tick, and says what the rows say."""
    await with_bots(store, bot(0, 15), humans="abc")

    async def ticked(tx: Transaction, player: str, score: int, at: datetime) -> None:
        one = await submit(tx, player, score)
        tally = replace(one.cohort.tally, revision=one.cohort.tally.revision + 1, bots_at=at)
        await tx.record_companies([one.cohort.with_tally(tally)])

    for number in range(6):
        for player in "abc":
            at, score = MONDAY + number * SECOND, ord(player) * (number + 1)
            await store.transact(lambda tx, who=player, score=score, at=at: ticked(tx, who, score, at))  # type: ignore[misc]
        ranks = [await store.read(lambda view, who=who: view.rank_of(Seat(COHORT, PlayerId(who)))) for who in "abc"]  # type: ignore[misc]
        assert ranks == [3, 2, 1]


async def test_l4_what_was_seen_comes_back_in_order(store: Store) -> None:
    await with_bots(store)
    leader, third = Lookout(Anchor.LEADER), Lookout(Anchor.RANK, 3)
    seen = [
        StoredSighting(COHORT, lookout, SeenScore(1_700_000_000 + second, score))
        for second, score in ((0, 5), (1, -(2**63)), (7, 2**63 - 1))
        for lookout in (leader, third)
    ]
    await store.transact(lambda tx: tx.add_cohort_sightings(seen[::-1]))
    found = await store.read(lambda view: view.cohort_sightings_of([COHORT, CohortId("none")]))
    expected = tuple(one.seen for one in seen if one.lookout == leader)
    assert found == {COHORT: {leader: expected, third: expected}, CohortId("none"): {}}


async def test_bots_of_a_cohort_are_leased_to_one_worker_until_the_lease_is_over(store: Store) -> None:
    await with_bots(store)

    async def leased(worker: str, wall: datetime) -> list[CohortId]:
        ids = [COHORT, CohortId("none")]
        return await store.transact(lambda tx: tx.lease_companies(worker, ids, wall, MINUTE))

    assert await leased("one", MONDAY) == [COHORT]
    assert await leased("two", MONDAY + 59 * SECOND) == []
    assert await leased("one", MONDAY + 59 * SECOND) == [COHORT]
    assert await leased("two", MONDAY + 119 * SECOND) == [COHORT]
    await store.transact(lambda tx: tx.break_leases(MONDAY))
    assert await leased("one", MONDAY) == [COHORT]
    cohort = await store.read(lambda view: view.cohort_of(COHORT))
    assert cohort is not None
    await store.transact(lambda tx: tx.record_cohorts([sealed(cohort, PHASE, MONDAY)]))
    assert await leased("one", MONDAY + HOUR) == []


async def test_bots_that_are_due_are_found_the_longest_due_first(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        for number, name in enumerate(("late", "soon", "never")):
            cohort = await make_cohort(tx, name)
            due = None if name == "never" else MONDAY + number * MINUTE
            await tx.record_companies([cohort.with_tally(replace(cohort.tally, bots_due_at=due))])

    await store.transact(work)

    async def due(worker: str, now: datetime, wall: datetime, limit: int = 9) -> list[CohortId]:
        return await store.transact(lambda tx: tx.acquire_due_companies(worker, now, wall, MINUTE, limit))

    assert await due("one", MONDAY - SECOND, MONDAY) == []
    assert await due("one", MONDAY + HOUR, MONDAY, limit=1) == ["late"]
    assert await due("two", MONDAY + HOUR, MONDAY) == ["soon"]
    assert await due("three", MONDAY + HOUR, MONDAY) == []
    assert sorted(await due("three", MONDAY + HOUR, MONDAY + 2 * MINUTE)) == ["late", "soon"]
