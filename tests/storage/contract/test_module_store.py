"""What every store must do for modules: the docstrings of server/ports/module_store.py, as tests (M1, M2)."""

import asyncio
from datetime import datetime, timedelta

from server.domain.ids import EventId
from server.ports.module_store import Draft, JobKey, JobRun, Lane, Notice, ObjectKey, StoredObject
from server.ports.store import Store, Transaction
from tests.builders import HOUR, MINUTE, MONDAY, SECOND
from tests.storage.contract.conftest import Opener

A, B = Lane("mine", "cohort a"), Lane("mine", "cohort b")


def stored(collection: str, owner: str, key: str, value: str = "{}", version: str = "1") -> StoredObject:
    return StoredObject(ObjectKey(collection, owner, key), value, version, MONDAY)


def draft(lane: Lane, content: str) -> Draft:
    return Draft(lane.module, lane.name, "cohort_completed", content, MONDAY)


async def put(store: Store, *objects: StoredObject) -> None:
    async def work(tx: Transaction) -> None:
        for one in objects:
            await tx.put_object(one)

    await store.transact(work)


async def lanes(store: Store, at: datetime, lease: timedelta = MINUTE, limit: int = 10) -> list[Lane]:
    return sorted(await store.transact(lambda tx: tx.acquire_due_lanes(at, at + lease, limit)))


async def waiting(store: Store, lane: Lane) -> list[Notice]:
    return await store.read(lambda view: view.notices_of(lane, 100))


# Objects


async def test_an_object_is_what_was_put_last(store: Store) -> None:
    first, second = stored("ratings", "ann", "elo", "1500"), stored("ratings", "ann", "elo", '{"\\u0000":1e308}', "2")
    await put(store, first, second)
    assert await store.read(lambda view: view.stored_object(first.at)) == second


async def test_a_removed_object_is_gone_and_removing_it_again_is_no_error(store: Store) -> None:
    one = stored("ratings", "ann", "elo")
    await put(store, one)
    for _ in range(2):
        await store.transact(lambda tx: tx.remove_object(one.at))
    assert await store.read(lambda view: view.stored_object(one.at)) is None


async def test_lists_go_by_bytes_and_pages_neither_skip_nor_repeat(store: Store) -> None:
    keys = ["Z", "a", "b", "ä", "é"]
    everything = [stored("c", owner, key) for owner in ("", "ann", "bob") for key in keys]
    await put(store, *reversed(everything), stored("another", "ann", "a"))
    listed: list[StoredObject] = []
    after = ("", "")
    while page := await store.read(lambda view, after=after: view.stored_objects_in("c", after, 4)):
        listed += page
        after = (page[-1].at.owner, page[-1].at.key)
    assert listed == everything
    own = await store.read(lambda view: view.stored_objects_of("c", "ann", "a", 2))
    assert [one.at.key for one in own] == ["b", "ä"]


async def test_what_a_transaction_has_read_nobody_else_changes_until_its_end(store: Store) -> None:
    at = ObjectKey("counters", "", "visits")

    async def count(tx: Transaction) -> None:
        found = await tx.stored_object(at)
        before = int(found.value) if found else 0
        await asyncio.sleep(0)
        await tx.put_object(StoredObject(at, str(before + 1), str(before), MONDAY))

    await asyncio.gather(*(store.transact(count) for _ in range(20)))
    found = await store.read(lambda view: view.stored_object(at))
    assert found is not None
    assert found.value == "20"


# Notices


async def test_notices_of_a_lane_come_in_the_order_in_which_they_were_written(store: Store) -> None:
    await store.transact(lambda tx: tx.add_notices([draft(A, "1"), draft(B, "2"), draft(A, "3")], MONDAY))
    assert [one.content for one in await waiting(store, A)] == ["1", "3"]
    assert (await waiting(store, B))[0] == Notice(
        (await waiting(store, B))[0].notice_id, B, "cohort_completed", "2", MONDAY, 0, ""
    )


async def test_an_acquired_lane_is_nobody_elses_until_its_lease_is_over(store: Store) -> None:
    await store.transact(lambda tx: tx.add_notices([draft(A, "1"), draft(A, "2"), draft(B, "3")], MONDAY))
    assert await lanes(store, MONDAY - SECOND) == []
    assert await lanes(store, MONDAY) == [A, B]
    assert await lanes(store, MONDAY) == []
    assert await lanes(store, MONDAY + MINUTE) == [A, B]


async def test_at_most_as_many_lanes_are_acquired_as_were_asked_for(store: Store) -> None:
    drafts = [draft(Lane("mine", str(number)), "") for number in range(5)]
    await store.transact(lambda tx: tx.add_notices(drafts, MONDAY))
    assert [len(await lanes(store, MONDAY, limit=2)) for _ in range(4)] == [2, 2, 1, 0]


