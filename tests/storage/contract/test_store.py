"""What every store must do, whatever database it lives in: the docstrings of server/ports/store.py, as tests."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

import pytest

from server.domain.event_leaderboards.cohort import Cohort, Participant, Participation
from server.domain.event_leaderboards.completion import sealed
from server.domain.event_leaderboards.definition import Operator
from server.domain.event_leaderboards.joining import Joining, joined, new_cohort
from server.domain.event_leaderboards.standings import key_of, ranked
from server.domain.event_leaderboards.submissions import Submission, apply_submission
from server.domain.grants import Credit, Grant, GrantState, Holding
from server.domain.ids import CohortId, DefinitionHash, EventId, GrantId, PlayerId
from server.domain.instants import BEGINNING, NEVER
from server.domain.players import Player
from server.domain.rewards import ItemInstance, Reward, RolledEnergyModifier, RolledRewardModifier
from server.ports.errors import StoreUnavailable
from server.ports.receipt_store import Receipt, ReceiptKey, SubmissionReceiptKey
from server.ports.store import (
    ActivationRecord,
    Bulletin,
    CohortSearch,
    Crediting,
    PinnedPhase,
    Ranking,
    Reading,
    Seat,
    Store,
    Transaction,
)
from tests.builders import DAY, HOUR, MINUTE, MONDAY, SECOND, WEEK, definition, phase_of
from tests.storage.contract.conftest import Opener

EVENT = EventId("weekly")
WEEKLY = definition(tiers=3, cohort_size=3)
PHASE = phase_of(WEEKLY)
ANN, BOB, CID = PlayerId("ann"), PlayerId("bob"), PlayerId("cid")

T = TypeVar("T")


async def read(store: Store, ask: Callable[[Reading], Awaitable[T]]) -> T:
    return await store.read(ask)


async def make_cohort(
    tx: Transaction, name: str, *players: str, tier: int = 0, now: datetime = MONDAY, **options: Any
) -> Cohort:
    """Add a cohort with players in it, each of whom it becomes the last cohort."""
    cohort = new_cohort(CohortId(name), PHASE, tier, now, **options)
    await tx.add_cohorts([cohort])
    await tx.participations_of([(PlayerId(player), EVENT) for player in players])  # who is moved must have been read
    for player in players:
        cohort, participant = joined(cohort, Joining(PlayerId(player), player.title(), ""), PHASE, now)
        await tx.add_participants([(participant, key_of(WEEKLY, participant))])
        await tx.record_participations([Participation(participant.player_id, EVENT, cohort, participant, 1, now)])
    await tx.record_cohorts([cohort])
    return cohort


async def submit(tx: Transaction, player: str, score: int, *, now: datetime = MONDAY) -> Participation:
    (one,) = await tx.participations_of([(PlayerId(player), EVENT)])
    assert one is not None
    applied = apply_submission(one.cohort, one.participant, PHASE, Submission(score), now)
    await tx.record_results([(applied.participant, key_of(WEEKLY, applied.participant))])
    await tx.record_cohorts([applied.cohort])
    return replace(one, cohort=applied.cohort, participant=applied.participant)


async def participation(store: Store, player: PlayerId) -> Participation | None:
    async def work(view: Reading) -> Participation | None:
        return (await view.participations_of([(player, EVENT)]))[0]

    return await store.read(work)


# Transactions


async def test_what_a_transaction_returns_is_what_transact_returns(store: Store) -> None:
    async def work(tx: Transaction) -> str:
        await tx.add_player(Player(ANN, MONDAY))
        return "done"

    assert await store.transact(work) == "done"
    assert await store.read(lambda view: view.player_of(ANN)) == Player(ANN, MONDAY)


async def test_a_transaction_that_raises_leaves_nothing_behind(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await tx.add_player(Player(ANN, MONDAY))
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await store.transact(work)
    assert await store.read(lambda view: view.player_of(ANN)) is None


async def test_one_transaction_that_fails_does_not_fail_its_neighbours(store: Store) -> None:
    async def work(tx: Transaction, number: int) -> int:
        await tx.add_player(Player(PlayerId(f"p{number}"), MONDAY))
        if number % 3 == 0:
            raise ValueError(str(number))
        return number

    jobs = [store.transact(lambda tx, number=number: work(tx, number)) for number in range(30)]
    answers = await asyncio.gather(*jobs, return_exceptions=True)
    for number, answer in enumerate(answers):
        kept = await store.read(lambda view, number=number: view.player_of(PlayerId(f"p{number}")))
        assert isinstance(answer, ValueError) == (number % 3 == 0)
        assert (kept is None) == (number % 3 == 0)


async def test_transactions_are_serial(store: Store) -> None:
    """A hundred at once, each raising a balance it has read: none is lost."""

    async def work(tx: Transaction) -> None:
        wallet = await tx.wallet_of(ANN)
        await tx.credit([Crediting(ANN, [Credit(Holding.CURRENCY, "coins", 1)], GrantId("g"), MONDAY)])
        assert (await tx.wallet_of(ANN))["coins"] == wallet.get("coins", 0) + 1

    await asyncio.gather(*(store.transact(work) for _ in range(100)))
    assert await store.read(lambda view: view.wallet_of(ANN)) == {"coins": 100}


async def test_a6_work_that_was_begun_is_done_although_its_caller_has_gone(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await tx.add_player(Player(ANN, MONDAY))

    caller = asyncio.ensure_future(store.transact(work))
    await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    async with asyncio.timeout(30):
        while await store.read(lambda view: view.player_of(ANN)) is None:  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0)


async def test_reading_sees_one_state_while_others_write(store: Store) -> None:
    async def write(tx: Transaction) -> None:
        await tx.add_player(Player(ANN, MONDAY))

    async def look_twice(view: Reading) -> tuple[Player | None, Player | None]:
        before = await view.player_of(ANN)
        await store.transact(write)
        return before, await view.player_of(ANN)

    assert await store.read(look_twice) == (None, None)


async def test_what_was_committed_is_there_after_closing_and_opening(opener: Opener) -> None:
    store = await opener()
    await store.transact(lambda tx: tx.add_player(Player(ANN, MONDAY, "Ann", "a.png")))
    secret = await store.installation_secret()
    await store.close()
    again = await opener()
    assert await again.read(lambda view: view.player_of(ANN)) == Player(ANN, MONDAY, "Ann", "a.png")
    assert await again.installation_secret() == secret
    assert len(secret) >= 32
    await again.close()


async def test_a_closed_store_refuses_and_closing_twice_does_nothing(opener: Opener) -> None:
    store = await opener()
    await store.close()
    await store.close()
    with pytest.raises(StoreUnavailable):
        await store.transact(lambda tx: tx.player_of(ANN))


async def test_closing_finishes_what_was_begun(opener: Opener) -> None:
    store = await opener()
    jobs = [
        asyncio.ensure_future(store.transact(lambda tx, i=i: tx.add_player(Player(PlayerId(f"p{i}"), MONDAY))))
        for i in range(200)
    ]
    await asyncio.sleep(0)
    await store.close()
    assert all([await job for job in jobs])


# Players


async def test_a_player_is_added_once(store: Store) -> None:
    assert await store.transact(lambda tx: tx.add_player(Player(ANN, MONDAY, "Ann")))
    assert not await store.transact(lambda tx: tx.add_player(Player(ANN, MONDAY + DAY, "Other")))
    assert await store.read(lambda view: view.player_of(ANN)) == Player(ANN, MONDAY, "Ann")
    await store.transact(lambda tx: tx.record_profile(Player(ANN, MONDAY, "Anna", "b.png")))
    assert await store.read(lambda view: view.player_of(ANN)) == Player(ANN, MONDAY, "Anna", "b.png")


async def test_a_login_leads_to_its_player(store: Store) -> None:
    await store.transact(lambda tx: tx.add_login("device", b"digest", ANN))
    assert await store.read(lambda view: view.player_of_login("device", b"digest")) == ANN
    assert await store.read(lambda view: view.player_of_login("custom", b"digest")) is None


# Cohorts and participants


async def test_a_cohort_comes_back_as_it_was(store: Store) -> None:
    every_time = {
        name: MONDAY + timedelta(microseconds=number)
        for number, name in enumerate(
            ("last_open_joined_at", "last_done_at", "filled_at", "min_reached_at", "saturated_at", "sealed_at"), 1
        )
    }
    made = new_cohort(CohortId("c"), PHASE, 2, MONDAY, properties='{"a":1}', is_reserved=True)
    made = made.with_tally(replace(made.tally, **every_time, completed_at=NEVER, finisher_count=2, done_count=3))  # type: ignore[arg-type]
    await store.transact(lambda tx: tx.add_cohorts([made]))
    assert await store.read(lambda view: view.cohort_of(CohortId("c"))) == made
    changed = made.with_tally(
        replace(made.tally, revision=9, changed_at=MONDAY + DAY, settle_at=None, completed_at=None)
    )
    await store.transact(lambda tx: tx.record_cohorts([changed]))
    assert await store.read(lambda view: view.cohort_of(CohortId("c"))) == changed
    assert await store.read(lambda view: view.cohort_of(CohortId("d"))) is None


@pytest.mark.parametrize("score", [-(2**63), -1, 0, 2**63 - 1])
async def test_a_participant_comes_back_as_he_was_up_to_the_edges_of_int64(store: Store, score: int) -> None:
    await store.transact(lambda tx: make_cohort(tx, "c", "ann"))
    one = await store.transact(lambda tx: submit(tx, "ann", score))
    seat = Seat(CohortId("c"), ANN)
    assert await store.read(lambda view: view.participant_of(seat)) == one.participant
    await store.transact(lambda tx: tx.record_claims([(seat, MONDAY + DAY)]))
    await store.transact(lambda tx: tx.record_participant_profile(seat, "Anna", "b.png"))
    kept = await store.read(lambda view: view.participant_of(seat))
    assert kept == replace(one.participant, claimed_at=MONDAY + DAY, name="Anna", avatar_url="b.png")


async def test_who_has_only_scored_keeps_everything_else_and_moves_in_the_order(store: Store) -> None:
    async def work(tx: Transaction) -> Participant:
        (one,) = await tx.participations_of([(PlayerId("a"), EVENT)])
        assert one is not None
        with_words = apply_submission(one.cohort, one.participant, PHASE, Submission(5, 1, '{"x":1}'), MONDAY)
        await tx.record_results([(with_words.participant, key_of(WEEKLY, with_words.participant))])
        again = apply_submission(with_words.cohort, with_words.participant, PHASE, Submission(30, 2), MONDAY + MINUTE)
        assert again.participant.has_only_scored(with_words.participant)
        await tx.record_scores([(again.participant, key_of(WEEKLY, again.participant))])
        await tx.record_cohorts([again.cohort])
        return again.participant

    await store.transact(lambda tx: make_cohort(tx, "c", "a", "b"))
    await store.transact(lambda tx: submit(tx, "b", 20))
    expected = await store.transact(work)
    found = await participation(store, PlayerId("a"))
    assert found is not None
    assert found.participant == expected
    assert await store.read(lambda view: view.rank_of(Seat(CohortId("c"), PlayerId("a")))) == 1


async def test_a_participation_is_the_last_cohort_of_an_event(store: Store) -> None:
    async def work(tx: Transaction) -> Participation:
        await make_cohort(tx, "first", "ann", "bob")
        cohort, participant = joined(
            new_cohort(CohortId("second"), PHASE, 1, MONDAY + DAY), Joining(ANN, "Ann", ""), PHASE, MONDAY + DAY
        )
        await tx.add_cohorts([cohort])
        await tx.add_participants([(participant, key_of(WEEKLY, participant))])
        rolled = Participation(ANN, EVENT, cohort, participant, 2, MONDAY + DAY, best_rank=4, played_tier_change=-1)
        await tx.record_participations([rolled])
        return rolled

    rolled = await store.transact(work)
    assert await participation(store, ANN) == rolled
    bob = await participation(store, BOB)
    assert bob is not None
    assert bob.cohort.cohort_id == "first"
    assert await participation(store, CID) is None
    keys = [(CID, EVENT), (ANN, EVENT), (BOB, EventId("other"))]
    found = await store.read(lambda view: view.participations_of(keys))
    assert [one and one.player_id for one in found] == [None, ANN, None]
    assert await store.read(lambda view: view.events_of(ANN)) == [EVENT]


async def test_past_cohorts_come_latest_first_and_in_pages(store: Store) -> None:
    for day in range(5):
        await store.transact(lambda tx, day=day: make_cohort(tx, f"c{day}", "ann", now=MONDAY + day * DAY))
    pages = []
    before = NEVER
    for _ in range(3):
        page = await store.read(lambda view, before=before: view.past_cohorts_of(ANN, EVENT, before, 2))
        pages.append([cohort.cohort_id for cohort, _ in page])
        before = page[-1][1].joined_at
    assert pages == [["c4", "c3"], ["c2", "c1"], ["c0"]]


async def test_a_participant_can_be_taken_out(store: Store) -> None:
    await store.transact(lambda tx: make_cohort(tx, "c", "ann", "bob"))
    await store.transact(lambda tx: tx.remove_participant(Seat(CohortId("c"), ANN)))
    assert await participation(store, ANN) is None
    assert await store.read(lambda view: view.players_of(CohortId("c"))) == [BOB]


# Order


async def test_e40_standings_and_ranks_follow_the_keys(store: Store) -> None:
    cohort = await store.transact(lambda tx: make_cohort(tx, "c", *"abcdefgh"))
    for player, score in [("c", 5), ("a", 9), ("h", 5), ("b", -3), ("a", 1)]:
        await store.transact(lambda tx, player=player, score=score: submit(tx, player, score))

    async def look(view: Reading) -> tuple[list[Participant], list[int], list[Participant]]:
        order = await view.standings_of(cohort.cohort_id, 1, 100)
        ranks = [await view.rank_of(Seat(cohort.cohort_id, one.player_id)) for one in order]
        return order, ranks, await view.standings_of(cohort.cohort_id, 3, 2)

    order, ranks, page = await store.read(look)
    assert "".join(one.player_id for one in order) == "achbdefg"
    assert order == ranked(WEEKLY, order)
    assert ranks == list(range(1, 9))
    assert page == order[2:4]
    assert await store.read(lambda view: view.rank_of(Seat(cohort.cohort_id, PlayerId("nobody")))) == 0
    assert await store.read(lambda view: view.players_of(cohort.cohort_id)) == list("achbdefg")


async def test_a_key_is_ranked_among_the_others(store: Store) -> None:
    cohort = await store.transact(lambda tx: make_cohort(tx, "c", "a", "b", "c"))
    for player, score in [("a", 5), ("b", 9)]:
        await store.transact(lambda tx, player=player, score=score: submit(tx, player, score))
    (own,) = await store.read(lambda view: view.standings_of(cohort.cohort_id, 2, 1))
    best = Ranking(cohort.cohort_id, PlayerId("c"), b"\x00")
    worst = Ranking(cohort.cohort_id, PlayerId("c"), b"\xff")
    unchanged = Ranking(cohort.cohort_id, PlayerId("a"), key_of(WEEKLY, own))
    assert await store.read(lambda view: view.ranks_of([best, worst, unchanged])) == [1, 3, 2]


async def test_a_page_goes_on_behind_the_last_row_whoever_moved_meanwhile(store: Store) -> None:
    cohort = await store.transact(lambda tx: make_cohort(tx, "c", *"abcdef"))
    for score, player in enumerate("abcde"):
        await store.transact(lambda tx, player=player, score=score: submit(tx, player, score))
    first_rank, page = await store.read(lambda view: view.standings_after(cohort.cohort_id, b"", 3))
    assert (first_rank, "".join(one.player_id for one in page)) == (1, "edc")
    await store.transact(lambda tx: submit(tx, "a", 99))
    last = key_of(WEEKLY, page[-1])
    first_rank, page = await store.read(lambda view: view.standings_after(cohort.cohort_id, last, 3))
    assert (first_rank, "".join(one.player_id for one in page)) == (5, "bf")


# Matching


async def offered(store: Store, player: str, *, tier: int = 0, limit: int = 32) -> list[tuple[str, bool]]:
    search = CohortSearch(EVENT, PHASE.start, tier, PlayerId(player), BEGINNING, limit)
    found = await store.read(lambda view: view.open_cohorts(search))
    return [(one.cohort.cohort_id, one.has_met) for one in found]


async def test_e22_open_cohorts_are_offered_in_the_order_of_preference(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await make_cohort(tx, "young", "a", now=MONDAY + HOUR)
        await make_cohort(tx, "old", "b")
        await make_cohort(tx, "fuller", "c", "d", now=MONDAY + DAY)
        await make_cohort(tx, "full", "e", "f", "g")
        await make_cohort(tx, "other tier", "h", tier=1)
        await make_cohort(tx, "reserved", "i", is_reserved=True)
        decided = await make_cohort(tx, "decided", "j", "k")
        await tx.record_cohorts([decided.with_tally(replace(decided.tally, finisher_count=1))])
        locked = await make_cohort(tx, "locked", "l")
        await tx.record_cohorts([locked.with_tally(replace(locked.tally, saturated_at=MONDAY))])
        over = await make_cohort(tx, "over", "m")
        await tx.record_cohorts([sealed(over, PHASE, MONDAY + WEEK)])

    await store.transact(work)
    assert await offered(store, "zoe") == [("fuller", False), ("old", False), ("young", False), ("decided", False)]
    assert await offered(store, "zoe", limit=1) == [("fuller", False)]
    assert await offered(store, "zoe", tier=1) == [("other tier", False)]
    assert [name for name, _ in await offered(store, "b")] == ["fuller", "young", "decided"]


async def test_e22_cohorts_with_people_he_met_are_marked(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await make_cohort(tx, "together", "ann", "bob", "cid")
        await make_cohort(tx, "with bob", "bob", "dan")
        await make_cohort(tx, "strangers", "eve")

    await store.transact(work)
    assert await offered(store, "ann") == [("with bob", True), ("strangers", False)]
    assert await offered(store, "zoe") == [("with bob", False), ("strangers", False)]


async def test_e6_cohorts_that_have_been_open_too_long_are_not_offered(store: Store) -> None:
    await store.transact(lambda tx: make_cohort(tx, "old", "a"))
    await store.transact(lambda tx: make_cohort(tx, "young", "b", now=MONDAY + HOUR))
    search = CohortSearch(EVENT, PHASE.start, 0, ANN, MONDAY, 9)
    found = await store.read(lambda view: view.open_cohorts(search))
    assert [one.cohort.cohort_id for one in found] == ["young"]


# Completion and settlement


async def test_e50_the_last_open_participant_is_found(store: Store) -> None:
    race = definition(
        cohort_size=3, score_target=10, score_target_players=3, operator=Operator.INCREMENT, max_num_score=2
    )
    phase = phase_of(race)

    async def work(tx: Transaction) -> list[datetime]:
        cohort = new_cohort(CohortId("c"), phase, 0, MONDAY - SECOND)
        await tx.add_cohorts([cohort])
        for minute, name in enumerate("abc"):
            cohort, one = joined(cohort, Joining(PlayerId(name), "", ""), phase, MONDAY + minute * MINUTE)
            await tx.add_participants([(one, key_of(race, one))])
        answers = [await tx.last_open_joined_at(cohort.cohort_id, 2)]
        for name, score in [("c", 10), ("b", 1), ("b", 1), ("a", 10)]:
            seated = await tx.participant_of(Seat(cohort.cohort_id, PlayerId(name)))
            assert seated is not None
            applied = apply_submission(cohort, seated, phase, Submission(score), MONDAY + HOUR)
            cohort = applied.cohort
            await tx.record_results([(applied.participant, key_of(race, applied.participant))])
            answers.append(await tx.last_open_joined_at(cohort.cohort_id, 2))
        answers.append(await tx.last_open_joined_at(cohort.cohort_id, 0))
        return answers  # type: ignore[return-value]

    two, one, zero = MONDAY + 2 * MINUTE, MONDAY + MINUTE, MONDAY
    assert await store.transact(work) == [two, one, one, zero, None, one]


async def due(store: Store, worker: str, now: datetime, wall: datetime = MONDAY, limit: int = 9) -> list[CohortId]:
    return await store.transact(lambda tx: tx.acquire_due_cohorts(worker, now, wall, MINUTE, limit))


async def test_due_cohorts_are_leased_to_one_worker_until_released_or_expired(store: Store) -> None:
    await store.transact(lambda tx: make_cohort(tx, "c", "a"))
    assert await due(store, "one", PHASE.active_end - SECOND) == []
    assert await due(store, "one", PHASE.active_end) == ["c"]
    assert await due(store, "two", PHASE.active_end) == []
    assert await due(store, "two", PHASE.active_end, wall=MONDAY + MINUTE) == ["c"]
    await store.transact(lambda tx: tx.release_cohort(CohortId("c")))
    assert await due(store, "one", PHASE.active_end) == ["c"]
    await store.transact(lambda tx: tx.break_leases(MONDAY))
    assert await due(store, "two", PHASE.active_end) == ["c"]


async def test_of_many_due_cohorts_the_longest_due_come_first(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        for number, name in enumerate("cab"):
            cohort = await make_cohort(tx, name, f"p{name}")
            await tx.record_cohorts([cohort.with_tally(replace(cohort.tally, settle_at=MONDAY + number * HOUR))])

    await store.transact(work)
    assert sorted(await due(store, "one", MONDAY + DAY, limit=2)) == ["a", "c"]
    assert await due(store, "one", MONDAY + DAY, limit=2) == ["b"]


async def test_a_settled_cohort_is_never_due(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        cohort = await make_cohort(tx, "c", "a")
        await tx.record_cohorts([cohort.with_tally(replace(cohort.tally, settle_at=None))])

    await store.transact(work)
    assert await due(store, "one", NEVER - DAY) == []


# Grants and balances


def grant(name: str, state: GrantState = GrantState.CLAIMED, **options: Any) -> Grant:
    reward = Reward(
        items={"sword": 1},
        currencies={"coins": 5},
        energies={"lives": 2},
        energy_modifiers=(RolledEnergyModifier("lives", "infinite", 0, 60),),
        reward_modifiers=(RolledRewardModifier("coins", "currency", "multiplier", 2, 60),),
        item_instances=(ItemInstance("sword", 1, {"colour": "red"}, {"power": 0.5}),),
        to_mailbox_expiry_sec=60,
        message="hello",
    )
    return Grant(GrantId(name), f"key-{name}", ANN, "event_leaderboard", "weekly", reward, state, MONDAY, **options)


async def test_a_grant_comes_back_as_it_was_and_changes_its_state(store: Store) -> None:
    pending = grant("g", GrantState.PENDING, expires_at=MONDAY + DAY)
    await store.transact(lambda tx: tx.add_grants([pending]))
    assert await store.read(lambda view: view.grant_of(GrantId("g"))) == pending
    claimed = replace(pending, state=GrantState.CLAIMED, claimed_at=MONDAY + HOUR)
    await store.transact(lambda tx: tx.record_grant(claimed))
    assert await store.read(lambda view: view.grant_of_key("key-g")) == claimed
    assert await store.read(lambda view: view.grant_of_key("other")) is None


async def test_e63_a_grant_key_exists_once(store: Store) -> None:
    assert await store.transact(lambda tx: tx.add_grants([grant("g")])) == [True]
    again = [replace(grant("h"), key="key-g"), grant("i")]
    assert await store.transact(lambda tx: tx.add_grants(again)) == [False, True]
    assert await store.read(lambda view: view.grant_of_key("key-g")) == grant("g")
    assert await store.read(lambda view: view.grant_of(GrantId("h"))) is None


async def test_grants_come_newest_first_and_in_pages(store: Store) -> None:
    for name in "abcde":
        await store.transact(lambda tx, name=name: tx.add_grants([grant(name)]))
    first = await store.read(lambda view: view.grants_of(ANN, None, 3))
    rest = await store.read(lambda view: view.grants_of(ANN, first[-1].grant_id, 3))
    assert ["".join(one.grant_id for one in page) for page in (first, rest)] == ["edc", "ba"]
    assert await store.read(lambda view: view.grants_of(BOB, None, 3)) == []


async def test_b71_balances_add_up(store: Store) -> None:
    gifts = [
        Credit(Holding.CURRENCY, "coins", 5),
        Credit(Holding.ITEM, "sword", 1),
        Credit(Holding.CURRENCY, "gems", 2**63 - 1),
    ]
    await store.transact(lambda tx: tx.credit([Crediting(ANN, gifts, GrantId("g"), MONDAY)]))
    await store.transact(lambda tx: tx.credit([Crediting(ANN, gifts[:2], GrantId("h"), MONDAY)]))
    assert await store.read(lambda view: view.wallet_of(ANN)) == {"coins": 10, "gems": 2**63 - 1}
    assert await store.read(lambda view: view.inventory_of(ANN)) == {"sword": 2}
    assert await store.read(lambda view: view.wallet_of(BOB)) == {}


# Receipts


async def test_e35_a_receipt_is_found_by_caller_call_event_and_request(store: Store) -> None:
    key = ReceiptKey("ann", "RollCohort", EVENT, "r1")
    receipt = Receipt(b"digest", '{"a":1}', MONDAY)
    await store.transact(lambda tx: tx.record_receipts([(key, receipt)]))
    assert await store.read(lambda view: view.receipts_of([key])) == [receipt]
    for other in (key._replace(caller="bob"), key._replace(call="ClaimReward"), key._replace(request_id="r2")):
        assert await store.read(lambda view, other=other: view.receipts_of([other, key])) == [None, receipt]
    await store.transact(lambda tx: tx.forget_receipts(MONDAY))
    assert await store.read(lambda view: view.receipts_of([key])) == [receipt]
    await store.transact(lambda tx: tx.forget_receipts(MONDAY + SECOND))
    assert await store.read(lambda view: view.receipts_of([key])) == [None]


async def test_e35_of_submissions_the_last_ones_and_the_young_ones_are_kept(store: Store) -> None:
    keys = [SubmissionReceiptKey(ANN, EVENT, "ann", f"r{number}") for number in range(6)]
    for number, key in enumerate(keys):
        receipt = Receipt(b"digest", "{}", MONDAY + number * MINUTE)
        await store.transact(lambda tx, key=key, receipt=receipt: tx.record_submission_receipts([(key, receipt)]))

    async def kept() -> list[int]:
        found = await store.read(lambda view: view.submission_receipts_of(keys))
        return [number for number, receipt in enumerate(found) if receipt is not None]

    await store.transact(lambda tx: tx.forget_submission_receipts(ANN, EVENT, 4, MONDAY + MINUTE))
    assert await kept() == [1, 2, 3, 4, 5]
    await store.transact(lambda tx: tx.forget_submission_receipts(ANN, EVENT, 4, MONDAY + DAY))
    assert await kept() == [2, 3, 4, 5]
    await store.transact(lambda tx: tx.forget_submission_receipts(BOB, EVENT, 0, MONDAY + DAY))
    assert await kept() == [2, 3, 4, 5]
    ours = await store.transact(lambda tx: make_cohort(tx, "ours", ANN))
    theirs = await store.transact(lambda tx: make_cohort(tx, "theirs", BOB))
    await store.transact(lambda tx: tx.forget_submission_receipts_in(theirs, MONDAY + DAY))
    assert await kept() == [2, 3, 4, 5]
    await store.transact(lambda tx: tx.forget_submission_receipts_in(ours, MONDAY + 3 * MINUTE))
    assert await kept() == [3, 4, 5]


# History of definitions, clock


async def test_e8_activations_keep_their_contents_in_order(store: Store) -> None:
    records = [
        ActivationRecord(EVENT, MONDAY, DefinitionHash("h1"), '{"a":1}'),
        ActivationRecord(EVENT, MONDAY + DAY, None, None),
        ActivationRecord(EVENT, MONDAY + 2 * DAY, DefinitionHash("h1"), '{"a":1}'),
        ActivationRecord(EventId("x"), MONDAY, DefinitionHash("h2"), "{}"),
    ]
    for record in (records[3], records[2], records[0], records[1]):
        await store.transact(lambda tx, record=record: tx.activate(record))
    assert await store.read(lambda view: view.activations()) == records


async def test_e8_a_phase_is_pinned_once(store: Store) -> None:
    first = PinnedPhase(EVENT, MONDAY, MONDAY + DAY, MONDAY + WEEK, DefinitionHash("h1"))
    other = replace(first, active_end=MONDAY + 2 * DAY, definition_hash=DefinitionHash("h2"))
    assert await store.transact(lambda tx: tx.pin_phase(first)) is None
    assert await store.transact(lambda tx: tx.pin_phase(other)) == first
    endless = replace(first, start=MONDAY - DAY, active_end=NEVER, expiry=NEVER)
    await store.transact(lambda tx: tx.pin_phase(endless))
    assert await store.read(lambda view: view.pinned_phases(EVENT)) == [endless, first]


async def test_e8_every_change_of_history_raises_its_revision(store: Store) -> None:
    assert await store.read(lambda view: view.bulletin()) == Bulletin(0, 0, timedelta())
    content = ActivationRecord(EVENT, MONDAY, DefinitionHash("h1"), "{}")
    await store.transact(lambda tx: tx.activate(content))
    phase = PinnedPhase(EVENT, MONDAY, MONDAY + DAY, MONDAY + WEEK, DefinitionHash("h1"))
    for _ in range(2):
        await store.transact(lambda tx: tx.pin_phase(phase))
    assert (await store.read(lambda view: view.bulletin())).catalog_revision == 2
    for count in range(1, 12):
        assert await store.transact(lambda tx: tx.announce_reload()) == count
    await store.transact(lambda tx: tx.move_clock(DAY))
    assert await store.transact(lambda tx: tx.bulletin()) == Bulletin(2, 11, DAY)


async def test_e82_the_clock_offset_is_kept(store: Store) -> None:
    assert await store.read(lambda view: view.clock_offset()) == timedelta()
    offset = timedelta(days=400, microseconds=1)
    await store.transact(lambda tx: tx.move_clock(offset))
    assert await store.read(lambda view: view.clock_offset()) == offset
