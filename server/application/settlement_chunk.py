"""One transaction of a period's settlement: some entries become snapshot rows and grants (B13, B60 to B62)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from server.application.settlement_progress import walked_to_text
from server.domain.dice import Dice
from server.domain.grants import Grant, Prize, period_grant
from server.domain.ids import PlayerId
from server.domain.leaderboards.definition import Leaderboard, PrizeTier, RewardPolicy
from server.domain.leaderboards.entry import PeriodId, SegmentId
from server.domain.leaderboards.prizes import contenders_among, grant_key
from server.domain.leaderboards.ranking import min_score_bound
from server.domain.leaderboards.settling import Placed, Step, Walk, Walked
from server.domain.players import Player
from server.domain.rewards import Item, needs_inventory, roll_reward
from server.domain.values import value
from server.ports.board_store import SettlementPoint, SnapshotRow, StoredEntry
from server.ports.identity import Identities
from server.ports.store import Transaction

ENTRIES_AT_ONCE = 500


@value
class Prizes:
    """What prizes are made of: the items there are, ids for grants, and the secret of the dice."""

    items: Mapping[str, Item]
    identities: Identities
    secret: bytes


@value
class _Winner:
    """Who is paid, and for which place."""

    entry: StoredEntry
    tier: PrizeTier


class SettlementChunk:
    """The next entries of a sealed period, behind those that were settled before."""

    def __init__(self, tx: Transaction, period: PeriodId, board: Leaderboard, prizes: Prizes) -> None:
        self._tx = tx
        self._period = period
        self._board = board
        self._prizes = prizes

    async def settle(self, walked: Walked) -> Walked | None:
        """Write places and grants of some entries and how far that is; None where no entry is left."""
        last = walked.last
        point = None if last is None else SettlementPoint(last.segment, last.order_key, last.player_id)
        entries = await self._tx.entries_to_settle(self._period, point, ENTRIES_AT_ONCE)
        if not entries:
            return None
        walk = Walk(self._board, walked, (await self._contenders(entries, walked)).__getitem__)
        placed = [(entry, place) for entry in entries if (place := walk.place(_step_of(entry))) is not None]
        await self._write_rows(placed)
        policy = self._board.reward_policy
        winners = [_Winner(entry, place.tier) for entry, place in placed if place.tier and not entry.is_bot]
        if winners and policy is not None:
            await self._tx.add_grants(await self._grants(winners, policy, walked))
        await self._tx.record_progress(self._period, walked_to_text(walk.walked))
        return walk.walked

    async def _contenders(self, entries: Sequence[StoredEntry], walked: Walked) -> dict[str, int]:
        """Count who can win in each segment that begins here; nobody else comes to stand in it any more."""
        policy = self._board.reward_policy
        known = None if walked.last is None else walked.last.segment
        counted: dict[str, int] = {}
        for segment in dict.fromkeys(entry.segment for entry in entries):
            if policy is None or segment == known:
                counted[segment] = 0
                continue
            found = await self._tx.count_order(
                SegmentId(self._period, segment), min_score_bound(self._board.ranking), 0
            )
            winning = found.entries if policy.bots_take_prizes else found.entries - found.bots
            counted[segment] = contenders_among(found.entries, winning, policy)
        return counted

    async def _write_rows(self, placed: Sequence[tuple[StoredEntry, Placed]]) -> None:
        """Write places, with the names and avatars that players have now: they stay (B52)."""
        if not placed:
            return
        accounts = await self._tx.accounts_of([entry.key.player_id for entry, _ in placed])
        await self._tx.add_snapshot(
            [_row(entry, place, account) for (entry, place), account in zip(placed, accounts, strict=True)]
        )

    async def _grants(self, winners: Sequence[_Winner], policy: RewardPolicy, walked: Walked) -> list[Grant]:
        asking = [one.entry.key.player_id for one in winners if needs_inventory(one.tier.reward)]
        balances = await self._tx.balances_of(asking) if asking else []
        owned = {player: one.inventory for player, one in zip(asking, balances, strict=True)}
        return [
            period_grant(
                self._prizes.identities.grant_id(),
                self._prize(one, owned.get(one.entry.key.player_id, {})),
                policy,
                walked.settled_at,
            )
            for one in winners
        ]

    def _prize(self, winner: _Winner, owned: Mapping[str, int]) -> Prize:
        """Roll a prize. The dice are the key's own: a chunk that runs again pays the same (E62)."""
        player_id: PlayerId = winner.entry.key.player_id
        segment = winner.entry.segment_id
        key = grant_key(segment, player_id, winner.tier)
        reward = roll_reward(winner.tier.reward, Dice(self._prizes.secret, key), self._prizes.items, owned)
        return Prize(key, segment, player_id, reward)


def _step_of(entry: StoredEntry) -> Step:
    assert entry.order_key is not None, "only entries that have a rank are settled"
    return Step(entry.segment, entry.order_key, entry.key.player_id, entry.is_bot)


def _row(entry: StoredEntry, place: Placed, account: Player | None) -> SnapshotRow:
    assert entry.order_key is not None
    return SnapshotRow(
        segment=entry.segment_id,
        position=place.position,
        rank=place.rank,
        prize_position=place.prize_position,
        prize_tier="" if place.tier is None else place.tier.key,
        player_id=entry.key.player_id,
        name="" if account is None else account.name,
        avatar_url="" if account is None else account.avatar_url,
        aggregate=entry.aggregate,
        order_key=entry.order_key,
        updated_at=entry.updated_at,
        is_bot=entry.is_bot,
    )