async def test_a_told_notice_is_gone_and_the_next_holds_the_lane(store: Store) -> None:
    await store.transact(lambda tx: tx.add_notices([draft(A, "1"), draft(A, "2")], MONDAY))
    assert await lanes(store, MONDAY) == [A]
    first, second = await waiting(store, A)
    await store.transact(lambda tx: tx.remove_notices([first]))
    assert await waiting(store, A) == [second]
    assert await lanes(store, MONDAY) == [A]


async def test_the_id_of_a_told_notice_is_never_used_again(store: Store) -> None:
    """A module that was told twice knows it by the id."""
    ids = []
    for _ in range(3):
        await store.transact(lambda tx: tx.add_notices([draft(A, "1")], MONDAY))
        (one,) = await waiting(store, A)
        ids.append(one.notice_id)
        await store.transact(lambda tx, one=one: tx.remove_notices([one]))
    assert ids == sorted(set(ids))


async def test_a_failed_notice_holds_its_lane_back_and_no_other(store: Store) -> None:
    await store.transact(lambda tx: tx.add_notices([draft(A, "1"), draft(A, "2"), draft(B, "3")], MONDAY))
    await lanes(store, MONDAY)
    first, _ = await waiting(store, A)
    await store.transact(lambda tx: tx.record_failure(first, MONDAY + HOUR, "incident 1"))
    await store.transact(lambda tx: tx.release_lane(B, MONDAY))
    assert await lanes(store, MONDAY) == [B]
    assert await lanes(store, MONDAY + HOUR) == [A, B]
    retried = (await waiting(store, A))[0]
    assert (retried.attempts, retried.failure) == (1, "incident 1")


async def test_a_parked_notice_lets_its_lane_go_on_and_can_be_tried_again_or_dropped(store: Store) -> None:
    await store.transact(lambda tx: tx.add_notices([draft(A, "1"), draft(A, "2")], MONDAY))
    first, second = await waiting(store, A)
    await store.transact(lambda tx: tx.record_failure(first, None, "incident 1"))
    assert await waiting(store, A) == [second]
    assert await store.read(lambda view: view.notice_counts()) == (1, 1)
    (parked,) = await store.read(lambda view: view.parked_notices(0, 10))
    assert (parked.content, parked.attempts, parked.failure) == ("1", 1, "incident 1")
    assert await store.read(lambda view: view.parked_notices(parked.notice_id, 10)) == []

    assert await store.transact(lambda tx: tx.unpark_notice(parked.notice_id, MONDAY))
    assert not await store.transact(lambda tx: tx.unpark_notice(parked.notice_id, MONDAY))
    assert [one.attempts for one in await waiting(store, A)] == [0, 0]
    await store.transact(lambda tx: tx.record_failure(parked, None, "incident 2"))
    assert await store.transact(lambda tx: tx.drop_parked_notice(parked.notice_id))
    assert not await store.transact(lambda tx: tx.drop_parked_notice(second.notice_id))
    assert await store.read(lambda view: view.notice_counts()) == (1, 0)


async def test_a_notice_that_is_tried_again_waits_for_whoever_tells_its_lane(store: Store) -> None:
    await store.transact(lambda tx: tx.add_notices([draft(A, "1"), draft(A, "2")], MONDAY))
    first, _ = await waiting(store, A)
    await store.transact(lambda tx: tx.record_failure(first, None, "incident 1"))
    assert await lanes(store, MONDAY) == [A]
    assert await store.transact(lambda tx: tx.unpark_notice(first.notice_id, MONDAY))
    assert await lanes(store, MONDAY) == []
    assert await lanes(store, MONDAY + MINUTE) == [A]


async def test_many_workers_never_hold_one_lane_at_once(store: Store) -> None:
    drafts = [draft(Lane("mine", str(number % 7)), str(number)) for number in range(70)]
    await store.transact(lambda tx: tx.add_notices(drafts, MONDAY))
    found = await asyncio.gather(*(lanes(store, MONDAY, limit=3) for _ in range(8)))
    held = [lane for some in found for lane in some]
    assert len(held) == len(set(held))
    held += await lanes(store, MONDAY)
    assert sorted(held) == [Lane("mine", str(number)) for number in range(7)]


# Notices for others than modules (B81)

ENDPOINT = "webhook:shop"


async def acquired(store: Store, at: datetime, limit: int = 9, lease: timedelta = MINUTE) -> list[str]:
    found = await store.transact(lambda tx: tx.acquire_due_notices(ENDPOINT, at, at + lease, limit))
    return [one.content for one in found]


async def test_b81_notices_of_an_endpoint_are_due_each_on_its_own(store: Store) -> None:
    lane, other = Lane(ENDPOINT, "one"), Lane("webhook:other", "one")
    drafts = [draft(lane, "1"), draft(A, "for a module"), draft(other, "elsewhere"), draft(lane, "2"), draft(lane, "3")]
    await store.transact(lambda tx: tx.add_notices(drafts, MONDAY))
    assert await lanes(store, MONDAY) == [A]
    assert await acquired(store, MONDAY - SECOND) == []
    assert await acquired(store, MONDAY, limit=2) == ["1", "2"]
    assert await acquired(store, MONDAY) == ["3"]
    first, *_ = await waiting(store, lane)
    await store.transact(lambda tx: tx.record_failure(first, MONDAY + HOUR, "timeout"))
    assert await acquired(store, MONDAY + MINUTE) == ["2", "3"]
    assert sorted(await acquired(store, MONDAY + HOUR)) == ["1", "2", "3"]


