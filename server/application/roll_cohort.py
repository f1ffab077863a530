"""A player joins a cohort (E20 to E26)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

from server.application.batches import Batches
from server.application.claiming import Claiming, HookMustBeAsked, PreparedReward, after_claim
from server.application.cohort_choice import CohortChoice, StaleChoice, Wish
from server.application.company_moves import make_room
from server.application.gathering import IMPATIENT, Patience
from server.application.notices import Notices, tier_changed
from server.application.phases import pin_phases
from server.application.receipts import CallReceipts
from server.application.roll_batch import RollBatch, subject_of
from server.application.rolling import CALL, Rolled, RollRequest, claims_along, wish_of
from server.application.sealing import seal_complete
from server.application.situations import load_situation
from server.domain.errors import DomainError
from server.domain.event_leaderboards.joining import joined
from server.domain.event_leaderboards.matching import Choice
from server.domain.event_leaderboards.rolls import participation_after_roll
from server.domain.event_leaderboards.situation import Situation
from server.domain.event_leaderboards.standings import key_of
from server.domain.ids import CohortId, GrantId
from server.domain.players import Player
from server.domain.values import value
from server.ports.broker import Broker, cohort_topic
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.errors import StoreConflict
from server.ports.hooks import RewardQuestion, SelectionQuestion
from server.ports.store import Reading, Store, Transaction

ASKED_AGAIN = 2
"""How often modules are asked again when what they answered about has changed meanwhile (M5)."""


@value
class _Answers:
    """What modules said before the transaction began."""

    choice: Choice | None = None
    reward: PreparedReward | None = None


class RollCohort:
    """Put a player into a cohort of the running phase."""

    def __init__(
        self,
        store: Store,
        catalog: Catalog,
        clock: Clock,
        choice: CohortChoice,
        claiming: Claiming,
        notices: Notices,
        broker: Broker,
        tasks: asyncio.TaskGroup,
        *,
        patience: Patience = IMPATIENT,
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock
        self._choice = choice
        self._claiming = claiming
        self._notices = notices
        self._broker = broker
        self._batches = Batches[tuple[RollRequest, datetime], Rolled | None](
            self._together, tasks, subject_of, patience=patience
        )

    async def __call__(self, request: RollRequest) -> Rolled:
        """Roll.

        :raises EventNotFound: if there is no such event
        :raises DomainError: the first refusal of E20 that applies
        :raises TierNotFound: if a trusted caller names a tier that the event does not have
        :raises RequestIdReused: if the request_id stood for another roll
        :raises HookFailed, Refusal: if the reward hook of a claim failed or said no
        :raises StoreConflict: if the reward to claim kept changing
        """
        self._catalog.timeline_of(request.event_id)
        rolled = None
        if not (self._asks_where(request) or self._claiming.asks_modules(request.event_id)):
            rolled = await self._batches.answer((request, self._clock.now()))
        rolled = rolled or await self._alone(request)
        self._broker.publish([cohort_topic(rolled.cohort_id)])
        held = rolled.situation.held
        if held is not None:
            self._catalog.pin(request.event_id, held)
        return rolled

    async def _together(self, requests: Sequence[tuple[RollRequest, datetime]]) -> Sequence[Rolled | Exception | None]:
        wall = self._clock.wall()

        async def work(tx: Transaction) -> list[Rolled | Exception | None]:
            return await RollBatch(tx, self._catalog, self._choice, self._notices, wall).apply(requests)

        return await self._store.transact(work)

    async def _alone(self, request: RollRequest) -> Rolled:
        asks_reward = self._claiming.asks_modules(request.event_id)
        answers = await self._ask_modules(request, asks_reward=asks_reward)
        asked_again = 0
        while True:
            try:
                return await self._transact(request, answers)
            except (StaleChoice, HookMustBeAsked) as stale:
                asked_again += 1
                # The cohort may be of an older phase, which modules wanted to see while later ones are none of theirs.
                asks_reward = asks_reward or isinstance(stale, HookMustBeAsked)
                if asked_again <= ASKED_AGAIN:
                    answers = await self._ask_modules(request, answers.reward, asks_reward=asks_reward)
                elif isinstance(stale, StaleChoice):
                    answers = _Answers(None, answers.reward)
                else:
                    raise StoreConflict("the reward to claim kept changing") from stale

    def _asks_where(self, request: RollRequest) -> bool:
        return request.asks_where and self._choice.asks_modules(request.event_id)

    async def _transact(self, request: RollRequest, answers: _Answers) -> Rolled:
        now, wall = self._clock.now(), self._clock.wall()
        receipts = CallReceipts(request.caller, CALL, request.event_id, request.request_id, request.digest, wall)

        async def work(tx: Transaction) -> Rolled:
            situation = await load_situation(tx, self._catalog, request.player_id, request.event_id, now)
            # Behind the cohort's lock: there a repeat waits for the call that it repeats.
            first = await receipts.repeated(tx)
            if first is not None:
                grant = await tx.grant_of(GrantId(first["grant_id"])) if first["grant_id"] else None
                return Rolled(CohortId(first["cohort_id"]), grant, situation)
            rolled = await self._roll(tx, request, situation, answers)
            await receipts.record(tx, rolled.effect())
            return rolled

        return await self._store.transact(work)

    async def _roll(self, tx: Transaction, request: RollRequest, situation: Situation, answers: _Answers) -> Rolled:
        wish = wish_of(request, situation)
        await pin_phases(tx, self._catalog, [(request.event_id, wish.phase)])
        await seal_complete(tx, self._notices, [situation])
        grant = None
        if claims_along(request, situation):
            grant = await self._claiming.grant(tx, situation, answers.reward)
            situation = after_claim(situation)
        before = None if situation.participation is None else situation.participation.cohort
        cohort, is_new = await self._choice.cohort(tx, wish, answers.choice)
        player = await _player(tx, request, situation.now)
        cohort, participant = joined(cohort, request.joining(player), wish.phase, situation.now)
        (cohort,) = await make_room(tx, [(cohort, wish.phase)], situation.now)
        if is_new:
            await tx.add_cohorts([cohort])
        else:
            await tx.record_cohorts([cohort])
        if wish.phase.definition.bots is not None:
            await tx.record_companies([cohort])
        await tx.add_participants([(participant, key_of(wish.phase.definition, participant))])
        participation = participation_after_roll(situation, cohort, participant, situation.now)
        await tx.record_participations([participation])
        await self._notices.write(tx, tier_changed(player.player_id, before, cohort, situation.now))
        rank = cohort.tally.participant_count  # who has not submitted comes last, by joining (E40)
        return Rolled(cohort.cohort_id, grant, situation.with_participation(participation, wish.phase, rank))

    async def _ask_modules(
        self, request: RollRequest, known: PreparedReward | None = None, *, asks_reward: bool
    ) -> _Answers:
        """Ask modules about cohort and reward, as far as any wants to be asked and the roll would be allowed.

        A reward that is `known` is not asked about again, unless it turns out to be another one's.
        """
        if not (self._asks_where(request) or asks_reward):
            return _Answers()
        now = self._clock.now()

        async def questions(view: Reading) -> tuple[Wish | None, SelectionQuestion | None, RewardQuestion | None]:
            situation = await load_situation(view, self._catalog, request.player_id, request.event_id, now)
            try:
                wish = wish_of(request, situation)
            except DomainError:  # the transaction says so, unless it knows this request_id
                return None, None, None
            selection = reward = None
            if self._asks_where(request):
                player = await view.player_of(request.player_id) or Player(request.player_id, now)
                properties = (request.client_properties, request.server_properties)
                selection = await self._choice.question(view, wish, player, *properties, caller=request.caller)
            if asks_reward and claims_along(request, situation):
                reward = await self._claiming.question(view, situation, request.caller)
            return wish, selection, reward

        wish, selection, reward = await self._store.read(questions)
        return _Answers(
            choice=None if selection is None or wish is None else await self._choice.ask(selection, wish),
            reward=None if reward is None else await self._claiming.ask(reward, known),
        )


async def _player(tx: Transaction, request: RollRequest, now: datetime) -> Player:
    player = await tx.player_of(request.player_id)
    if player is None:
        player = Player(request.player_id, now, request.name, request.avatar_url)
        await tx.add_player(player)
    return player
