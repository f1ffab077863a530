"""Grants that are prizes of a period: there from its flip to final on, and once in the columns that name them (B13, B62)."""

from server.domain.grants import Grant, GrantState
from server.domain.ids import GrantId, PlayerId
from server.domain.leaderboards.entry import PeriodId, SegmentId
from server.ports.store import Store
from tests.builders import DAY, HOUR, MONDAY, WEEK
from tests.storage.contract.boards import ANN, BOB, GOLD, IRON, OTHER, PERIOD, finish, period, pin, prize, seal


async def give(store: Store, *grants: Grant) -> list[bool]:
    return await store.transact(lambda tx: tx.add_grants(grants))


async def seen(store: Store, player: PlayerId) -> list[Grant]:
    return await store.read(lambda view: view.grants_of(player, None, 9))


async def test_b13_prizes_appear_when_their_period_is_final(store: Store) -> None:
    await pin(store, period())
    await seal(store, PERIOD)
    won = prize("ann", "g1", claimable_at=MONDAY + HOUR, expires_at=MONDAY + DAY)
    plain = prize("ann", "g0", None)
    assert await give(store, won, plain) == [True, True]

    async def visible() -> list[Grant | None]:
        by_id = await store.transact(lambda tx: tx.grant_of(won.grant_id))
        by_key = await store.read(lambda view: view.grant_of_key(won.key))
        return [by_id, by_key, *await seen(store, ANN)]

    assert await visible() == [None, None, plain]
    await store.transact(lambda tx: tx.finalize_period(PERIOD, MONDAY + WEEK, 1))
    assert await visible() == [won, won, won, plain]


async def test_a_prize_of_a_period_that_nobody_knows_is_not_there(store: Store) -> None:
    await give(store, prize("ann", "g1"))
    assert await seen(store, ANN) == []


async def test_b62_a_player_wins_a_segment_of_a_period_once_whatever_the_key_says(store: Store) -> None:
    won = prize("ann", "g1")
    assert await give(store, won) == [True]
    again = [
        prize("ann", "g2"),
        prize("ann", "g3", key=won.key, segment=None),
        prize("ann", "g4", IRON),
        prize("ann", "g5", SegmentId(PeriodId(OTHER, MONDAY), "gold")),
        prize("bob", "g6"),
        prize("bob", "g7"),
        prize("bob", "g8", None),
        prize("bob", "g9", None),
    ]
    assert await give(store, *again) == [False, False, True, True, True, False, True, True]
    found = await store.read(lambda view: view.period_grants(PERIOD, None, 9))
    assert found == [won, again[2], again[4]]


async def test_all_grants_of_a_period_are_walked_by_id_final_or_not(store: Store) -> None:
    prizes = [prize(f"p{number}", f"g{number}", GOLD if number % 2 else IRON) for number in range(5)]
    await give(store, *reversed(prizes), prize("ann", "g2b", SegmentId(PeriodId(OTHER, MONDAY), "gold")))
    walked: list[Grant] = []
    after: GrantId | None = None
    while page := await store.read(lambda view, after=after: view.period_grants(PERIOD, after, 2)):  # type: ignore[misc]
        walked += page
        after = page[-1].grant_id
    assert walked == prizes


async def test_a_prize_that_was_claimed_is_still_a_prize(store: Store) -> None:
    await pin(store, period())
    won = prize("bob", "g1", claimable_at=MONDAY)
    await give(store, won)
    await finish(store, PERIOD)
    claimed = prize("bob", "g1", claimable_at=MONDAY, state=GrantState.CLAIMED, claimed_at=MONDAY + DAY)
    await store.transact(lambda tx: tx.record_grant(claimed))
    assert await seen(store, BOB) == [claimed]