async def test_b81_what_an_endpoint_has_too_much_of_is_parked_the_oldest_first(store: Store) -> None:
    lane = Lane(ENDPOINT, "one")
    drafts = [*(draft(lane, str(number)) for number in range(5)), draft(A, "for a module")]
    await store.transact(lambda tx: tx.add_notices(drafts, MONDAY))
    assert await store.transact(lambda tx: tx.park_oldest_notices(ENDPOINT, 5, "too many")) == 0
    assert await store.transact(lambda tx: tx.park_oldest_notices(ENDPOINT, 3, "too many")) == 2
    parked = await store.read(lambda view: view.parked_notices(0, 9))
    assert [(one.content, one.failure) for one in parked] == [("0", "too many"), ("1", "too many")]
    assert await acquired(store, MONDAY) == ["2", "3", "4"]


async def test_b81_what_no_endpoint_claims_is_parked_and_what_others_wait_for_stays(store: Store) -> None:
    drafts = [draft(Lane(name, "one"), name) for name in (ENDPOINT, "webhook:gone", "webhook:gone", "mine")]
    await store.transact(lambda tx: tx.add_notices(drafts, MONDAY))
    claimed = [ENDPOINT, "webhook:new"]
    assert await store.transact(lambda tx: tx.park_unclaimed_notices(claimed, MONDAY, "gone")) == []
    late = MONDAY + SECOND
    assert await store.transact(lambda tx: tx.park_unclaimed_notices(claimed, late, "gone")) == ["webhook:gone"] * 2
    parked = await store.read(lambda view: view.parked_notices(0, 9))
    assert [(one.lane.module, one.failure) for one in parked] == [("webhook:gone", "gone")] * 2
    assert (await store.read(lambda view: view.notice_counts())).waiting == 2


async def test_b81_no_two_workers_deliver_one_notice(store: Store) -> None:
    drafts = [draft(Lane(ENDPOINT, "one"), str(number)) for number in range(20)]
    await store.transact(lambda tx: tx.add_notices(drafts, MONDAY))
    delivered = [
        content for found in await asyncio.gather(*(acquired(store, MONDAY, 4) for _ in range(8))) for content in found
    ]
    assert len(delivered) == len(set(delivered))


# Announcements and jobs


async def test_announcements_are_noted_for_each_event(store: Store) -> None:
    event = EventId("weekly")
    assert await store.read(lambda view: view.announced_until(event)) is None
    for until in (MONDAY, MONDAY + HOUR):
        await store.transact(lambda tx, until=until: tx.record_announced(event, until))
        assert await store.read(lambda view: view.announced_until(event)) == until
    assert await store.read(lambda view: view.announced_until(EventId("other"))) is None


async def test_of_many_who_want_a_job_at_once_one_gets_it(store: Store) -> None:
    job = JobKey("mine", "nightly")

    async def take(tx: Transaction) -> bool:
        run = await tx.job_run(job)
        if run is not None and run.leased_until > MONDAY:
            return False
        await tx.record_job(job, JobRun(MONDAY, MONDAY + MINUTE))
        return True

    taken = await asyncio.gather(*(store.transact(take) for _ in range(10)))
    assert taken.count(True) == 1
    assert await store.read(lambda view: view.job_run(job)) == JobRun(MONDAY, MONDAY + MINUTE)


async def test_leases_that_are_broken_hold_nobody_back(store: Store) -> None:
    job = JobKey("mine", "nightly")
    await store.transact(lambda tx: tx.add_notices([draft(A, "1"), draft(A, "2")], MONDAY))
    await store.transact(lambda tx: tx.record_job(job, JobRun(MONDAY, MONDAY + HOUR)))
    assert await lanes(store, MONDAY, lease=HOUR) == [A]
    await store.transact(lambda tx: tx.break_leases(MONDAY + SECOND))
    assert await lanes(store, MONDAY + SECOND) == [A]
    assert await store.read(lambda view: view.job_run(job)) == JobRun(MONDAY, MONDAY + SECOND)


async def test_all_of_it_survives_a_restart(opener: Opener) -> None:
    store = await opener()
    one = stored("ratings", "ann", "elo")
    await put(store, one)
    await store.transact(lambda tx: tx.add_notices([draft(A, "1")], MONDAY))
    await store.transact(lambda tx: tx.record_job(JobKey("mine", "nightly"), JobRun(MONDAY, MONDAY)))
    await store.close()
    store = await opener()
    assert await store.read(lambda view: view.stored_object(one.at)) == one
    assert [notice.content for notice in await waiting(store, A)] == ["1"]
    assert await store.read(lambda view: view.job_run(JobKey("mine", "nightly"))) == JobRun(MONDAY, MONDAY)
    await store.close()
