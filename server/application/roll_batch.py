"""One transaction's worth of rolls: loaded together, seated one after the other, written together.

Only what rolls have in common is done here: joining the default's cohort without claiming anything. The others are left to
be served alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from server.application.cohort_choice import CohortChoice, Wish
from server.application.company_moves import make_room
from server.application.notices import Happened, Notices, tier_changed
from server.application.phases import pin_phases
from server.application.receipts import receipt_for, repeats_among
from server.application.rolling import Rolled, RollRequest, claims_along, wish_of
from server.application.sealing import seal_complete
from server.application.situations import Asked, load_situations_of
from server.domain.event_leaderboards import completion
from server.domain.event_leaderboards.cohort import Cohort, Participant, Participation
from server.domain.event_leaderboards.definition import Phase
from server.domain.event_leaderboards.joining import joined
from server.domain.event_leaderboards.rolls import participation_after_roll
from server.domain.event_leaderboards.situation import Situation
from server.domain.event_leaderboards.standings import key_of
from server.domain.ids import CohortId, EventId, PlayerId
from server.domain.players import Player
from server.domain.values import value
from server.ports.catalog import Catalog
from server.ports.receipt_store import Receipt, ReceiptKey
from server.ports.store import Transaction

Room = tuple[EventId, datetime, int]
"""Event, start of the phase, tier: players with the same may meet."""


@value
class _Seating:
    """A roll that is allowed, and where it leads."""

    request: RollRequest
    situation: Situation
    wish: Wish
    player: Player
    is_new_player: bool

    @property
    def room(self) -> Room:
        return self.request.event_id, self.wish.phase.start, self.wish.tier


class RollBatch:
    """Rolls that share a transaction, at most one of each player. Who is seated first is met by the next."""

    def __init__(
        self, tx: Transaction, catalog: Catalog, choice: CohortChoice, notices: Notices, wall: datetime
    ) -> None:
        self._tx = tx
        self._notices = notices
        self._catalog = catalog
        self._choice = choice
        self._wall = wall
        self._rooms: dict[Room, list[CohortId]] = {}
        self._cohorts: dict[CohortId, Cohort] = {}
        self._made: set[CohortId] = set()
        self._beside_bots: dict[CohortId, Phase] = {}
        self._filled: set[CohortId] = set()
        self._participants: list[tuple[Participant, bytes]] = []
        self._participations: list[Participation] = []
        self._receipts: list[tuple[ReceiptKey, Receipt]] = []
        self._happened: list[Happened] = []

    async def apply(self, requests: Sequence[tuple[RollRequest, datetime]]) -> list[Rolled | Exception | None]:
        """Return an answer or a refusal for each request, in order; None for one that must be served alone."""
        plans = await self._plans(requests)
        seatings = [plan for plan in plans if isinstance(plan, _Seating)]
        await self._open_rooms(seatings)
        answers = [self._seated(plan) if isinstance(plan, _Seating) else plan for plan in plans]
        await self._write(seatings)
        return answers

    async def _plans(self, requests: Sequence[tuple[RollRequest, datetime]]) -> list[_Seating | Exception | None]:
        accounts = await self._tx.accounts_of([request.player_id for request, _ in requests])
        asked = [
            Asked(request.player_id, request.event_id, now, account)
            for (request, now), account in zip(requests, accounts, strict=True)
        ]
        situations = await load_situations_of(self._tx, self._catalog, asked)
        # Behind the cohorts' locks: there a repeat waits for the call that it repeats.
        repeats = await repeats_among(self._tx, (request.receipt_key for request, _ in requests))
        return [
            None if request.receipt_key in repeats else _plan(request, situation, account)
            for (request, _), situation, account in zip(requests, situations, accounts, strict=True)
        ]

    async def _open_rooms(self, seatings: Sequence[_Seating]) -> None:
        """Read the cohorts that have places, in every room that is wanted; rooms in order, lest two batches cross."""
        wishes: dict[Room, list[Wish]] = {}
        for one in seatings:
            wishes.setdefault(one.room, []).append(one.wish)
        for room in sorted(wishes):
            cohorts = await self._choice.open_to_all(self._tx, wishes[room])
            self._cohorts.update((cohort.cohort_id, cohort) for cohort in cohorts)
            self._rooms[room] = [cohort.cohort_id for cohort in cohorts]

    def _seated(self, seating: _Seating) -> Rolled:
        request, situation, wish = seating.request, seating.situation, seating.wish
        player = seating.player
        cohort, participant = joined(
            self._place(seating.room, wish), request.joining(player), wish.phase, situation.now
        )
        self._cohorts[cohort.cohort_id] = cohort
        self._filled.add(cohort.cohort_id)
        if wish.phase.definition.bots is not None:
            self._beside_bots[cohort.cohort_id] = wish.phase
        participation = participation_after_roll(situation, cohort, participant, situation.now)
        self._participants.append((participant, key_of(wish.phase.definition, participant)))
        self._participations.append(participation)
        before = None if situation.participation is None else situation.participation.cohort
        self._happened += tier_changed(player.player_id, before, cohort, situation.now)
        rank = cohort.tally.participant_count  # who has not submitted comes last, by joining (E40)
        rolled = Rolled(cohort.cohort_id, None, situation.with_participation(participation, wish.phase, rank))
        if (key := request.receipt_key) is not None:
            self._receipts.append((key, receipt_for(request.digest, rolled.effect(), self._wall)))
        return rolled

    def _place(self, room: Room, wish: Wish) -> Cohort:
        """Return the first cohort that still takes somebody, or a new one; full ones are not looked at again."""
        cohort_ids = self._rooms[room]
        while cohort_ids:
            cohort = self._cohorts[cohort_ids[0]]
            if completion.is_open(cohort, wish.phase, wish.now):
                return cohort
            del cohort_ids[0]
        made = self._choice.made(wish)
        cohort_ids.append(made.cohort_id)
        self._made.add(made.cohort_id)
        return made

    async def _write(self, seatings: Sequence[_Seating]) -> None:
        if not seatings:
            return
        phases = {one.room[:2]: (one.request.event_id, one.wish.phase) for one in seatings}
        await pin_phases(self._tx, self._catalog, (phases[key] for key in sorted(phases)))
        for one in seatings:
            if one.is_new_player:
                await self._tx.add_player(one.player)
        if self._beside_bots:
            await self._make_room(max(one.situation.now for one in seatings))
        joined_by_others = self._filled - self._made
        if self._made:
            await self._tx.add_cohorts(self._of(self._made))
        await seal_complete(self._tx, self._notices, [one.situation for one in seatings])
        if joined_by_others:
            await self._tx.record_cohorts(self._of(joined_by_others))
        if self._beside_bots:
            await self._tx.record_companies(self._of(self._beside_bots))
        await self._tx.add_participants(self._participants)
        await self._tx.record_participations(self._participations)
        if self._receipts:
            await self._tx.record_receipts(self._receipts)
        await self._notices.write(self._tx, self._happened)

    async def _make_room(self, now: datetime) -> None:
        """Let bots go whose places were taken (L2)."""
        crowded = [(self._cohorts[cohort_id], phase) for cohort_id, phase in self._beside_bots.items()]
        self._cohorts.update((one.cohort_id, one) for one in await make_room(self._tx, crowded, now))

    def _of(self, cohort_ids: Iterable[CohortId]) -> list[Cohort]:
        return [self._cohorts[cohort_id] for cohort_id in sorted(cohort_ids)]


def _plan(request: RollRequest, situation: Situation, account: Player | None) -> _Seating | Exception | None:
    try:
        wish = wish_of(request, situation)
    except Exception as refusal:  # an answer for this one; the decision is pure, so the others are not touched
        return refusal
    if wish.is_reroll or claims_along(request, situation):
        return None
    player = account or Player(request.player_id, situation.now, request.name, request.avatar_url)
    return _Seating(request, situation, wish, player, account is None)


def subject_of(question: tuple[RollRequest, datetime]) -> PlayerId:
    """Return who rolls: his second roll of a batch would have to see the first."""
    return question[0].player_id
